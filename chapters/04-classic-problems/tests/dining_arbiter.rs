//! Public tests of `dining_arbiter`: what the module promises, one promise a test.
//!
//! Who comes when is up to the test: it calls `arrive` itself, in order, and hands each guest to a
//! thread. So how often somebody is passed over can be counted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use ch04::dining_arbiter::{Guest, Table};
use harness::{Gauge, Rendezvous, Thread, Verdict};

/// A table that lives as long as the test's process, so that its guests can be given to threads.
fn lay(seats: usize) -> &'static Table {
    Box::leak(Box::new(Table::new(seats)))
}

/// A thread in which this guest eats a short meal.
fn dines(name: &str, guest: Guest<'static>) -> Thread<()> {
    harness::spawn(name, move || guest.dine(|| ()))
}

/// Whether the thread comes to its end by itself. If not, it sleeps.
fn ends(thread: &Thread<()>) -> bool {
    thread.wait_until_blocked();
    thread.is_finished()
}

#[harness::test]
fn a_guest_eats_and_dine_returns_what_eat_returns() {
    let table = Table::new(3);
    assert_eq!(table.seats(), 3);
    assert_eq!(table.dine(0, || "noodles"), "noodles");
    assert_eq!(table.arrive(2).dine(|| 7), 7);
    // And again, any number of times.
    assert_eq!((0..9).map(|i| table.dine(i % 3, || i)).sum::<usize>(), 36);
}

#[harness::test]
fn a_table_has_at_least_two_seats() {
    assert_eq!(Table::new(2).seats(), 2);
    for seats in [0, 1] {
        let message = harness::expect_panic(|| Table::new(seats));
        assert!(
            message.starts_with("a table needs at least two seats"),
            "Table::new({seats}) should panic with `a table needs at least two seats`, but the \
             panic says: {message}"
        );
    }
}

/// While a guest eats, both neighbours come; each has to wait until the meal is over.
#[harness::test]
fn neighbours_never_eat_together() {
    for seats in [2, 3, 5] {
        for seat in 0..seats {
            let table = lay(seats);
            let eating = Arc::new(AtomicBool::new(true));
            let neighbours = table.dine(seat, || {
                let neighbours = [(seat + 1) % seats, (seat + seats - 1) % seats].map(|other| {
                    let eating = Arc::clone(&eating);
                    let thread = harness::spawn(format!("P{other}"), move || {
                        table.dine(other, || {
                            assert!(
                                !eating.load(SeqCst),
                                "at a table of {seats}, seat {other} eats while its neighbour, seat \
                                 {seat}, is eating: each must hold both forks during the meal"
                            );
                        });
                    });
                    thread.wait_until_blocked();
                    thread
                });
                eating.store(false, SeqCst);
                neighbours
            });
            for thread in neighbours {
                thread.join();
            }
        }
    }
}

/// Seats 0 and 2 of a table of 4 share no fork, nor do 1 and 3. Each eats until the other eats too.
#[harness::test]
fn guests_who_share_no_fork_eat_at_the_same_time() {
    let table = lay(4);
    for pair in [[0, 2], [1, 3]] {
        let meal = Rendezvous::new(format!("meals of seats {} and {}", pair[0], pair[1]), 2);
        let guests = pair.map(|seat| {
            let meal = meal.clone();
            harness::spawn(format!("P{seat}"), move || {
                table.dine(seat, || meal.wait());
            })
        });
        for guest in guests {
            guest.join();
        }
    }
}

/// One guest eats, and everybody else stands ready. When the forks come back they all reach at once:
/// if the waiter lets in one too many, they end in a circle here.
#[harness::test]
fn guests_do_not_wait_in_a_circle() {
    for _round in 0..25 {
        let table = lay(3);
        let ready = table.dine(0, || {
            // Someone else wants seat 0 next, and is first in the queue for its fork.
            [0, 2, 1].map(|seat| {
                let thread = harness::spawn(format!("P{seat}"), move || table.dine(seat, || ()));
                thread.wait_until_blocked();
                thread
            })
        });
        for thread in ready {
            thread.join();
        }
    }
}

/// One guest has come, and takes a while. Exactly N − 2 of those who came later eat before: no more,
/// for the sake of the one who came first, and no fewer, for the sake of the others.
#[harness::test]
fn a_guest_is_passed_over_n_minus_2_times_and_no_more() {
    for seats in [2, 3, 5] {
        let table = lay(seats);
        let patient = table.arrive(0);
        let bound = seats - 2;
        for meal in 1..=bound {
            let later = dines("later guest", table.arrive(1));
            if !ends(&later) {
                let who = format!("guest {meal} of those who came later, at a table of {seats}");
                harness::fail(
                    Verdict::NotConcurrent,
                    format!("{who}, waits needlessly: {bound} may pass a guest who takes a while"),
                );
            }
            later.join();
        }
        let one_more = dines("one guest more", table.arrive(1));
        if ends(&one_more) {
            harness::fail(
                Verdict::Starvation,
                format!(
                    "at a table of {seats}, {} guests who came later ate while one was hungry: no \
                     more than {bound} may",
                    bound + 1
                ),
            );
        }
        patient.dine(|| ());
        one_more.join();
    }
}

/// At a table of 2 the numbers 1 and 2 wait for number 0. Number 2 fell asleep first.
#[harness::test]
fn the_one_whose_turn_it_is_wakes_up() {
    let table = lay(2);
    let [first, second, third] = [0, 1, 0].map(|seat| table.arrive(seat));
    let waiting = [("third guest", third), ("second guest", second)].map(|(name, guest)| {
        let thread = dines(name, guest);
        thread.wait_until_blocked();
        thread
    });
    first.dine(|| ());
    for thread in waiting {
        thread.join();
    }
}

#[harness::test]
fn a_guest_who_leaves_without_a_meal_holds_up_nobody() {
    let table = lay(2);
    let leaver = table.arrive(0);
    let next = dines("next guest", table.arrive(1));
    if ends(&next) {
        harness::fail(
            Verdict::Starvation,
            "at a table of 2, number 1 ate while number 0 was hungry",
        );
    }
    drop(leaver);
    next.join();
}

/// At a table of 5, seat 0 eats all the time. Seats 2 and 3 share no fork with it.
#[harness::test]
fn a_long_meal_holds_up_only_the_neighbours() {
    let table = lay(5);
    table.dine(0, || {
        for meal in 1..=20 {
            let other = dines("P2", table.arrive(2));
            if !ends(&other) {
                harness::fail(
                    Verdict::NotConcurrent,
                    format!(
                        "seat 2 waits for its meal number {meal}: seat 0 has begun its own, and is \
                         hungry no longer"
                    ),
                );
            }
            other.join();
        }
    });
}

/// Seat 1 waits for a fork of seat 0, which eats. Others can come all the same, get a number, and eat.
#[harness::test]
fn whoever_waits_for_a_fork_does_not_keep_the_waiter() {
    let table = lay(5);
    let meal = Rendezvous::new("meals of seats 0 and 3, while seat 1 waits for a fork", 2);
    let others = table.dine(0, || {
        let waiting = dines("P1", table.arrive(1));
        waiting.wait_until_blocked();
        let eating = harness::spawn("P3", {
            let meal = meal.clone();
            move || table.dine(3, || meal.wait())
        });
        meal.wait();
        [waiting, eating]
    });
    for thread in others {
        thread.join();
    }
}

#[harness::test(stress)]
fn everyone_eats_every_meal() {
    const SEATS: usize = 5;
    const MEALS: usize = 200;
    let table = lay(SEATS);
    // Whoever eats holds both forks; a fork is in one hand at a time.
    let forks: Arc<[Gauge; SEATS]> = Arc::default();
    let guests = std::array::from_fn::<_, SEATS, _>(|seat| {
        let forks = Arc::clone(&forks);
        harness::spawn(format!("P{seat}"), move || {
            let mut meals = 0;
            for _ in 0..MEALS {
                meals += table.dine(seat, || {
                    let _left = forks[seat].enter();
                    let _right = forks[(seat + 1) % SEATS].enter();
                    1
                });
            }
            meals
        })
    });
    assert_eq!(
        guests.map(|guest| guest.join()),
        [MEALS; SEATS],
        "meals eaten, by seat"
    );
    for (fork, hands) in forks.iter().enumerate() {
        assert_eq!(
            hands.peak(),
            1,
            "hands that held fork {fork} at the same time"
        );
    }
}

#[harness::test]
fn a_panic_during_a_meal_harms_nobody_else() {
    let table = lay(3);
    let message = harness::expect_panic(|| {
        table.dine(0, || harness::intended_panic("a bone in the soup"));
    });
    assert_eq!(
        message, "a bone in the soup",
        "the panic goes on to the caller of `dine`"
    );
    for seat in [0, 1] {
        // Not `expect_panic`: a panic of another kind is not expected here.
        let meal = || table.dine(seat, || harness::intended_panic("another bone"));
        catch_unwind(AssertUnwindSafe(meal)).unwrap_err();
    }

    // All forks are on the table, and nobody is hungry any more.
    let meals = Arc::new(AtomicUsize::new(0));
    for seat in [1, 2, 0, 1, 2, 0] {
        let meals = Arc::clone(&meals);
        let guest = harness::spawn(format!("P{seat}"), move || {
            table.dine(seat, || meals.fetch_add(1, SeqCst))
        });
        guest.join();
    }
    assert_eq!(meals.load(SeqCst), 6, "meals after those that panicked");
}
