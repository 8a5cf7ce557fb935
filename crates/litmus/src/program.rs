//! A litmus test as data: a few threads of straight-line code over shared locations, and a condition on
//! where they may end up. The parser, the builder and the macro make one; the engine, the printer, the
//! hardware runner and loom read it. Left out: loops, pointers, and values that are no integers.

use std::{fmt, sync::atomic::Ordering};

/// What a location or register holds. Arithmetic wraps.
pub type Value = i64;

/// A litmus test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    pub name: String,
    pub locations: Vec<Location>,
    pub threads: Vec<Thread>,
    /// What a final state shows, beside what the condition names.
    pub observed: Vec<Place>,
    pub condition: Option<Condition>,
}

/// Shared memory: one integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub name: String,
    pub initial: Value,
    /// Declared as an atomic type. Each access says for itself whether it is atomic.
    pub atomic: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// The names of the thread's registers; all hold 0 in the beginning.
    pub registers: Vec<String>,
    pub body: Vec<Instr>,
}

/// A location, by its place in [`Program::locations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Loc(pub usize);

/// A register, by its place in its thread's [`Thread::registers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reg(pub usize);

/// How strongly an access or fence orders: C's and Rust's memory orders, and `Plain` for an access that
/// is not atomic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Order {
    Plain,
    Relaxed,
    Acquire,
    Release,
    AcqRel,
    SeqCst,
}

impl Order {
    /// Whether it orders what comes after it: acquire or stronger.
    pub fn acquires(self) -> bool {
        matches!(self, Order::Acquire | Order::AcqRel | Order::SeqCst)
    }

    /// Whether it orders what comes before it: release or stronger.
    pub fn releases(self) -> bool {
        matches!(self, Order::Release | Order::AcqRel | Order::SeqCst)
    }

    /// What a load says in Rust: of the order, as much as a load can have. That it is not atomic, if it is
    /// plain, no order says.
    pub fn of_load(self) -> Ordering {
        match self {
            Order::SeqCst => Ordering::SeqCst,
            Order::Acquire | Order::AcqRel => Ordering::Acquire,
            Order::Release | Order::Relaxed | Order::Plain => Ordering::Relaxed,
        }
    }

    /// The same for a store.
    pub fn of_store(self) -> Ordering {
        match self {
            Order::SeqCst => Ordering::SeqCst,
            Order::Release | Order::AcqRel => Ordering::Release,
            Order::Acquire | Order::Relaxed | Order::Plain => Ordering::Relaxed,
        }
    }

    /// The same for what reads and writes, and for fences.
    pub fn of_update(self) -> Ordering {
        match self {
            Order::Plain | Order::Relaxed => Ordering::Relaxed,
            Order::Acquire => Ordering::Acquire,
            Order::Release => Ordering::Release,
            Order::AcqRel => Ordering::AcqRel,
            Order::SeqCst => Ordering::SeqCst,
        }
    }
}

impl fmt::Display for Order {
    /// Rust's name for it, and `plain`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Order::Plain => "plain",
            Order::Relaxed => "Relaxed",
            Order::Acquire => "Acquire",
            Order::Release => "Release",
            Order::AcqRel => "AcqRel",
            Order::SeqCst => "SeqCst",
        })
    }
}

/// One statement of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instr {
    /// `to` gets what is read.
    Load {
        to: Reg,
        at: Loc,
        order: Order,
    },
    Store {
        at: Loc,
        value: Expr,
        order: Order,
    },
    /// Reads, and writes what `op` makes of it, with nothing in between.
    Rmw {
        to: Option<Reg>,
        at: Loc,
        op: RmwOp,
        operand: Expr,
        order: Order,
    },
    /// Writes `desired` if `expected` is read, with nothing in between.
    CompareExchange {
        /// Gets 1 if it was written, or else 0.
        success: Option<Reg>,
        /// Gets what was read.
        found: Option<Reg>,
        at: Loc,
        expected: Expr,
        desired: Expr,
        on_success: Order,
        on_failure: Order,
        /// May fail although `expected` was read.
        weak: bool,
    },
    Fence(Order),
    Let {
        to: Reg,
        value: Expr,
    },
    If {
        condition: Expr,
        then: Vec<Instr>,
        otherwise: Vec<Instr>,
    },
}

impl Instr {
    /// What it is, and an order of it that such an access cannot have.
    fn misordered(&self) -> Option<(&'static str, Order)> {
        let reads = |order| !matches!(order, Order::Release | Order::AcqRel);
        let (what, order, fits) = match *self {
            Instr::Load { order, .. } => ("a load", order, reads(order)),
            Instr::Store { order, .. } => {
                let fits = !matches!(order, Order::Acquire | Order::AcqRel);
                ("a store", order, fits)
            }
            Instr::Rmw { order, .. } => ("a read-modify-write", order, order != Order::Plain),
            Instr::CompareExchange {
                on_success,
                on_failure,
                ..
            } => match on_success {
                Order::Plain => ("a compare-exchange", on_success, false),
                _ => {
                    let fits = reads(on_failure) && on_failure != Order::Plain;
                    ("a failing compare-exchange", on_failure, fits)
                }
            },
            Instr::Fence(order) => ("a fence", order, order != Order::Plain),
            Instr::Let { .. } | Instr::If { .. } => return None,
        };
        (!fits).then_some((what, order))
    }
}

/// What a read-modify-write makes of the value it read and its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RmwOp {
    Exchange,
    Add,
    Sub,
    And,
    Or,
    Xor,
}

impl RmwOp {
    pub fn apply(self, found: Value, operand: Value) -> Value {
        match self {
            RmwOp::Exchange => operand,
            RmwOp::Add => found.wrapping_add(operand),
            RmwOp::Sub => found.wrapping_sub(operand),
            RmwOp::And => found & operand,
            RmwOp::Or => found | operand,
            RmwOp::Xor => found ^ operand,
        }
    }
}

/// A calculation on registers. It touches no memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    Const(Value),
    Reg(Reg),
    /// 1 if it is 0, or else 0.
    Not(Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
}

/// Comparisons and the logical ones give 1 or 0. Division is left out: it can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    BitAnd,
    BitOr,
    BitXor,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

impl BinaryOp {
    pub fn apply(self, left: Value, right: Value) -> Value {
        match self {
            BinaryOp::Add => left.wrapping_add(right),
            BinaryOp::Sub => left.wrapping_sub(right),
            BinaryOp::Mul => left.wrapping_mul(right),
            BinaryOp::BitAnd => left & right,
            BinaryOp::BitOr => left | right,
            BinaryOp::BitXor => left ^ right,
            BinaryOp::Equal => (left == right).into(),
            BinaryOp::NotEqual => (left != right).into(),
            BinaryOp::Less => (left < right).into(),
            BinaryOp::LessOrEqual => (left <= right).into(),
            BinaryOp::Greater => (left > right).into(),
            BinaryOp::GreaterOrEqual => (left >= right).into(),
            BinaryOp::And => (left != 0 && right != 0).into(),
            BinaryOp::Or => (left != 0 || right != 0).into(),
        }
    }
}

impl Expr {
    /// Its value where `registers` holds the thread's registers.
    ///
    /// # Panics
    ///
    /// If it names a register that is not there.
    pub fn eval(&self, registers: &[Value]) -> Value {
        match self {
            Expr::Const(value) => *value,
            Expr::Reg(Reg(register)) => registers[*register],
            Expr::Not(inner) => (inner.eval(registers) == 0).into(),
            Expr::Binary(op, left, right) => op.apply(left.eval(registers), right.eval(registers)),
        }
    }

    /// Whether it is 1 or 0, whatever the registers hold.
    pub fn is_truth(&self) -> bool {
        match self {
            Expr::Const(value) => matches!(value, 0 | 1),
            Expr::Reg(_) => false,
            Expr::Not(_) => true,
            Expr::Binary(op, left, right) => match op {
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => false,
                BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor => {
                    left.is_truth() && right.is_truth()
                }
                _ => true,
            },
        }
    }
}

impl From<Value> for Expr {
    fn from(value: Value) -> Expr {
        Expr::Const(value)
    }
}

impl From<Reg> for Expr {
    fn from(register: Reg) -> Expr {
        Expr::Reg(register)
    }
}

/// Something that a final state has a value for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    Register { thread: usize, register: Reg },
    Location(Loc),
}

/// What the test asks of the final states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub quantifier: Quantifier,
    pub formula: Formula,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// `exists`: some final state satisfies the formula.
    Exists,
    /// `~exists`: none does.
    NotExists,
    /// `forall`: each does.
    Forall,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula {
    True,
    Equal(Place, Value),
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
}

impl Formula {
    /// Whether it holds where `value` gives what each place ends with.
    pub fn holds(&self, value: &impl Fn(Place) -> Option<Value>) -> bool {
        match self {
            Formula::True => true,
            Formula::Equal(place, wanted) => value(*place) == Some(*wanted),
            Formula::Not(inner) => !inner.holds(value),
            Formula::And(all) => all.iter().all(|one| one.holds(value)),
            Formula::Or(any) => any.iter().any(|one| one.holds(value)),
        }
    }

    /// Adds the places that it names to `places`.
    pub fn places(&self, places: &mut Vec<Place>) {
        match self {
            Formula::True => {}
            Formula::Equal(place, _) => places.push(*place),
            Formula::Not(inner) => inner.places(places),
            Formula::And(parts) | Formula::Or(parts) => {
                for part in parts {
                    part.places(places);
                }
            }
        }
    }
}

/// A program that cannot be run: it names what is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

/// Deeper nesting of `if`s and of calculations is refused, since what walks them recurses.
pub const DEEPEST: usize = 100;

impl Program {
    /// Whether some access is plain, so that there could be a data race.
    pub fn has_plain(&self) -> bool {
        fn plain(body: &[Instr]) -> bool {
            body.iter().any(|instr| match instr {
                Instr::Load { order, .. } | Instr::Store { order, .. } => *order == Order::Plain,
                Instr::If {
                    then, otherwise, ..
                } => plain(then) || plain(otherwise),
                _ => false,
            })
        }
        self.threads.iter().any(|thread| plain(&thread.body))
    }

    /// Whether all that it names is there, nothing nests too deeply, and each access has an order that C and
    /// Rust allow it. What the parser, the builder and the macro make always is well formed.
    ///
    /// # Errors
    ///
    /// The first thing that is not, in words.
    pub fn check(&self) -> Result<(), Malformed> {
        let err = |text: String| Err(Malformed(text));
        for (index, thread) in self.threads.iter().enumerate() {
            self.check_body(index, thread, &thread.body, 0)?;
        }
        let mut places = self.observed.clone();
        if let Some(condition) = &self.condition {
            condition.formula.check(0)?;
            condition.formula.places(&mut places);
        }
        for place in places {
            match place {
                Place::Location(Loc(location)) if location >= self.locations.len() => {
                    return err(format!("there is no location number {location}"));
                }
                Place::Register {
                    thread,
                    register: Reg(register),
                } if self
                    .threads
                    .get(thread)
                    .is_none_or(|t| register >= t.registers.len()) =>
                {
                    return err(format!("thread {thread} has no register number {register}"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_body(
        &self,
        index: usize,
        thread: &Thread,
        body: &[Instr],
        depth: usize,
    ) -> Result<(), Malformed> {
        if depth > DEEPEST {
            return Err(Malformed(format!(
                "thread {index} nests more than {DEEPEST} ifs"
            )));
        }
        let reg = |register: &Reg| {
            let there = register.0 < thread.registers.len();
            there.then_some(()).ok_or_else(|| {
                Malformed(format!(
                    "thread {index} has no register number {}",
                    register.0
                ))
            })
        };
        let at = |location: &Loc| {
            let there = location.0 < self.locations.len();
            there.then_some(()).ok_or_else(|| {
                Malformed(format!(
                    "thread {index} names a location number {}",
                    location.0
                ))
            })
        };
        let expr = |expr: &Expr| expr.check(&|register| reg(&register), 0);
        for instr in body {
            if let Some((what, order)) = instr.misordered() {
                return Err(Malformed(format!(
                    "thread {index} has {what} that is {order}"
                )));
            }
            match instr {
                Instr::Load {
                    to, at: location, ..
                } => (reg(to)?, at(location)?),
                Instr::Store {
                    at: location,
                    value,
                    ..
                } => (at(location)?, expr(value)?),
                Instr::Rmw {
                    to,
                    at: location,
                    operand,
                    ..
                } => {
                    to.iter().try_for_each(reg)?;
                    (at(location)?, expr(operand)?)
                }
                Instr::CompareExchange {
                    success,
                    found,
                    at: location,
                    expected,
                    desired,
                    ..
                } => {
                    success.iter().chain(found).try_for_each(reg)?;
                    expr(expected)?;
                    (at(location)?, expr(desired)?)
                }
                Instr::Fence(_) => ((), ()),
                Instr::Let { to, value } => (reg(to)?, expr(value)?),
                Instr::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    expr(condition)?;
                    self.check_body(index, thread, then, depth + 1)?;
                    (self.check_body(index, thread, otherwise, depth + 1)?, ())
                }
            };
        }
        Ok(())
    }
}

impl Expr {
    fn check(
        &self,
        register: &impl Fn(Reg) -> Result<(), Malformed>,
        depth: usize,
    ) -> Result<(), Malformed> {
        if depth > DEEPEST {
            return Err(Malformed(format!(
                "a calculation nests more than {DEEPEST} deep"
            )));
        }
        match self {
            Expr::Const(_) => Ok(()),
            Expr::Reg(named) => register(*named),
            Expr::Not(inner) => inner.check(register, depth + 1),
            Expr::Binary(_, left, right) => {
                left.check(register, depth + 1)?;
                right.check(register, depth + 1)
            }
        }
    }
}

impl Formula {
    fn check(&self, depth: usize) -> Result<(), Malformed> {
        if depth > DEEPEST {
            return Err(Malformed(format!(
                "the condition nests more than {DEEPEST} deep"
            )));
        }
        match self {
            Formula::True | Formula::Equal(..) => Ok(()),
            Formula::Not(inner) => inner.check(depth + 1),
            Formula::And(parts) | Formula::Or(parts) => {
                parts.iter().try_for_each(|part| part.check(depth + 1))
            }
        }
    }
}
