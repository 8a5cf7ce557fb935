//! `replay`: one schedule of a model again, as the failing run named it, with the learner's own prints.

use findings::Verdict;

use crate::{
    catalog::{Catalog, Exercise},
    compile::Compiled,
    error::{Error, Result, exit},
    flow::Judge,
    overlay::{Overlay, Scope, Unit},
    report::terminal::style,
    runs,
    submission::{self, Stubs, Submission},
};

pub fn run(judge: &Judge, catalog: &Catalog, schedule: &str) -> Result<u8> {
    let wanted = parse(schedule)?;
    let exercise = owner(catalog, &wanted)?;
    let chapter = catalog
        .chapter(&exercise.chapter)
        .ok_or_else(|| Error::course(format!("`{}` belongs to no chapter", exercise.id())))?;
    let source = match submission::read(&judge.course.root, chapter, exercise, &Stubs::default()) {
        Submission::Source(source) => source,
        Submission::Settled { reason, .. } => return Err(Error::usage(reason)),
    };
    judge.alone()?;
    let overlay = Overlay::lay(&judge.course, exercise, &source, Scope::Public)?;
    let binary = match judge.compile(exercise, &overlay, wanted.unit)? {
        Compiled::Binary { path, .. } => path,
        Compiled::Rejected(message) => {
            anstream::println!("{message}");
            return Ok(exit::FAILED);
        }
        Compiled::Failed(reason) => return Err(Error::machine(reason)),
    };
    let name = format!("model::{}", wanted.model);
    let outcome = runs::supervised(
        &binary,
        &name,
        &judge.limits(exercise),
        Some(&wanted.ordinal),
        judge.stop(),
    );
    let printed = [outcome.stdout.as_str(), outcome.stderr.as_str()].concat();
    if !printed.trim().is_empty() {
        anstream::println!("{}\n", printed.trim_end());
    }
    if !outcome.detail.is_empty() {
        anstream::println!("{}\n", outcome.detail);
    }
    let style = style(outcome.verdict);
    anstream::println!("{style}{}{style:#}: {}", outcome.verdict, outcome.summary);
    Ok(if outcome.verdict == Verdict::Pass {
        exit::OK
    } else {
        exit::FAILED
    })
}

#[derive(Debug, PartialEq)]
struct Wanted {
    exercise: Option<String>,
    model: String,
    unit: Unit,
    ordinal: String,
}

fn parse(schedule: &str) -> Result<Wanted> {
    let parts = || {
        let (model, rest) = schedule.split_once('@')?;
        let (explorer, ordinal) = rest.split_once(':')?;
        let (exercise, model) = match model.rsplit_once("::") {
            Some((exercise, model)) => (Some(exercise.to_owned()), model),
            None => (None, model),
        };
        let unit = Unit::from_explorer(explorer)?;
        (!model.is_empty() && !ordinal.is_empty()).then(|| Wanted {
            exercise,
            model: model.to_owned(),
            unit,
            ordinal: ordinal.to_owned(),
        })
    };
    parts().ok_or_else(|| {
        Error::usage(format!(
            "`{schedule}` names no schedule; a failing model prints one, like `account::never_overdraws@loom:57`"
        ))
    })
}

/// The exercise that is named, or else the one whose models hold a function of that name.
fn owner<'a>(catalog: &'a Catalog, wanted: &Wanted) -> Result<&'a Exercise> {
    let function = format!("fn {}(", wanted.model);
    let mut owners = catalog
        .exercises()
        .filter(|exercise| {
            wanted
                .exercise
                .as_ref()
                .is_none_or(|name| name == exercise.id())
        })
        .filter(|exercise| {
            std::fs::read_to_string(&exercise.paths.models)
                .is_ok_and(|text| text.contains(&function))
        });
    match (owners.next(), owners.next()) {
        (Some(exercise), None) => Ok(exercise),
        (Some(one), Some(other)) => Err(Error::usage(format!(
            "`{}` and `{}` both have a model `{model}`; say whose, as in `{}::{model}@loom:1`",
            one.id(),
            other.id(),
            one.id(),
            model = wanted.model,
        ))),
        (None, _) => Err(Error::usage(format!(
            "there is no model `{}`; `cargo xtask check` prints the name of one that fails",
            wanted.model
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_named_as_failing_models_print_it() {
        let wanted = parse("dining_ordered::nobody_starves@loom:57").unwrap();
        assert_eq!(wanted.exercise.as_deref(), Some("dining_ordered"));
        assert_eq!(wanted.model, "nobody_starves");
        assert_eq!(wanted.unit, Unit::Loom);
        assert_eq!(wanted.ordinal, "57");
        assert_eq!(parse("m@shuttle:pct:9").unwrap().ordinal, "pct:9");
        for nonsense in ["", "m", "m@loom", "m@spin:1", "@loom:1", "m@loom:"] {
            assert!(
                parse(nonsense)
                    .unwrap_err()
                    .to_string()
                    .contains("names no schedule"),
                "{nonsense}"
            );
        }
    }
}
