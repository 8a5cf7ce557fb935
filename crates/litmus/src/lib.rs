//! Which outcomes of a small concurrent program does a memory model allow, and why?

pub mod answer;
pub mod classics;
pub mod code;
pub mod execution;
pub mod model;
pub mod program;
pub mod relation;
pub mod state;
