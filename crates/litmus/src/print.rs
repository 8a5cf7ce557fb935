//! A program as a C litmus text, for herd7 and for [`parse`](crate::parse::parse).
//!
//! What comes back from the parser observes the same and ends in the same states, but it need not be the
//! same data: in C, a compare-exchange finds its expected value in memory, so that it gets a location `e0`
//! of its own, and `!`, `&&` and `||`, which herd does not know, become comparisons. What the parser made of
//! C comes out as it was written.
//!
//! Names stay as they are where C and herd allow them. The parser's bound of
//! [`DEEPEST`](crate::program::DEEPEST) is the program's as well, but what is rewritten may nest one level
//! deeper than it did.

mod names;
mod text;

use std::{
    collections::{BTreeSet, HashSet},
    fmt::{self, Write},
};

use self::names::Expected;
use crate::program::{Expr, Instr, Loc, Order, Place, Program, Reg, RmwOp, Value};

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut taken = HashSet::new();
        let given: Vec<&str> = self.locations.iter().map(|l| l.name.as_str()).collect();
        let names = names::distinct(&given, &mut taken);
        let mut expected = Expected { taken, next: 0 };
        let threads: Vec<Printed> = (0..self.threads.len())
            .map(|index| Printer::new(self, index, &names, &mut expected).thread())
            .collect();

        writeln!(f, "C {}", names::title(&self.name))?;
        f.write_str("{")?;
        for (index, (location, name)) in self.locations.iter().zip(&names).enumerate() {
            // A thread that uses it says the type.
            let used = threads
                .iter()
                .any(|thread| thread.used.contains(&Loc(index)));
            let kind = match location.atomic && !used {
                true => "atomic_int ",
                false => "",
            };
            write!(f, " {kind}{name}={};", location.initial)?;
        }
        for (name, initial) in threads.iter().flat_map(|thread| &thread.expected) {
            write!(f, " {name}={initial};")?;
        }
        let space = if self.locations.is_empty() { "" } else { " " };
        writeln!(f, "{space}}}")?;
        for (index, thread) in threads.iter().enumerate() {
            let parameters = thread.parameters(self, &names);
            writeln!(f, "P{index} ({parameters}) {{\n{}}}", thread.text)?;
        }
        let place = |place| match place {
            Place::Location(Loc(location)) => names[location].clone(),
            Place::Register {
                thread,
                register: Reg(register),
            } => format!("{thread}:{}", threads[thread].registers[register]),
        };
        if !self.observed.is_empty() {
            let observed: Vec<String> = self.observed.iter().map(|one| place(*one)).collect();
            writeln!(f, "locations [{};]", observed.join("; "))?;
        }
        if let Some(condition) = &self.condition {
            writeln!(f, "{}", text::condition(condition, &place))?;
        }
        Ok(())
    }
}

/// A thread as text, and what the text's other parts need of it.
struct Printed {
    text: String,
    registers: Vec<String>,
    used: BTreeSet<Loc>,
    /// Locations for what a compare-exchange expects, and their initial values.
    expected: Vec<(String, Value)>,
}

impl Printed {
    /// `atomic_int* x, int* e0`
    fn parameters(&self, program: &Program, names: &[String]) -> String {
        let used = self.used.iter().map(|location| {
            let atomic = program.locations[location.0].atomic;
            let kind = if atomic { "atomic_int" } else { "int" };
            format!("{kind}* {}", names[location.0])
        });
        let own = self.expected.iter().map(|(name, _)| format!("int* {name}"));
        used.chain(own).collect::<Vec<_>>().join(", ")
    }
}

struct Printer<'a> {
    body: &'a [Instr],
    locations: &'a [String],
    expected: &'a mut Expected,
    /// How often each register is named in the body or observed.
    mentions: Vec<usize>,
    /// Whether it is declared where it gets its first value; if not, then at the thread's start.
    in_place: Vec<bool>,
    declared: Vec<bool>,
    out: Printed,
    indent: usize,
}

impl<'a> Printer<'a> {
    fn new(
        program: &'a Program,
        index: usize,
        locations: &'a [String],
        expected: &'a mut Expected,
    ) -> Printer<'a> {
        let thread = &program.threads[index];
        let count = thread.registers.len();
        let mut used = BTreeSet::new();
        let mut mentions = vec![0; count];
        let mut in_place = vec![false; count];
        walk(&thread.body, true, &mut |top, mention| match mention {
            Mention::Location(location) => {
                used.insert(location);
            }
            Mention::Read(Reg(register)) => mentions[register] += 1,
            Mention::Written(Reg(register)) => {
                in_place[register] |= top && mentions[register] == 0;
                mentions[register] += 1;
            }
        });
        let mut observed = program.observed.clone();
        if let Some(condition) = &program.condition {
            condition.formula.places(&mut observed);
        }
        for place in observed {
            match place {
                Place::Register { thread, register } if thread == index => {
                    mentions[register.0] += 1;
                }
                _ => {}
            }
        }
        let mut taken = used.iter().map(|l| locations[l.0].clone()).collect();
        let given: Vec<&str> = thread.registers.iter().map(String::as_str).collect();
        Printer {
            body: &thread.body,
            locations,
            expected,
            mentions,
            in_place,
            declared: vec![false; count],
            out: Printed {
                text: String::new(),
                registers: names::distinct(&given, &mut taken),
                used,
                expected: Vec::new(),
            },
            indent: 1,
        }
    }

    fn thread(mut self) -> Printed {
        let mut hidden = vec![false; self.mentions.len()];
        self.hide(self.body, &mut hidden);
        for (register, hidden) in hidden.iter().enumerate() {
            if self.mentions[register] > 0 && !hidden && !self.in_place[register] {
                self.define(Reg(register), "0");
            }
        }
        self.statements(self.body);
        if self.out.text.is_empty() {
            self.nothing();
        }
        self.out
    }

    /// Marks the registers that C does not need.
    fn hide(&self, mut body: &[Instr], hidden: &mut [bool]) {
        while let [first, rest @ ..] = body {
            body = rest;
            if let Instr::If {
                then, otherwise, ..
            } = first
            {
                self.hide(then, hidden);
                self.hide(otherwise, hidden);
            } else if let Some(in_memory) = self.compare_exchange_in_memory(first, rest) {
                hidden[in_memory.wanted.0] = true;
                hidden[in_memory.found.0] = true;
            }
        }
    }

    /// A block's statements. Herd wants at least one in each block.
    fn block(&mut self, body: &[Instr]) {
        self.indent += 1;
        let before = self.out.text.len();
        self.statements(body);
        if self.out.text.len() == before {
            self.nothing();
        }
        self.indent -= 1;
    }

    fn nothing(&mut self) {
        self.line("0;");
    }

    fn statements(&mut self, mut body: &[Instr]) {
        while let [first, rest @ ..] = body {
            body = match self.compare_exchange_in_memory(first, rest) {
                Some(in_memory) => {
                    self.compare_exchange(in_memory.instr, in_memory.expected);
                    &rest[2..]
                }
                None => {
                    self.statement(first);
                    rest
                }
            };
        }
    }

    fn statement(&mut self, instr: &Instr) {
        match instr {
            Instr::Load { to, at, order } => {
                let at = &self.locations[at.0];
                let value = match order {
                    Order::Plain => format!("*{at}"),
                    _ => format!("atomic_load_explicit({at}, {})", in_c(*order)),
                };
                self.define(*to, &value);
            }
            Instr::Store { at, value, order } => {
                let at = &self.locations[at.0];
                let value = self.calculation(value);
                self.line(&match order {
                    Order::Plain => format!("*{at} = {value};"),
                    _ => format!("atomic_store_explicit({at}, {value}, {});", in_c(*order)),
                });
            }
            Instr::Rmw {
                to,
                at,
                op,
                operand,
                order,
            } => {
                let function = match op {
                    RmwOp::Exchange => "exchange",
                    RmwOp::Add => "fetch_add",
                    RmwOp::Sub => "fetch_sub",
                    RmwOp::And => "fetch_and",
                    RmwOp::Or => "fetch_or",
                    RmwOp::Xor => "fetch_xor",
                };
                let call = format!(
                    "atomic_{function}_explicit({}, {}, {})",
                    self.locations[at.0],
                    self.calculation(operand),
                    in_c(*order)
                );
                match to {
                    Some(to) => self.define(*to, &call),
                    None => self.line(&format!("{call};")),
                }
            }
            Instr::CompareExchange {
                found, expected, ..
            } => {
                let own = self.expected.name(&self.out.registers);
                let initial = match expected {
                    Expr::Const(value) => *value,
                    _ => {
                        let value = self.calculation(expected);
                        self.line(&format!("*{own} = {value};"));
                        0
                    }
                };
                self.out.expected.push((own.clone(), initial));
                self.compare_exchange(instr, &own);
                if let Some(found) = found {
                    self.define(*found, &format!("*{own}"));
                }
            }
            Instr::Fence(order) => self.line(&format!("atomic_thread_fence({});", in_c(*order))),
            Instr::Let { to, value } => {
                let value = self.calculation(value);
                self.define(*to, &value);
            }
            Instr::If {
                condition,
                then,
                otherwise,
            } => match (is_empty(then), is_empty(otherwise)) {
                (true, true) => {}
                (true, false) => {
                    let not = Expr::Not(Box::new(condition.clone()));
                    self.conditional(&not, otherwise, &[]);
                }
                (false, _) => self.conditional(condition, then, otherwise),
            },
        }
    }

    fn conditional(&mut self, condition: &Expr, then: &[Instr], otherwise: &[Instr]) {
        let condition = self.calculation(condition);
        self.line(&format!("if ({condition}) {{"));
        self.block(then);
        if !is_empty(otherwise) {
            self.line("} else {");
            self.block(otherwise);
        }
        self.line("}");
    }

    /// The call, with the expected value in memory at `expected`.
    fn compare_exchange(&mut self, instr: &Instr, expected: &str) {
        let Instr::CompareExchange {
            success,
            at,
            desired,
            on_success,
            on_failure,
            weak,
            ..
        } = instr
        else {
            return;
        };
        let call = format!(
            "atomic_compare_exchange_{}_explicit({}, {expected}, {}, {}, {})",
            if *weak { "weak" } else { "strong" },
            self.locations[at.0],
            self.calculation(desired),
            in_c(*on_success),
            in_c(*on_failure)
        );
        match success {
            Some(success) => self.define(*success, &call),
            None => self.line(&format!("{call};")),
        }
    }

    /// What the parser makes of a compare-exchange in C: what is expected is read from memory, and what was
    /// found instead is written there.
    fn compare_exchange_in_memory<'b>(
        &self,
        first: &'b Instr,
        rest: &'b [Instr],
    ) -> Option<InMemory<'b>>
    where
        'a: 'b,
    {
        let Instr::Load {
            to: wanted,
            at: location,
            order: Order::Plain,
        } = first
        else {
            return None;
        };
        let [
            instr @ Instr::CompareExchange {
                success: Some(success),
                found: Some(found),
                expected: Expr::Reg(expected),
                ..
            },
            Instr::If {
                condition: Expr::Not(failed),
                then,
                otherwise,
            },
            ..,
        ] = rest
        else {
            return None;
        };
        let [
            Instr::Store {
                at,
                value: Expr::Reg(stored),
                order: Order::Plain,
            },
        ] = &then[..]
        else {
            return None;
        };
        let same = expected == wanted
            && **failed == Expr::Reg(*success)
            && at == location
            && stored == found
            && otherwise.is_empty();
        // Nobody else asks for what these two hold.
        let unasked = self.mentions[wanted.0] == 2 && self.mentions[found.0] == 2;
        (same && unasked && wanted != found && success != found).then(|| InMemory {
            instr,
            wanted: *wanted,
            found: *found,
            expected: &self.locations[location.0],
        })
    }

    fn calculation(&self, expr: &Expr) -> String {
        text::calculation(expr, &self.out.registers)
    }

    /// `int r0 = value;`, or `r0 = value;` if it is declared.
    fn define(&mut self, Reg(register): Reg, value: &str) {
        let new = !std::mem::replace(&mut self.declared[register], true);
        let kind = if new { "int " } else { "" };
        let line = format!("{kind}{} = {value};", self.out.registers[register]);
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        let indent = 2 * self.indent;
        // Writing to a String does not fail.
        let _ = writeln!(self.out.text, "{:indent$}{line}", "");
    }
}

struct InMemory<'a> {
    instr: &'a Instr,
    wanted: Reg,
    found: Reg,
    expected: &'a str,
}

/// Whether nothing of it is ever done.
fn is_empty(body: &[Instr]) -> bool {
    body.iter().all(|instr| match instr {
        Instr::If {
            then, otherwise, ..
        } => is_empty(then) && is_empty(otherwise),
        _ => false,
    })
}

fn in_c(order: Order) -> &'static str {
    match order {
        Order::Plain | Order::Relaxed => "memory_order_relaxed",
        Order::Acquire => "memory_order_acquire",
        Order::Release => "memory_order_release",
        Order::AcqRel => "memory_order_acq_rel",
        Order::SeqCst => "memory_order_seq_cst",
    }
}

enum Mention {
    Location(Loc),
    Read(Reg),
    Written(Reg),
}

/// Tells of each mention in `body`, in the text's order, and whether it stands in no block.
fn walk(body: &[Instr], top: bool, tell: &mut impl FnMut(bool, Mention)) {
    fn read(expr: &Expr, top: bool, tell: &mut impl FnMut(bool, Mention)) {
        match expr {
            Expr::Const(_) => {}
            Expr::Reg(register) => tell(top, Mention::Read(*register)),
            Expr::Not(inner) => read(inner, top, tell),
            Expr::Binary(_, left, right) => {
                read(left, top, tell);
                read(right, top, tell);
            }
        }
    }
    for instr in body {
        match instr {
            Instr::Load { to, at, .. } => {
                tell(top, Mention::Location(*at));
                tell(top, Mention::Written(*to));
            }
            Instr::Store { at, value, .. } => {
                tell(top, Mention::Location(*at));
                read(value, top, tell);
            }
            Instr::Rmw {
                to, at, operand, ..
            } => {
                tell(top, Mention::Location(*at));
                read(operand, top, tell);
                if let Some(to) = to {
                    tell(top, Mention::Written(*to));
                }
            }
            Instr::CompareExchange {
                success,
                found,
                at,
                expected,
                desired,
                ..
            } => {
                tell(top, Mention::Location(*at));
                read(expected, top, tell);
                read(desired, top, tell);
                for register in success.iter().chain(found) {
                    tell(top, Mention::Written(*register));
                }
            }
            Instr::Fence(_) => {}
            // It is not printed.
            Instr::If {
                then, otherwise, ..
            } if is_empty(then) && is_empty(otherwise) => {}
            Instr::Let { to, value } => {
                read(value, top, tell);
                tell(top, Mention::Written(*to));
            }
            Instr::If {
                condition,
                then,
                otherwise,
            } => {
                read(condition, top, tell);
                walk(then, false, tell);
                walk(otherwise, false, tell);
            }
        }
    }
}
