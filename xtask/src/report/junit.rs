//! For CI systems: an exercise is a suite, a test or model a case. Open verdicts are errors of the run,
//! lost points are failures. A suite whose exercise may contain `unsafe` has a property that says so.

use std::time::Duration;

use findings::Verdict;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Graded;
use crate::{runs::Run, score::Grade};

pub fn text(graded: &Graded<'_>) -> String {
    let mut report = Report::new("course");
    for chapter in &graded.chapters {
        for (entry, grade) in &chapter.exercises {
            let mut suite = TestSuite::new(format!("{}.{}", chapter.chapter.id, entry.id));
            if grade.may_be_unsafe {
                suite.add_property(("unsafe", "allowed"));
            }
            if grade.runs.is_empty() {
                suite.add_test_case(whole(grade));
            }
            for run in &grade.runs {
                suite.add_test_case(case(run));
            }
            report.add_test_suite(suite);
        }
    }
    report.to_string().expect("a report is plain text") + "\n"
}

fn whole(grade: &Grade) -> TestCase {
    TestCase::new(
        &*grade.exercise,
        status(grade.verdict, &grade.summary, &grade.detail),
    )
}

fn case(run: &Run) -> TestCase {
    let status = status(run.verdict, &run.summary, &run.detail);
    let mut case = TestCase::new(format!("{}::{}", run.suite, run.name), status);
    case.set_time(Duration::from_millis(run.milliseconds));
    case
}

fn status(verdict: Verdict, summary: &str, detail: &str) -> TestCaseStatus {
    if verdict.is_pass() {
        return TestCaseStatus::success();
    }
    if verdict == Verdict::NotStarted {
        let mut status = TestCaseStatus::skipped();
        status.set_message(summary);
        return status;
    }
    let kind = if verdict.is_open() {
        NonSuccessKind::Error
    } else {
        NonSuccessKind::Failure
    };
    let mut status = TestCaseStatus::non_success(kind);
    status
        .set_type(verdict.name())
        .set_message(summary)
        .set_description(detail);
    status
}
