//! The memory models by name, and the axioms that each consists of.

use std::fmt;

/// What a program may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Model {
    /// Sequential consistency: one step at a time, each read sees the last write (Lamport 1979).
    Sc,
    /// What x86 does (Owens, Sarkar, Sewell 2009), for the program compiled in the usual way: a `SeqCst`
    /// store, a `SeqCst` fence and every read-modify-write flush the store buffer; other orders cost
    /// nothing. No reordering by a compiler is in it.
    Tso,
    /// RC11 (Lahav, Vafeiadis, Kang, Hur, Dreyer 2017) with the release sequence of C++20: Rust's rules,
    /// but for load buffering, which Rust allows and this forbids.
    Rc11,
    /// RC11 as published, with the release sequence of C++11: a later store of the same thread continues it.
    Rc112017,
    /// [`Model::Rc11`] without its no-thin-air axiom: the axioms of C++20 and Rust as they are written.
    Rc11NoThinAir,
}

impl Model {
    pub const ALL: [Model; 5] = [
        Model::Sc,
        Model::Tso,
        Model::Rc11,
        Model::Rc112017,
        Model::Rc11NoThinAir,
    ];

    /// As commands spell it: `sc`, `tso`, `rc11`, `rc11-2017`, `rc11-no-thin-air`.
    pub fn name(self) -> &'static str {
        match self {
            Model::Sc => "sc",
            Model::Tso => "tso",
            Model::Rc11 => "rc11",
            Model::Rc112017 => "rc11-2017",
            Model::Rc11NoThinAir => "rc11-no-thin-air",
        }
    }

    /// The model of that name.
    pub fn from_name(name: &str) -> Option<Model> {
        Model::ALL.into_iter().find(|model| model.name() == name)
    }

    /// Its axioms, in the order in which a violation is looked for.
    pub fn axioms(self) -> &'static [Axiom] {
        match self {
            Model::Sc => &[Axiom::Atomicity, Axiom::Interleaving],
            Model::Tso => &[Axiom::Atomicity, Axiom::Coherence, Axiom::StoreBuffers],
            Model::Rc11 | Model::Rc112017 => &[
                Axiom::Coherence,
                Axiom::Atomicity,
                Axiom::SeqCst,
                Axiom::NoThinAir,
            ],
            Model::Rc11NoThinAir => &[Axiom::Coherence, Axiom::Atomicity, Axiom::SeqCst],
        }
    }

    /// Whether a data race on a plain access makes the program undefined. The others give each access
    /// a meaning.
    pub fn has_undefined(self) -> bool {
        !matches!(self, Model::Sc | Model::Tso)
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A rule that each execution has to keep: some relation has no cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Axiom {
    /// `hb ; eco?` is irreflexive: happens-before never contradicts the order in which the accesses to
    /// one location see each other. (Under TSO, program order takes the place of happens-before.)
    Coherence,
    /// Nothing is written between the read and the write of a read-modify-write.
    Atomicity,
    /// `psc` is acyclic: there is an order of the `SeqCst` events that agrees with what they see.
    SeqCst,
    /// `sb | rf` is acyclic: no value depends on itself.
    NoThinAir,
    /// `sb | rf | mo | rb` is acyclic: some interleaving explains the run. Only SC asks for it.
    Interleaving,
    /// Program order but for writes before reads, fences, and what is seen of other threads, is acyclic.
    /// Only TSO asks for it.
    StoreBuffers,
}

impl Axiom {
    /// `coherence`, `atomicity`, `seq-cst`, `no-thin-air`, `interleaving`, `store-buffers`.
    pub fn name(self) -> &'static str {
        match self {
            Axiom::Coherence => "coherence",
            Axiom::Atomicity => "atomicity",
            Axiom::SeqCst => "seq-cst",
            Axiom::NoThinAir => "no-thin-air",
            Axiom::Interleaving => "interleaving",
            Axiom::StoreBuffers => "store-buffers",
        }
    }
}

impl fmt::Display for Axiom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
