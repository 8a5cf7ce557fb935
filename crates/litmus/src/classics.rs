//! The litmus tests that everybody knows by name, each with the condition that made it famous. The shapes
//! and their names are the literature's (Alglave, Maranget, Sarkar, Sewell; Lahav and others); what stands
//! behind a `+` says which accesses are stronger than `Relaxed`. Left out: what any model says about them.

/// A test that has a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classic {
    /// `SB+rel-acq`. Behind the `+`, `rlx`, `acq`, `rel` and `sc` stand for the order of an access, with an
    /// `f` in front for that of a fence; a family's bare name has `Relaxed` throughout.
    pub name: &'static str,
    /// What it is about, in less than 60 columns.
    pub about: &'static str,
    /// What it has in common with its neighbours in [`ALL`], as a heading.
    pub family: &'static str,
    /// The C litmus text.
    pub text: &'static str,
}

/// The test of that name, in upper or lower case.
pub fn find(name: &str) -> Option<&'static Classic> {
    ALL.iter()
        .find(|classic| classic.name.eq_ignore_ascii_case(name))
}

macro_rules! classics {
    ($($family:literal { $($name:literal $about:literal,)* })*) => {
        &[$($(Classic {
            name: $name,
            about: $about,
            family: $family,
            text: include_str!(concat!("../classics/", $name, ".litmus")),
        },)*)*]
    };
}

/// All of them, family by family.
pub const ALL: &[Classic] = classics! {
    "Store buffering" {
        "SB" "each writes one, then reads the other; both read 0",
        "SB+rel-acq" "the same with Release stores and Acquire loads",
        "SB+sc" "the same with SeqCst accesses",
        "SB+sc-acq" "SeqCst stores, but Acquire loads",
        "SB+fsc" "a SeqCst fence between store and load of each thread",
        "SB+fsc-one" "only one of the threads has the fence",
        "SB+xchg" "each writes by an AcqRel exchange",
        "3.SB" "a ring of three: each writes its own, then reads the next",
        "3.SB+fsc" "a ring of three with SeqCst fences",
    }
    "Message passing" {
        "MP" "data, then a flag; the flag is seen, the data is not",
        "MP+rel-acq" "the flag is stored with Release and loaded with Acquire",
        "MP+rel-rlx" "Release, but the flag is loaded with Relaxed",
        "MP+rlx-acq" "Acquire, but the flag is stored with Relaxed",
        "MP+frel-facq" "a Release fence, Relaxed accesses, an Acquire fence",
        "MP+rel-facq" "a Release store; a Relaxed load, then an Acquire fence",
        "MP+facq-early" "the Acquire fence stands before the load of the flag",
        "MP+plain" "plain data, read only if the flag was seen",
        "MP+plain-rlx" "plain data behind a Relaxed flag",
        "MP+plain-unguarded" "plain data, read even if the flag was not seen",
        "MP+cas" "the reader takes the flag by an Acquire compare-exchange",
        "MP+cas-fail" "that compare-exchange fails, and failing is Relaxed",
        "MP+relseq-rmw" "a third thread has incremented the flag, Relaxed",
        "MP+relseq-store" "its thread has stored the flag once more, Relaxed",
        "MP+relseq-other" "a third thread has stored over the flag, Relaxed",
    }
    "Load buffering" {
        "LB" "each reads one, then writes the other; both read 1",
        "LB+acq" "with Acquire loads and Relaxed stores",
        "LB+acq-rel" "with Acquire loads and Release stores",
        "LB+datas" "each writes what it has read: a 1 out of thin air",
        "LB+ctrls" "each writes 1 only if it read 1",
        "3.LB" "a ring of three: each reads its own, then writes the next",
    }
    "The order of writes" {
        "S" "the flag is seen, yet data written before it ends last",
        "S+rel-acq" "S with a Release store and an Acquire load",
        "R" "the later writer of a flag does not see the data",
        "R+rel-acq" "R with Release stores and an Acquire load",
        "R+sc" "R with SeqCst accesses",
        "R+fsc" "R with SeqCst fences",
        "2+2W" "two writes each, crosswise; both first ones end last",
        "2+2W+rel" "2+2W with Release stores",
        "2+2W+sc" "2+2W with SeqCst stores",
        "2+2W+fsc" "2+2W with SeqCst fences",
    }
    "Three threads and four" {
        "WRC" "what one has seen and passed on, a third does not see",
        "WRC+rel-acq" "WRC with Release and Acquire at both links",
        "WRC+second" "WRC with Release and Acquire at the second link only",
        "ISA2" "message passing by way of a third thread",
        "ISA2+rel-acq" "ISA2 with Release and Acquire at both links",
        "ISA2+second-rlx" "ISA2 with Relaxed at the second link",
        "RWC" "SB, with one of its writes seen by a third thread",
        "RWC+rel-acq" "RWC with Release stores and Acquire loads",
        "RWC+sc" "RWC with SeqCst accesses",
        "RWC+fsc" "RWC with SeqCst fences",
        "W+RWC" "RWC behind a message that was passed",
        "W+RWC+fsc" "W+RWC with Release, Acquire and SeqCst fences",
        "Z6.U" "a chain of SeqCst with a Release store in between",
        "IRIW" "two readers see two writes in opposite orders",
        "IRIW+rel-acq" "IRIW with Release stores and Acquire loads",
        "IRIW+sc" "IRIW with SeqCst accesses",
        "IRIW+fsc" "IRIW with SeqCst fences between the reads",
    }
    "One location" {
        "CoRR" "the new value is read, then the old one",
        "CoWW" "two writes of one thread; the first one ends last",
        "CoRW1" "a thread reads a write that it has yet to make",
        "CoRW2" "a thread reads a write that comes after its own",
        "CoWR" "a thread reads what its own write has overwritten",
    }
    "Read-modify-write" {
        "RMW" "two increments by fetch_add, Relaxed: both find 0",
        "RMW+split" "an increment by load and store: one is lost",
        "RMW+store" "a store between the read and the write of an exchange",
        "CAS" "two compare-exchanges from 0: both succeed",
    }
    "Put to use" {
        "Lock" "a try-lock around plain data; each saw the other's write",
        "Lock+rlx" "the try-lock is taken with Relaxed",
        "Refcount" "the last of two owners frees, behind an Acquire fence",
        "Refcount+nofence" "the last of two owners frees, with no fence",
        "Race" "two threads write one plain location",
    }
};

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::*;

    #[test]
    fn each_has_one_name_and_says_it() {
        let names: BTreeSet<String> = ALL.iter().map(|one| one.name.to_lowercase()).collect();
        assert_eq!(names.len(), ALL.len());
        for one in ALL {
            assert_eq!(one.text.lines().next(), Some(&*format!("C {}", one.name)));
            assert!(one.about.len() < 60, "{}", one.name);
            assert_eq!(find(&one.name.to_lowercase()), Some(one));
        }
        assert_eq!(find("SB+"), None);
    }

    #[test]
    fn no_file_is_forgotten() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/classics");
        let files: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let named = ALL.iter().map(|one| format!("{}.litmus", one.name));
        assert_eq!(files, named.collect());
    }
}
