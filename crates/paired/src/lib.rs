//! Benchmarks as evidence: whether one implementation is slower than another, on any machine, at any time.
//!
//! Two runs of one and the same benchmark differ by more than most improvements bring, and on a busy
//! machine by far more. So nothing here is measured by itself. Two implementations take turns in one
//! process, in slices of a few milliseconds, now one first, now the other; what else the machine does hits
//! both; and what is looked at is the ratio of two neighbouring slices, a few hundred times
//! ([`compare()`]). Out of these comes a ratio with an interval ([`Ratio`]), and a verdict looks at the
//! interval's bounds.
//!
//! A [`Workload`] is defined once and runs on every implementation. [`bench_main!`] gives it to Criterion,
//! for people who look at one implementation and want to see it change.
//!
//! Left out: absolute times as evidence, throughput, memory.

mod bench_main;
mod compare;
mod ratio;
pub mod table;
mod workload;

pub use bench_main::bench_main;
pub use compare::{Comparison, Plan, compare};
pub use ratio::{CONFIDENCE, Ratio, ratio};
pub use workload::{Workload, at_once};
