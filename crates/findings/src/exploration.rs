//! What an explorer is asked, and what it answers.

use crate::{Schedule, Site, Verdict};

/// How far an explorer may go. What lies beyond is undecided, and said to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    /// Preemptions in one execution; `None` explores every schedule.
    pub preemptions: Option<usize>,
    pub executions: u64,
    /// Processor time, in seconds.
    pub seconds: f64,
    /// Explore nothing; run the one schedule that [`Finding::replay`] named.
    pub replay: Option<String>,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            preemptions: None,
            executions: 1_000_000,
            seconds: 20.0,
            replay: None,
        }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Exploration {
    /// `loom`, `shuttle`.
    pub explorer: &'static str,
    pub executions: u64,
    /// `None`: every schedule within [`Bounds::preemptions`] was explored. Otherwise which bound was
    /// reached, and what stays undecided.
    pub undecided: Option<String>,
    pub finding: Option<Finding>,
    /// Operations on kit types made from the exercise's own source, over all executions. None at all
    /// means that the exercise went around the kit and that the model saw nothing.
    pub exercise_steps: u64,
}

/// A schedule that breaks a promise.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub verdict: Verdict,
    /// One sentence: the assertion's message, or what the explorer saw.
    pub message: String,
    pub site: Option<Site>,
    pub schedule: Schedule,
    /// Names this schedule to [`Bounds::replay`].
    pub replay: String,
}
