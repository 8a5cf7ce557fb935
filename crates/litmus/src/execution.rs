//! An execution graph: the events of one run and, for each read, the write that it reads from, and for
//! each location the order of its writes. All other relations of the memory models follow from these.

use crate::{
    program::{Order, Value},
    relation::{EventId, Relation, Set},
};

/// One complete execution of a program, consistent or not.
///
/// The first events are the initial writes, one a location, in the order of the program's locations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    pub events: Vec<Event>,
    /// Program order: the events of each thread.
    pub threads: Vec<Vec<EventId>>,
    /// Modification order: the writes to each location, the initial one first.
    pub modification_order: Vec<Vec<EventId>>,
    /// The names of the locations.
    pub locations: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// None for an initial write.
    pub thread: Option<usize>,
    pub kind: Kind,
    pub order: Order,
    /// Which location, none for a fence.
    pub location: Option<usize>,
    /// What was read; none for what does not read, and for a value out of thin air.
    pub read: Option<Value>,
    /// What was written; none for what does not write, and for a value out of thin air.
    pub written: Option<Value>,
    /// Whose value was read.
    pub reads_from: Option<EventId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Read,
    Write,
    /// A read-modify-write that wrote.
    Update,
    /// A compare-exchange that did not write: for the axioms a read.
    Failed,
    Fence,
}

impl Event {
    pub fn is_read(&self) -> bool {
        matches!(self.kind, Kind::Read | Kind::Update | Kind::Failed)
    }

    pub fn is_write(&self) -> bool {
        matches!(self.kind, Kind::Write | Kind::Update)
    }
}

impl Execution {
    /// The events for which `is` holds.
    pub fn set(&self, is: impl Fn(&Event) -> bool) -> Set {
        let events = self.events.iter().enumerate();
        events
            .filter(|(_, event)| is(event))
            .map(|(id, _)| id)
            .collect()
    }

    /// `Rx=1`, `Wx=1`, `Ux=0/1` (read 0, wrote 1), `F`: what an event did, without its memory order.
    pub fn label(&self, event: EventId) -> String {
        let event = &self.events[event];
        let location = event
            .location
            .map_or("", |location| &self.locations[location]);
        let show = |value: Option<Value>| value.map_or("?".to_owned(), |value| value.to_string());
        match event.kind {
            Kind::Read | Kind::Failed => format!("R{location}={}", show(event.read)),
            Kind::Write => format!("W{location}={}", show(event.written)),
            Kind::Update => format!("U{location}={}/{}", show(event.read), show(event.written)),
            Kind::Fence => "F".to_owned(),
        }
    }

    /// Program order (`sb`, sequenced before): transitive; the initial writes come before everything.
    pub fn program_order(&self) -> Relation {
        let mut order = Relation::empty(self.events.len());
        let all: Set = (0..self.events.len())
            .filter(|&event| self.events[event].thread.is_some())
            .collect();
        for event in 0..self.events.len() {
            if self.events[event].thread.is_none() {
                order.0[event] = all;
            }
        }
        for thread in &self.threads {
            let mut later = Set::default();
            for &event in thread.iter().rev() {
                order.0[event] = later;
                later.insert(event);
            }
        }
        order
    }

    /// From each write to the reads that took its value.
    pub fn reads_from(&self) -> Relation {
        let mut relation = Relation::empty(self.events.len());
        for (reader, event) in self.events.iter().enumerate() {
            if let Some(source) = event.reads_from {
                relation.insert(source, reader);
            }
        }
        relation
    }

    /// `mo`: from each write to the later ones of its location.
    pub fn modification_order(&self) -> Relation {
        let mut relation = Relation::empty(self.events.len());
        for writes in &self.modification_order {
            let mut later = Set::default();
            for &write in writes.iter().rev() {
                relation.0[write] = later;
                later.insert(write);
            }
        }
        relation
    }

    /// `rb`, reads before (also called `fr`): from each read to the writes that overwrite what it read.
    pub fn reads_before(&self) -> Relation {
        let modification_order = self.modification_order();
        let mut relation = Relation::empty(self.events.len());
        for (reader, event) in self.events.iter().enumerate() {
            if let Some(source) = event.reads_from {
                relation.0[reader] = Set(modification_order.0[source].0 & !(1 << reader));
            }
        }
        relation
    }

    /// Pairs of events of one location.
    pub fn same_location(&self) -> Relation {
        let mut relation = Relation::empty(self.events.len());
        for (row, event) in relation.0.iter_mut().zip(&self.events) {
            if event.location.is_some() {
                *row = self.set(|other| other.location == event.location);
            }
        }
        relation
    }
}
