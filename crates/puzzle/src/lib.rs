//! Break-it puzzles: a given program is wrong, and the learner is the scheduler who shows it.
//!
//! A [`Program`] is a few threads, written statement by statement with a small builder. The builder
//! makes the lines that the learner reads and the atomic steps that run from the same call, so the two
//! cannot differ; a statement of several steps (`balance -= 100`) is one line and can be interrupted in
//! the middle. A [`Puzzle`] is a program, the [`Goal`] to reach with it, and the repaired program.
//!
//! - [`Program::graph`] is every state that the program can be in, breadth first, and answers what the
//!   shortest schedule to a goal is, or that there is none.
//! - [`Puzzle::replay`] runs a learner's [`Turn`]s and says what came of it, step by step.
//! - [`page`] writes the same states as data for the book, where the puzzle is clicked through.
//!
//! ```
//! use puzzle::{Goal, Program, Puzzle, run};
//!
//! /// Two threads each take two locks.
//! fn two_locks(name: &str, orders: [[usize; 2]; 2]) -> Program {
//!     let mut program = Program::new(name);
//!     let locks = [program.lock("ink"), program.lock("pen")];
//!     for (thread, [first, second]) in ["A", "B"].into_iter().zip(orders) {
//!         program.thread(thread, |t| {
//!             t.lock("one", locks[first]);
//!             t.lock("other", locks[second]);
//!             t.progress("write");
//!             t.drop_guards(&[locks[second], locks[first]]);
//!         });
//!     }
//!     program
//! }
//!
//! let puzzle = Puzzle::new(
//!     two_locks("in any order", [[0, 1], [1, 0]]),
//!     Goal::Deadlock,
//!     two_locks("ink first", [[0, 1], [0, 1]]),
//! );
//! assert_eq!(puzzle.best(), 2);
//! let schedule = [run("A").through("lock ink"), run("B").through("lock pen")];
//! assert!(puzzle.replay(&schedule).is_solved());
//! ```
//!
//! What a step is: one access to something shared (a lock, a variable, a condition variable), or one
//! call that the author wants to be seen. What a thread does on its own comes for free with the step
//! before it. Memory is sequentially consistent here: a puzzle about weak orderings asks for other
//! choices than who runs next, and needs other machinery.

mod body;
mod explore;
mod machine;
mod program;
mod puzzle;
mod replay;

pub mod given;
pub mod page;

pub use body::Body;
pub use explore::{Goal, Graph, Witness};
pub use machine::{Blocked, State, Step};
pub use program::{Condvar, Expr, Local, Lock, Program, Terms, ThreadId, Var};
pub use puzzle::Puzzle;
pub use replay::Replay;
pub use turns::{Extent, Turn, run};
