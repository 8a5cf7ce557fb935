//! Hidden tests of `dining_try_lock`: the dice, adversaries that choose who moves when, and what is
//! left behind by guests who leave in the middle.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ch04::dining_try_lock::{Guest, LONGEST_PAUSE, Meal, Step, Table};
use harness::{Gauge, Verdict};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// The uses of all forks. Hangs if one of them is not on the table.
fn uses(table: &Table) -> Vec<u64> {
    (0..table.seats()).map(|fork| table.uses(fork)).collect()
}

/// Takes steps until the guest eats. Both forks lie on the table, so this must not take long.
fn meal<'table>(guest: &mut Guest<'table>) -> Meal<'table> {
    for _ in 0..10 {
        if let Step::Meal(meal) = guest.step() {
            return meal;
        }
    }
    harness::fail(
        Verdict::NotConcurrent,
        "no meal within 10 steps, though both forks lie on the table",
    );
}

/// The next pauses of a guest, one of whose forks is gone.
fn pauses(guest: &mut Guest<'_>, count: usize) -> Vec<u32> {
    let mut pauses = Vec::new();
    for _ in 0..10 * count {
        match guest.step() {
            Step::Pause(turns) => pauses.push(turns),
            Step::OneFork | Step::Refused => {}
            Step::Meal(_) => panic!("a guest eats, though somebody else has one of its forks"),
        }
        if pauses.len() == count {
            return pauses;
        }
    }
    panic!("{} pauses in {} steps", pauses.len(), 10 * count);
}

fn yields(turns: u32) {
    for _ in 0..=turns {
        std::thread::yield_now();
    }
}

#[harness::test]
fn a_table_is_shared_between_threads_by_reference() {
    fn shared<T: Send + Sync>() {}
    shared::<Table>();

    // Neither what `eat` borrows nor what it returns need outlive the meal or be sent anywhere.
    let table = Table::new(2, 0);
    let mut plate = vec!["rice"];
    let eaten = table.guest(1).dine(yields, || {
        plate.drain(..).map(std::rc::Rc::new).collect::<Vec<_>>()
    });
    assert_eq!(*eaten[0], "rice");
    assert!(plate.is_empty());
}

#[harness::test]
fn each_seat_uses_the_two_forks_beside_it() {
    for seats in [2, 3, 4, 7, 64] {
        for seat in [0, 1, seats / 2, seats - 1] {
            let table = Table::new(seats, 5);
            table.guest(seat).dine(yields, || ());
            let mut expected = vec![0; seats];
            expected[seat] += 1;
            expected[(seat + 1) % seats] += 1;
            assert_eq!(
                uses(&table),
                expected,
                "after a meal at seat {seat} of {seats}"
            );
        }
    }
}

#[harness::test]
fn nobody_sits_at_a_seat_that_does_not_exist() {
    let table = Table::new(3, 0);
    harness::expect_panic(|| drop(table.guest(3)));
    harness::expect_panic(|| table.uses(3));
    for seat in 0..3 {
        drop(meal(&mut table.guest(seat)));
    }
    assert_eq!(uses(&table), [2, 2, 2]);
}

/// The left fork is picked up first and the right one tried, at every seat, the last one too.
#[harness::test]
fn the_left_fork_comes_first_at_every_seat() {
    for seat in 0..4 {
        let table = Table::new(4, 0);
        let mut guest = table.guest(seat);
        assert!(matches!(guest.step(), Step::OneFork), "seat {seat}");
        let mut left = table.guest((seat + 3) % 4);
        assert_eq!(
            pauses(&mut left, 1).len(),
            1,
            "the neighbour to the left of seat {seat} misses its right fork"
        );
        let right = meal(&mut table.guest((seat + 1) % 4));
        assert!(matches!(guest.step(), Step::Refused), "seat {seat}");
        // Refused, and the left fork still in hand: it goes with the next step.
        let mut other = table.guest((seat + 3) % 4);
        assert!(matches!(other.step(), Step::OneFork));
        assert!(
            matches!(other.step(), Step::Refused),
            "seat {seat} puts the left fork down in a step of its own"
        );
        assert!(matches!(guest.step(), Step::Pause(_)), "seat {seat}");
        drop((right, other));
        drop(meal(&mut guest));
    }
}

/// Every number of turns that may be drawn is drawn, after any number of failures.
#[harness::test]
fn pauses_are_drawn_from_all_of_a_range_that_doubles() {
    const FAILURES: usize = 8;
    let mut drawn = vec![BTreeSet::new(); FAILURES];
    for seed in 0..3_000 {
        let table = Table::new(2, seed);
        let _eating = meal(&mut table.guest(0));
        let turns = pauses(&mut table.guest(1), FAILURES);
        for (drawn, turns) in drawn.iter_mut().zip(turns) {
            drawn.insert(turns);
        }
    }
    if drawn.iter().all(|drawn| drawn.len() == 1) {
        let same: Vec<u32> = drawn.iter().flatten().copied().collect();
        harness::fail(
            Verdict::Livelock,
            format!("everyone pauses {same:?} turns: those who fail together come back together"),
        );
    }
    for (index, drawn) in drawn.into_iter().enumerate() {
        let failures = index as u32 + 1;
        if let Some(turns) = drawn.last().filter(|turns| **turns > LONGEST_PAUSE) {
            harness::fail(
                Verdict::Starvation,
                format!("a pause of {turns} turns after {failures} failures in a row"),
            );
        }
        let below = (1 << failures).min(LONGEST_PAUSE + 1);
        assert_eq!(
            drawn.into_iter().collect::<Vec<_>>(),
            (0..below).collect::<Vec<_>>(),
            "the pauses that 3 000 guests made after {failures} failures in a row"
        );
    }
}

#[harness::test]
fn the_same_seed_gives_the_same_dinner_and_every_guest_other_dice() {
    let play = |seed, seat| {
        let table = Table::new(5, seed);
        let _eating = meal(&mut table.guest((seat + 1) % 5));
        pauses(&mut table.guest(seat), 20)
    };
    for seed in [0, 1, u64::MAX] {
        let dice: Vec<_> = (0..5).map(|seat| play(seed, seat)).collect();
        for seat in 0..5 {
            assert_eq!(
                play(seed, seat),
                dice[seat],
                "the second dinner of seed {seed}"
            );
            for other in 0..seat {
                if dice[seat] == dice[other] {
                    harness::fail(
                        Verdict::Livelock,
                        format!(
                            "at a table with seed {seed}, seats {other} and {seat} roll the same \
                             dice: {:?}",
                            &dice[seat][..8]
                        ),
                    );
                }
            }
        }
        assert_ne!(
            play(seed ^ 1, 0),
            dice[0],
            "the dice of seat 0 with another seed"
        );
    }
}

/// Once the range has stopped growing, pauses still differ from one to the next.
#[harness::test]
fn the_dice_are_rolled_anew_for_each_pause() {
    for seed in 0..10 {
        let table = Table::new(2, seed);
        let _eating = meal(&mut table.guest(0));
        let turns = pauses(&mut table.guest(1), 60).split_off(10);
        let different: BTreeSet<u32> = turns.iter().copied().collect();
        if different.len() == 1 {
            harness::fail(
                Verdict::Starvation,
                format!(
                    "50 pauses of one guest, each of {} turns: whoever rolls badly once loses for ever",
                    turns[0]
                ),
            );
        }
        assert!(
            different.len() > 10,
            "50 pauses of one guest, from the same range: {turns:?}"
        );
    }
}

#[harness::test]
fn a_meal_ends_the_row_of_failures() {
    for seed in 0..64 {
        let table = Table::new(2, seed);
        let mut guest = table.guest(1);
        let eating = meal(&mut table.guest(0));
        pauses(&mut guest, 8);
        drop(eating);
        drop(meal(&mut guest));
        let _eating = meal(&mut table.guest(0));
        let turns = pauses(&mut guest, 1)[0];
        assert!(
            turns < 2,
            "{turns} turns of pause at the first failure after a meal"
        );
    }
}

#[harness::test]
fn whoever_leaves_in_the_middle_leaves_the_forks_behind() {
    let table = Table::new(3, 0);
    // With the left fork; refused, with the left fork; refused, with none; pausing; during a meal.
    let mut guest = table.guest(0);
    guest.step();
    drop(guest);
    drop(meal(&mut table.guest(2)));

    let eating = meal(&mut table.guest(1));
    for steps in 1..=3 {
        for seat in [0, 1, 2] {
            let mut guest = table.guest(seat);
            for _ in 0..steps {
                assert!(!matches!(guest.step(), Step::Meal(_)));
            }
        }
    }
    drop(eating);

    let mut guest = table.guest(0);
    let eating = meal(&mut guest);
    drop(guest);
    assert_eq!(
        pauses(&mut table.guest(1), 1).len(),
        1,
        "a meal goes on when its guest is dropped"
    );
    drop(eating);
    for seat in 0..3 {
        drop(meal(&mut table.guest(seat)));
    }
    assert_eq!(uses(&table), [4, 4, 4]);
}

/// Half of a large table eats at once, then the other half: as many as there can be.
#[harness::test]
fn every_other_guest_eats_at_the_same_time() {
    let table = Table::new(32, 9);
    for first in [0, 1] {
        let eating: Vec<_> = (first..32)
            .step_by(2)
            .map(|seat| meal(&mut table.guest(seat)))
            .collect();
        assert_eq!(eating.len(), 16);
    }
    assert_eq!(uses(&table), [2; 32]);
}

/// Adversaries who let a guest move only now and then, in any order, and make meals last. They do not
/// look at the dice; whoever does can always win.
#[harness::test]
fn everyone_finishes_under_seeded_adversaries() {
    const MEALS: u64 = 5;
    for seed in 0..60 {
        let mut random = SmallRng::seed_from_u64(seed);
        let seats = random.random_range(2..=7);
        let table = Table::new(seats, seed);
        let mut guests: Vec<_> = (0..seats).map(|seat| (table.guest(seat), 0, 0)).collect();
        let lazy: Vec<f64> = (0..seats).map(|_| random.random_range(0.1..1.0)).collect();
        let mut eating: Vec<Option<(Meal<'_>, u32)>> = (0..seats).map(|_| None).collect();
        let mut round = 0;
        while guests.iter().any(|(_, eaten, _)| *eaten < MEALS) {
            round += 1;
            if round > 100_000 {
                let eaten: Vec<u64> = guests.iter().map(|(_, eaten, _)| *eaten).collect();
                let verdict = if eaten.iter().any(|eaten| *eaten > 0) {
                    Verdict::Starvation
                } else {
                    Verdict::Livelock
                };
                harness::fail(
                    verdict,
                    format!(
                        "after 100 000 rounds the guests have eaten {eaten:?} meals of {MEALS} each"
                    ),
                );
            }
            let first = random.random_range(0..seats);
            for seat in (0..seats).map(|index| (first + index) % seats) {
                if let Some((_, left)) = &mut eating[seat] {
                    *left -= 1;
                    if *left == 0 {
                        eating[seat] = None;
                    }
                    continue;
                }
                let (guest, eaten, wait) = &mut guests[seat];
                if *eaten == MEALS || !random.random_bool(lazy[seat]) {
                    continue;
                }
                if *wait > 0 {
                    *wait -= 1;
                    continue;
                }
                match guest.step() {
                    Step::OneFork | Step::Refused => {}
                    Step::Pause(turns) => *wait = turns,
                    Step::Meal(meal) => {
                        let neighbours = [(seat + 1) % seats, (seat + seats - 1) % seats];
                        for other in neighbours {
                            assert!(
                                eating[other].is_none(),
                                "seats {seat} and {other} of {seats} eat at the same time"
                            );
                        }
                        *eaten += 1;
                        eating[seat] = Some((meal, random.random_range(1..20)));
                    }
                }
            }
        }
        drop((eating, guests));
        assert_eq!(uses(&table), vec![2 * MEALS; seats], "uses of the forks");
    }
}

#[harness::test(stress)]
fn two_guests_take_turns_for_many_rounds() {
    const MEALS: u64 = 1_000;
    let table = Arc::new(Table::new(2, harness::seed()));
    let eating = Arc::new(Gauge::new());
    let guests = [0, 1].map(|seat| {
        let (table, eating) = (Arc::clone(&table), Arc::clone(&eating));
        harness::spawn(format!("P{seat}"), move || {
            let mut guest = table.guest(seat);
            for _ in 0..MEALS {
                guest.dine(yields, || {
                    let _inside = eating.enter();
                    std::thread::yield_now();
                });
            }
        })
    });
    for guest in guests {
        guest.join();
    }
    assert_eq!(
        eating.peak(),
        1,
        "guests who ate at once with the same two forks"
    );
    assert_eq!(uses(&table), [2 * MEALS; 2]);
}

/// At each seat every third meal panics, all at once and over and over.
#[harness::test(stress)]
fn a_table_survives_any_number_of_panics() {
    const SEATS: usize = 4;
    const MEALS: u64 = 60;
    let table = Arc::new(Table::new(SEATS, harness::seed()));
    let guests = std::array::from_fn::<_, SEATS, _>(|seat| {
        let table = Arc::clone(&table);
        harness::spawn(format!("P{seat}"), move || {
            let mut guest = table.guest(seat);
            for meal in 0..MEALS {
                if meal % 3 == 0 {
                    // Not `expect_panic`: a panic of another kind is not expected here.
                    let meal = || guest.dine(yields, || harness::intended_panic("too hot"));
                    catch_unwind(AssertUnwindSafe(meal)).unwrap_err();
                } else {
                    guest.dine(yields, || ());
                }
            }
        })
    });
    for guest in guests {
        guest.join();
    }
    assert_eq!(uses(&table), [2 * MEALS; SEATS]);
}
