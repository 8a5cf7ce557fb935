//! Three waiters at a table of five, and a guest who takes a while. How many others eat first?

use std::collections::BTreeSet;

const SEATS: u64 = 5;
/// So often the others come before we stop counting.
const EVENING: u64 = 1_000;

// ANCHOR: waiters
/// What a waiter sees when somebody asks to be let in.
struct Door {
    /// The number of the one who asks.
    number: u64,
    /// The lowest number of all who are hungry.
    lowest: u64,
    /// How many have been let in and have not left.
    seated: u64,
}

type LetsIn = fn(Door) -> bool;

const WAITERS: [(&str, LetsIn); 3] = [
    ("counts heads", |door| door.seated < SEATS - 1),
    ("one by one  ", |door| door.number == door.lowest),
    ("numbers     ", |door| door.number < door.lowest + SEATS - 1),
];
// ANCHOR_END: waiters

pub fn answer() -> String {
    let lines = WAITERS
        .map(|(name, lets_in)| format!("{name}  {:>4} of {EVENING}\n", eaten_before(lets_in)));
    lines.concat()
}

/// Guest 0 has a number, is hungry, and has not asked to be let in. The others come one by one, eat
/// and leave.
fn eaten_before(lets_in: LetsIn) -> usize {
    let mut hungry = BTreeSet::from([0]);
    (1..=EVENING)
        .take_while(|&number| {
            hungry.insert(number);
            let lowest = *hungry.first().expect("guest 0 is hungry");
            // Whoever came before this one has eaten and left, so nobody is seated.
            let seated = 0;
            let eats = lets_in(Door {
                number,
                lowest,
                seated,
            });
            eats && hungry.remove(&number)
        })
        .count()
}
