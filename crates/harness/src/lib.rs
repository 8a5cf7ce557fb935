//! What tests of this course are written with; never linked into learner code.
pub use findings::Verdict;
pub use harness_macros::{model, test};

mod gauge;
mod os;
mod panics;
mod rendezvous;
mod thread;

pub use gauge::{Gauge, Inside};
pub use panics::{expect_panic, fail, intended_panic, seed};
pub use rendezvous::Rendezvous;
pub use thread::{Thread, spawn};

mod child {
    pub(crate) fn wait_until_blocked(_id: u64) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[doc(hidden)]
pub mod __private {
    #[derive(Debug, Clone, Copy)]
    pub struct Meta {
        pub module: &'static str,
        pub name: &'static str,
        pub file: &'static str,
        pub stress: bool,
    }
    #[derive(Debug, Clone, Copy)]
    pub struct Stated {
        pub preemptions: Option<usize>,
        pub executions: Option<u64>,
        pub seconds: Option<u64>,
        pub explorers: Option<&'static str>,
    }
    pub fn test(_meta: &Meta, body: fn()) {
        body()
    }
    pub fn model(
        _meta: &Meta,
        stated: &Stated,
        name: &str,
        explore: impl FnOnce(&findings::Bounds) -> findings::Exploration,
    ) {
        if stated
            .explorers
            .is_some_and(|all| !all.split([' ', ',']).any(|one| one == name))
        {
            return;
        }
        let explored = explore(&findings::Bounds::default());
        assert!(explored.finding.is_none(), "{:?}", explored.finding);
    }
}
