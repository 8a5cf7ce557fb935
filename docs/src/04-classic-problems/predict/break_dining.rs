//! Which tables can be broken at all, and how often chance does it.

use harness::puzzle::{
    Goal, Program, ThreadId,
    given::break_dining::{Manners, Order, table},
};

// ANCHOR: tables
/// Tables of three with 0, 1, 2 and 3 polite guests.
fn tables() -> Vec<Program> {
    (0..=3)
        .map(|polite| {
            let manners: Vec<Manners> = (0..3)
                .map(|seat| match seat < polite {
                    true => Manners::Polite,
                    false => Manners::Stubborn,
                })
                .collect();
            table(&format!("{polite} of 3 polite"), &manners, Order::LeftFirst)
        })
        .collect()
}
// ANCHOR_END: tables

pub fn answer() -> String {
    let mut lines = Vec::new();
    for program in tables() {
        let graph = program.graph(10_000);
        assert!(graph.is_complete());
        let shortest = |bug: &str, goal| match graph.shortest(goal) {
            Some(way) => format!("{bug} after {} steps", way.threads.len()),
            None => format!("no {bug}"),
        };
        lines.push(format!(
            "{}: {}, {} ({} states)",
            program.name(),
            shortest("deadlock", Goal::Deadlock),
            shortest("livelock", Goal::Livelock { rounds: 1 }),
            graph.states()
        ));
    }
    let [stubborn, .., polite] = &tables()[..] else {
        unreachable!("there are four")
    };
    let mut dice = Dice(1);
    let deadlocks = (0..DINNERS).filter(|_| meals(stubborn, &mut dice, 1_000) < 3);
    lines.push(format!(
        "by chance: {} of {DINNERS} stubborn dinners end in a deadlock",
        deadlocks.count()
    ));
    let hungry = (0..DINNERS).filter(|_| meals(polite, &mut dice, 27) == 0);
    lines.push(format!(
        "by chance: {} of {DINNERS} polite dinners have no meal in 27 steps",
        hungry.count()
    ));
    lines.join("\n") + "\n"
}

const DINNERS: usize = 10_000;

// ANCHOR: chance
/// Meals in so many steps, if a die says which of those who can go on has the next turn.
fn meals(program: &Program, dice: &mut Dice, steps: usize) -> usize {
    let threads: Vec<ThreadId> = program
        .threads()
        .filter_map(|name| program.find(name))
        .collect();
    let (mut state, mut meals) = (program.start(), 0);
    for _ in 0..steps {
        let can = threads
            .iter()
            .filter_map(|thread| program.step(&state, *thread).ok());
        let mut can: Vec<_> = can.collect();
        if can.is_empty() {
            break;
        }
        let step = can.swap_remove(dice.roll(can.len()));
        meals += usize::from(step.progress);
        state = step.after;
    }
    meals
}
// ANCHOR_END: chance

/// Numbers by chance, the same ones in every run: G. Marsaglia, *Xorshift RNGs*, 2003.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}
