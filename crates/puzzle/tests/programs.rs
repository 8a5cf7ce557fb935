//! Small programs of the kinds that puzzles are made of: overdrawn accounts, transfers in a ring, queues
//! with condition variables, wait groups. Each wrong one shows its bug in the fewest steps, and each
//! repaired one shows none.

use puzzle::{Body, Goal, Program, Terms, Var, run};

/// Every bug that there is to look for.
const GOALS: [Goal; 4] = [
    Goal::Deadlock,
    Goal::Livelock { rounds: 1 },
    Goal::BrokenInvariant,
    Goal::WrongResult,
];

/// The goals that some schedule reaches, with the length of the shortest.
fn bugs(program: &Program) -> Vec<(Goal, usize)> {
    let graph = program.graph(100_000);
    assert!(graph.is_complete(), "{}", program.name());
    GOALS
        .into_iter()
        .filter_map(|goal| Some((goal, graph.shortest(goal)?.threads.len())))
        .collect()
}

/// The shortest schedule as it would be written.
fn schedule(program: &Program, goal: Goal) -> String {
    let witness = program
        .graph(100_000)
        .shortest(goal)
        .expect("it has this bug");
    let turns = program.turns(&witness.threads);
    let lines: Vec<String> = turns.iter().map(ToString::to_string).collect();
    format!("{}\n{}", lines.join("\n"), witness.sentence)
}

fn listing(program: &Program, thread: &str) -> String {
    program.listing(program.find(thread).unwrap())
}

#[derive(Clone, Copy, PartialEq)]
enum Check {
    /// Not under any lock.
    Bare,
    /// Under the lock, which is given back before the money is taken.
    Released,
    /// Under one lock with the withdrawal.
    Held,
}

fn account(check: Check) -> Program {
    let mut program = Program::new("account");
    let balance = program.var("balance", 100);
    let lock = program.lock("account");
    program.invariant("the balance is never negative", balance.at_least(0));
    for thread in ["A", "B"] {
        program.thread(thread, |t| {
            let withdraw = |t: &mut Body| {
                if check == Check::Released {
                    t.drop_guards(&[lock]);
                    t.lock("again", lock);
                }
                t.set(balance, balance.minus(80));
            };
            if check != Check::Bare {
                t.lock("guard", lock);
            }
            t.if_(balance.at_least(80), withdraw);
            if check != Check::Bare {
                t.drop_guards(&[lock]);
            }
        });
    }
    program
}

#[test]
fn an_account_is_overdrawn_between_check_and_act() {
    let program = account(Check::Bare);
    assert_eq!(
        bugs(&program),
        [(Goal::BrokenInvariant, 6)],
        "check, check, take, take: a check is one step, a withdrawal two"
    );
    insta::assert_snapshot!(listing(&program, "A"), @r"
    1  if balance >= 80 {
    2      balance -= 80;
    3  }
    ");
    insta::assert_snapshot!(schedule(&program, Goal::BrokenInvariant), @r#"
    run("A").through("read balance")
    run("A").through("read balance")
    run("B").through("read balance")
    run("A").through("write balance")
    run("B").through("write balance")
    broken: the balance is never negative
    "#);
    assert_eq!(
        bugs(&account(Check::Released)),
        [(Goal::BrokenInvariant, 13)]
    );
    assert_eq!(bugs(&account(Check::Held)), []);
}

/// Two threads add 1 twice; what is lost depends on the schedule, and the results are exactly these.
#[test]
fn a_counter_loses_additions_but_never_all_but_one() {
    let lost = |expected: i64| {
        let mut program = Program::new("counter");
        let count = program.var("count", 0);
        program.result("not what we look for", count.differs(expected));
        for thread in ["A", "B"] {
            program.thread(thread, |t| {
                let round = t.let_("round", 0);
                t.while_(round.less_than(2), |t| {
                    t.set(count, count.plus(1));
                    t.assign(round, round.plus(1));
                });
            });
        }
        bugs(&program)
    };
    for expected in 2..=4 {
        assert_eq!(lost(expected), [(Goal::WrongResult, 8)], "{expected}");
    }
    for expected in [0, 1, 5] {
        assert_eq!(lost(expected), [], "{expected}");
    }
}

/// Each thread moves money from one account to the next; `in_order` locks the lower number first.
fn transfers(threads: usize, in_order: bool) -> Program {
    let mut program = Program::new("transfers");
    let accounts: Vec<_> = (0..threads.max(2))
        .map(|i| {
            let lock = program.lock(format!("account {i}"));
            (lock, program.var(format!("balance {i}"), 10))
        })
        .collect();
    for i in 0..threads {
        let j = (i + 1) % accounts.len();
        let (first, second) = if in_order {
            (i.min(j), i.max(j))
        } else {
            (i, j)
        };
        program.thread(format!("T{i}"), |t| {
            t.lock_all(&[("from", accounts[first].0), ("to", accounts[second].0)]);
            t.set(accounts[i].1, accounts[i].1.minus(1));
            t.set(accounts[j].1, accounts[j].1.plus(1));
            t.drop_guards(&[accounts[second].0, accounts[first].0]);
        });
    }
    program
}

#[test]
fn opposite_transfers_wait_for_each_other_and_so_do_three_in_a_ring() {
    let two = transfers(2, false);
    assert_eq!(bugs(&two), [(Goal::Deadlock, 2)]);
    insta::assert_snapshot!(listing(&two, "T1"), @r"
    1  let (from, to) = (account_1.lock(), account_0.lock());
    2  balance_1 -= 1;
    3  balance_0 += 1;
    4  drop((to, from));
    ");
    let three = transfers(3, false);
    assert_eq!(bugs(&three), [(Goal::Deadlock, 3)]);
    insta::assert_snapshot!(schedule(&three, Goal::Deadlock), @r#"
    run("T0").through("lock account 0")
    run("T1").through("lock account 1")
    run("T2").through("lock account 2")
    deadlock: T0 waits for account 1, held by T1; T1 waits for account 2, held by T2; T2 waits for account 0, held by T0
    "#);
    assert_eq!(bugs(&transfers(2, true)), []);
    assert_eq!(bugs(&transfers(3, true)), []);
}

/// A queue of at most one item, as a count; one condition variable for everybody.
struct Queue {
    /// `while` around a wait; otherwise `if`.
    recheck: bool,
    notify_all: bool,
    producers: usize,
    consumers: usize,
    /// Items that each one handles; `consumers` share what the producers make.
    each: i64,
}

impl Queue {
    fn program(&self) -> Program {
        let mut program = Program::new("queue");
        let items = program.var("items", 0);
        let lock = program.lock("queue");
        let changed = program.condvar("changed");
        program.invariant("nobody takes from an empty queue", items.at_least(0));
        program.invariant("at most one item fits", items.less_than(2));
        let waits = |t: &mut Body, value: i64| {
            if self.recheck {
                t.while_(items.equals(value), |t| t.wait(changed, lock));
            } else {
                t.if_(items.equals(value), |t| t.wait(changed, lock));
            }
        };
        let act = |t: &mut Body, full: i64, items: Var, change: i64, times: i64| {
            let round = t.let_("round", 0);
            t.while_(round.less_than(times), |t| {
                t.lock("guard", lock);
                waits(t, full);
                t.set(
                    items,
                    if change < 0 {
                        items.minus(-change)
                    } else {
                        items.plus(change)
                    },
                );
                if self.notify_all {
                    t.notify_all(changed);
                } else {
                    t.notify_one(changed);
                }
                t.drop_guards(&[lock]);
                t.assign(round, round.plus(1));
            });
        };
        let made = self.producers as i64 * self.each;
        for i in 0..self.producers {
            program.thread(format!("P{i}"), |t| act(t, 1, items, 1, self.each));
        }
        for i in 0..self.consumers {
            let share = made / self.consumers as i64;
            program.thread(format!("C{i}"), |t| act(t, 0, items, -1, share));
        }
        program
    }
}

#[test]
fn a_consumer_that_does_not_look_again_takes_from_an_empty_queue() {
    let queue = Queue {
        recheck: false,
        notify_all: false,
        producers: 1,
        consumers: 2,
        each: 2,
    };
    let program = queue.program();
    insta::assert_snapshot!(listing(&program, "C0"), @r"
     1  let round = 0;
     2  while round < 1 {
     3      let guard = queue.lock();
     4      if items == 0 {
     5          guard = changed.wait(guard);
     6      }
     7      items -= 1;
     8      changed.notify_one();
     9      drop(guard);
    10      round += 1;
    11  }
    ");
    insta::assert_snapshot!(schedule(&program, Goal::BrokenInvariant), @r#"
    run("C0").through("sleep on changed")
    run("P0").through("read items")
    run("P0").through("unlock queue")
    run("C0").through("wake up")
    run("C1").through("read items")
    run("C1").through("unlock queue")
    run("C0").through("write items")
    broken: nobody takes from an empty queue
    "#);
}

#[test]
fn one_condvar_and_notify_one_let_everybody_sleep() {
    let wrong = Queue {
        recheck: true,
        notify_all: false,
        producers: 1,
        consumers: 2,
        each: 4,
    };
    let bugs_of_wrong = bugs(&wrong.program());
    assert_eq!(bugs_of_wrong.len(), 1, "{bugs_of_wrong:?}");
    insta::assert_snapshot!(schedule(&wrong.program(), Goal::Deadlock), @r#"
    run("C0").through("sleep on changed")
    run("C1").through("sleep on changed")
    run("P0").through("read items")
    run("P0").through("lock queue")
    run("P0").through("sleep on changed")
    run("C0").through("read items")
    run("C0").through("lock queue")
    run("C0").through("sleep on changed")
    run("C1").through("sleep on changed")
    deadlock: P0 waits for a notification of changed; C0 waits for a notification of changed; C1 waits for a notification of changed
    "#);
    let right = Queue {
        notify_all: true,
        ..wrong
    };
    assert_eq!(bugs(&right.program()), []);
}

#[test]
fn a_spurious_wake_up_breaks_what_only_looks_once_and_mends_no_deadlock() {
    // One of each: no notification is meant for anyone else.
    let mut queue = Queue {
        recheck: false,
        notify_all: false,
        producers: 1,
        consumers: 1,
        each: 1,
    };
    let mut program = queue.program();
    assert_eq!(bugs(&program), []);
    program.spurious_wake_ups();
    assert!(matches!(bugs(&program)[..], [(Goal::BrokenInvariant, _)]));
    assert!(
        schedule(&program, Goal::BrokenInvariant)
            .contains(&run("C0").through("wake up").to_string())
            || schedule(&program, Goal::BrokenInvariant).contains("write items")
    );
    queue.recheck = true;
    let mut program = queue.program();
    program.spurious_wake_ups();
    assert_eq!(bugs(&program), []);

    // A notification before the wait is lost, and waking by chance does not count as a way out.
    let mut program = Program::new("nobody notifies");
    let lock = program.lock("lock");
    let condvar = program.condvar("ever");
    program.thread("A", |t| {
        t.notify_one(condvar);
        t.lock("guard", lock);
        t.wait(condvar, lock);
        t.drop_guards(&[lock]);
    });
    program.spurious_wake_ups();
    assert_eq!(bugs(&program), [(Goal::Deadlock, 3)]);
}

/// `notify_one` wakes any one of those who sleep then, and nobody who comes later.
#[test]
fn a_notification_is_for_one_of_those_who_sleep() {
    let mut program = Program::new("one notification");
    let lock = program.lock("lock");
    let condvar = program.condvar("condvar");
    for name in ["A", "B"] {
        program.thread(name, |t| {
            t.lock("guard", lock);
            t.wait(condvar, lock);
            t.drop_guards(&[lock]);
        });
    }
    program.thread("N", |t| t.notify_one(condvar));
    let [a, b, n] = ["A", "B", "N"].map(|name| program.find(name).unwrap());
    let after = |threads: &[_]| {
        threads.iter().fold(program.start(), |state, thread| {
            program.step(&state, *thread).expect("enabled").after
        })
    };
    let can_wake = |state: &_| [a, b].map(|thread| program.step(state, thread).is_ok());
    assert_eq!(can_wake(&after(&[a, a, b, b, n])), [true, true]);
    assert_eq!(
        can_wake(&after(&[a, a, b, b, n, a])),
        [true, false],
        "A takes the lock next"
    );
    assert_eq!(can_wake(&after(&[a, a, n, b, b])), [true, false]);
    assert_eq!(can_wake(&after(&[n, a, a, b, b])), [false, false]);
}

fn wait_group(add_inside: bool) -> Program {
    let mut program = Program::new("wait group");
    let count = program.var("count", 0);
    let done = program.var("done", 0);
    let early = program.var("came back early", 0);
    program.invariant("`wait` comes back after the work", early.equals(0));
    let workers = ["W0", "W1"].map(|name| {
        program.thread(name, |t| {
            if add_inside {
                t.fetch_add(count, 1);
            }
            t.fetch_add(done, 1);
            t.fetch_add(count, -1);
        })
    });
    program.thread("main", |t| {
        for worker in workers {
            if !add_inside {
                t.fetch_add(count, 1);
            }
            t.spawn(worker);
        }
        t.wait_until(count.equals(0));
        t.if_(done.less_than(2), |t| t.set(early, 1));
        for worker in workers {
            t.join(worker);
        }
    });
    program
}

#[test]
fn a_thread_that_registers_itself_is_not_waited_for() {
    let wrong = wait_group(true);
    assert_eq!(bugs(&wrong), [(Goal::BrokenInvariant, 5)]);
    insta::assert_snapshot!(listing(&wrong, "main"), @r"
    1  spawn(W0);
    2  spawn(W1);
    3  wait_until(count == 0);
    4  if done < 2 {
    5      came_back_early = 1;
    6  }
    7  join(W0);
    8  join(W1);
    ");
    insta::assert_snapshot!(schedule(&wrong, Goal::BrokenInvariant), @r#"
    run("main").through("write came back early")
    broken: `wait` comes back after the work
    "#);
    assert_eq!(bugs(&wait_group(false)), []);
}

/// A thread that retries for ever what another one holds for ever is no fair lap's business when the
/// other can go on, and is one when it cannot.
#[test]
fn a_livelock_is_fair() {
    let program = |lets_go: bool| {
        let mut program = Program::new("retry");
        let lock = program.lock("lock");
        program.thread("holder", |t| {
            t.lock("guard", lock);
            if lets_go {
                t.drop_guards(&[lock]);
            }
        });
        program.thread("retries", |t| {
            t.repeat(|t| {
                t.if_try_lock("guard", lock, |t| {
                    t.progress("work");
                    t.drop_guards(&[lock]);
                    t.leave();
                });
            });
        });
        bugs(&program)
    };
    assert_eq!(program(true), []);
    assert_eq!(program(false), [(Goal::Livelock { rounds: 1 }, 2)]);
}

#[test]
fn too_many_states_are_no_answer() {
    let graph = transfers(3, true);
    let graph = graph.graph(10);
    assert_eq!((graph.states(), graph.is_complete()), (10, false));
}
