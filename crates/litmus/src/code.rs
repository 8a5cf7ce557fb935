//! A program made ready to run: each thread a flat list of steps with jumps, which only go forward, so
//! that a place in it and its registers are all there is to a thread's state. The engine, the hardware
//! runner and loom run the same code.
//!
//! A plain location that a single thread uses is not shared memory: here it is a register of that
//! thread, so that what a compare-exchange expects, which C keeps in memory, costs no events.

use crate::program::{Expr, Instr, Loc, Malformed, Order, Place, Program, Reg, RmwOp, Value};

#[derive(Clone, Debug)]
pub struct Code {
    pub threads: Vec<ThreadCode>,
    /// The locations that are shared memory; [`At`] counts in this list.
    pub shared: Vec<Shared>,
}

#[derive(Clone, Debug)]
pub struct Shared {
    pub name: String,
    pub initial: Value,
    /// Which of the program's locations it is.
    pub location: Loc,
}

#[derive(Clone, Debug)]
pub struct ThreadCode {
    pub steps: Vec<Step>,
    /// What its registers hold in the beginning.
    pub registers: Vec<Value>,
}

/// A shared location, by its place in [`Code::shared`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct At(pub usize);

#[derive(Clone, Debug)]
pub enum Step {
    Load {
        to: Reg,
        at: At,
        order: Order,
    },
    Store {
        at: At,
        value: Expr,
        order: Order,
    },
    Rmw {
        to: Option<Reg>,
        at: At,
        op: RmwOp,
        operand: Expr,
        order: Order,
    },
    CompareExchange {
        success: Option<Reg>,
        found: Option<Reg>,
        at: At,
        expected: Expr,
        desired: Expr,
        on_success: Order,
        on_failure: Order,
        weak: bool,
    },
    Fence(Order),
    Let {
        to: Reg,
        value: Expr,
    },
    /// Goes on at `to` if `condition` is 0.
    Unless {
        condition: Expr,
        to: usize,
    },
    Goto(usize),
}

/// Where the final value of a place is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Final {
    Register {
        thread: usize,
        register: Reg,
    },
    /// The last write to it in modification order.
    Shared(At),
    /// Nobody touches it.
    Constant(Value),
}

impl Code {
    /// # Errors
    ///
    /// If `program` is not well formed.
    pub fn of(program: &Program) -> Result<Code, Malformed> {
        program.check()?;
        Ok(Lowering::of(program).code(program))
    }

    /// Where to find what `place` ends with.
    pub fn final_of(&self, program: &Program, place: Place) -> Final {
        match place {
            Place::Register { thread, register } => Final::Register { thread, register },
            Place::Location(location) => match Lowering::of(program).uses[location.0] {
                Use::None => Final::Constant(program.locations[location.0].initial),
                Use::Private { thread, register } => Final::Register { thread, register },
                Use::Shared(at) => Final::Shared(at),
            },
        }
    }
}

impl ThreadCode {
    /// Runs what touches no memory, from `at` on. Gives the place of the next step that does, or of the
    /// end.
    pub fn advance(&self, mut at: usize, registers: &mut [Value]) -> usize {
        while let Some(step) = self.steps.get(at) {
            at = match step {
                Step::Let { to, value } => {
                    registers[to.0] = value.eval(registers);
                    at + 1
                }
                Step::Unless { condition, to } if condition.eval(registers) == 0 => *to,
                Step::Unless { .. } => at + 1,
                Step::Goto(to) => *to,
                _ => break,
            };
        }
        at
    }
}

/// What becomes of each of the program's locations.
struct Lowering {
    uses: Vec<Use>,
}

#[derive(Clone, Copy)]
enum Use {
    None,
    Private { thread: usize, register: Reg },
    Shared(At),
}

impl Lowering {
    fn of(program: &Program) -> Lowering {
        let mut seen = vec![Seen::default(); program.locations.len()];
        for (index, thread) in program.threads.iter().enumerate() {
            look(&thread.body, index, &mut seen);
        }
        let mut registers: Vec<usize> = program
            .threads
            .iter()
            .map(|thread| thread.registers.len())
            .collect();
        let mut shared = 0;
        let uses = seen.into_iter().map(|seen| match seen {
            Seen {
                threads: Threads::None,
                ..
            } => Use::None,
            Seen {
                threads: Threads::One(thread),
                atomic: false,
            } => {
                registers[thread] += 1;
                Use::Private {
                    thread,
                    register: Reg(registers[thread] - 1),
                }
            }
            _ => {
                shared += 1;
                Use::Shared(At(shared - 1))
            }
        });
        Lowering {
            uses: uses.collect(),
        }
    }

    fn code(&self, program: &Program) -> Code {
        let locations = program.locations.iter().zip(&self.uses).enumerate();
        let shared = locations.filter(|(_, (_, used))| matches!(used, Use::Shared(_)));
        let shared = shared.map(|(index, (location, _))| Shared {
            name: location.name.clone(),
            initial: location.initial,
            location: Loc(index),
        });
        let threads = program.threads.iter().enumerate().map(|(index, thread)| {
            let mut registers = vec![0; thread.registers.len()];
            for (used, location) in self.uses.iter().zip(&program.locations) {
                if matches!(used, Use::Private { thread, .. } if *thread == index) {
                    registers.push(location.initial);
                }
            }
            let mut steps = Vec::new();
            self.flatten(&thread.body, &mut steps);
            ThreadCode { steps, registers }
        });
        Code {
            threads: threads.collect(),
            shared: shared.collect(),
        }
    }

    fn flatten(&self, body: &[Instr], steps: &mut Vec<Step>) {
        for instr in body {
            match instr.clone() {
                Instr::Load { to, at, order } => steps.push(match self.uses[at.0] {
                    Use::Shared(at) => Step::Load { to, at, order },
                    Use::Private { register, .. } => Step::Let {
                        to,
                        value: register.into(),
                    },
                    Use::None => unreachable!("it is used here"),
                }),
                Instr::Store { at, value, order } => steps.push(match self.uses[at.0] {
                    Use::Shared(at) => Step::Store { at, value, order },
                    Use::Private { register, .. } => Step::Let {
                        to: register,
                        value,
                    },
                    Use::None => unreachable!("it is used here"),
                }),
                Instr::Rmw {
                    to,
                    at,
                    op,
                    operand,
                    order,
                } => {
                    steps.push(Step::Rmw {
                        to,
                        at: self.atomic(at),
                        op,
                        operand,
                        order,
                    });
                }
                Instr::CompareExchange {
                    success,
                    found,
                    at,
                    expected,
                    desired,
                    on_success,
                    on_failure,
                    weak,
                } => steps.push(Step::CompareExchange {
                    success,
                    found,
                    at: self.atomic(at),
                    expected,
                    desired,
                    on_success,
                    on_failure,
                    weak,
                }),
                // These order nothing.
                Instr::Fence(Order::Plain | Order::Relaxed) => {}
                Instr::Fence(order) => steps.push(Step::Fence(order)),
                Instr::Let { to, value } => steps.push(Step::Let { to, value }),
                Instr::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    let branch = steps.len();
                    steps.push(Step::Goto(0));
                    self.flatten(&then, steps);
                    if !otherwise.is_empty() {
                        steps.push(Step::Goto(0));
                    }
                    let end_of_then = steps.len();
                    steps[branch] = Step::Unless {
                        condition,
                        to: end_of_then,
                    };
                    if !otherwise.is_empty() {
                        self.flatten(&otherwise, steps);
                        steps[end_of_then - 1] = Step::Goto(steps.len());
                    }
                }
            }
        }
    }

    fn atomic(&self, at: Loc) -> At {
        match self.uses[at.0] {
            Use::Shared(at) => at,
            _ => unreachable!("what is used atomically is shared memory"),
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Seen {
    threads: Threads,
    atomic: bool,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Threads {
    #[default]
    None,
    One(usize),
    Several,
}

fn look(body: &[Instr], thread: usize, seen: &mut [Seen]) {
    for instr in body {
        let (at, atomic) = match instr {
            Instr::Load { at, order, .. } | Instr::Store { at, order, .. } => {
                (at, *order != Order::Plain)
            }
            Instr::Rmw { at, .. } | Instr::CompareExchange { at, .. } => (at, true),
            Instr::Fence(_) | Instr::Let { .. } => continue,
            Instr::If {
                then, otherwise, ..
            } => {
                look(then, thread, seen);
                look(otherwise, thread, seen);
                continue;
            }
        };
        let seen = &mut seen[at.0];
        seen.atomic |= atomic;
        seen.threads = match seen.threads {
            Threads::None => Threads::One(thread),
            Threads::One(one) if one == thread => Threads::One(one),
            _ => Threads::Several,
        };
    }
}
