//! The only way to spin.

use std::panic::Location;

use super::execution::{Action, operation, step};
use crate::base;

/// Says that this try of a spin loop failed. The explorer lets the others run; a thread whose tries
/// read nothing new is not run again until something changes.
#[track_caller]
pub fn spin_loop() {
    operation(base::spin);
    step(Location::caller(), Action::Spin);
}
