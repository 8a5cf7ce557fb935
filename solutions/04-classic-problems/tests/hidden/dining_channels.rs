//! Hidden tests of `dining_channels`: the same promises at other tables, under uneven work, with panics
//! in the middle of it, and with people who look at the forks meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ch04::dining_channels::Table;
use harness::{Gauge, Rendezvous};

/// The uses of all forks.
fn uses(table: &Table) -> Vec<u64> {
    (0..table.seats()).map(|fork| table.uses(fork)).collect()
}

#[harness::test]
fn a_table_is_shared_between_threads_by_reference() {
    fn shared<T: Send + Sync>() {}
    shared::<Table>();

    // Neither what `eat` borrows nor what it returns need outlive the meal or be sent anywhere.
    let table = Table::new(2);
    let mut plate = vec!["rice"];
    let eaten = table.dine(1, || {
        plate.drain(..).map(std::rc::Rc::new).collect::<Vec<_>>()
    });
    assert_eq!(*eaten[0], "rice");
    assert!(plate.is_empty());
}

#[harness::test]
fn each_seat_uses_the_two_forks_beside_it() {
    for seats in [2, 3, 4, 7, 64] {
        for seat in [0, 1, seats / 2, seats - 1] {
            let table = Table::new(seats);
            table.dine(seat, || ());
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
fn nobody_eats_at_a_seat_that_does_not_exist() {
    let table = Table::new(3);
    let mut ate = false;
    harness::expect_panic(|| table.dine(3, || ate = true));
    assert!(!ate, "a guest ate at seat 3 of a table of 3 seats");
    // And it costs the others nothing.
    for seat in 0..3 {
        table.dine(seat, || ());
    }
    assert_eq!(uses(&table), [2, 2, 2]);
    harness::expect_panic(|| table.uses(3));
}

#[harness::test]
fn one_seat_serves_one_guest_at_a_time() {
    let table = Arc::new(Table::new(4));
    let meals = Arc::new(AtomicUsize::new(0));
    let next = table.dine(2, || {
        let next = harness::spawn("next at seat 2", {
            let (table, meals) = (Arc::clone(&table), Arc::clone(&meals));
            move || table.dine(2, || meals.fetch_add(1, Ordering::SeqCst))
        });
        next.wait_until_blocked();
        assert_eq!(
            meals.load(Ordering::SeqCst),
            0,
            "two guests eat at seat 2 at the same time"
        );
        next
    });
    next.join();
    assert_eq!(meals.load(Ordering::SeqCst), 1);
}

/// Half of a large table eats at once, then the other half: as many as there can be.
#[harness::test]
fn every_other_guest_eats_at_the_same_time() {
    const SEATS: usize = 32;
    let table = Arc::new(Table::new(SEATS));
    for first in [0, 1] {
        let meal = Rendezvous::new("meals of every other guest", SEATS / 2);
        let guests: Vec<_> = (first..SEATS)
            .step_by(2)
            .map(|seat| {
                let (table, meal) = (Arc::clone(&table), meal.clone());
                harness::spawn(format!("P{seat}"), move || table.dine(seat, || meal.wait()))
            })
            .collect();
        for guest in guests {
            guest.join();
        }
    }
    assert_eq!(uses(&table), [2; SEATS]);
}

#[harness::test]
fn two_tables_have_nothing_to_do_with_each_other() {
    let tables = [Table::new(2), Table::new(2)].map(Arc::new);
    let meal = Rendezvous::new("meals at seat 0 of two tables", 2);
    let guests = [("table A", &tables[0]), ("table B", &tables[1])].map(|(name, table)| {
        let (table, meal) = (Arc::clone(table), meal.clone());
        harness::spawn(format!("P0 of {name}"), move || {
            table.dine(0, || meal.wait())
        })
    });
    for guest in guests {
        guest.join();
    }
    tables[0].dine(1, || ());
    assert_eq!(uses(&tables[0]), [2, 2]);
    assert_eq!(uses(&tables[1]), [1, 1]);
}

#[harness::test(stress)]
fn two_guests_take_turns_for_many_rounds() {
    const MEALS: u64 = 5_000;
    let table = Arc::new(Table::new(2));
    let eating = Arc::new(Gauge::new());
    let guests = [0, 1].map(|seat| {
        let (table, eating) = (Arc::clone(&table), Arc::clone(&eating));
        harness::spawn(format!("P{seat}"), move || {
            for _ in 0..MEALS {
                table.dine(seat, || drop(eating.enter()));
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

/// Guests of very different appetite, so that fast ones and slow ones meet in every order.
#[harness::test(stress)]
fn uneven_appetites_get_their_meals() {
    const SEATS: usize = 7;
    let table = Arc::new(Table::new(SEATS));
    let forks: Arc<[Gauge; SEATS]> = Arc::default();
    let meals: [u64; SEATS] = std::array::from_fn(|seat| 5 * (1 + (seat as u64 * 3) % 7));
    let bites = |seat: usize| 1 << (seat % 3);
    let guests = std::array::from_fn::<_, SEATS, _>(|seat| {
        let (table, forks) = (Arc::clone(&table), Arc::clone(&forks));
        harness::spawn(format!("P{seat}"), move || {
            for _ in 0..meals[seat] {
                table.dine(seat, || {
                    let _left = forks[seat].enter();
                    let _right = forks[(seat + 1) % SEATS].enter();
                    for _ in 0..bites(seat) {
                        std::thread::yield_now();
                    }
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
        let expected = meals[fork] + meals[(fork + SEATS - 1) % SEATS];
        assert_eq!(table.uses(fork), expected, "uses of fork {fork}");
    }
}

/// Both neighbours wait for a meal that ends in a panic.
#[harness::test]
fn those_who_wait_for_a_meal_that_panics_eat_next() {
    for seat in 0..3 {
        let table = Arc::new(Table::new(3));
        let mut waiting = Vec::new();
        let message = harness::expect_panic(|| {
            table.dine(seat, || {
                for other in [(seat + 1) % 3, (seat + 2) % 3] {
                    let table = Arc::clone(&table);
                    let thread = harness::spawn(format!("P{other}"), move || {
                        table.dine(other, move || other)
                    });
                    thread.wait_until_blocked();
                    waiting.push(thread);
                }
                harness::intended_panic("the noodles are alive")
            })
        });
        assert_eq!(message, "the noodles are alive");
        let ate: Vec<usize> = waiting.into_iter().map(|thread| thread.join()).collect();
        assert_eq!(ate, [(seat + 1) % 3, (seat + 2) % 3]);
        assert_eq!(
            uses(&table),
            [2, 2, 2],
            "the meal that panicked had begun, so it counts"
        );
    }
}

/// At each seat every third meal panics, all at once and over and over.
#[harness::test(stress)]
fn a_table_survives_any_number_of_panics() {
    const SEATS: usize = 4;
    const MEALS: u64 = 60;
    let table = Arc::new(Table::new(SEATS));
    let guests = std::array::from_fn::<_, SEATS, _>(|seat| {
        let table = Arc::clone(&table);
        harness::spawn(format!("P{seat}"), move || {
            for meal in 0..MEALS {
                if meal % 3 == 0 {
                    // Not `expect_panic`: a panic of another kind is not expected here.
                    let meal = || table.dine(seat, || harness::intended_panic("too hot"));
                    catch_unwind(AssertUnwindSafe(meal)).unwrap_err();
                } else {
                    table.dine(seat, || ());
                }
            }
        })
    });
    for guest in guests {
        guest.join();
    }
    assert_eq!(uses(&table), [2 * MEALS; SEATS]);
}

/// To look at a fork is to pick it up for a moment; nobody who eats may miss it afterwards.
#[harness::test(stress)]
fn looking_at_the_forks_takes_none_away() {
    const SEATS: usize = 3;
    const MEALS: u64 = 200;
    let table = Arc::new(Table::new(SEATS));
    let guests = std::array::from_fn::<_, SEATS, _>(|seat| {
        let table = Arc::clone(&table);
        harness::spawn(format!("P{seat}"), move || {
            for _ in 0..MEALS {
                table.dine(seat, || ());
            }
        })
    });
    let mut seen = vec![0; SEATS];
    for _ in 0..100 {
        let now = uses(&table);
        for (fork, (before, now)) in seen.iter().zip(&now).enumerate() {
            assert!(
                before <= now && *now <= 2 * MEALS,
                "uses of fork {fork} went from {before} to {now}"
            );
        }
        seen = now;
    }
    for guest in guests {
        guest.join();
    }
    assert_eq!(uses(&table), [2 * MEALS; SEATS]);
}

/// A guest who waits for one fork, with the other in hand, gives neither away; and one who waits for the
/// first has nothing in hand.
#[harness::test]
fn a_fork_that_somebody_waits_with_comes_back_too() {
    let table = Arc::new(Table::new(5));
    let waiting: Vec<_> = table.dine(2, || {
        [1, 3]
            .map(|seat| {
                let table = Arc::clone(&table);
                let thread = harness::spawn(format!("P{seat}"), move || {
                    let meal = || table.dine(seat, || harness::intended_panic("cold"));
                    catch_unwind(AssertUnwindSafe(meal)).unwrap_err();
                });
                thread.wait_until_blocked();
                thread
            })
            .into()
    });
    for thread in waiting {
        thread.join();
    }
    for seat in 0..5 {
        table.dine(seat, || ());
    }
    assert_eq!(uses(&table), [2, 3, 4, 4, 3]);
}
