//! The given programs and real Rust: the same statements on real mutexes, run under every interleaving
//! by another explorer, have the same bugs. Each function here is the text that the learner reads, with
//! `unwrap`.

extern crate kit_shuttle as kit;

use std::collections::BTreeSet;
use std::sync::{Arc as Share, Mutex as Notes};

use findings::{Bounds, Exploration, Verdict};
use kit::model::explore;
use kit::sync::{Arc, Mutex, atomic::AtomicUsize, atomic::Ordering::SeqCst};
use kit::thread;
use puzzle::given::break_dining::{Manners, Order, deadlock, livelock, table};
use puzzle::{Goal, Program, Terms};

type Fork = Mutex<()>;

fn stubborn(first: &Fork, second: &Fork, eat: impl FnOnce()) {
    let (first, second) = (first.lock().unwrap(), second.lock().unwrap());
    eat();
    drop((first, second));
}

/// Three tries instead of endlessly many.
fn polite(first: &Fork, second: &Fork, eat: impl FnOnce()) {
    for _ in 0..3 {
        let left = first.lock().unwrap();
        if let Ok(right) = second.try_lock() {
            eat();
            drop((right, left));
            break;
        }
        drop(left);
    }
}

/// Every schedule of a table at which everybody does as `dine` does; at the end somebody has eaten.
fn dinner(seats: usize, order: Order, dine: fn(&Fork, &Fork, &dyn Fn())) -> Exploration {
    explore(&Bounds::default(), move || {
        let forks: Arc<Vec<Fork>> = Arc::new((0..seats).map(|_| Mutex::new(())).collect());
        let meals = Arc::new(AtomicUsize::new(0));
        let guest = |seat: usize| {
            let (forks, meals) = (Arc::clone(&forks), Arc::clone(&meals));
            move || {
                let (left, right) = (seat, (seat + 1) % seats);
                let (first, second) = match order {
                    Order::LeftFirst => (left, right),
                    Order::LowerFirst => (left.min(right), left.max(right)),
                };
                let eat = || {
                    meals.fetch_add(1, SeqCst);
                };
                dine(&forks[first], &forks[second], &eat);
            }
        };
        let others: Vec<_> = (1..seats).map(|seat| thread::spawn(guest(seat))).collect();
        guest(0)();
        for other in others {
            other.join().unwrap();
        }
        assert!(meals.load(SeqCst) > 0, "three rounds, and nobody has eaten");
    })
}

/// Nothing found, nothing left open.
fn holds(exploration: &Exploration) {
    assert_eq!(exploration.undecided, None);
    assert_eq!(exploration.finding, None);
}

#[test]
fn stubborn_philosophers_deadlock_in_rust_too() {
    assert!(deadlock().shortest().sentence.starts_with("deadlock: "));
    let stubborn = |first: &Fork, second: &Fork, eat: &dyn Fn()| stubborn(first, second, eat);
    let finding = dinner(3, Order::LeftFirst, stubborn).finding;
    assert_eq!(finding.expect("a deadlock").verdict, Verdict::Deadlock);

    deadlock().repaired_holds().unwrap();
    holds(&dinner(3, Order::LowerFirst, stubborn));
}

/// With a table of two, so that all schedules of three rounds can be tried.
#[test]
fn polite_philosophers_go_hungry_for_three_rounds_in_rust_too() {
    let goal = Goal::Livelock { rounds: 3 };
    let two = |order| table("two", &[Manners::Polite; 2], order);
    assert!(two(Order::LeftFirst).graph(1_000).shortest(goal).is_some());
    let polite = |first: &Fork, second: &Fork, eat: &dyn Fn()| polite(first, second, eat);
    let finding = dinner(2, Order::LeftFirst, polite)
        .finding
        .expect("a livelock");
    assert_eq!(finding.verdict, Verdict::BadInterleaving);
    assert!(
        finding.message.contains("nobody has eaten"),
        "{}\n{}",
        finding.message,
        finding.schedule.render(100)
    );

    assert!(two(Order::LowerFirst).graph(1_000).shortest(goal).is_none());
    holds(&dinner(2, Order::LowerFirst, polite));
    livelock().repaired_holds().unwrap();
}

/// Not only that something goes wrong: the two explorers agree on every outcome.
#[test]
fn an_unprotected_account_ends_with_the_same_balances_in_rust() {
    let seen = Share::new(Notes::new(BTreeSet::new()));
    let notes = Share::clone(&seen);
    holds(&explore(&Bounds::default(), move || {
        let balance = Arc::new(AtomicUsize::new(100));
        let withdraw = |amount| {
            let balance = Arc::clone(&balance);
            move || {
                if balance.load(SeqCst) >= amount {
                    let left = balance.load(SeqCst).wrapping_sub(amount);
                    balance.store(left, SeqCst);
                }
            }
        };
        let other = thread::spawn(withdraw(80));
        withdraw(30)();
        other.join().unwrap();
        notes.lock().unwrap().insert(balance.load(SeqCst) as i64);
    }));
    let in_rust = seen.lock().unwrap().clone();

    let in_the_puzzle: BTreeSet<i64> = (-200..200)
        .filter(|&expected| {
            let mut program = Program::new("account");
            let balance = program.var("balance", 100);
            program.result("not what we look for", balance.differs(expected));
            for (thread, amount) in [("A", 80), ("B", 30)] {
                program.thread(thread, |t| {
                    t.if_(balance.at_least(amount), |t| {
                        t.set(balance, balance.minus(amount))
                    });
                });
            }
            program.graph(10_000).shortest(Goal::WrongResult).is_some()
        })
        .collect();
    assert_eq!(in_the_puzzle, in_rust);
    assert!(in_rust.contains(&-10), "{in_rust:?}");
}
