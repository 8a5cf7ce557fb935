//! `watch` without a terminal to draw on: what changes from one state to the next, as lines.

use super::{
    page,
    state::{End, Kind, Page, State, Text},
};
use crate::report::lines::{Line, Tone};

/// Keys, for those who can type lines.
pub const KEYS: &str = "(h hint, n next, l list, r again, v reveal, b bench, x reset, q quit, or the \
                        name of an exercise; then Enter)";

/// What is to be read when `before` has become `after`.
pub fn said(before: &State, after: &State) -> Vec<Line> {
    let mut all = Vec::new();
    let job = |state: &State| state.job.as_ref().map(|job| (job.number, job.kind));
    if let Some((number, kind)) = job(after)
        && job(before).is_none_or(|(before, _)| before != number)
    {
        let item = after.item();
        all.push(Line::empty());
        all.push(match kind {
            Kind::Check => Line::new(Tone::Bold, format!("checking {}", item.id))
                .and(Tone::Dim, format!("  {}", item.path)),
            Kind::Bench => Line::new(Tone::Bold, format!("measuring {}", item.id)),
        });
    }
    let waits = |state: &State| state.job.as_ref().and_then(|job| job.waits_for.clone());
    if let Some(what) = waits(after).filter(|_| waits(before).is_none()) {
        all.push(Line::new(Tone::Dim, format!("{what} …")));
    }
    for (before, after) in [(&before.check, &after.check), (&before.bench, &after.bench)] {
        // Fewer lines than before: another run.
        let new = after.said.checked_sub(before.said).unwrap_or(after.said);
        let known = after.lines.len().saturating_sub(new);
        all.extend_from_slice(&after.lines[known..]);
        if after.end != before.end
            && let End::Failed(message) = &after.end
        {
            all.extend(message.lines().map(Line::plain));
        }
    }
    let opened = match (&before.page, &after.page) {
        (_, Page::Report | Page::Bench) => false,
        // Its text comes in a moment.
        (
            _,
            Page::Solution {
                text: Text::Awaited,
                ..
            },
        ) => false,
        (Page::Hints, Page::Hints) => before.item().hints_taken != after.item().hints_taken,
        (before, after) => before != after,
    };
    if opened {
        let body = page::body(after);
        let from = match after.page {
            // Those before it were read before.
            Page::Hints if before.page == Page::Hints => page::body(before).len().saturating_sub(1),
            _ => 0,
        };
        all.push(Line::empty());
        all.extend(body.into_iter().skip(from));
    }
    let asked = |state: &State| state.question.is_some() || state.notice.is_some();
    if asked(after) && (&before.question, &before.notice) != (&after.question, &after.notice) {
        all.extend(page::messages(after));
    }
    all
}
