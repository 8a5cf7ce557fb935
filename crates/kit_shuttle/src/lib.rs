//! kit's API on shuttle's coroutines: the same source file, run under every interleaving of its
//! operations, one at a time. Sequential consistency only: no weak ordering is seen, and no data race
//! on a cell; for those there is `kit_loom`.

#[path = "../../kit_loom/src/twin/mod.rs"]
mod twin;

mod base;
mod search;

pub use twin::{cell, channel, clock, hint, model, sync, thread};
