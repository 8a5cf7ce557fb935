//! Litmus verdicts.
//!
//! Fill in: the problem and all that must hold, for a learner who has nothing but this page.

/// Fill in: what the learner writes, and what it promises; the solution has the same public items.
pub fn answer() -> u32 {
    todo!("Fill in: what to write here, as the first failure tells it")
}
