//! Calculations, and the accesses to memory within them. What is read goes to a register first, in the order
//! in which it is written: an [`Expr`] touches no memory.

use std::mem;

use super::{Name, Parsed, Parser, lexer::Token, number, quoted, stray};
use crate::program::{BinaryOp, DEEPEST, Expr, Instr, Loc, Order, RmwOp, Value};

/// What an expression comes to.
pub(super) enum Operand {
    Ready(Calculated),
    /// To be done, now that it is known where its value goes.
    Access(Access),
}

/// A calculation, and how deeply it nests.
pub(super) struct Calculated {
    pub expr: Expr,
    depth: usize,
}

pub(super) enum Access {
    Load {
        at: Loc,
        order: Order,
    },
    Rmw {
        at: Loc,
        op: RmwOp,
        operand: Expr,
        order: Order,
    },
    CompareExchange {
        at: Loc,
        expected: Loc,
        desired: Expr,
        on_success: Order,
        on_failure: Order,
        weak: bool,
    },
}

/// C's functions.
#[derive(Clone, Copy)]
pub(super) enum Function {
    Load,
    Store,
    /// A plain store.
    Init,
    Rmw(RmwOp),
    CompareExchange {
        weak: bool,
    },
    TestAndSet,
    Clear,
    Fence,
}

/// The function of that name, and whether its memory orders are arguments.
pub(super) fn call(name: &str) -> Option<(Function, bool)> {
    let rest = name.strip_prefix("atomic_")?;
    let (rest, explicit) = match rest.strip_suffix("_explicit") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let function = match (rest, explicit) {
        ("load", _) => Function::Load,
        ("store", _) => Function::Store,
        ("init", false) => Function::Init,
        ("exchange", _) => Function::Rmw(RmwOp::Exchange),
        ("fetch_add", _) => Function::Rmw(RmwOp::Add),
        ("fetch_sub", _) => Function::Rmw(RmwOp::Sub),
        ("fetch_and", _) => Function::Rmw(RmwOp::And),
        ("fetch_or", _) => Function::Rmw(RmwOp::Or),
        ("fetch_xor", _) => Function::Rmw(RmwOp::Xor),
        ("compare_exchange_strong", _) => Function::CompareExchange { weak: false },
        ("compare_exchange_weak", _) => Function::CompareExchange { weak: true },
        ("flag_test_and_set", _) => Function::TestAndSet,
        ("flag_clear", _) => Function::Clear,
        ("thread_fence", false) => return Some((Function::Fence, true)),
        _ => return None,
    };
    Some((function, explicit))
}

/// The Linux kernel's memory model is another one.
const LINUX: &[&str] = &[
    "READ_ONCE",
    "WRITE_ONCE",
    "smp_mb",
    "smp_rmb",
    "smp_wmb",
    "smp_load_acquire",
    "smp_store_release",
    "smp_mb__before_atomic",
    "smp_mb__after_atomic",
    "smp_store_mb",
    "rcu_read_lock",
    "rcu_read_unlock",
    "rcu_dereference",
    "rcu_assign_pointer",
    "synchronize_rcu",
    "srcu_read_lock",
    "srcu_read_unlock",
    "spin_lock",
    "spin_unlock",
    "spin_trylock",
    "xchg",
    "xchg_relaxed",
    "xchg_acquire",
    "xchg_release",
    "cmpxchg",
    "cmpxchg_relaxed",
    "cmpxchg_acquire",
    "cmpxchg_release",
    "atomic_read",
    "atomic_set",
    "atomic_add",
    "atomic_sub",
    "atomic_inc",
    "atomic_dec",
    "atomic_add_return",
    "atomic_inc_return",
    "atomic_dec_and_test",
    "atomic_xchg",
    "atomic_cmpxchg",
    "barrier",
];

/// How closely C's operators bind; those that Rust and herd have as well, and some to be refused.
fn level(symbol: &str) -> Option<(usize, Option<BinaryOp>)> {
    Some(match symbol {
        "?" => (0, None),
        "||" => (1, Some(BinaryOp::Or)),
        "&&" => (2, Some(BinaryOp::And)),
        "|" => (3, Some(BinaryOp::BitOr)),
        "^" => (4, Some(BinaryOp::BitXor)),
        "&" => (5, Some(BinaryOp::BitAnd)),
        "==" => (6, Some(BinaryOp::Equal)),
        "!=" => (6, Some(BinaryOp::NotEqual)),
        "<" => (7, Some(BinaryOp::Less)),
        "<=" => (7, Some(BinaryOp::LessOrEqual)),
        ">" => (7, Some(BinaryOp::Greater)),
        ">=" => (7, Some(BinaryOp::GreaterOrEqual)),
        "<<" | ">>" => (8, None),
        "+" => (9, Some(BinaryOp::Add)),
        "-" => (9, Some(BinaryOp::Sub)),
        "*" => (10, Some(BinaryOp::Mul)),
        "/" | "%" => (10, None),
        _ => return None,
    })
}

impl<'t> Parser<'t> {
    /// An expression; if `statement`, then it may as well be a call that has no value.
    pub(super) fn expression(&mut self, statement: bool) -> Parsed<Operand> {
        if statement
            && let Token::Word(name) = self.token
            && let Some((function, explicit)) = call(name)
            && let Some(nothing) = self.procedure(function, explicit)?
        {
            return Ok(nothing);
        }
        self.operators(0)
    }

    /// An expression of operators that bind at least as closely as `lowest` says.
    fn operators(&mut self, lowest: usize) -> Parsed<Operand> {
        let mut left = self.unary()?;
        loop {
            let Token::Symbol(symbol) = self.token else {
                return Ok(left);
            };
            let Some((closeness, op)) = level(symbol) else {
                return Ok(left);
            };
            if closeness < lowest {
                return Ok(left);
            }
            let Some(op) = op else {
                return self
                    .unexpected_here(format!("`{symbol}` is not supported in a calculation"));
            };
            let at = self.at;
            self.advance()?;
            // What stands left is read first.
            let before = self.settle(left)?;
            let outer =
                matches!(op, BinaryOp::And | BinaryOp::Or).then(|| mem::take(&mut self.scope.body));
            self.enter()?;
            let after = self.operators(closeness + 1)?;
            let after = self.settle(after)?;
            self.leave();
            let reads = match outer {
                Some(outer) => mem::replace(&mut self.scope.body, outer),
                None => Vec::new(),
            };
            left = Operand::Ready(match reads.is_empty() {
                true => binary(op, before, after, at)?,
                false => self.skip_or_read(op, before, reads, after, at)?,
            });
        }
    }

    /// `before && after` or `before || after`, where `after` needs `reads`, which happen only if `before`
    /// does not decide.
    fn skip_or_read(
        &mut self,
        op: BinaryOp,
        before: Calculated,
        mut reads: Vec<Instr>,
        after: Calculated,
        at: usize,
    ) -> Parsed<Calculated> {
        let truth = |value: Calculated| match value.expr.is_truth() {
            true => Ok(value),
            false => binary(BinaryOp::NotEqual, value, constant(0), at),
        };
        let result = self.nameless();
        self.scope.body.push(Instr::Let {
            to: result,
            value: truth(before)?.expr,
        });
        reads.push(Instr::Let {
            to: result,
            value: truth(after)?.expr,
        });
        let undecided = match op {
            BinaryOp::And => Expr::Reg(result),
            _ => Expr::Not(Box::new(Expr::Reg(result))),
        };
        self.scope.body.push(Instr::If {
            condition: undecided,
            then: reads,
            otherwise: Vec::new(),
        });
        Ok(Calculated {
            expr: Expr::Reg(result),
            depth: 0,
        })
    }

    fn unary(&mut self) -> Parsed<Operand> {
        let at = self.at;
        match self.token {
            Token::Symbol("(") => {
                self.enter()?;
                self.advance()?;
                let operand = if self.kind()?.is_some() {
                    if self.is("*") {
                        return self.unexpected_here("pointers are no values here".to_owned());
                    }
                    self.need(")")?;
                    self.unary()?
                } else {
                    let inner = self.operators(0)?;
                    self.need(")")?;
                    inner
                };
                self.leave();
                Ok(operand)
            }
            Token::Symbol("*") => {
                self.advance()?;
                Ok(Operand::Access(Access::Load {
                    at: self.address()?,
                    order: Order::Plain,
                }))
            }
            Token::Symbol(sign @ ("-" | "+" | "!" | "~")) => {
                self.enter()?;
                self.advance()?;
                let operand = match self.token {
                    Token::Number(digits) if sign == "-" => {
                        Operand::Ready(constant(self.literal(digits, true)?))
                    }
                    _ => {
                        let inner = self.unary()?;
                        let inner = self.settle(inner)?;
                        Operand::Ready(match sign {
                            "-" => binary(BinaryOp::Sub, constant(0), inner, at)?,
                            "~" => binary(BinaryOp::BitXor, inner, constant(-1), at)?,
                            "!" => Calculated {
                                depth: deeper(inner.depth, at)?,
                                expr: Expr::Not(Box::new(inner.expr)),
                            },
                            _ => inner,
                        })
                    }
                };
                self.leave();
                Ok(operand)
            }
            Token::Symbol("&") => {
                self.unexpected_here("addresses as values are not supported".to_owned())
            }
            Token::Number(digits) => Ok(Operand::Ready(constant(self.literal(digits, false)?))),
            Token::Word(word) => {
                self.advance()?;
                self.named(word, at)
            }
            _ => self.expected("a value"),
        }
    }

    fn literal(&mut self, digits: &str, negative: bool) -> Parsed<Value> {
        let Some(value) = number(digits, negative) else {
            return self.unexpected_here(format!(
                "{} is no whole number of 64 bits, decimal or hexadecimal",
                quoted(digits)
            ));
        };
        self.advance()?;
        Ok(value)
    }

    /// A register, or a call.
    fn named(&mut self, word: &'t str, at: usize) -> Parsed<Operand> {
        if let Some((function, explicit)) = call(word) {
            return match self.function(function, explicit)? {
                Some(access) => Ok(Operand::Access(access)),
                None => stray(at, format!("{} has no value", quoted(word))),
            };
        }
        if self.is("(") {
            return self.unknown_function(word, at);
        }
        if self.is("[") {
            return self.unexpected_here("arrays are not supported".to_owned());
        }
        match (self.scope.names.get(word), word) {
            (Some(Name::Register(register)), _) => Ok(Operand::Ready(Calculated {
                expr: Expr::Reg(*register),
                depth: 0,
            })),
            (Some(Name::Location(_)), _) => stray(
                at,
                format!(
                    "{} is a location's address: write `*{}` for what it holds",
                    quoted(word),
                    &word[..word.len().min(40)]
                ),
            ),
            (None, "true") => Ok(Operand::Ready(constant(1))),
            (None, "false") => Ok(Operand::Ready(constant(0))),
            (None, _) => stray(
                at,
                format!("P{} has no register {}", self.scope.thread, quoted(word)),
            ),
        }
    }

    pub(super) fn unknown_function<T>(&self, name: &str, at: usize) -> Parsed<T> {
        let name_shown = quoted(name);
        stray(
            at,
            if LINUX.contains(&name) {
                format!("{name_shown} is the Linux kernel's, whose memory model is not supported")
            } else {
                format!("{name_shown} is no function that is supported")
            },
        )
    }

    /// A call of a function without a value, if it is one: all of it. Nothing is read otherwise.
    fn procedure(&mut self, function: Function, explicit: bool) -> Parsed<Option<Operand>> {
        if !matches!(
            function,
            Function::Store | Function::Init | Function::Clear | Function::Fence
        ) {
            return Ok(None);
        }
        self.advance()?;
        self.need("(")?;
        let instr = match function {
            Function::Fence => Instr::Fence(self.order(Use::Fence)?),
            _ => {
                let at = self.address()?;
                let value = match function {
                    Function::Clear => Expr::Const(0),
                    _ => self.argument()?,
                };
                let order = match function {
                    Function::Init => Order::Plain,
                    _ => self.order_argument(explicit, Use::Store)?,
                };
                Instr::Store { at, value, order }
            }
        };
        self.need(")")?;
        self.scope.body.push(instr);
        Ok(Some(Operand::Ready(constant(0))))
    }

    /// A call after its name; none if it has no value.
    fn function(&mut self, function: Function, explicit: bool) -> Parsed<Option<Access>> {
        if let Function::Store | Function::Init | Function::Clear | Function::Fence = function {
            return Ok(None);
        }
        self.need("(")?;
        self.enter()?;
        let at = self.address()?;
        let access = match function {
            Function::Rmw(op) => Access::Rmw {
                at,
                op,
                operand: self.argument()?,
                order: self.order_argument(explicit, Use::ReadModifyWrite)?,
            },
            Function::TestAndSet => Access::Rmw {
                at,
                op: RmwOp::Exchange,
                operand: Expr::Const(1),
                order: self.order_argument(explicit, Use::ReadModifyWrite)?,
            },
            Function::CompareExchange { weak } => {
                self.need(",")?;
                Access::CompareExchange {
                    at,
                    expected: self.address()?,
                    desired: self.argument()?,
                    on_success: self.order_argument(explicit, Use::ReadModifyWrite)?,
                    on_failure: self.order_argument(explicit, Use::Load)?,
                    weak,
                }
            }
            _ => Access::Load {
                at,
                order: self.order_argument(explicit, Use::Load)?,
            },
        };
        self.leave();
        self.need(")")?;
        Ok(Some(access))
    }

    /// `, value`
    fn argument(&mut self) -> Parsed<Expr> {
        self.need(",")?;
        let value = self.expression(false)?;
        Ok(self.settle(value)?.expr)
    }

    /// `, memory_order_relaxed`
    fn order_argument(&mut self, explicit: bool, for_what: Use) -> Parsed<Order> {
        if !explicit {
            return Ok(Order::SeqCst);
        }
        self.need(",")?;
        self.order(for_what)
    }

    fn order(&mut self, for_what: Use) -> Parsed<Order> {
        let Token::Word(word) = self.token else {
            return self.expected("a memory order such as `memory_order_relaxed`");
        };
        let order = match word {
            "memory_order_relaxed" => Order::Relaxed,
            "memory_order_consume" | "memory_order_acquire" => Order::Acquire,
            "memory_order_release" => Order::Release,
            "memory_order_acq_rel" => Order::AcqRel,
            "memory_order_seq_cst" => Order::SeqCst,
            _ => return self.expected("a memory order such as `memory_order_relaxed`"),
        };
        let refused = match for_what {
            Use::Load => matches!(order, Order::Release | Order::AcqRel),
            Use::Store => matches!(order, Order::Acquire | Order::AcqRel),
            Use::ReadModifyWrite | Use::Fence => false,
        };
        if refused {
            let access = match for_what {
                Use::Load => "what reads only",
                _ => "a store",
            };
            return self.unexpected_here(format!("{access} cannot be `{word}`"));
        }
        self.advance()?;
        Ok(order)
    }

    /// What it comes to, with all that it reads read.
    pub(super) fn settle(&mut self, operand: Operand) -> Parsed<Calculated> {
        match operand {
            Operand::Ready(value) => Ok(value),
            Operand::Access(access) => {
                let to = self.nameless();
                self.perform(access, Some(to))?;
                Ok(Calculated {
                    expr: Expr::Reg(to),
                    depth: 0,
                })
            }
        }
    }
}

/// What a memory order is for: not all go with all.
#[derive(Clone, Copy)]
enum Use {
    Load,
    Store,
    ReadModifyWrite,
    Fence,
}

fn constant(value: Value) -> Calculated {
    Calculated {
        expr: Expr::Const(value),
        depth: 0,
    }
}

fn binary(op: BinaryOp, left: Calculated, right: Calculated, at: usize) -> Parsed<Calculated> {
    Ok(Calculated {
        depth: deeper(left.depth.max(right.depth), at)?,
        expr: Expr::Binary(op, Box::new(left.expr), Box::new(right.expr)),
    })
}

fn deeper(depth: usize, at: usize) -> Parsed<usize> {
    if depth >= DEEPEST {
        return stray(
            at,
            format!("this calculation nests more than {DEEPEST} deep"),
        );
    }
    Ok(depth + 1)
}
