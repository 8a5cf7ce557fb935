//! verdict: WrongAnswer
//! misconception: worked-once
//!
//! Fill in: what the learner believed, and what happens then. Name the file after it.

// ANCHOR: idea
pub fn answer() -> u32 {
    41
}
// ANCHOR_END: idea
