//! Which outcomes of a small concurrent program does a memory model allow, and why?
//!
//! The program is a *litmus test* ([`Program`]): read from a C litmus file as herd7 and the diy generators
//! write them ([`parse()`]), built in Rust ([`Builder`], [`litmus!`]), or found by its name ([`classics`]).
//! [`explore`] gives every final state that a [`Model`] allows, each with an execution that ends in it;
//! [`explain`] says why an outcome is forbidden: which axiom breaks, and the cycle of events that shows it.
//!
//! ```
//! use litmus::{Budget, Model, Verdict, classics, explore, parse};
//!
//! let text = classics::find("SB").expect("everybody knows it").text;
//! let program = parse(text)?;
//! // May both threads miss the other's store?
//! let answer = explore(&program, Model::Sc, &Budget::default())?;
//! assert_eq!(answer.verdict(&program), Some(Verdict::Fails));
//! let answer = explore(&program, Model::Rc11, &Budget::default())?;
//! assert_eq!(answer.verdict(&program), Some(Verdict::Holds));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the answers are worth
//!
//! The search makes every consistent execution exactly once, and the answer says so when it could not
//! finish ([`answer::Unknown`]). Its states are those of herd7 on the tests of `tests/herd.txt`: all of
//! them for SC, TSO, both forms of RC11, and RC11 without its no-thin-air axiom. For random programs they are those
//! that a second, plain enumeration of all candidates finds with the axioms written as in the papers.
//!
//! # What it leaves out
//!
//! Loops, pointers, mixed-size accesses, more than 64 events. And what compilers do: RC11 and its variants
//! speak of the program as written, TSO of the program compiled line by line. RC11 forbids relaxed load
//! buffering, which C++20 and Rust allow; [`Model::Rc11NoThinAir`] has their axioms as written, under which
//! some values come out of thin air.

pub mod answer;
pub mod axioms;
pub mod build;
mod candidates;
pub mod claim;
pub mod classics;
pub mod code;
pub mod draw;
pub mod execution;
mod explain;
pub mod hardware;
mod macros;
pub mod model;
pub mod parse;
mod print;
pub mod program;
pub mod random;
pub mod relation;
pub mod repair;
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
