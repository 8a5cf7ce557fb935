//! The verdict: what became of a test, a model, an exercise.

use std::{fmt, str::FromStr};

/// What became of a test or an exercise. Where several apply, the first in this order is the one
/// reported: what is certain and easy to act on comes before what depends on the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The stub is as it was handed out.
    NotStarted,
    DoesNotCompile,
    /// Uses what the manifest of the exercise does not allow.
    Forbidden,
    /// Wrong whatever the schedule.
    WrongAnswer,
    /// Right, but one thing at a time where the exercise asks for several at once.
    NotConcurrent,
    /// Wrong under some schedule: a model found it, or a stress test met it.
    BadInterleaving,
    DataRace,
    /// Every thread waits, and nothing is left that could wake one.
    Deadlock,
    /// Threads run for ever and none gets on.
    Livelock,
    /// Some get on for ever and one never does.
    Starvation,
    /// Did not end within its budget of processor time, or slept it away.
    Hang,
    /// Ended and left threads or permits behind.
    Leak,
    Panic,
    /// Killed by a signal: an abort, a stack overflow, a fault.
    Crashed,
    /// The process ended before the test did.
    EarlyExit,
    OutOfMemory,
    OutputLimit,
    TooSlow,
    /// Changed between repeats. Never at the learner's cost, like the two below.
    Flaky,
    /// A stated bound was reached before an answer, or the machine was too noisy to tell.
    Undecided,
    /// Could not be judged for a reason of ours.
    Ungraded,
    Pass,
}

impl Verdict {
    pub const ALL: [Verdict; 22] = {
        use Verdict::*;
        [
            NotStarted,
            DoesNotCompile,
            Forbidden,
            WrongAnswer,
            NotConcurrent,
            BadInterleaving,
            DataRace,
            Deadlock,
            Livelock,
            Starvation,
            Hang,
            Leak,
            Panic,
            Crashed,
            EarlyExit,
            OutOfMemory,
            OutputLimit,
            TooSlow,
            Flaky,
            Undecided,
            Ungraded,
            Pass,
        ]
    };

    /// The name used in reports, manifests and known-bad solutions.
    pub fn name(self) -> &'static str {
        use Verdict::*;
        match self {
            NotStarted => "NotStarted",
            DoesNotCompile => "DoesNotCompile",
            Forbidden => "Forbidden",
            WrongAnswer => "WrongAnswer",
            NotConcurrent => "NotConcurrent",
            BadInterleaving => "BadInterleaving",
            DataRace => "DataRace",
            Deadlock => "Deadlock",
            Livelock => "Livelock",
            Starvation => "Starvation",
            Hang => "Hang",
            Leak => "Leak",
            Panic => "Panic",
            Crashed => "Crashed",
            EarlyExit => "EarlyExit",
            OutOfMemory => "OutOfMemory",
            OutputLimit => "OutputLimit",
            TooSlow => "TooSlow",
            Flaky => "Flaky",
            Undecided => "Undecided",
            Ungraded => "Ungraded",
            Pass => "Pass",
        }
    }

    /// No point is ever lost to one of these; they are reported and settled by a person or a repeat.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Verdict::Flaky | Verdict::Undecided | Verdict::Ungraded
        )
    }

    pub fn is_pass(self) -> bool {
        self == Verdict::Pass
    }

    /// The verdict on a whole from the verdicts on its parts; `Pass` for no parts at all is the
    /// caller's to rule out.
    pub fn overall(parts: impl IntoIterator<Item = Verdict>) -> Verdict {
        parts.into_iter().min().unwrap_or(Verdict::Pass)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Not the name of a verdict.
#[derive(Debug)]
pub struct ParseVerdictError(String);

impl fmt::Display for ParseVerdictError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a verdict", self.0)
    }
}

impl std::error::Error for ParseVerdictError {}

impl FromStr for Verdict {
    type Err = ParseVerdictError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Verdict::ALL
            .into_iter()
            .find(|verdict| verdict.name() == name)
            .ok_or_else(|| ParseVerdictError(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_is_listed_once_in_order_and_parses_back() {
        assert!(Verdict::ALL.is_sorted());
        for verdict in Verdict::ALL {
            assert_eq!(verdict.name().parse::<Verdict>().unwrap(), verdict);
            assert_eq!(format!("{verdict:?}"), verdict.name());
        }
        assert_eq!(
            "Passed".parse::<Verdict>().unwrap_err().to_string(),
            "`Passed` is not a verdict"
        );
    }

    #[test]
    fn a_failure_outweighs_an_open_question_and_both_outweigh_a_pass() {
        use Verdict::*;
        assert_eq!(Verdict::overall([Pass, Undecided, Deadlock]), Deadlock);
        assert_eq!(Verdict::overall([Pass, Undecided]), Undecided);
        assert_eq!(Verdict::overall([Pass, Pass]), Pass);
    }
}
