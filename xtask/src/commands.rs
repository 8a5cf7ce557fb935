//! The commands: each plans, runs the one flow, and prints what came of it.

pub mod bench;
pub mod check;
pub mod docs;
pub mod export;
pub mod grade;
pub mod list;
pub mod replay;
pub mod soak;
pub mod submit;
pub mod update;
pub mod verify;
pub mod verify_speed;
