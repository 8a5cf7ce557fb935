//! The puzzles of `break_dining`: how long they are, that the repaired tables hold, and what a learner
//! reads about a schedule that does not do.

use std::{fs, path::Path};

use puzzle::{
    Goal, Puzzle, Turn,
    given::break_dining::{Manners, Order, deadlock, livelock, table},
    run,
};

const LIVELOCK: Goal = Goal::Livelock { rounds: 1 };

/// The three lanes of the shortest livelock, one round.
fn round() -> Vec<Turn> {
    let each =
        |step: fn(usize) -> String| (0..3).map(move |i| run(format!("P{i}")).through(step(i)));
    each(|i| format!("lock fork {i}"))
        .chain(each(|i| format!("try fork {}", (i + 1) % 3)))
        .chain(each(|i| format!("unlock fork {i}")))
        .collect()
}

#[test]
fn the_programs_are_these() {
    let listing = |puzzle: &Puzzle, name: &str| {
        let program = puzzle.program();
        program.listing(program.find(name).unwrap())
    };
    insta::assert_snapshot!(listing(&deadlock(), "P2"), @r"
    1  think();
    2  let (left, right) = (fork_2.lock(), fork_0.lock());
    3  eat();
    4  drop((left, right));
    ");
    insta::assert_snapshot!(listing(&livelock(), "P0"), @r"
    1  loop {
    2      let left = fork_0.lock();
    3      if let Ok(right) = fork_1.try_lock() {
    4          eat();
    5          drop((right, left));
    6          break;
    7      }
    8      drop(left);
    9  }
    ");
}

/// People read the programs in the lesson and on top of the exercise.
#[test]
fn the_programs_that_people_read_are_the_ones_that_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for file in [
        "docs/src/04-classic-problems/break_dining.md",
        "chapters/04-classic-problems/src/break_dining.rs",
    ] {
        let text = fs::read_to_string(root.join(file)).unwrap();
        let lines: Vec<&str> = text
            .lines()
            .map(|line| line.trim_start_matches("//!").trim())
            .collect();
        for puzzle in [deadlock(), livelock()] {
            let program = puzzle.program();
            let p0 = program.find("P0").unwrap();
            let listing = program.listing(p0);
            let listing: Vec<&str> = listing.lines().map(str::trim).collect();
            assert!(
                lines.windows(listing.len()).any(|part| part == listing),
                "{file} does not show the {} program:\n{}",
                program.name(),
                listing.join("\n")
            );
            for label in program.labels(p0) {
                assert!(text.contains(&format!("`{label}`")), "{file}: {label}");
            }
        }
    }
}

#[test]
fn the_shortest_schedules_are_known_and_solve_the_puzzles() {
    for (puzzle, best) in [(deadlock(), 6), (livelock(), 27)] {
        assert_eq!(puzzle.best(), best);
        let turns = puzzle.program().turns(&puzzle.shortest().threads);
        puzzle.replay(&turns).assert_solved();
    }
    insta::assert_snapshot!(deadlock().shortest().sentence, @"deadlock: P0 waits for fork 1, held by P1; P1 waits for fork 2, held by P2; P2 waits for fork 0, held by P0");
    let turns = [round(), round(), round()].concat();
    livelock().replay(&turns).assert_solved();
}

#[test]
fn the_repaired_tables_have_no_bug() {
    for puzzle in [deadlock(), livelock()] {
        puzzle.repaired_holds().unwrap();
    }
    // And it is the order that repairs them.
    let unrepaired = Puzzle::new(
        deadlock().program().clone(),
        Goal::Deadlock,
        deadlock().program().clone(),
    );
    let fault = unrepaired.repaired_holds().unwrap_err();
    assert!(fault.starts_with("stubborn: deadlock: P0 waits"), "{fault}");
}

/// At tables of any size the stubborn can only deadlock and the polite can only livelock, with as many
/// steps as it takes everybody; one guest of the other kind is enough to prevent both.
#[test]
fn only_tables_where_all_are_alike_fail() {
    use Manners::{Polite, Stubborn};
    for seats in 2..=4 {
        for polite in 0..=seats {
            let manners: Vec<Manners> = (0..seats)
                .map(|seat| if seat < polite { Polite } else { Stubborn })
                .collect();
            let program = table("mixed", &manners, Order::LeftFirst);
            let graph = program.graph(100_000);
            assert!(graph.is_complete());
            let length = |goal| graph.shortest(goal).map(|witness| witness.threads.len());
            let (deadlock, livelock) = (length(Goal::Deadlock), length(LIVELOCK));
            assert_eq!(deadlock, (polite == 0).then_some(2 * seats), "{manners:?}");
            assert_eq!(
                livelock,
                (polite == seats).then_some(3 * seats),
                "{manners:?}"
            );
        }
    }
}

#[test]
fn a_lap_may_begin_anywhere_and_ends_where_it_began() {
    let puzzle = livelock();
    let rounds = [round(), round(), round()].concat();
    assert_eq!(puzzle.replay(&rounds[..26]).shown(), None);
    // P0 goes round three times while the others go round once: one lap, of 15 steps.
    let mut uneven = vec![run("P1"), run("P2"), run("P0").steps(7)];
    uneven.extend(round().split_off(3));
    let replay = [uneven, round(), round()].concat();
    let replay = puzzle.replay(&replay);
    assert_eq!((replay.steps(), replay.is_solved()), (33, false));
    insta::assert_snapshot!(replay.report().lines().next().unwrap(), @"the livelock is there after 33 steps, but 27 are enough");
    // P0 alone goes round without harm, for the others could have gone on.
    let alone = [run("P1").steps(1), run("P0").steps(30)];
    assert_eq!(puzzle.replay(&alone).shown(), None);
    insta::assert_snapshot!(first_line(&puzzle, &alone), @"after all 31 steps no livelock but starvation: P1 and P2 could have gone on and got no turn");
}

#[test]
fn a_schedule_that_does_not_break_it_says_what_happened() {
    insta::assert_snapshot!(deadlock().replay(&[]).report(), @r#"
    the schedule is empty: hand over the turns, in the order they are taken
    A turn reads `run("P0").through("think")`.
    Where they stand:
      P0 can go on, next: think
      P1 can go on, next: think
      P2 can go on, next: think
    "#);
    let one_eats = [
        run("P0").through("lock fork 0"),
        run("P1").through("lock fork 1"),
        run("P2").through("think"),
        run("P1").through("eat"),
    ];
    insta::assert_snapshot!(deadlock().replay(&one_eats).report(), @r"
    after all 7 steps no deadlock: P1 can still go on
    in stubborn
      P0          │ P1          │ P2
      ────────────┼─────────────┼────────────
      think       │             │              :1
      lock fork 0 │             │              :2
                  │ think       │              :1
                  │ lock fork 1 │              :2
                  │             │ think        :1
                  │ lock fork 2 │              :2
    >             │ eat         │              :3
    Where they stand:
      P0 waits for fork 1, held by P1
      P1 can go on, next: unlock fork 1
      P2 waits for fork 2, held by P1
    ");
    let mut eats_in_the_second_round = round();
    eats_in_the_second_round.extend([run("P0"), run("P1"), run("P1").through("eat")]);
    insta::assert_snapshot!(livelock().replay(&eats_in_the_second_round).report(), @r"
    after all 13 steps no livelock: P1 got on in step 13 (eat)
    in polite
      P0                    │ P1                    │ P2
      ──────────────────────┼───────────────────────┼──────────────────────
      lock fork 0           │                       │                        :2
                            │ lock fork 1           │                        :2
                            │                       │ lock fork 2            :2
      try fork 1: P1 has it │                       │                        :3
                            │ try fork 2: P2 has it │                        :3
                            │                       │ try fork 0: P0 has it  :3
      unlock fork 0         │                       │                        :8
                            │ unlock fork 1         │                        :8
                            │                       │ unlock fork 2          :8
      lock fork 0           │                       │                        :2
                            │ lock fork 1           │                        :2
                            │ try fork 2: got it    │                        :3
    >                       │ eat                   │                        :4
    Where they stand:
      P0 can go on, next: try fork 1
      P1 can go on, next: unlock fork 2
      P2 waits for fork 2, held by P1
    ");
    insta::assert_snapshot!(livelock().replay(&[round(), round()].concat()).report(), @r"
    after all 18 steps no livelock of 3 rounds: 2 of them have come back to where they began
    in polite
      P0                    │ P1                    │ P2
      ──────────────────────┼───────────────────────┼──────────────────────
      lock fork 0           │                       │                        :2
                            │ lock fork 1           │                        :2
                            │                       │ lock fork 2            :2
      try fork 1: P1 has it │                       │                        :3
                            │ try fork 2: P2 has it │                        :3
                            │                       │ try fork 0: P0 has it  :3
      unlock fork 0         │                       │                        :8
                            │ unlock fork 1         │                        :8
                            │                       │ unlock fork 2          :8
      lock fork 0           │                       │                        :2
                            │ lock fork 1           │                        :2
                            │                       │ lock fork 2            :2
      try fork 1: P1 has it │                       │                        :3
                            │ try fork 2: P2 has it │                        :3
                            │                       │ try fork 0: P0 has it  :3
      unlock fork 0         │                       │                        :8
                            │ unlock fork 1         │                        :8
    >                       │                       │ unlock fork 2          :8
    Where they stand:
      P0 can go on, next: lock fork 0
      P1 can go on, next: lock fork 1
      P2 can go on, next: lock fork 2
    ");
}

#[test]
fn a_detour_is_told_from_a_shortest_way() {
    let left = |i: usize| run(format!("P{i}")).through(format!("lock fork {i}"));
    let after_a_meal: Vec<Turn> = [run("P0").through("unlock fork 1")]
        .into_iter()
        .chain([1, 2].map(left))
        .collect();
    insta::assert_snapshot!(deadlock().replay(&after_a_meal).report(), @r"
    after all 10 steps no deadlock: P2 can still go on
    in stubborn
      P0            │ P1            │ P2
      ──────────────┼───────────────┼──────────────
      think         │               │                :1
      lock fork 0   │               │                :2
      lock fork 1   │               │                :2
      eat           │               │                :3
      unlock fork 0 │               │                :4
      unlock fork 1 │               │                :4
                    │ think         │                :1
                    │ lock fork 1   │                :2
                    │               │ think          :1
    >               │               │ lock fork 2    :2
    Where they stand:
      P0 has finished
      P1 waits for fork 2, held by P2
      P2 can go on, next: lock fork 0
    ");
    let mut late = round();
    late.insert(0, run("P0").through("unlock fork 0"));
    let turns = [late, round(), round()].concat();
    insta::assert_snapshot!(livelock().replay(&turns).report().lines().next().unwrap(), @r#"turn 2, run("P0").through("lock fork 0"): P0 has finished"#);
}

/// The first line of the report.
fn first_line(puzzle: &Puzzle, turns: &[Turn]) -> String {
    let report = puzzle.replay(turns).report();
    report.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_turn_that_cannot_be_taken_says_why() {
    let puzzle = deadlock();
    let left = |i: usize| run(format!("P{i}")).through(format!("lock fork {i}"));
    let cases = [
        vec![left(0), left(1), run("P0").through("eat")],
        vec![left(0), run("P2").through("eat")],
        vec![left(0), run("P7")],
        vec![run("P0").through("lock fork 2")],
        vec![run("P0").through("unlock fork 1"), run("P0").through("eat")],
        vec![run("P0").steps(100)],
        vec![run("P0").steps(0)],
    ];
    let lines: Vec<String> = cases
        .iter()
        .map(|turns| first_line(&puzzle, turns))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    turn 3, run("P0").through("eat"): P0 is blocked: it waits for fork 1, held by P1
    turn 2, run("P2").through("eat"): after 2 steps P2 is blocked: it waits for fork 0, held by P0
    turn 2, run("P7"): there is no such thread, only P0, P1, P2
    turn 1, run("P0").through("lock fork 2"): P0 has no such step, it has: think, lock fork 0, lock fork 1, eat, unlock fork 0, unlock fork 1
    turn 2, run("P0").through("eat"): P0 has finished
    turn 1, run("P0").steps(100): after 6 steps P0 has finished
    turn 1, run("P0").steps(0): a turn of no steps does nothing
    "#);
    let circle = [run("P1").through("lock fork 1"), run("P0").through("eat")];
    insta::assert_snapshot!(first_line(&livelock(), &circle), @r#"turn 2, run("P0").through("eat"): P0 goes round in circles on its own and never comes to `eat`"#);
}

#[test]
fn a_report_fits_a_screen() {
    let endless = vec![run("P0"); 500];
    for puzzle in [deadlock(), livelock()] {
        for turns in [
            &endless[..],
            &round(),
            &[run("Q".repeat(300)).through("x".repeat(300))],
        ] {
            let report = puzzle.replay(turns).report();
            assert!(report.lines().count() <= 30, "{report}");
            for line in report.lines().skip(1) {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}
