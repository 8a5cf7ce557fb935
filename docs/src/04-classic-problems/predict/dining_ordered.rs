//! A table of three, and every order in which the turns can be given out.

/// The two forks of each seat, in the order in which it picks them up.
type Habits = [[usize; 2]; 3];

/// How many turns a meal takes: one fork, the other fork, both back on the table.
const MEAL: usize = 3;

/// What came of all the orders.
#[derive(Default)]
struct Seen {
    orders: usize,
    /// Those that end with everybody waiting.
    stuck: Vec<Vec<usize>>,
}

pub fn answer() -> String {
    let mut text = String::new();
    for (name, habits) in [
        ("everybody left first", [[0, 1], [1, 2], [2, 0]]),
        ("seat 2 right first", [[0, 1], [1, 2], [0, 2]]),
    ] {
        let mut seen = Seen::default();
        play(&habits, &mut Vec::new(), &mut seen);
        let (orders, stuck) = (seen.orders, seen.stuck.len());
        text += &format!("{name}\n  {orders} orders, stuck in {stuck}\n");
        for turns in &seen.stuck {
            text += &format!("    seats {turns:?}\n");
        }
    }
    text
}

// ANCHOR: play
/// Gives the next turn to each seat that can use one, and goes on from there.
fn play(habits: &Habits, turns: &mut Vec<usize>, seen: &mut Seen) {
    let can_move: Vec<usize> = (0..3)
        .filter(|&seat| can_move(habits, turns, seat))
        .collect();
    for &seat in &can_move {
        turns.push(seat);
        play(habits, turns, seen);
        turns.pop();
    }
    if can_move.is_empty() {
        seen.orders += 1;
        if turns.len() < 3 * MEAL {
            seen.stuck.push(turns.clone());
        }
    }
}

/// Whether the seat is still hungry, and the fork it wants next lies on the table.
fn can_move(habits: &Habits, turns: &[usize], seat: usize) -> bool {
    let had = |seat| turns.iter().filter(|&&turn| turn == seat).count();
    let holds = |other: usize, fork| {
        let taken = had(other);
        taken < MEAL && habits[other][..taken].contains(&fork)
    };
    match had(seat) {
        MEAL => false,
        2 => true, // it eats, and puts both down
        taken => (0..3).all(|other| !holds(other, habits[seat][taken])),
    }
}
// ANCHOR_END: play
