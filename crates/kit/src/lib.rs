//! What learner code uses.
pub mod sync {
    pub use std::sync::*;
}
pub mod thread {
    pub use std::thread::*;
}
pub mod hint {
    pub use std::hint::spin_loop;
}
pub mod channel {
    pub use crossbeam::channel::*;
}
