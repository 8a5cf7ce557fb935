//! Hidden tests of `break_dining`: the schedules are data, and it is the programs that they break.

use ch04::break_dining::{deadlock, livelock};
use harness::puzzle::{Turn, given::break_dining as given};

/// Whoever computes turns from a clock or from chance hands over another schedule each time.
#[harness::test]
fn the_schedules_are_the_same_each_time() {
    for schedule in [deadlock, livelock] {
        let first: Vec<Turn> = schedule();
        for _ in 0..20 {
            assert_eq!(schedule(), first, "the turns differ from call to call");
        }
    }
}

/// With an order on the forks there is no deadlock and no livelock, by any schedule.
#[harness::test]
fn the_repaired_programs_cannot_be_broken() {
    for (puzzle, schedule) in [
        (given::deadlock(), deadlock()),
        (given::livelock(), livelock()),
    ] {
        puzzle.replay(&schedule).assert_shown();
        assert_eq!(puzzle.repaired_holds(), Ok(()));
    }
}
