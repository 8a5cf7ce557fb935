//! Calculations and conditions as text, with no more parentheses than herd's grammar needs.

use crate::program::{BinaryOp, Condition, Expr, Formula, Place, Quantifier, Value};

/// How closely herd's operators bind; in C, these are in the same order. Comparisons do not chain.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    BitOr,
    BitXor,
    BitAnd,
    Comparison,
    Sum,
    Product,
    Atom,
}

/// `r0 + 1`. Herd's C has neither `!` nor `&&` and `||`: they are said with comparisons, `&` and `|`.
pub(super) fn calculation(expr: &Expr, registers: &[String]) -> String {
    let mut text = String::new();
    Calculation { registers }.write(&mut text, expr, Level::BitOr);
    text
}

struct Calculation<'a> {
    registers: &'a [String],
}

impl Calculation<'_> {
    /// Writes `expr`, in parentheses if it binds less closely than `least`.
    fn write(&self, text: &mut String, expr: &Expr, least: Level) {
        match expr {
            Expr::Const(value) => text.push_str(&value.to_string()),
            Expr::Reg(register) => text.push_str(&self.registers[register.0]),
            Expr::Not(inner) => self.grouped(text, Level::Comparison, least, |text| {
                self.write(text, inner, Level::Sum);
                text.push_str(" == 0");
            }),
            Expr::Binary(op, left, right) => {
                let (level, sign) = operator(*op);
                // Sums and the like lean to the left.
                let (left_least, right_least) = match level {
                    Level::BitOr => (Level::BitOr, Level::BitXor),
                    Level::BitXor => (Level::BitXor, Level::BitAnd),
                    Level::BitAnd => (Level::BitAnd, Level::Comparison),
                    Level::Comparison => (Level::Sum, Level::Sum),
                    Level::Sum => (Level::Sum, Level::Product),
                    Level::Product | Level::Atom => (Level::Product, Level::Atom),
                };
                self.grouped(text, level, least, |text| {
                    if let BinaryOp::And | BinaryOp::Or = op {
                        self.truth(text, left, left_least);
                        text.push_str(sign);
                        self.truth(text, right, right_least);
                    } else {
                        self.write(text, left, left_least);
                        text.push_str(sign);
                        self.write(text, right, right_least);
                    }
                });
            }
        }
    }

    /// Writes `expr` as 1 or 0.
    fn truth(&self, text: &mut String, expr: &Expr, least: Level) {
        if expr.is_truth() {
            return self.write(text, expr, least);
        }
        self.grouped(text, Level::Comparison, least, |text| {
            self.write(text, expr, Level::Sum);
            text.push_str(" != 0");
        });
    }

    fn grouped(
        &self,
        text: &mut String,
        level: Level,
        least: Level,
        write: impl FnOnce(&mut String),
    ) {
        let parentheses = level < least;
        if parentheses {
            text.push('(');
        }
        write(text);
        if parentheses {
            text.push(')');
        }
    }
}

fn operator(op: BinaryOp) -> (Level, &'static str) {
    match op {
        BinaryOp::Add => (Level::Sum, " + "),
        BinaryOp::Sub => (Level::Sum, " - "),
        BinaryOp::Mul => (Level::Product, " * "),
        BinaryOp::BitAnd | BinaryOp::And => (Level::BitAnd, " & "),
        BinaryOp::BitOr | BinaryOp::Or => (Level::BitOr, " | "),
        BinaryOp::BitXor => (Level::BitXor, " ^ "),
        BinaryOp::Equal => (Level::Comparison, " == "),
        BinaryOp::NotEqual => (Level::Comparison, " != "),
        BinaryOp::Less => (Level::Comparison, " < "),
        BinaryOp::LessOrEqual => (Level::Comparison, " <= "),
        BinaryOp::Greater => (Level::Comparison, " > "),
        BinaryOp::GreaterOrEqual => (Level::Comparison, " >= "),
    }
}

/// `exists (0:r0=0 /\ 1:r0=0)`, with `name` for the places.
pub(super) fn condition(condition: &Condition, name: &impl Fn(Place) -> String) -> String {
    let mut text = match condition.quantifier {
        Quantifier::Exists => "exists (",
        Quantifier::NotExists => "~exists (",
        Quantifier::Forall => "forall (",
    }
    .to_owned();
    formula(&mut text, &condition.formula, Binding::Or, name);
    text.push(')');
    text
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Or,
    And,
    Not,
}

fn formula(text: &mut String, it: &Formula, least: Binding, name: &impl Fn(Place) -> String) {
    let equation = |text: &mut String, place: Place, sign: &str, value: Value| {
        text.push_str(&format!("{}{sign}{value}", name(place)));
    };
    match it {
        Formula::True => text.push_str("true"),
        Formula::Equal(place, value) => equation(text, *place, "=", *value),
        Formula::Not(inner) => {
            if let Formula::Equal(place, value) = **inner {
                equation(text, place, "<>", value);
            } else {
                text.push('~');
                formula(text, inner, Binding::Not, name);
            }
        }
        Formula::And(parts) | Formula::Or(parts) => {
            let (binding, below, sign, empty) = match it {
                Formula::And(_) => (Binding::And, Binding::Not, " /\\ ", "true"),
                _ => (Binding::Or, Binding::And, " \\/ ", "false"),
            };
            match &parts[..] {
                [] => text.push_str(empty),
                [only] => formula(text, only, least, name),
                [first, rest @ ..] => {
                    let parentheses = binding < least;
                    if parentheses {
                        text.push('(');
                    }
                    formula(text, first, below, name);
                    for part in rest {
                        text.push_str(sign);
                        formula(text, part, below, name);
                    }
                    if parentheses {
                        text.push(')');
                    }
                }
            }
        }
    }
}
