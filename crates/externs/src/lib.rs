//! Nothing of its own: building this crate builds what an exercise may name (see its manifest), and
//! the grader reads from Cargo where each library landed.
