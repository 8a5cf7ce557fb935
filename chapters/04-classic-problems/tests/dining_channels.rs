//! Public tests of `dining_channels`: what the module promises, one promise a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ch04::dining_channels::Table;
use harness::{Gauge, Rendezvous};

#[harness::test]
fn a_guest_eats_with_both_forks_and_dine_returns_what_eat_returns() {
    let table = Table::new(3);
    assert_eq!(table.seats(), 3);
    assert_eq!([0, 1, 2].map(|fork| table.uses(fork)), [0, 0, 0]);

    assert_eq!(table.dine(0, || "noodles"), "noodles");
    assert_eq!(
        [0, 1, 2].map(|fork| table.uses(fork)),
        [1, 1, 0],
        "uses of forks 0, 1, 2 after a meal at seat 0, between forks 0 and 1"
    );

    assert_eq!(table.dine(2, || 7), 7);
    assert_eq!(
        [0, 1, 2].map(|fork| table.uses(fork)),
        [2, 1, 1],
        "uses of forks 0, 1, 2 after another meal at seat 2, between forks 2 and 0"
    );
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

/// While a guest eats, both neighbours come; each has to wait until the meal is over. Everyone has
/// eaten before: a fork that was put down twice would be there twice.
#[harness::test]
fn neighbours_never_eat_together() {
    for seats in [2, 3, 5] {
        for seat in 0..seats {
            let table = Arc::new(Table::new(seats));
            for guest in 0..seats {
                table.dine(guest, || ());
            }
            let eating = Arc::new(AtomicBool::new(true));
            let neighbours = table.dine(seat, || {
                let neighbours = [(seat + 1) % seats, (seat + seats - 1) % seats].map(|other| {
                    let (table, eating) = (Arc::clone(&table), Arc::clone(&eating));
                    let thread = harness::spawn(format!("P{other}"), move || {
                        table.dine(other, || {
                            assert!(
                                !eating.load(Ordering::SeqCst),
                                "at a table of {seats}, seat {other} eats while its neighbour, seat \
                                 {seat}, is eating: each must hold both forks during the meal"
                            );
                        });
                    });
                    thread.wait_until_blocked();
                    thread
                });
                eating.store(false, Ordering::SeqCst);
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
    let table = Arc::new(Table::new(4));
    for pair in [[0, 2], [1, 3]] {
        let meal = Rendezvous::new(format!("meals of seats {} and {}", pair[0], pair[1]), 2);
        let guests = pair.map(|seat| {
            let (table, meal) = (Arc::clone(&table), meal.clone());
            harness::spawn(format!("P{seat}"), move || {
                table.dine(seat, || meal.wait());
            })
        });
        for guest in guests {
            guest.join();
        }
    }
}

/// At a table of 5, seat 0 eats and seat 1 waits for it. The forks of seat 3 lie on the table.
#[harness::test]
fn whoever_waits_is_in_nobody_elses_way() {
    let table = Arc::new(Table::new(5));
    let meal = Rendezvous::new("meals of seats 0 and 3, while seat 1 waits", 2);
    let others = table.dine(0, || {
        let waiting = harness::spawn("P1", {
            let table = Arc::clone(&table);
            move || table.dine(1, || ())
        });
        waiting.wait_until_blocked();
        let eating = harness::spawn("P3", {
            let (table, meal) = (Arc::clone(&table), meal.clone());
            move || table.dine(3, || meal.wait())
        });
        meal.wait();
        [waiting, eating]
    });
    for thread in others {
        thread.join();
    }
}

/// One guest eats, and everybody else at the table stands ready. When the forks come back they all
/// reach at once: whoever picks forks up in the wrong order ends in a circle here, locks or not.
#[harness::test]
fn guests_do_not_wait_in_a_circle() {
    for _round in 0..6 {
        let table = Arc::new(Table::new(3));
        let ready = table.dine(0, || {
            // Someone else wants seat 0 next, and is the first to wait for its fork.
            [0, 2, 1].map(|seat| {
                let table = Arc::clone(&table);
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

#[harness::test(stress)]
fn everyone_eats_every_meal() {
    const SEATS: usize = 5;
    const MEALS: u64 = 300;
    let table = Arc::new(Table::new(SEATS));
    // Whoever eats holds both forks; a fork is in one hand at a time.
    let forks: Arc<[Gauge; SEATS]> = Arc::default();
    let guests = std::array::from_fn::<_, SEATS, _>(|seat| {
        let (table, forks) = (Arc::clone(&table), Arc::clone(&forks));
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
        assert_eq!(table.uses(fork), 2 * MEALS, "uses of fork {fork}");
    }
}

/// Both forks have to come back though the line after `eat` is never reached. Nobody is told of a fork
/// that does not: an empty channel looks the same whether its fork is in use or gone.
#[harness::test]
fn a_panic_during_a_meal_harms_nobody_else() {
    let table = Table::new(3);
    let message = harness::expect_panic(|| {
        table.dine(0, || harness::intended_panic("a bone in the soup"));
    });
    assert_eq!(
        message, "a bone in the soup",
        "the panic goes on to the caller of `dine`"
    );

    // Both forks of seat 0 are on the table, so both neighbours and seat 0 can eat.
    for seat in [1, 2, 0] {
        table.dine(seat, || ());
    }
    assert_eq!(
        [0, 1, 2].map(|fork| table.uses(fork)),
        [3, 3, 2],
        "uses of forks 0, 1, 2 after meals at seats 0 (which panicked), 1, 2 and 0"
    );
}

/// Each fork has its own place, and its count goes with it.
#[harness::test]
fn forks_go_back_to_where_they_came_from() {
    let table = Table::new(4);
    for _ in 0..3 {
        table.dine(3, || ());
    }
    table.dine(1, || ());
    assert_eq!(
        [0, 1, 2, 3].map(|fork| table.uses(fork)),
        [3, 1, 1, 3],
        "uses of forks 0 to 3 after three meals at seat 3, between forks 3 and 0, and one at seat 1"
    );
}
