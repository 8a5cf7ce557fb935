//! Which outcomes of a small concurrent program does a memory model allow, and why?

pub mod answer;
pub mod axioms;
pub mod build;
mod candidates;
pub mod classics;
pub mod code;
pub mod execution;
mod explain;
mod macros;
pub mod hardware;
pub mod model;
pub mod parse;
mod print;
pub mod program;
pub mod relation;
mod search;
pub mod state;

pub use answer::{Answer, Budget, Explanation, Verdict};
pub use build::Builder;
pub use candidates::{Candidate, candidates};
pub use explain::explain;
pub use model::Model;
pub use parse::{ParseError, parse};
pub use program::Program;
pub use search::explore;
