//! Relations over the events of an execution, as rows of bits, with the operators in which memory models
//! are written: union, composition, transitive closure. An execution has at most 64 events.

use std::ops::{BitAnd, BitOr};

/// The most events that an execution can have, initial writes included.
pub const MOST_EVENTS: usize = 64;

/// An event, by its place in [`crate::execution::Execution::events`].
pub type EventId = usize;

/// A set of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set(pub u64);

impl Set {
    pub fn contains(self, event: EventId) -> bool {
        self.0 >> event & 1 == 1
    }

    pub fn insert(&mut self, event: EventId) {
        self.0 |= 1 << event;
    }

    pub fn iter(self) -> impl Iterator<Item = EventId> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let event = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(event)
        })
    }
}

impl BitAnd for Set {
    type Output = Set;
    fn bitand(self, other: Set) -> Set {
        Set(self.0 & other.0)
    }
}

impl BitOr for Set {
    type Output = Set;
    fn bitor(self, other: Set) -> Set {
        Set(self.0 | other.0)
    }
}

impl FromIterator<EventId> for Set {
    fn from_iter<I: IntoIterator<Item = EventId>>(events: I) -> Set {
        let mut set = Set::default();
        for event in events {
            set.insert(event);
        }
        set
    }
}

/// Which events each event is related to: row `a` holds every `b` with `a → b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation(pub Vec<Set>);

impl Relation {
    /// No pairs, over `events` events.
    pub fn empty(events: usize) -> Relation {
        Relation(vec![Set::default(); events])
    }

    pub fn insert(&mut self, from: EventId, to: EventId) {
        self.0[from].insert(to);
    }

    pub fn contains(&self, from: EventId, to: EventId) -> bool {
        self.0[from].contains(to)
    }

    pub fn pairs(&self) -> impl Iterator<Item = (EventId, EventId)> + '_ {
        let rows = self.0.iter().enumerate();
        rows.flat_map(|(from, row)| row.iter().map(move |to| (from, to)))
    }

    /// The pairs of either.
    pub fn or(&self, other: &Relation) -> Relation {
        Relation(self.0.iter().zip(&other.0).map(|(&a, &b)| a | b).collect())
    }

    /// The pairs of both.
    pub fn and(&self, other: &Relation) -> Relation {
        Relation(self.0.iter().zip(&other.0).map(|(&a, &b)| a & b).collect())
    }

    /// The pairs that `other` has not.
    pub fn minus(&self, other: &Relation) -> Relation {
        let rows = self.0.iter().zip(&other.0);
        Relation(rows.map(|(a, b)| Set(a.0 & !b.0)).collect())
    }

    /// `self ; other`: from `a` to `c` where there is a `b` between them.
    pub fn then(&self, other: &Relation) -> Relation {
        let step = |row: &Set| {
            row.iter()
                .fold(Set::default(), |all, middle| all | other.0[middle])
        };
        Relation(self.0.iter().map(step).collect())
    }

    /// `self?`: and every event to itself.
    pub fn optional(&self) -> Relation {
        let mut relation = self.clone();
        for event in 0..relation.0.len() {
            relation.insert(event, event);
        }
        relation
    }

    /// `self+`: one step or more.
    pub fn plus(&self) -> Relation {
        let mut rows = self.0.clone();
        for middle in 0..rows.len() {
            let through = rows[middle];
            for row in &mut rows {
                if row.contains(middle) {
                    *row = *row | through;
                }
            }
        }
        Relation(rows)
    }

    /// `[from] ; self ; [to]`: the pairs that begin and end in these sets.
    pub fn between(&self, from: Set, to: Set) -> Relation {
        let rows = self.0.iter().enumerate();
        let keep = |(event, row): (EventId, &Set)| {
            if from.contains(event) {
                *row & to
            } else {
                Set::default()
            }
        };
        Relation(rows.map(keep).collect())
    }

    /// The same pairs the other way round.
    pub fn inverse(&self) -> Relation {
        let mut inverse = Relation::empty(self.0.len());
        for (from, to) in self.pairs() {
            inverse.insert(to, from);
        }
        inverse
    }

    /// Whether no event is related to itself.
    pub fn is_irreflexive(&self) -> bool {
        (0..self.0.len()).all(|event| !self.contains(event, event))
    }

    /// Whether no event reaches itself.
    pub fn is_acyclic(&self) -> bool {
        self.plus().is_irreflexive()
    }

    /// A shortest path of at least one step, both ends included.
    pub fn path(&self, from: EventId, to: EventId) -> Option<Vec<EventId>> {
        let mut before = vec![None; self.0.len()];
        let mut queue = std::collections::VecDeque::from([from]);
        while let Some(event) = queue.pop_front() {
            for next in self.0[event].iter() {
                if next == to {
                    let mut path = vec![to, event];
                    let mut at = event;
                    while at != from {
                        at = before[at].expect("each queued event was reached from another");
                        path.push(at);
                    }
                    path.reverse();
                    return Some(path);
                }
                if next != from && before[next].is_none() {
                    before[next] = Some(event);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// A shortest cycle; the event it begins with is not repeated at its end.
    pub fn cycle(&self) -> Option<Vec<EventId>> {
        let cycles = (0..self.0.len()).filter_map(|event| self.path(event, event));
        let mut shortest = cycles.min_by_key(Vec::len)?;
        shortest.pop();
        Some(shortest)
    }
}
