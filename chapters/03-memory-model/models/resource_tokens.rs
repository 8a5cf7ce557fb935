//! Fill in: what holds under every schedule.

use ch03::resource_tokens::answer;
use kit::thread;

#[harness::model]
fn two_threads_get_the_same_answer() {
    // Fill in: the fewest threads and steps with which it can go wrong.
    let other = thread::spawn(answer);
    assert_eq!(answer(), 42, "here");
    assert_eq!(other.join().unwrap(), 42, "in the other thread");
}
