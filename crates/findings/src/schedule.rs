//! The schedule that broke a model, and its picture: one lane a thread.

use crate::Site;

/// One step of one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Index into [`Schedule::threads`].
    pub thread: usize,
    /// `lock Fork 0`, `read tokens = 3`, `waits for Fork 1, held by P1`, `panics: …`.
    pub action: String,
    pub site: Option<Site>,
}

/// What an explorer's threads did, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    pub threads: Vec<String>,
    pub steps: Vec<Step>,
}
