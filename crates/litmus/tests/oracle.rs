//! The search against the candidates: two ways to the same executions that share only the data types.
//! One grows graphs event by event and checks each step with a little; the other makes every candidate
//! and asks the axioms as the papers write them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use litmus::{
    Budget, Model, Program,
    axioms::{Derived, violation},
    candidates, explore,
    program::{BinaryOp, Expr, Instr, Loc, Location, Order, Place, Reg, RmwOp, Thread},
    state::State,
};

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }
}

fn program(seed: u64) -> Program {
    let mut random = Random(seed);
    let locations = 1 + random.below(3) as usize;
    let threads = 1 + random.below(3) as usize;
    let plain = random.below(3) == 0;
    let sc = random.below(2) == 0;
    let mut program = Program {
        name: format!("random{seed}"),
        locations: (0..locations)
            .map(|l| Location {
                name: ["x", "y", "z"][l].into(),
                initial: 0,
                atomic: true,
            })
            .collect(),
        threads: Vec::new(),
        observed: (0..locations).map(|l| Place::Location(Loc(l))).collect(),
        condition: None,
    };
    let mut budget = 7;
    for t in 0..threads {
        let mut thread = Thread::default();
        let n = 1 + random.below(3.min(budget));
        budget = (budget - n).max(1);
        for _ in 0..n {
            let instr = instr(&mut random, &mut thread.registers, locations, plain, sc, 0);
            thread.body.push(instr);
        }
        program
            .observed
            .extend((0..thread.registers.len()).map(|r| Place::Register {
                thread: t,
                register: Reg(r),
            }));
        program.threads.push(thread);
    }
    program
}

fn instr(
    random: &mut Random,
    registers: &mut Vec<String>,
    locations: usize,
    plain: bool,
    sc: bool,
    depth: u32,
) -> Instr {
    let at = Loc(random.below(locations as u64) as usize);
    let mut order = random.pick(&[
        Order::Relaxed,
        Order::Acquire,
        Order::Release,
        Order::AcqRel,
        Order::SeqCst,
    ]);
    if sc && random.below(2) == 0 {
        order = Order::SeqCst
    }
    let access = |random: &mut Random, order| {
        if plain && random.below(2) == 0 {
            Order::Plain
        } else {
            order
        }
    };
    let value = |random: &mut Random, registers: &Vec<String>| -> Expr {
        if !registers.is_empty() && random.below(3) == 0 {
            let r = Expr::Reg(Reg(random.below(registers.len() as u64) as usize));
            if random.below(2) == 0 {
                Expr::Binary(BinaryOp::Add, Box::new(r), Box::new(Expr::Const(1)))
            } else {
                r
            }
        } else {
            Expr::Const(1 + random.below(2) as i64)
        }
    };
    let fresh = |registers: &mut Vec<String>| {
        registers.push(format!("r{}", registers.len()));
        Reg(registers.len() - 1)
    };
    match random.below(if depth == 0 { 14 } else { 11 }) {
        0..=3 => {
            let order = access(
                random,
                if order.releases() && order != Order::SeqCst {
                    Order::Acquire
                } else {
                    order
                },
            );
            Instr::Load {
                to: fresh(registers),
                at,
                order,
            }
        }
        4..=7 => {
            let order = access(
                random,
                if order.acquires() && order != Order::SeqCst {
                    Order::Release
                } else {
                    order
                },
            );
            Instr::Store {
                at,
                value: value(random, registers),
                order,
            }
        }
        8 => Instr::Fence(order),
        9 => Instr::Rmw {
            operand: value(random, registers),
            to: Some(fresh(registers)),
            at,
            op: random.pick(&[RmwOp::Add, RmwOp::Exchange]),
            order,
        },
        10 => Instr::CompareExchange {
            expected: Expr::Const(random.below(2) as i64),
            desired: value(random, registers),
            success: Some(fresh(registers)),
            found: Some(fresh(registers)),
            at,
            on_success: order,
            on_failure: Order::Relaxed,
            weak: random.below(2) == 0,
        },
        _ => {
            let condition = value(random, registers);
            let inner = instr(random, registers, locations, plain, sc, 1);
            let otherwise = if random.below(2) == 0 {
                vec![instr(random, registers, locations, plain, sc, 1)]
            } else {
                vec![]
            };
            Instr::If {
                condition,
                then: vec![inner],
                otherwise,
            }
        }
    }
}

#[test]
fn the_search_finds_what_the_candidates_that_keep_the_axioms_end_in() {
    let seeds = 0..4000_u64;
    for seed in seeds {
        let program = program(seed);
        for model in [Model::Sc, Model::Tso, Model::Rc11, Model::Rc112017] {
            let answer = explore(&program, model, &Budget::default()).unwrap();
            assert_eq!(answer.unknown, None);
            let mut states: BTreeMap<State, u64> = BTreeMap::new();
            let mut race = false;
            let mut total = 0;
            let unknown = candidates(&program, &Budget::default(), |candidate| {
                total += 1;
                if violation(&candidate.execution, model).is_none() {
                    *states.entry(candidate.state).or_default() += 1;
                    race |= model.has_undefined()
                        && Derived::of(&candidate.execution, model)
                            .race(&candidate.execution)
                            .is_some();
                }
                ControlFlow::Continue(())
            })
            .unwrap();
            assert_eq!(unknown, None);
            let found: BTreeMap<State, u64> = answer
                .outcomes
                .iter()
                .map(|o| (o.state.clone(), o.executions))
                .collect();
            assert_eq!(found, states, "seed {seed} {model}: {program:#?}");
            assert_eq!(
                answer.race.is_some(),
                race,
                "race: seed {seed} {model}: {program:#?}"
            );
            for outcome in &answer.outcomes {
                assert_eq!(violation(&outcome.witness, model), None);
            }
            let _ = total;
        }
    }
}
