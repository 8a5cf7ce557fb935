//! The puzzles of the course, one module an exercise.

pub mod break_dining;
