//! Programs at random, the same ones for the same seed: to find where two ways to one answer differ.

use std::ops::RangeInclusive;

use crate::program::{
    BinaryOp, Condition, Expr, Formula, Instr, Loc, Location, Order, Place, Program, Quantifier,
    Reg, RmwOp, Thread, Value,
};

/// How large a random program may be, and what it may use.
#[derive(Clone, Debug)]
pub struct Size {
    pub threads: RangeInclusive<usize>,
    /// Instructions of a thread, those in branches not counted.
    pub instrs: RangeInclusive<usize>,
    pub locations: RangeInclusive<usize>,
    /// Constants are from 0 to this.
    pub greatest: Value,
    /// The orders of atomic accesses and fences, each where it is allowed. `Relaxed` always is one.
    pub orders: Vec<Order>,
    pub rmws: bool,
    pub compare_exchanges: bool,
    pub fences: bool,
    /// Locations that are not atomic; now and then an atomic one is accessed without being so.
    pub plain: bool,
    /// `if`s, calculations and assignments.
    pub branches: bool,
}

impl Default for Size {
    /// All there is, but little of it: a model's executions of such a program can be counted.
    fn default() -> Size {
        Size {
            threads: 1..=3,
            instrs: 1..=3,
            locations: 1..=3,
            greatest: 3,
            orders: vec![
                Order::Relaxed,
                Order::Acquire,
                Order::Release,
                Order::AcqRel,
                Order::SeqCst,
            ],
            rmws: true,
            compare_exchanges: true,
            fences: true,
            plain: true,
            branches: true,
        }
    }
}

/// The program that `seed` gives. All its registers and locations are observed.
pub fn program(seed: u64, size: &Size) -> Program {
    let mut random = Random(seed);
    let locations: Vec<Location> = (0..random.within(&size.locations))
        .map(|index| Location {
            name: match index {
                0..3 => char::from(b'x' + index as u8).to_string(),
                _ => format!("x{index}"),
            },
            initial: match random.one_in(4) {
                true => random.below(size.greatest + 1),
                false => 0,
            },
            atomic: !(size.plain && random.one_in(3)),
        })
        .collect();
    let threads: Vec<Thread> = (0..random.within(&size.threads))
        .map(|_| {
            let mut maker = Maker {
                random: &mut random,
                size,
                locations: &locations,
                registers: 0,
            };
            let body = maker.body(0);
            let registers = (0..maker.registers).map(|r| format!("r{r}")).collect();
            Thread { registers, body }
        })
        .collect();
    let registers = threads.iter().enumerate().flat_map(|(thread, it)| {
        (0..it.registers.len()).map(move |register| Place::Register {
            thread,
            register: Reg(register),
        })
    });
    let observed: Vec<Place> = registers
        .chain((0..locations.len()).map(|location| Place::Location(Loc(location))))
        .collect();
    let condition = (!observed.is_empty() && !random.one_in(4)).then(|| Condition {
        quantifier: random.pick(&[
            Quantifier::Exists,
            Quantifier::NotExists,
            Quantifier::Forall,
        ]),
        formula: formula(&mut random, &observed, size.greatest, 0),
    });
    Program {
        name: format!("random-{seed}"),
        locations,
        threads,
        observed,
        condition,
    }
}

/// Makes one thread.
struct Maker<'a> {
    random: &'a mut Random,
    size: &'a Size,
    locations: &'a [Location],
    registers: usize,
}

impl Maker<'_> {
    fn body(&mut self, depth: usize) -> Vec<Instr> {
        let count = match depth {
            0 => self.random.within(&self.size.instrs),
            _ => self.random.within(&(0..=2)),
        };
        (0..count).map(|_| self.instr(depth)).collect()
    }

    fn instr(&mut self, depth: usize) -> Instr {
        loop {
            let size = self.size;
            // Some kinds are not wanted, or have nothing to act on: again, then.
            match self.random.below(12) {
                0..=2 if !self.locations.is_empty() => {
                    let at = self.at();
                    return Instr::Load {
                        order: self.order(at, &[Order::Acquire, Order::SeqCst], true),
                        to: self.to(),
                        at,
                    };
                }
                3..=5 if !self.locations.is_empty() => {
                    let at = self.at();
                    return Instr::Store {
                        value: self.expr(0),
                        order: self.order(at, &[Order::Release, Order::SeqCst], true),
                        at,
                    };
                }
                6 if size.rmws && !self.locations.is_empty() => {
                    let at = self.at();
                    let op = self.random.pick(&[
                        RmwOp::Exchange,
                        RmwOp::Add,
                        RmwOp::Sub,
                        RmwOp::And,
                        RmwOp::Or,
                        RmwOp::Xor,
                    ]);
                    return Instr::Rmw {
                        operand: self.expr(0),
                        to: (!self.random.one_in(3)).then(|| self.to()),
                        op,
                        order: self.order(at, &STRONG, false),
                        at,
                    };
                }
                7 if size.compare_exchanges && !self.locations.is_empty() => {
                    let at = self.at();
                    let expected = self.expr(0);
                    let desired = self.expr(0);
                    let success = (!self.random.one_in(4)).then(|| self.to());
                    let found = self.random.one_in(2).then(|| self.to());
                    return Instr::CompareExchange {
                        success,
                        // One register cannot hold both.
                        found: found.filter(|found| Some(*found) != success),
                        at,
                        expected,
                        desired,
                        on_success: self.order(at, &STRONG, false),
                        on_failure: self.order(at, &[Order::Acquire, Order::SeqCst], false),
                        weak: self.random.one_in(4),
                    };
                }
                8 if size.fences => {
                    let order = self.random.pick(&STRONG);
                    let wanted = size.orders.contains(&order);
                    return Instr::Fence(if wanted { order } else { Order::Relaxed });
                }
                9 if size.branches => {
                    return Instr::Let {
                        value: self.expr(0),
                        to: self.to(),
                    };
                }
                10 if size.branches && depth < 2 => {
                    return Instr::If {
                        condition: self.expr(0),
                        then: self.body(depth + 1),
                        otherwise: match self.random.one_in(2) {
                            true => self.body(depth + 1),
                            false => Vec::new(),
                        },
                    };
                }
                _ if self.locations.is_empty() && !size.fences && !size.branches => {
                    return Instr::Fence(Order::Relaxed);
                }
                _ => {}
            }
        }
    }

    fn at(&mut self) -> Loc {
        Loc(self.random.below(self.locations.len() as i64) as usize)
    }

    /// A register to write: a new one, mostly.
    fn to(&mut self) -> Reg {
        if self.registers > 0 && self.random.one_in(5) {
            return self.register();
        }
        self.registers += 1;
        Reg(self.registers - 1)
    }

    fn register(&mut self) -> Reg {
        Reg(self.random.below(self.registers as i64) as usize)
    }

    /// `Relaxed` or one of `stronger` that is wanted; `Plain` where it can be and should.
    fn order(&mut self, at: Loc, stronger: &[Order], can_be_plain: bool) -> Order {
        let atomic = self.locations[at.0].atomic;
        if can_be_plain && (!atomic || self.size.plain && self.random.one_in(12)) {
            return Order::Plain;
        }
        let order = self.random.pick(stronger);
        if self.random.one_in(2) || !self.size.orders.contains(&order) {
            return Order::Relaxed;
        }
        order
    }

    fn expr(&mut self, depth: usize) -> Expr {
        let calculates = self.size.branches && depth < 3;
        match self.random.below(6) {
            0..=1 if self.registers > 0 => Expr::Reg(self.register()),
            2 if calculates && self.random.one_in(2) => Expr::Not(Box::new(self.expr(depth + 1))),
            3 if calculates => Expr::Binary(
                self.random.pick(&OPERATORS),
                Box::new(self.expr(depth + 1)),
                Box::new(self.expr(depth + 1)),
            ),
            _ => Expr::Const(match self.random.below(40) {
                0 => -1,
                1 => Value::MIN,
                _ => self.random.below(self.size.greatest + 1),
            }),
        }
    }
}

const STRONG: [Order; 4] = [Order::Acquire, Order::Release, Order::AcqRel, Order::SeqCst];

const OPERATORS: [BinaryOp; 14] = [
    BinaryOp::Add,
    BinaryOp::Sub,
    BinaryOp::Mul,
    BinaryOp::BitAnd,
    BinaryOp::BitOr,
    BinaryOp::BitXor,
    BinaryOp::Equal,
    BinaryOp::NotEqual,
    BinaryOp::Less,
    BinaryOp::LessOrEqual,
    BinaryOp::Greater,
    BinaryOp::GreaterOrEqual,
    BinaryOp::And,
    BinaryOp::Or,
];

fn formula(random: &mut Random, places: &[Place], greatest: Value, depth: usize) -> Formula {
    let part = |random: &mut Random| formula(random, places, greatest, depth + 1);
    match random.below(8) {
        0 if depth < 3 => Formula::Not(Box::new(part(random))),
        1 | 2 if depth < 3 => Formula::And((0..random.below(4)).map(|_| part(random)).collect()),
        3 | 4 if depth < 3 => Formula::Or((0..random.below(4)).map(|_| part(random)).collect()),
        5 if random.one_in(5) => Formula::True,
        _ => Formula::Equal(random.pick(places), random.below(greatest + 1)),
    }
}

/// SplitMix64 (Steele, Lea and Flood): a counter, well stirred.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `limit`, which is more than 0 and not reached.
    pub fn below(&mut self, limit: i64) -> i64 {
        (self.number() % limit.max(1) as u64) as i64
    }

    /// True once in `times`.
    pub fn one_in(&mut self, times: i64) -> bool {
        self.below(times) == 0
    }

    /// One of `choices`.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as i64) as usize]
    }

    /// A number from `range`.
    pub fn within(&mut self, range: &RangeInclusive<usize>) -> usize {
        let (first, last) = (*range.start(), *range.end());
        first + self.below((last.saturating_sub(first) + 1) as i64) as usize
    }
}
