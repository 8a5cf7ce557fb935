//! Which outcomes of a small concurrent program does a memory model allow, and why?

pub mod answer;
pub mod axioms;
mod candidates;
pub mod classics;
pub mod code;
pub mod draw;
pub mod execution;
mod explain;
pub mod model;
pub mod parse;
pub mod program;
pub mod relation;
mod search;
pub mod state;

pub use answer::{Answer, Budget, Explanation, Verdict};
pub use candidates::{Candidate, candidates};
pub use explain::explain;
pub use model::Model;
pub use parse::{ParseError, parse};
pub use program::Program;
pub use search::explore;
