//! Whether a witness is this execution, and if it can be none with these events, why.

use super::{Mistake, Name, Names, Witness};
use crate::{
    execution::{Event, Execution},
    relation::EventId,
};

/// A witness that is no execution with the events that were looked at.
pub(super) struct Misfit {
    /// How far it made sense.
    pub stage: u32,
    pub mistake: Mistake,
    pub text: String,
}

impl Misfit {
    fn new(stage: u32, mistake: Mistake, text: String) -> Misfit {
        Misfit {
            stage,
            mistake,
            text,
        }
    }
}

/// Whether `execution` is the one that `witness` describes.
pub(super) fn fit(witness: &Witness, execution: &Execution) -> Result<bool, Misfit> {
    let names = Names::of(execution);
    let sources = sources(witness, execution, &names)?;
    let orders = orders(witness, execution, &names)?;
    let same_sources = execution.events.iter().zip(&sources);
    let same_sources = same_sources
        .into_iter()
        .all(|(event, source)| event.reads_from == *source);
    let same_orders = execution.modification_order.iter().zip(&orders);
    let same_orders = same_orders
        .into_iter()
        .all(|(own, given)| given.as_ref().is_none_or(|given| own[1..] == given[..]));
    Ok(same_sources && same_orders)
}

/// The source of each event that reads.
fn sources(
    witness: &Witness,
    execution: &Execution,
    names: &Names,
) -> Result<Vec<Option<EventId>>, Misfit> {
    let events = &execution.events;
    let mut pairs = Vec::new();
    for &(read, source) in witness.reads {
        pairs.push((find(names, read)?, find(names, source)?));
    }
    let impossible = |text: String| Err(Misfit::new(1, Mistake::Impossible, text));
    let mut sources = vec![None; events.len()];
    for (read, source) in pairs {
        let place = |event: &Event| match event.location {
            Some(location) => execution.locations[location].clone(),
            None => "no memory".to_owned(),
        };
        let (reader, writer) = (&events[read], &events[source]);
        let (name, from) = (&names[read], &names[source]);
        if !reader.is_read() {
            return impossible(format!(
                "{name} ({}) reads nothing, so it has no source.",
                execution.label(read)
            ));
        }
        if !writer.is_write() {
            return impossible(format!(
                "{name} cannot read from {from}, which writes nothing."
            ));
        }
        if reader.location != writer.location {
            return impossible(format!(
                "{name} cannot read from {from}: {name} reads {}, and {from} writes {}.",
                place(reader),
                place(writer)
            ));
        }
        if read == source {
            return impossible(format!("{name} cannot read what it writes itself."));
        }
        if sources[read].is_some() {
            return impossible(format!("{name} has two sources, and can have one."));
        }
        sources[read] = Some(source);
    }
    let missing = (0..events.len()).find(|&id| events[id].is_read() && sources[id].is_none());
    if let Some(read) = missing {
        let text = format!(
            "Your execution is not complete. {} reads {}: which write does it read from?",
            &names[read],
            events[read]
                .location
                .map_or("", |location| &execution.locations[location])
        );
        return Err(Misfit::new(2, Mistake::Incomplete, text));
    }
    Ok(sources)
}

/// For each location, the order of its writes but for the initial one; none where there is at most one, and
/// it was not said.
fn orders(
    witness: &Witness,
    execution: &Execution,
    names: &Names,
) -> Result<Vec<Option<Vec<EventId>>>, Misfit> {
    let events = &execution.events;
    let mut orders = vec![None; execution.locations.len()];
    for &given in witness.orders {
        let mut order = Vec::new();
        for &name in given {
            order.push(find(names, name)?);
        }
        let impossible = |text: String| Err(Misfit::new(3, Mistake::Impossible, text));
        let Some(&first) = order.first() else {
            return impossible("An order of no writes says nothing.".to_owned());
        };
        let location = events[first].location;
        for (place, &write) in order.iter().enumerate() {
            if !events[write].is_write() || events[write].location != location {
                return impossible(format!(
                    "A modification order is one of the writes to one location; {} ({}) and {} ({}) do not \
                     belong in one.",
                    &names[first],
                    execution.label(first),
                    &names[write],
                    execution.label(write)
                ));
            }
            if order[..place].contains(&write) {
                return impossible(format!("{} is twice in one order.", &names[write]));
            }
            if events[write].thread.is_none() && place > 0 {
                return impossible(format!(
                    "Nothing comes before {} in modification order.",
                    &names[write]
                ));
            }
        }
        let Some(location) = location else {
            return impossible(format!("{} writes nothing.", &names[first]));
        };
        order.retain(|&write| events[write].thread.is_some());
        if orders[location].replace(order).is_some() {
            return impossible(format!(
                "There are two orders of the writes to {}.",
                execution.locations[location]
            ));
        }
    }
    for (location, writes) in execution.modification_order.iter().enumerate() {
        let given = orders[location].as_ref().map_or(0, Vec::len);
        let own = writes.len() - 1;
        let needless = own < 2 && orders[location].is_none();
        if given != own && !needless {
            let list: Vec<&str> = writes[1..].iter().map(|&write| &names[write]).collect();
            let mut list = list;
            list.sort_unstable();
            let text = format!(
                "Your execution is not complete. {} is written by {}: in which order? (All of them, the first \
                 one first.)",
                execution.locations[location],
                list.join(", ")
            );
            return Err(Misfit::new(4, Mistake::Incomplete, text));
        }
    }
    Ok(orders)
}

fn find(names: &Names, name: Name) -> Result<EventId, Misfit> {
    names
        .event(name)
        .ok_or_else(|| Misfit::new(0, Mistake::NoSuchEvent, names.no_such(name)))
}
