//! Hidden tests of `dining_arbiter`: the same promises at other tables, for guests who come and go in
//! other orders, and with panics in the middle of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use ch04::dining_arbiter::{Guest, Table};
use harness::{Gauge, Rendezvous, Thread, Verdict};

fn lay(seats: usize) -> &'static Table {
    Box::leak(Box::new(Table::new(seats)))
}

fn dines(name: impl Into<String>, guest: Guest<'static>) -> Thread<()> {
    harness::spawn(name, move || guest.dine(|| ()))
}

fn ends(thread: &Thread<()>) -> bool {
    thread.wait_until_blocked();
    thread.is_finished()
}

/// This guest may pass those who came before, and is not made to wait.
fn passes(guest: Guest<'static>, case: &str) {
    let thread = dines("a guest who may pass", guest);
    if !ends(&thread) {
        harness::fail(Verdict::NotConcurrent, format!("waits needlessly: {case}"));
    }
    thread.join();
}

/// This guest may not pass those who came before.
#[must_use]
fn waits(guest: Guest<'static>, case: &str) -> Thread<()> {
    let thread = dines("a guest who may not pass", guest);
    still_waits(&thread, case);
    thread
}

fn still_waits(thread: &Thread<()>, case: &str) {
    if ends(thread) {
        harness::fail(Verdict::Starvation, format!("one meal too many: {case}"));
    }
}

#[harness::test]
fn a_table_and_its_guests_go_from_thread_to_thread() {
    fn shared<T: Send + Sync>() {}
    shared::<Table>();
    shared::<Guest<'static>>();

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
fn nobody_comes_for_a_seat_that_does_not_exist() {
    let table = lay(2);
    let mut ate = false;
    for seat in [2, 3, usize::MAX] {
        harness::expect_panic(|| drop(table.arrive(seat)));
        harness::expect_panic(|| table.dine(seat, || ate = true));
    }
    assert!(!ate, "a guest ate at a seat that this table does not have");
    // And it leaves no number behind that others would wait for.
    for seat in [0, 1, 0] {
        passes(table.arrive(seat), "nobody came before");
    }
}

/// Who comes later passes the first guest, whatever the seat, up to the bound.
#[harness::test]
fn the_bound_depends_on_the_number_of_seats_and_on_nothing_else() {
    for seats in [2, 3, 4, 6, 9] {
        let table = lay(seats);
        // Not the first guests of the evening.
        for seat in 0..seats {
            table.dine(seat, || ());
        }
        let patient = table.arrive(seats - 1);
        for i in 0..seats - 2 {
            passes(
                table.arrive(i),
                &format!(
                    "guest {} of {} who may pass, of {seats} seats",
                    i + 1,
                    seats - 2
                ),
            );
        }
        let late = waits(table.arrive(1), &format!("the bound of {seats} seats"));
        patient.dine(|| ());
        late.join();
    }
}

/// What counts is who is the first still hungry: each one who eats moves the rule on, by as many
/// numbers as have been dealt with since.
#[harness::test]
fn the_rule_moves_on_with_the_first_who_is_hungry() {
    let table = lay(5); // N − 1 is 4
    let mut guests: Vec<Option<Guest<'static>>> = (0..10).map(|_| Some(table.arrive(0))).collect();
    let mut take = |number: usize| guests[number].take().unwrap();

    // 0 is the first; 0 to 3 may eat.
    passes(take(2), "number 2, when 0 is the first");
    passes(take(3), "number 3, when 0 is the first");
    let four = waits(take(4), "number 4, when 0 is the first");
    let six = waits(take(6), "number 6, when 0 is the first");
    // Now 1 is the first; 4 may eat, and 6 may not.
    take(0).dine(|| ());
    four.join();
    still_waits(&six, "number 6, when 1 is the first");
    // 2, 3 and 4 have eaten: 5 is the first, and up to 8 all may eat.
    take(1).dine(|| ());
    six.join();
    passes(take(8), "number 8, when 5 is the first");
    let nine = waits(take(9), "number 9, when 5 is the first");
    // One who is not the first changes nothing by leaving.
    drop(take(7));
    still_waits(&nine, "number 9, when 5 is the first");
    drop(take(5));
    nine.join();
}

/// Several come into reach at once, and all of them wake up, whatever the order they fell asleep in.
#[harness::test]
fn all_who_come_into_reach_are_let_in() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let table = lay(4);
        let first = table.arrive(0);
        passes(table.arrive(1), "number 1 of 3 in reach");
        passes(table.arrive(1), "number 2 of 3 in reach");
        let mut later: Vec<_> = (0..3).map(|i| Some(table.arrive(i))).collect();
        let asleep = order.map(|i| {
            waits(
                later[i].take().unwrap(),
                "numbers 3 to 5, while 0 is hungry",
            )
        });
        first.dine(|| ());
        for thread in asleep {
            thread.join();
        }
    }
}

/// At a table of 6 the first guest holds up a crowd, and leaves; then seats 0, 2 and 4 eat at the same
/// time.
#[harness::test]
fn those_who_come_into_reach_together_eat_together() {
    let table = lay(6);
    let first = table.arrive(0);
    for _ in 0..4 {
        passes(table.arrive(3), "four may pass");
    }
    let meal = Rendezvous::new("meals of seats 0, 2 and 4", 3);
    let crowd = [0, 2, 4].map(|seat| {
        let (guest, meal) = (table.arrive(seat), meal.clone());
        let thread = harness::spawn(format!("P{seat}"), move || guest.dine(|| meal.wait()));
        thread.wait_until_blocked();
        thread
    });
    drop(first);
    for thread in crowd {
        thread.join();
    }
}

#[harness::test]
fn half_of_a_large_table_eats_at_the_same_time() {
    const SEATS: usize = 16;
    let table = lay(SEATS);
    for first in [0, 1] {
        let meal = Rendezvous::new("meals of every other guest", SEATS / 2);
        let guests: Vec<_> = (first..SEATS)
            .step_by(2)
            .map(|seat| {
                let meal = meal.clone();
                harness::spawn(format!("P{seat}"), move || table.dine(seat, || meal.wait()))
            })
            .collect();
        for guest in guests {
            guest.join();
        }
    }
}

#[harness::test]
fn two_tables_have_nothing_to_do_with_each_other() {
    let [here, there] = [lay(2), lay(2)];
    let hungry = here.arrive(0);
    for _ in 0..3 {
        passes(there.arrive(0), "the one who is hungry sits elsewhere");
    }
    let meal = Rendezvous::new("meals at seat 0 of two tables", 2);
    let other = harness::spawn("P0 of the other table", {
        let meal = meal.clone();
        move || there.dine(0, || meal.wait())
    });
    hungry.dine(|| meal.wait());
    other.join();
}

#[harness::test]
fn a_crowd_that_leaves_lets_the_last_one_in() {
    let table = lay(3);
    let mut crowd: Vec<_> = (0..20).map(|i| table.arrive(i % 3)).collect();
    let last = waits(table.arrive(0), "20 came before, at a table of 3");
    // From the end, so that the first is the last to go.
    while let Some(guest) = crowd.pop() {
        still_waits(
            &last,
            &format!("{} came before and are hungry", crowd.len() + 1),
        );
        drop(guest);
    }
    last.join();
}

/// A caller who panics between coming and dining drops the guest on the way out.
#[harness::test]
fn a_guest_lost_in_a_panic_holds_up_nobody() {
    let table = lay(2);
    harness::expect_panic(|| {
        let _guest = table.arrive(0);
        harness::intended_panic("the wallet is at home")
    });
    for seat in [1, 0, 1] {
        table.dine(seat, || ());
    }
}

/// One waits at the door and one for a fork, of a guest whose meal ends in a panic.
#[harness::test]
fn those_who_wait_for_a_meal_that_panics_eat_next() {
    for seat in 0..3 {
        let table = lay(3);
        let mut waiting = Vec::new();
        let message = harness::expect_panic(|| {
            table.dine(seat, || {
                for other in [(seat + 1) % 3, (seat + 2) % 3, seat, (seat + 1) % 3] {
                    let thread = dines(format!("P{other}"), table.arrive(other));
                    thread.wait_until_blocked();
                    waiting.push(thread);
                }
                harness::intended_panic("the noodles are alive")
            })
        });
        assert_eq!(message, "the noodles are alive");
        for thread in waiting {
            thread.join();
        }
    }
}

/// At each seat every third meal panics and every fourth guest leaves, all at once.
#[harness::test(stress)]
fn a_table_survives_any_number_of_panics() {
    const SEATS: usize = 4;
    const EVENINGS: usize = 60;
    let table = lay(SEATS);
    let meals = Arc::new(AtomicUsize::new(0));
    let guests = std::array::from_fn::<_, SEATS, _>(|seat| {
        let meals = Arc::clone(&meals);
        harness::spawn(format!("P{seat}"), move || {
            for evening in 0..EVENINGS {
                if evening % 3 == 0 {
                    // Not `expect_panic`: a panic of another kind is not expected here.
                    let meal = || table.dine(seat, || harness::intended_panic("too hot"));
                    catch_unwind(AssertUnwindSafe(meal)).unwrap_err();
                } else if evening % 4 == 0 {
                    drop(table.arrive(seat));
                } else {
                    table.dine(seat, || meals.fetch_add(1, SeqCst));
                }
            }
        })
    });
    for guest in guests {
        guest.join();
    }
    let each = (0..EVENINGS).filter(|i| i % 3 != 0 && i % 4 != 0).count();
    assert_eq!(meals.load(SeqCst), each * SEATS, "meals that did not panic");
}

/// Guests of very different appetite, and several at a seat, so that fast ones and slow ones meet in
/// every order.
#[harness::test(stress)]
fn uneven_appetites_get_their_meals() {
    const SEATS: usize = 3;
    const GUESTS: usize = 7;
    let table = lay(SEATS);
    let forks: Arc<[Gauge; SEATS]> = Arc::default();
    let log = Arc::new(Mutex::new([0; GUESTS]));
    let guests = std::array::from_fn::<_, GUESTS, _>(|i| {
        let (forks, log, seat) = (Arc::clone(&forks), Arc::clone(&log), i % SEATS);
        harness::spawn(format!("guest {i} at seat {seat}"), move || {
            for _ in 0..20 * (1 + i) {
                table.dine(seat, || {
                    let _left = forks[seat].enter();
                    let _right = forks[(seat + 1) % SEATS].enter();
                    for _ in 0..1 << (i % 4) {
                        std::thread::yield_now();
                    }
                });
                log.lock().unwrap()[i] += 1;
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
    }
    let expected = std::array::from_fn(|i| 20 * (1 + i));
    assert_eq!(*log.lock().unwrap(), expected, "meals, by guest");
}
