//! Break publish.
//!
//! Fill in: why it is right; `cargo xtask reveal break_publish` shows this before the code.

/// Fill in: the first line of what the stub says here.
pub fn answer() -> u32 {
    todo!("Fill in: the reference solution")
}
