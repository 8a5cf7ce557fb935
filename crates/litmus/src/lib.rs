//! Which outcomes of a small concurrent program does a memory model allow, and why?

pub mod answer;
pub mod execution;
pub mod model;
pub mod parse;
pub mod program;
pub mod relation;
pub mod state;

pub use parse::{ParseError, parse};
