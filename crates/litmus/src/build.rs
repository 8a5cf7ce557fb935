//! Programs written in Rust. The [`litmus!`](crate::litmus!) macro is the shorter way; this is for programs that
//! are computed.
//!
//! ```
//! use litmus::{Builder, program::Order::*};
//!
//! let mut mp = Builder::new("MP");
//! let data = mp.plain("data", 0);
//! let flag = mp.atomic("flag", 0);
//! mp.thread(|t| {
//!     t.store(data, 42, Plain);
//!     t.store(flag, 1, Release);
//! });
//! let (seen, read) = mp.thread(|t| {
//!     let seen = t.load("seen", flag, Acquire);
//!     let read = t.register("read");
//!     t.if_(seen.equals(1), |t| {
//!         t.load("read", data, Plain);
//!     });
//!     (seen, read)
//! });
//! mp.never(seen.is(1) & read.is_not(42));
//! let mp = mp.build()?;
//!
//! assert_eq!(mp.threads.len(), 2);
//! assert_eq!(litmus::parse(&mp.to_string()).unwrap().name, "MP");
//! # Ok::<(), litmus::program::Malformed>(())
//! ```
//!
//! Locations and registers are named once; from then on Rust's own names stand for them, so that a name that is
//! not there does not compile. What the compiler cannot see, such as a register of another thread in a
//! calculation, [`Builder::build`] reports.

use std::{
    mem, ops,
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::program::{
    BinaryOp, Condition, Expr, Formula, Instr, Loc, Location, Malformed, Order, Place, Program,
    Quantifier, Reg, RmwOp, Thread, Value,
};

/// A program in the making.
#[derive(Debug)]
pub struct Builder {
    /// Tells its locations and registers from those of other builders.
    id: usize,
    program: Program,
    /// The first thing that went wrong.
    error: Option<Malformed>,
}

/// A location of a [`Builder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    builder: usize,
    location: Loc,
}

/// A register of a [`Builder`]'s thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    owner: Owner,
    register: Reg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owner {
    builder: usize,
    thread: usize,
}

/// A calculation on one thread's registers and numbers: `r0 + 1`, `r0.equals(r1)`. `!` is the logical one: 1 for
/// 0, and 0 for all else.
#[derive(Clone, Debug)]
pub struct Calculation {
    expr: Expr,
    owner: Option<Owner>,
    /// It has registers of two threads.
    mixed: bool,
}

/// Something about a final state: `r0.is(1) & !x.is(0)`.
#[derive(Clone, Debug)]
pub struct Claim {
    formula: Formula,
    builder: Option<usize>,
    /// It names what two builders made.
    mixed: bool,
}

/// Something that can be observed.
#[derive(Clone, Copy, Debug)]
pub struct Observable {
    builder: usize,
    place: Place,
}

/// The body of a thread, or a block of it.
#[derive(Debug)]
pub struct Body<'b> {
    owner: Owner,
    /// The thread's registers, whatever the block.
    registers: &'b mut Vec<String>,
    error: &'b mut Option<Malformed>,
    instrs: Vec<Instr>,
}

impl Builder {
    /// A program without anything.
    pub fn new(name: &str) -> Builder {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Builder {
            // Relaxed: a number of its own for each is all that is wanted.
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            program: Program {
                name: name.to_owned(),
                locations: Vec::new(),
                threads: Vec::new(),
                observed: Vec::new(),
                condition: None,
            },
            error: None,
        }
    }

    /// A location of an atomic type.
    pub fn atomic(&mut self, name: &str, initial: Value) -> Shared {
        self.location(name, initial, true)
    }

    /// A location of a type that is not atomic.
    pub fn plain(&mut self, name: &str, initial: Value) -> Shared {
        self.location(name, initial, false)
    }

    fn location(&mut self, name: &str, initial: Value, atomic: bool) -> Shared {
        let locations = &mut self.program.locations;
        if locations.iter().any(|location| location.name == name) {
            fail(&mut self.error, format!("two locations are called {name}"));
        }
        locations.push(Location {
            name: name.to_owned(),
            initial,
            atomic,
        });
        Shared {
            builder: self.id,
            location: Loc(locations.len() - 1),
        }
    }

    /// The next thread: `body` says what it does. What `body` returns, such as the registers that a condition
    /// needs, is handed on.
    pub fn thread<T>(&mut self, body: impl FnOnce(&mut Body<'_>) -> T) -> T {
        let mut registers = Vec::new();
        let mut block = Body {
            owner: Owner {
                builder: self.id,
                thread: self.program.threads.len(),
            },
            registers: &mut registers,
            error: &mut self.error,
            instrs: Vec::new(),
        };
        let result = body(&mut block);
        let body = block.instrs;
        self.program.threads.push(Thread { registers, body });
        result
    }

    /// The register that thread number `thread` calls `name`.
    pub fn register(&mut self, thread: usize, name: &str) -> Register {
        let threads = &self.program.threads;
        let found = threads
            .get(thread)
            .and_then(|thread| thread.registers.iter().position(|known| known == name));
        if found.is_none() {
            fail(
                &mut self.error,
                format!("thread {thread} has no register {name}"),
            );
        }
        Register {
            owner: Owner {
                builder: self.id,
                thread,
            },
            register: Reg(found.unwrap_or_default()),
        }
    }

    /// Has final states show what is there, which they do for all that the condition names anyway.
    pub fn observe(&mut self, what: impl Into<Observable>) {
        let what = what.into();
        if what.builder != self.id {
            fail(&mut self.error, FOREIGN.to_owned());
        }
        self.program.observed.push(what.place);
    }

    /// Asks whether some final state is as claimed.
    pub fn exists(&mut self, claim: Claim) {
        self.condition(Quantifier::Exists, claim);
    }

    /// Asks whether no final state is as claimed.
    pub fn never(&mut self, claim: Claim) {
        self.condition(Quantifier::NotExists, claim);
    }

    /// Asks whether each final state is as claimed.
    pub fn forall(&mut self, claim: Claim) {
        self.condition(Quantifier::Forall, claim);
    }

    fn condition(&mut self, quantifier: Quantifier, claim: Claim) {
        if claim.mixed || claim.builder.is_some_and(|builder| builder != self.id) {
            fail(&mut self.error, FOREIGN.to_owned());
        }
        self.program.condition = Some(Condition {
            quantifier,
            formula: claim.formula,
        });
    }

    /// The program.
    ///
    /// # Errors
    ///
    /// If a name was given twice, something of another builder or thread was used, an access has an order
    /// that it cannot have, or something nests too deeply.
    pub fn build(self) -> Result<Program, Malformed> {
        match self.error {
            Some(error) => Err(error),
            None => self.program.check().map(|()| self.program),
        }
    }

    /// What [`litmus!`](crate::litmus!) ends with.
    #[doc(hidden)]
    #[track_caller]
    pub fn written(self) -> Program {
        match self.build() {
            Ok(program) => program,
            Err(error) => panic!("{error}"),
        }
    }
}

const FOREIGN: &str = "a location or register of another builder is named";

fn fail(error: &mut Option<Malformed>, text: String) {
    error.get_or_insert(Malformed(text));
}

impl Body<'_> {
    /// The register of that name. It holds 0 unless something was put there.
    pub fn register(&mut self, name: &str) -> Register {
        let known = self.registers.iter().position(|known| known == name);
        let register = known.unwrap_or_else(|| {
            self.registers.push(name.to_owned());
            self.registers.len() - 1
        });
        Register {
            owner: self.owner,
            register: Reg(register),
        }
    }

    /// `name` gets what is read at `at`.
    pub fn load(&mut self, name: &str, at: Shared, order: Order) -> Register {
        let register = self.register(name);
        let at = self.at(at);
        self.instrs.push(Instr::Load {
            to: register.register,
            at,
            order,
        });
        register
    }

    /// Writes `value` at `at`.
    pub fn store(&mut self, at: Shared, value: impl Into<Calculation>, order: Order) {
        let at = self.at(at);
        let value = self.calculated(value);
        self.instrs.push(Instr::Store { at, value, order });
    }

    /// Writes `value`; `name` gets what was there.
    pub fn swap(
        &mut self,
        name: &str,
        at: Shared,
        value: impl Into<Calculation>,
        order: Order,
    ) -> Register {
        self.rmw(name, at, RmwOp::Exchange, value, order)
    }

    /// Adds `value` to what is there; `name` gets what was there.
    pub fn fetch_add(
        &mut self,
        name: &str,
        at: Shared,
        value: impl Into<Calculation>,
        order: Order,
    ) -> Register {
        self.rmw(name, at, RmwOp::Add, value, order)
    }

    /// Subtracts `value` from what is there; `name` gets what was there.
    pub fn fetch_sub(
        &mut self,
        name: &str,
        at: Shared,
        value: impl Into<Calculation>,
        order: Order,
    ) -> Register {
        self.rmw(name, at, RmwOp::Sub, value, order)
    }

    /// Keeps the bits that `value` has as well; `name` gets what was there.
    pub fn fetch_and(
        &mut self,
        name: &str,
        at: Shared,
        value: impl Into<Calculation>,
        order: Order,
    ) -> Register {
        self.rmw(name, at, RmwOp::And, value, order)
    }

    /// Sets the bits that `value` has; `name` gets what was there.
    pub fn fetch_or(
        &mut self,
        name: &str,
        at: Shared,
        value: impl Into<Calculation>,
        order: Order,
    ) -> Register {
        self.rmw(name, at, RmwOp::Or, value, order)
    }

    /// Flips the bits that `value` has; `name` gets what was there.
    pub fn fetch_xor(
        &mut self,
        name: &str,
        at: Shared,
        value: impl Into<Calculation>,
        order: Order,
    ) -> Register {
        self.rmw(name, at, RmwOp::Xor, value, order)
    }

    /// Reads and writes at once; `name` gets what was there.
    pub fn rmw(
        &mut self,
        name: &str,
        at: Shared,
        op: RmwOp,
        operand: impl Into<Calculation>,
        order: Order,
    ) -> Register {
        let operand = self.calculated(operand);
        let register = self.register(name);
        let at = self.at(at);
        self.instrs.push(Instr::Rmw {
            to: Some(register.register),
            at,
            op,
            operand,
            order,
        });
        register
    }

    /// Reads and writes at once; what was there is dropped.
    pub fn update(&mut self, at: Shared, op: RmwOp, operand: impl Into<Calculation>, order: Order) {
        let at = self.at(at);
        let operand = self.calculated(operand);
        self.instrs.push(Instr::Rmw {
            to: None,
            at,
            op,
            operand,
            order,
        });
    }

    /// Writes `desired` if `expected` is there. The first of `names` gets 1 if so, or else 0; the second what
    /// was there. `orders` are those on success and on failure.
    pub fn compare_exchange(
        &mut self,
        names: [&str; 2],
        at: Shared,
        expected: impl Into<Calculation>,
        desired: impl Into<Calculation>,
        orders: (Order, Order),
    ) -> [Register; 2] {
        self.compare_and_exchange(names, at, expected.into(), desired.into(), orders, false)
    }

    /// As [`Body::compare_exchange`], but it may fail although `expected` is there.
    pub fn compare_exchange_weak(
        &mut self,
        names: [&str; 2],
        at: Shared,
        expected: impl Into<Calculation>,
        desired: impl Into<Calculation>,
        orders: (Order, Order),
    ) -> [Register; 2] {
        self.compare_and_exchange(names, at, expected.into(), desired.into(), orders, true)
    }

    fn compare_and_exchange(
        &mut self,
        names: [&str; 2],
        at: Shared,
        expected: Calculation,
        desired: Calculation,
        (on_success, on_failure): (Order, Order),
        weak: bool,
    ) -> [Register; 2] {
        if names[0] == names[1] {
            let text = format!("{} cannot hold both success and value", names[0]);
            fail(self.error, text);
        }
        let expected = self.calculated(expected);
        let desired = self.calculated(desired);
        let [success, found] = names.map(|name| self.register(name));
        let at = self.at(at);
        self.instrs.push(Instr::CompareExchange {
            success: Some(success.register),
            found: Some(found.register),
            at,
            expected,
            desired,
            on_success,
            on_failure,
            weak,
        });
        [success, found]
    }

    /// A fence.
    pub fn fence(&mut self, order: Order) {
        self.instrs.push(Instr::Fence(order));
    }

    /// `name` gets what comes out of a calculation.
    pub fn let_(&mut self, name: &str, value: impl Into<Calculation>) -> Register {
        let value = self.calculated(value);
        let register = self.register(name);
        self.instrs.push(Instr::Let {
            to: register.register,
            value,
        });
        register
    }

    /// Does what `then` says if `condition` is not 0.
    pub fn if_(&mut self, condition: impl Into<Calculation>, then: impl FnOnce(&mut Body<'_>)) {
        self.if_else(condition, then, |_| {});
    }

    /// Does what `then` says if `condition` is not 0, or else what `otherwise` says.
    pub fn if_else(
        &mut self,
        condition: impl Into<Calculation>,
        then: impl FnOnce(&mut Body<'_>),
        otherwise: impl FnOnce(&mut Body<'_>),
    ) {
        let condition = self.calculated(condition);
        let then = self.block(then);
        let otherwise = self.block(otherwise);
        self.instrs.push(Instr::If {
            condition,
            then,
            otherwise,
        });
    }

    fn block(&mut self, body: impl FnOnce(&mut Body<'_>)) -> Vec<Instr> {
        let outer = mem::take(&mut self.instrs);
        body(self);
        mem::replace(&mut self.instrs, outer)
    }

    fn at(&mut self, at: Shared) -> Loc {
        if at.builder != self.owner.builder {
            fail(self.error, FOREIGN.to_owned());
        }
        at.location
    }

    fn calculated(&mut self, value: impl Into<Calculation>) -> Expr {
        let Calculation { expr, owner, mixed } = value.into();
        if mixed || owner.is_some_and(|owner| owner != self.owner) {
            let thread = self.owner.thread;
            let text = format!("thread {thread} calculates with a register that is not its own");
            fail(self.error, text);
        }
        expr
    }
}

impl From<Value> for Calculation {
    fn from(value: Value) -> Calculation {
        Calculation {
            expr: value.into(),
            owner: None,
            mixed: false,
        }
    }
}

impl From<Register> for Calculation {
    fn from(register: Register) -> Calculation {
        Calculation {
            expr: register.register.into(),
            owner: Some(register.owner),
            mixed: false,
        }
    }
}

impl Calculation {
    fn with(self, op: BinaryOp, other: impl Into<Calculation>) -> Calculation {
        let other = other.into();
        let two = matches!((self.owner, other.owner), (Some(a), Some(b)) if a != b);
        Calculation {
            expr: Expr::Binary(op, Box::new(self.expr), Box::new(other.expr)),
            owner: self.owner.or(other.owner),
            mixed: self.mixed || other.mixed || two,
        }
    }
}

/// Comparisons and logic: 1 or 0.
macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {
        impl Calculation {
            $($(#[$doc])* pub fn $name(self, other: impl Into<Calculation>) -> Calculation {
                self.with(BinaryOp::$op, other)
            })*
        }

        impl Register {
            $($(#[$doc])* pub fn $name(self, other: impl Into<Calculation>) -> Calculation {
                Calculation::from(self).with(BinaryOp::$op, other)
            })*
        }
    };
}

comparisons! {
    /// `==`
    equals Equal;
    /// `!=`
    differs NotEqual;
    /// `<`
    less Less;
    /// `<=`
    at_most LessOrEqual;
    /// `>`
    more Greater;
    /// `>=`
    at_least GreaterOrEqual;
    /// `&&`
    and And;
    /// `||`
    or Or;
}

macro_rules! arithmetic {
    ($($op:ident $method:ident;)*) => {
        $(
            impl<C: Into<Calculation>> ops::$op<C> for Calculation {
                type Output = Calculation;
                fn $method(self, other: C) -> Calculation {
                    self.with(BinaryOp::$op, other)
                }
            }

            impl<C: Into<Calculation>> ops::$op<C> for Register {
                type Output = Calculation;
                fn $method(self, other: C) -> Calculation {
                    Calculation::from(self).with(BinaryOp::$op, other)
                }
            }

            impl ops::$op<Calculation> for Value {
                type Output = Calculation;
                fn $method(self, other: Calculation) -> Calculation {
                    Calculation::from(self).with(BinaryOp::$op, other)
                }
            }

            impl ops::$op<Register> for Value {
                type Output = Calculation;
                fn $method(self, other: Register) -> Calculation {
                    Calculation::from(self).with(BinaryOp::$op, other)
                }
            }
        )*
    };
}

arithmetic! {
    Add add;
    Sub sub;
    Mul mul;
    BitAnd bitand;
    BitOr bitor;
    BitXor bitxor;
}

impl ops::Not for Calculation {
    type Output = Calculation;
    fn not(self) -> Calculation {
        Calculation {
            expr: Expr::Not(Box::new(self.expr)),
            ..self
        }
    }
}

impl ops::Not for Register {
    type Output = Calculation;
    fn not(self) -> Calculation {
        !Calculation::from(self)
    }
}

impl From<Register> for Observable {
    fn from(register: Register) -> Observable {
        Observable {
            builder: register.owner.builder,
            place: Place::Register {
                thread: register.owner.thread,
                register: register.register,
            },
        }
    }
}

impl From<Shared> for Observable {
    fn from(shared: Shared) -> Observable {
        Observable {
            builder: shared.builder,
            place: Place::Location(shared.location),
        }
    }
}

impl Observable {
    fn is(self, value: Value) -> Claim {
        Claim {
            formula: Formula::Equal(self.place, value),
            builder: Some(self.builder),
            mixed: false,
        }
    }
}

impl Register {
    /// It ends with `value`.
    pub fn is(self, value: Value) -> Claim {
        Observable::from(self).is(value)
    }

    /// It ends with something else.
    pub fn is_not(self, value: Value) -> Claim {
        !self.is(value)
    }
}

impl Shared {
    /// It ends with `value`.
    pub fn is(self, value: Value) -> Claim {
        Observable::from(self).is(value)
    }

    /// It ends with something else.
    pub fn is_not(self, value: Value) -> Claim {
        !self.is(value)
    }
}

impl Claim {
    fn with(
        self,
        other: Claim,
        join: impl FnOnce(Vec<Formula>) -> Formula,
        parts: impl Fn(Formula) -> Result<Vec<Formula>, Formula>,
    ) -> Claim {
        let two = matches!((self.builder, other.builder), (Some(a), Some(b)) if a != b);
        // A chain stays flat: it nests no deeper for being long.
        let mut all = parts(self.formula).unwrap_or_else(|one| vec![one]);
        match parts(other.formula) {
            Ok(more) => all.extend(more),
            Err(one) => all.push(one),
        }
        Claim {
            formula: join(all),
            builder: self.builder.or(other.builder),
            mixed: self.mixed || other.mixed || two,
        }
    }
}

impl ops::BitAnd for Claim {
    type Output = Claim;
    fn bitand(self, other: Claim) -> Claim {
        self.with(other, Formula::And, |formula| match formula {
            Formula::And(parts) => Ok(parts),
            one => Err(one),
        })
    }
}

impl ops::BitOr for Claim {
    type Output = Claim;
    fn bitor(self, other: Claim) -> Claim {
        self.with(other, Formula::Or, |formula| match formula {
            Formula::Or(parts) => Ok(parts),
            one => Err(one),
        })
    }
}

impl ops::Not for Claim {
    type Output = Claim;
    fn not(self) -> Claim {
        Claim {
            formula: Formula::Not(Box::new(self.formula)),
            ..self
        }
    }
}
