//! Fill in: what the public tests leave to these: more guests, rarer orders, the same promises.

use ch03::litmus_repair::answer;

#[harness::test]
fn the_answer_is_the_same_each_time() {
    // Fill in: nothing here is asked that the stub's documentation does not promise.
    for _ in 0..3 {
        assert_eq!(answer(), 42, "the answer");
    }
}
