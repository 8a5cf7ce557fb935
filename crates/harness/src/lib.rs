//! What the tests of this course are written with; never linked into learner code.
//!
//! ```
//! use harness::{Gauge, Rendezvous};
//! use std::sync::Arc;
//!
//! #[harness::test]
//! fn two_are_inside_at_once() {
//!     let (meeting, gauge) = (Rendezvous::new("both", 2), Arc::new(Gauge::new()));
//!     let threads = ["a", "b"].map(|name| {
//!         let (meeting, gauge) = (meeting.clone(), Arc::clone(&gauge));
//!         harness::spawn(name, move || {
//!             let _inside = gauge.enter();
//!             meeting.wait();
//!         })
//!     });
//!     threads.map(|thread| thread.join());
//!     assert_eq!(gauge.peak(), 2);
//! }
//! ```
//!
//! # The attributes
//!
//! **`#[harness::test]`** stands on an ordinary function. It runs in a child process of its own, so
//! that an abort, an endless loop or a deadlock fails this test alone. It fails on a panic of any
//! thread, also one that was caught ([`expect_panic`] and [`intended_panic`] are for those that
//! belong to the test); on threads that are left when the body is over; and when the process does
//! not end as it should. A failed assertion in the test's file is a `WrongAnswer`, a panic anywhere
//! else a `Panic`. **`#[harness::test(stress)]`** is the same, but a failed assertion means
//! `BadInterleaving`: the test met a schedule by chance.
//!
//! **`#[harness::model]`** runs the function under every schedule that the explorer knows which is
//! called `kit` at this crate's root, in a child process too. Arguments, all optional: `preemptions`
//! and `executions` bound the search (default: no bound, and a million), `seconds` its processor
//! time (20), `explorers = "loom"` names those that the model is for.
//!
//! Both take an ordinary function and refuse what they could not run:
//!
//! ```compile_fail
//! #[harness::test]
//! fn takes_a_number(number: u32) {}
//! ```
//! ```compile_fail
//! #[harness::test]
//! async fn is_asynchronous() {}
//! ```
//! ```compile_fail
//! #[harness::test]
//! #[should_panic]
//! fn panics_somewhere() {}
//! ```
//! ```compile_fail
//! #[harness::test(stres)]
//! fn is_misspelt() {}
//! ```
//!
//! # The environment
//!
//! - `HARNESS_SEED=…` repeats the random numbers of [`seed`].
//! - `HARNESS_REPLAY=…` makes a model run one schedule: `loom:37`, or `37` for whichever explorer.
//! - `HARNESS_STACKS=1` prints the whole stack of every thread of a test that hangs.
//! - `HARNESS_IN_PROCESS=1` runs the body of a test where `cargo test` runs it, for a debugger:
//!   nothing is watched, and nothing that a grader would count comes of it. Systems other than Linux
//!   and macOS always do this.

/// The replay of a schedule that a learner wrote, for break-it puzzles.
pub use ::puzzle;
pub use findings::Verdict;
pub use harness_macros::{model, test};

mod child;
mod dump;
mod gauge;
mod model;
mod os;
mod panics;
mod parent;
mod rendezvous;
mod thread;

pub use gauge::{Gauge, Inside};
pub use panics::{expect_panic, fail, intended_panic, seed};
pub use rendezvous::Rendezvous;
pub use thread::{Thread, spawn, wait_until_quiet};

/// A test, as its attribute describes it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// As `module_path!()` says it.
    pub module: &'static str,
    pub name: &'static str,
    /// As `file!()` says it.
    pub file: &'static str,
    /// A failed assertion means a bad interleaving.
    pub stress: bool,
}

impl Meta {
    /// The name that libtest knows the test by: without the crate's.
    fn path(&self) -> String {
        match self.module.split_once("::") {
            Some((_, module)) => format!("{module}::{}", self.name),
            None => self.name.to_owned(),
        }
    }
}

/// The bounds of a model, as its attribute states them.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Stated {
    pub preemptions: Option<usize>,
    pub executions: Option<u64>,
    pub seconds: Option<u64>,
    pub explorers: Option<&'static str>,
}

/// What the attributes expand to.
#[doc(hidden)]
pub mod __private {
    pub use crate::{Meta, Stated};

    use findings::{Bounds, Exploration};

    use crate::child::{self, Conclusion};
    use crate::{model, parent, supervises};

    pub fn test(meta: &Meta, body: fn()) {
        let run = || {
            body();
            Conclusion::pass(String::new())
        };
        if let Err(body) = child::run(meta, 0, run) {
            if supervises() {
                parent::run(meta);
            } else {
                body();
            }
        }
    }

    /// A measurement: what `body` returns is what a pass has to say, on the way that no code under test
    /// can write to. It may use so many seconds of processor time more than a test.
    ///
    /// # Panics
    ///
    /// Where nobody supervises.
    pub fn measurement(meta: &Meta, seconds: u64, body: fn() -> String) {
        let run = || Conclusion::pass(body());
        if child::run(meta, seconds * 1000, run).is_err() {
            panic!("`cargo xtask bench` runs this");
        }
    }

    pub fn model<F>(meta: &Meta, stated: &Stated, explorer: &'static str, explore: F)
    where
        F: FnOnce(&Bounds) -> Exploration,
    {
        let replay = std::env::var("HARNESS_REPLAY").ok();
        let bounds = stated
            .bounds(explorer, replay)
            .filter(|_| stated.is_for(explorer));
        let Some(bounds) = bounds else {
            let run = || Conclusion::pass(format!("not for {explorer}"));
            let _ = child::run(meta, 0, run);
            return;
        };
        let run = || {
            let explored = explore(&bounds);
            model::conclude(meta, &bounds, explored)
        };
        if let Err(run) = child::run(meta, stated.extra_cpu_ms(), run) {
            if supervises() {
                parent::run(meta);
            } else {
                let Conclusion { report, notes } = run();
                assert!(report.verdict.is_pass(), "{report:#?}");
                println!("{notes}");
            }
        }
    }
}

/// Whether tests run in children of their own.
fn supervises() -> bool {
    cfg!(unix) && std::env::var_os("HARNESS_IN_PROCESS").is_none()
}
