//! Final states: what the observed registers and locations hold when all threads have ended, in the
//! order and spelling that herd prints.

use std::fmt::Write;

use crate::program::{Formula, Place, Program, Value};

/// A final state: a value for each of [`Observed::places`], in that order.
///
/// `None` is a value *out of thin air* that nothing in the program determines; only the model without the
/// no-thin-air axiom has such states.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State(pub Vec<Option<Value>>);

impl State {
    /// Whether a run that ended in `seen` is one of those that this state, a model's, stands for: a value
    /// out of thin air can be any.
    pub fn covers(&self, seen: &State) -> bool {
        let same = |(own, seen): (&Option<Value>, &Option<Value>)| own.is_none() || own == seen;
        self.0.len() == seen.0.len() && self.0.iter().zip(&seen.0).all(same)
    }
}

/// What a program's final states show: what it lists and what its condition names; registers first, by
/// thread and name, then locations by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub places: Vec<Place>,
    /// `0:r0`, `x`.
    pub names: Vec<String>,
}

impl Observed {
    pub fn of(program: &Program) -> Observed {
        let mut places = program.observed.clone();
        if let Some(condition) = &program.condition {
            condition.formula.places(&mut places);
        }
        let mut named: Vec<(Place, String)> = places
            .into_iter()
            .map(|place| (place, name(program, place)))
            .collect();
        named.sort_by(|(a, a_name), (b, b_name)| rank(*a).cmp(&rank(*b)).then(a_name.cmp(b_name)));
        named.dedup();
        let (places, names) = named.into_iter().unzip();
        Observed { places, names }
    }

    /// `0:r0=1; 1:r0=0; x=2;`, with `?` for a value out of thin air.
    pub fn show(&self, state: &State) -> String {
        let mut text = String::new();
        for (name, value) in self.names.iter().zip(&state.0) {
            let space = if text.is_empty() { "" } else { " " };
            let _ = match value {
                Some(value) => write!(text, "{space}{name}={value};"),
                None => write!(text, "{space}{name}=?;"),
            };
        }
        text
    }

    /// What `state` has at `place`, if that is observed.
    pub fn value(&self, state: &State, place: Place) -> Option<Value> {
        let index = self.places.iter().position(|&observed| observed == place)?;
        state.0[index]
    }

    /// Whether `formula` holds in `state`.
    pub fn holds(&self, formula: &Formula, state: &State) -> bool {
        formula.holds(&|place| self.value(state, place))
    }
}

/// Registers by thread, then locations.
fn rank(place: Place) -> usize {
    match place {
        Place::Register { thread, .. } => thread,
        Place::Location(_) => usize::MAX,
    }
}

fn name(program: &Program, place: Place) -> String {
    match place {
        Place::Register { thread, register } => {
            format!("{thread}:{}", program.threads[thread].registers[register.0])
        }
        Place::Location(location) => program.locations[location.0].name.clone(),
    }
}
