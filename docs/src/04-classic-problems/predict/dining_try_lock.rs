//! Three polite philosophers who all move at the same time, with three kinds of pause.

/// Whether and in which round somebody eats, for each kind of pause, with the first rounds.
pub fn answer() -> String {
    [
        play("nobody pauses", |_seat| 0),
        play("everyone pauses 2 rounds", |_seat| 2),
        play("pauses by dice: 2, 0 and 1 rounds", |seat| [2, 0, 1][seat]),
    ]
    .join("\n")
}

/// What a guest does next.
#[derive(Clone, Copy)]
enum Next {
    TakeLeft,
    TryRight,
    PutDown,
    Wait(u32),
}

// ANCHOR: play
/// Plays until somebody eats, for 1 000 rounds at most. In a round, each seat has one turn.
fn play(title: &str, pause: fn(usize) -> u32) -> String {
    let mut on_the_table = [true; 3];
    let mut next = [Next::TakeLeft; 3];
    let mut rows = format!("{title}\n");
    for round in 1..=1_000 {
        let mut row = format!("{round:>5}");
        for (seat, next) in next.iter_mut().enumerate() {
            let (left, right) = (seat, (seat + 1) % 3);
            let did = match *next {
                // (The left fork is always there: whoever had it has put it down.)
                Next::TakeLeft => {
                    on_the_table[left] = false;
                    *next = Next::TryRight;
                    format!("takes {left}")
                }
                Next::TryRight if on_the_table[right] => {
                    return format!("{rows}{row}   eats\n");
                }
                Next::TryRight => {
                    *next = Next::PutDown;
                    format!("no {right}")
                }
                Next::PutDown => {
                    on_the_table[left] = true;
                    *next = after(pause(seat));
                    format!("puts {left} down")
                }
                Next::Wait(rounds) => {
                    *next = after(rounds - 1);
                    "waits".to_owned()
                }
            };
            row += &format!("   {did:<11}");
        }
        if round <= 6 {
            rows += &format!("{}\n", row.trim_end());
        }
    }
    rows + "  ...\n 1000: nobody has eaten\n"
}
// ANCHOR_END: play

fn after(pause: u32) -> Next {
    match pause {
        0 => Next::TakeLeft,
        rounds => Next::Wait(rounds),
    }
}
