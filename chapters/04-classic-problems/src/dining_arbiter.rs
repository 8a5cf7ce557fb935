//! Dining philosophers: a waiter at the door.
//!
//! Philosophers sit at a round table of N seats. Between any two seats lies one fork: seat `i` has
//! fork `i` on its left and fork `i + 1` on its right, and the last seat has fork 0 on its right.
//! Nobody eats with one fork. Here everybody picks up the left fork first and then the right one,
//! and that must not change. If all N reach at once, each ends with one fork and waits for the next
//! guest for ever.
//!
//! So there is a **waiter**. A guest who comes in gets a number: 0, 1, 2 and so on, in the order of
//! coming. Only when the waiter says so does a guest reach for the forks. A guest is *hungry* from
//! the moment of getting the number until both forks are in hand (or until leaving without a meal).
//! The waiter's rule:
//!
//! > Let in the guest with number *n* once *n* < *h* + (N − 1), where *h* is the lowest number of
//! > all who are hungry.
//!
//! ```text
//!   a table of 5         h               the next 4 numbers, from h on, may reach for forks
//!   number     0  1  2 [ 3  4  5  6 ] 7  8
//!              ate      hungry   ate  wait at the door until guest 3 has both forks
//! ```
//!
//! Work out for yourself why this rule is enough for the first two of these; then write it:
//!
//! - **No deadlock.** Whatever order the threads run in, everyone who wants to eat does eat.
//! - **A bound on patience.** While a guest is hungry, no more than N − 2 of those who came later
//!   begin a meal. No luck with the scheduler, and no mutex that prefers others, can change that.
//! - **No needless waiting.** The waiter sends nobody to wait who is within the rule. A guest who has
//!   come and takes a while before reaching for the forks holds up nobody until the rule says so.
//!   Whoever eats holds up the two neighbours and nobody else, however long the meal.
//! - **Never together.** Two neighbours never eat at the same time.
//! - **Leaving is allowed.** A guest who is dropped without a meal is not hungry any more.
//! - **A panic is one guest's trouble.** If a meal panics, the panic goes to the caller of `dine`,
//!   both forks are back on the table, and the others go on.
//!
//! Who has to wait, sleeps (as in `Mutex::lock` and `Condvar::wait`); nobody spins.
//!
//! ```no_run
//! use ch04::dining_arbiter::Table;
//!
//! let table = Table::new(5);
//! kit::thread::scope(|scope| {
//!     for seat in 0..table.seats() {
//!         let table = &table;
//!         scope.spawn(move || table.dine(seat, || println!("seat {seat} eats")));
//!     }
//! });
//!
//! let guest = table.arrive(3); // has a number, and is hungry
//! assert_eq!(guest.dine(|| "noodles"), "noodles");
//! ```

use kit::sync::Mutex;

/// A round table with a fork between any two neighbouring seats, and a waiter at the door.
///
/// Add what the waiter has to know (behind one lock), and what a guest at the door sleeps on.
pub struct Table {
    /// Fork `i` is at index `i`.
    forks: Vec<Mutex<()>>,
}

impl Table {
    /// Lays a table for `seats` guests, with as many forks.
    ///
    /// # Panics
    ///
    /// If `seats` is 0 or 1, with a message that begins `a table needs at least two seats`: a guest
    /// alone would have one fork on both sides.
    pub fn new(seats: usize) -> Self {
        let _ = seats;
        todo!(
            "lay the table: panic with `a table needs at least two seats` if there are fewer, \
             otherwise make one mutex for each fork, and a waiter who has seen nobody yet"
        )
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        let _ = &self.forks;
        todo!("return the number of seats")
    }

    /// A guest for `seat` comes in and gets the next number. Waits for nobody.
    ///
    /// # Panics
    ///
    /// If there is no such seat; no number is given then.
    pub fn arrive(&self, seat: usize) -> Guest<'_> {
        let _ = seat;
        todo!("give the guest the next number, and remember that this number is hungry")
    }

    /// Comes in and dines: [`arrive`](Table::arrive), then [`Guest::dine`]. (Nothing to write here.)
    ///
    /// # Panics
    ///
    /// As those two.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        self.arrive(seat).dine(eat)
    }
}

/// A guest who has come and is hungry. Dropped without a meal, the guest leaves again.
#[must_use = "a guest who is dropped leaves without a meal"]
pub struct Guest<'a> {
    table: &'a Table,
    // And what else you have to know of a guest.
}

impl Guest<'_> {
    /// Waits for the waiter's permission, picks up the left fork and then the right one, runs `eat`
    /// with both in hand, puts both down and returns what `eat` returned.
    ///
    /// With both forks in hand the guest counts as hungry no longer, so before `eat` runs.
    ///
    /// # Panics
    ///
    /// If `eat` panics, with the same panic: both forks are on the table again, and the others go on.
    pub fn dine<R>(self, eat: impl FnOnce() -> R) -> R {
        let _ = (self.table, eat);
        todo!(
            "sleep until the waiter's rule lets this number in, lock the left fork and then the \
             right one, be hungry no longer, and call `eat` with both locked"
        )
    }
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        // A panic while another one unwinds would abort the whole process.
        if !kit::thread::panicking() {
            todo!("drop: this number is hungry no longer; wake whoever that may let in");
        }
    }
}
