//! kit's API on an explorer. This folder is compiled twice, by `kit_loom` and by `kit_shuttle`; what
//! differs between them is `crate::base`.

pub mod cell;
pub mod channel;
pub mod hint;
pub mod model;
pub mod sync;
pub mod thread;

mod atomic;
pub(crate) mod execution;
mod hook;
mod monitor;
mod names;

/// Clocks are the real ones: a modelled core reads no clock, and a thread that sleeps on one inside
/// a model stops the whole exploration, since all of its threads share one real thread.
pub mod clock {
    pub use kit::clock::*;
}
