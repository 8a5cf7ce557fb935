//! Public tests of `dining_try_lock`. In most of them the test decides whose turn it is: a step never
//! waits, so one thread can play all the guests, and always in the same order.

use std::fmt::Write as _;
use std::sync::Arc;

use ch04::dining_try_lock::{Guest, LONGEST_PAUSE, Meal, Step, Table};
use harness::{Gauge, Verdict};

/// Takes steps until the guest eats. Both forks lie on the table, so this must not take long.
fn meal<'table>(seat: usize, guest: &mut Guest<'table>) -> Meal<'table> {
    for _ in 0..10 {
        if let Step::Meal(meal) = guest.step() {
            return meal;
        }
    }
    panic!("seat {seat} does not eat within 10 steps, though both its forks lie on the table");
}

/// Takes steps until the guest pauses. One of the forks is gone, and stays so.
fn pause(seat: usize, guest: &mut Guest<'_>) -> u32 {
    for _ in 0..10 {
        match guest.step() {
            Step::Pause(turns) => return turns,
            Step::OneFork | Step::Refused => {}
            Step::Meal(_) => panic!("seat {seat} eats, though somebody else has one of its forks"),
        }
    }
    panic!("seat {seat} does not pause within 10 steps, though one of its forks is gone");
}

fn name(step: &Step<'_>) -> String {
    match step {
        Step::OneFork => "OneFork".into(),
        Step::Refused => "Refused".into(),
        Step::Pause(_) => "Pause".into(),
        Step::Meal(_) => "Meal".into(),
    }
}

fn steps(guest: &mut Guest<'_>, count: usize) -> Vec<String> {
    (0..count).map(|_| name(&guest.step())).collect()
}

#[harness::test]
fn a_guest_picks_up_one_fork_then_the_other_and_eats() {
    let table = Table::new(3, 1);
    assert_eq!(table.seats(), 3);

    let mut guest = table.guest(2);
    assert_eq!(
        steps(&mut guest, 1),
        ["OneFork"],
        "the first step of seat 2"
    );
    let Step::Meal(meal) = guest.step() else {
        panic!("the second step of a guest who is alone is the meal");
    };
    drop(meal);
    assert_eq!(
        [0, 1, 2].map(|fork| table.uses(fork)),
        [1, 0, 1],
        "uses of forks 0, 1, 2 after a meal at seat 2, between forks 2 and 0"
    );
    assert_eq!(
        steps(&mut guest, 3),
        ["OneFork", "Meal", "OneFork"],
        "the next steps, when a meal is over as soon as it has begun"
    );
}

#[harness::test]
fn a_table_has_at_least_two_seats() {
    assert_eq!(Table::new(2, 0).seats(), 2);
    for seats in [0, 1] {
        let message = harness::expect_panic(|| Table::new(seats, 0));
        assert!(
            message.starts_with("a table needs at least two seats"),
            "Table::new({seats}, 0) should panic with `a table needs at least two seats`, but the \
             panic says: {message}"
        );
    }
}

/// Seat 2 eats, with forks 2 and 3. So seat 1 gets its left fork and not its right one, and seat 3 does
/// not even get its left one.
#[harness::test]
fn whoever_does_not_get_both_forks_puts_down_the_one_and_pauses() {
    let table = Table::new(5, 1);
    let eating = meal(2, &mut table.guest(2));

    let mut one = table.guest(1);
    let taken = steps(&mut one, 6);
    if taken[0] == "Refused" {
        harness::fail(
            Verdict::NotConcurrent,
            "seat 2 eats with forks 2 and 3, and seat 1 is refused fork 1, which nobody has",
        );
    }
    assert_eq!(
        taken,
        ["OneFork", "Refused", "Pause", "OneFork", "Refused", "Pause"],
        "steps of seat 1, whose right fork is in use"
    );
    let mut neighbour = table.guest(0);
    assert_eq!(
        steps(&mut neighbour, 2),
        ["OneFork", "Meal"],
        "steps of seat 0 while seat 1 pauses: a pause is made with empty hands"
    );
    let mut three = table.guest(3);
    assert_eq!(
        steps(&mut three, 4),
        ["Refused", "Pause", "Refused", "Pause"],
        "steps of seat 3, whose left fork is in use"
    );

    drop(eating);
    assert_eq!(
        steps(&mut one, 2),
        ["OneFork", "Meal"],
        "seat 1, afterwards"
    );
    assert_eq!(
        steps(&mut three, 2),
        ["OneFork", "Meal"],
        "seat 3, afterwards"
    );
}

#[harness::test]
fn neighbours_never_eat_together() {
    for seats in [2, 3, 5] {
        let table = Table::new(seats, 1);
        for seat in 0..seats {
            let eating = meal(seat, &mut table.guest(seat));
            for other in [(seat + 1) % seats, (seat + seats - 1) % seats] {
                let mut neighbour = table.guest(other);
                for _ in 0..20 {
                    assert!(
                        !matches!(neighbour.step(), Step::Meal(_)),
                        "at a table of {seats}, seat {other} eats while its neighbour, seat {seat}, \
                         is eating: each must hold both forks during the meal"
                    );
                }
            }
            drop(eating);
        }
    }
}

#[harness::test]
fn guests_who_share_no_fork_eat_at_the_same_time() {
    let table = Table::new(4, 1);
    for [one, other] in [[0, 2], [1, 3]] {
        let _eating = meal(one, &mut table.guest(one));
        let mut opposite = table.guest(other);
        if !(0..10).any(|_| matches!(opposite.step(), Step::Meal(_))) {
            harness::fail(
                Verdict::NotConcurrent,
                format!("seat {other} cannot eat while seat {one} does: they share no fork"),
            );
        }
    }
}

/// Whoever fails again and again pauses from a longer and longer range, up to a limit.
#[harness::test]
fn pauses_are_within_their_range() {
    for seed in 0..100 {
        let table = Table::new(3, seed);
        let _eating = meal(0, &mut table.guest(0));
        let mut guest = table.guest(1);
        for failures in 1..=100 {
            let turns = pause(1, &mut guest);
            if turns > LONGEST_PAUSE {
                harness::fail(
                    Verdict::Starvation,
                    format!(
                        "after {failures} failures in a row the pause is {turns} turns: bad luck \
                         turns into never (the longest pause is {LONGEST_PAUSE})"
                    ),
                );
            }
            assert!(
                failures > 5 || turns < 1 << failures,
                "after {failures} failures in a row the pause is {turns} turns, and should be less \
                 than 2^{failures}"
            );
        }
    }
}

/// Everyone takes one step a round, all at the same time: the worst that can happen to guests who act
/// alike, and what happens by itself where threads are woken by the same clock.
#[harness::test]
fn polite_guests_do_not_dance_for_ever() {
    for seats in [2, 3, 5] {
        for seed in 0..20 {
            in_step(seats, seed, 10);
        }
    }
}

/// Each guest of a table eats so many meals, each of one round.
fn in_step(seats: usize, seed: u64, meals: u32) {
    const PATIENCE: u32 = 10_000;
    let table = Table::new(seats, seed);
    let mut guests: Vec<_> = (0..seats)
        .map(|seat| (table.guest(seat), meals, 0))
        .collect();
    let mut seen = String::new();
    let mut last_meal = 0;
    for round in 1.. {
        let mut eating = Vec::new();
        let mut row = Vec::new();
        for (seat, (guest, hungry, wait)) in guests.iter_mut().enumerate() {
            let did = if *hungry == 0 {
                "full".to_owned()
            } else if *wait > 0 {
                *wait -= 1;
                "…".to_owned()
            } else {
                match guest.step() {
                    Step::OneFork => format!("takes {seat}"),
                    Step::Refused => "refused".to_owned(),
                    Step::Pause(turns) => {
                        *wait = turns;
                        format!("pause {turns}")
                    }
                    Step::Meal(meal) => {
                        eating.push(meal);
                        *hungry -= 1;
                        last_meal = round;
                        "eats".to_owned()
                    }
                }
            };
            row.push(did);
        }
        if guests.iter().all(|(_, hungry, _)| *hungry == 0) {
            return;
        }
        if eating.is_empty() && round - last_meal <= 10 {
            let row: String = row.iter().map(|did| format!("{did:<11}")).collect();
            let _ = writeln!(seen, "{round:>5}  {}", row.trim_end());
        } else if !eating.is_empty() {
            seen.clear();
        }
        if round - last_meal == PATIENCE {
            let names: String = (0..seats)
                .map(|seat| format!("{:<11}", format!("P{seat}")))
                .collect();
            let message = format!(
                "{PATIENCE} rounds without a meal at a table of {seats}: all do the same at the same \
                 time\n\nround  {}\n{seen}    …",
                names.trim_end()
            );
            harness::fail(Verdict::Livelock, message);
        }
    }
}

/// What `dine` is given for a pause.
fn yields(turns: u32) {
    for _ in 0..=turns {
        std::thread::yield_now();
    }
}

#[harness::test]
fn dine_returns_what_eat_returns_and_eats_with_both_forks() {
    let table = Table::new(3, 1);
    let eaten = table.guest(1).dine(yields, || {
        for other in [0, 2] {
            pause(other, &mut table.guest(other));
        }
        "noodles"
    });
    assert_eq!(eaten, "noodles");
    assert_eq!([0, 1, 2].map(|fork| table.uses(fork)), [0, 1, 1]);
}

/// Seat 1 wants to eat and cannot, for seat 2 eats with fork 2. In the third pause of seat 1 that meal
/// ends, and seat 0 has one, with fork 1.
#[harness::test]
fn dine_pauses_with_empty_hands() {
    let table = Table::new(3, 1);
    let mut eating = Some(meal(2, &mut table.guest(2)));
    let mut pauses = 0;
    table.guest(1).dine(
        |turns| {
            assert!(turns <= LONGEST_PAUSE, "a pause of {turns} turns");
            pauses += 1;
            if pauses == 3 {
                eating = None;
                drop(meal(0, &mut table.guest(0)));
            }
        },
        || (),
    );
    assert_eq!(pauses, 3, "calls of `pause`");
    assert_eq!([0, 1, 2].map(|fork| table.uses(fork)), [2, 2, 2]);
}

#[harness::test(stress)]
fn everyone_eats_every_meal() {
    const SEATS: usize = 5;
    const MEALS: u64 = 200;
    let table = Arc::new(Table::new(SEATS, harness::seed()));
    // Whoever eats holds both forks; a fork is in one hand at a time.
    let forks: Arc<[Gauge; SEATS]> = Arc::default();
    let guests = std::array::from_fn::<_, SEATS, _>(|seat| {
        let (table, forks) = (Arc::clone(&table), Arc::clone(&forks));
        harness::spawn(format!("P{seat}"), move || {
            let mut guest = table.guest(seat);
            for _ in 0..MEALS {
                guest.dine(yields, || {
                    let _left = forks[seat].enter();
                    let _right = forks[(seat + 1) % SEATS].enter();
                });
            }
        })
    });
    for guest in guests {
        guest.join();
    }
    for (fork, hands) in forks.iter().enumerate() {
        assert_eq!(
            hands.peak(),
            1,
            "hands that held fork {fork} at the same time"
        );
        assert_eq!(table.uses(fork), 2 * MEALS, "uses of fork {fork}");
    }
}

#[harness::test]
fn a_panic_during_a_meal_harms_nobody_else() {
    let table = Table::new(3, 1);
    let mut unlucky = table.guest(0);
    let message = harness::expect_panic(|| {
        unlucky.dine(yields, || harness::intended_panic("a bone in the soup"))
    });
    assert_eq!(
        message, "a bone in the soup",
        "the panic goes on to the caller of `dine`"
    );
    // Both forks of seat 0 are on the table.
    for seat in [1, 2] {
        drop(meal(seat, &mut table.guest(seat)));
    }
    drop(meal(0, &mut unlucky));
    assert_eq!(
        [0, 1, 2].map(|fork| table.uses(fork)),
        [3, 3, 2],
        "uses of forks 0, 1, 2 after meals at seats 0 (which panicked), 1, 2 and 0"
    );
}
