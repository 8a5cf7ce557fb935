//! What refused requests cost the others, if each limit keeps what it has granted.

use std::time::Duration;

/// Makes a module of the file given, and a function that counts what it grants.
macro_rules! granted {
    ($module:ident, $path:literal) => {
        #[allow(dead_code)] // only its `Limits` are asked
        #[path = $path]
        mod $module;

        fn $module() -> (usize, usize) {
            use $module::{Limits, Quota};
            // ANCHOR: limits
            let second = Duration::from_secs(1);
            let limits = Limits::new(
                &[Quota::new(10, second, 10)], // for all callers together
                &[Quota::new(1, second, 1)],   // for each of them
            );
            // ANCHOR_END: limits
            ten_seconds(|at, caller| limits.try_acquire_at(at, caller, 1).is_ok())
        }
    };
}

granted!(
    takes_as_it_goes,
    "../../../../solutions/04-classic-problems/known_bad/multi_limiter/takes_as_it_goes.rs"
);
granted!(
    all_or_nothing,
    "../../../../solutions/04-classic-problems/src/multi_limiter.rs"
);

// ANCHOR: ask
/// Ten seconds of requests: what the greedy caller is granted, and what the others are.
fn ten_seconds(ask: impl Fn(Duration, &str) -> bool) -> (usize, usize) {
    let (mut greedy, mut polite) = (0, 0);
    for second in 0..10 {
        for centisecond in 0..100 {
            let at = Duration::from_millis(1_000 * second + 10 * centisecond);
            greedy += usize::from(ask(at, "greedy"));
            // Each of nine others comes once a second.
            if centisecond % 10 == 5 && centisecond < 90 {
                polite += usize::from(ask(at, &format!("polite {centisecond}")));
            }
        }
    }
    (greedy, polite)
}
// ANCHOR_END: ask

pub fn answer() -> String {
    let mut text = "granted in 10 s         the greedy one   the others\n".to_owned();
    for (name, (greedy, polite)) in [
        ("each limit in turn", takes_as_it_goes()),
        ("all or nothing", all_or_nothing()),
    ] {
        text += &format!("{name:<20} {greedy:>9} of 1000 {polite:>6} of 90\n");
    }
    text
}
