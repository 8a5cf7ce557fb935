//! Public tests of `break_dining`: your turns are replayed on the given programs.

use ch04::break_dining::{deadlock, livelock};
use harness::puzzle::given::break_dining as given;

#[harness::test]
fn the_stubborn_philosophers_deadlock() {
    given::deadlock().replay(&deadlock()).assert_shown();
}

#[harness::test]
fn the_deadlock_comes_in_the_fewest_steps() {
    given::deadlock().replay(&deadlock()).assert_solved();
}

#[harness::test]
fn the_polite_philosophers_livelock_for_three_rounds() {
    given::livelock().replay(&livelock()).assert_shown();
}

#[harness::test]
fn the_livelock_comes_in_the_fewest_steps() {
    given::livelock().replay(&livelock()).assert_solved();
}
