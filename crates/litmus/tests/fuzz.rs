//! Programs at random and texts broken at random. A failure says its seed: `LITMUS_SEED=1234` begins with it,
//! and `LITMUS_ROUNDS=1` stops after it. More rounds than these look further.

use std::collections::HashSet;

use litmus::{
    Budget, Model, Program, classics, explore, parse,
    random::{self, Random, Size},
    state::Observed,
};

/// The seeds from `LITMUS_SEED`, which is 0, on; `LITMUS_ROUNDS` of them, or `rounds`.
fn seeds(rounds: u64) -> impl Iterator<Item = u64> {
    let variable = |name: &str| {
        let value = std::env::var(name).ok()?;
        Some(
            value
                .parse()
                .unwrap_or_else(|_| panic!("{name}: {value} is no number")),
        )
    };
    let first = variable("LITMUS_SEED").unwrap_or(0);
    first..first + variable("LITMUS_ROUNDS").unwrap_or(rounds)
}

/// Shows the seed if what follows panics.
struct Case {
    seed: u64,
    text: String,
}

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("LITMUS_SEED={}\n{}", self.seed, self.text);
        }
    }
}

fn reread(program: &Program) -> Program {
    let text = program.to_string();
    let reread = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(reread.check(), Ok(()));
    reread
}

fn large() -> Size {
    Size {
        threads: 0..=4,
        instrs: 0..=8,
        locations: 0..=5,
        greatest: 7,
        ..Size::default()
    }
}

#[test]
fn what_is_printed_is_read_and_printed_alike() {
    for seed in seeds(5_000) {
        let program = random::program(seed, &large());
        let _case = Case {
            seed,
            text: program.to_string(),
        };
        assert_eq!(program.check(), Ok(()));
        let once = reread(&program);
        assert_eq!(Observed::of(&once).names, Observed::of(&program).names);
        // From here on nothing changes any more: not the data, and so not the text.
        let twice = reread(&once);
        assert_eq!(reread(&twice), twice);
        assert_eq!(reread(&twice).to_string(), twice.to_string());
    }
}

#[test]
fn what_is_printed_and_read_ends_in_the_same_states() {
    let size = Size {
        threads: 1..=3,
        instrs: 1..=2,
        locations: 1..=2,
        greatest: 2,
        ..Size::default()
    };
    let budget = Budget {
        graphs: 3_000,
        states: 1_000,
    };
    let (mut asked, mut known) = (0, 0);
    for seed in seeds(400) {
        let program = random::program(seed, &size);
        let _case = Case {
            seed,
            text: program.to_string(),
        };
        let reread = reread(&program);
        for model in Model::ALL {
            let answer = explore(&program, model, &budget).unwrap();
            let again = explore(&reread, model, &budget).unwrap();
            asked += 1;
            if answer.unknown.is_some() || again.unknown.is_some() {
                continue;
            }
            // What nothing determines is told less well of the printed program: what a successful
            // compare-exchange found is what it expected there, and what it read here.
            let thin_air = |states: Vec<String>| states.iter().any(|state| state.contains('?'));
            known += 1;
            if thin_air(answer.states()) && thin_air(again.states()) {
                continue;
            }
            assert_eq!(again.states(), answer.states(), "{model:?}");
            assert_eq!(again.race.is_some(), answer.race.is_some(), "{model:?}");
            assert_eq!(
                again.verdict(&reread),
                answer.verdict(&program),
                "{model:?}"
            );
        }
    }
    assert!(
        asked < 500 || known * 10 >= asked * 9,
        "{known} of {asked} were answered"
    );
}

#[test]
fn a_seed_gives_one_program_and_seeds_give_many() {
    let programs = |range: std::ops::Range<u64>| {
        range.map(|seed| random::program(seed, &Size::default()).to_string())
    };
    assert!(programs(0..50).eq(programs(0..50)));
    let different: HashSet<String> = programs(0..200).collect();
    assert_eq!(different.len(), 200);
}

#[test]
fn a_size_without_anything_gives_loads_and_stores() {
    let size = Size {
        orders: Vec::new(),
        rmws: false,
        compare_exchanges: false,
        fences: false,
        plain: false,
        branches: false,
        ..Size::default()
    };
    for seed in seeds(300) {
        let text = random::program(seed, &size).to_string();
        for word in [
            "fetch", "exchange", "fence", "if", "*x =", "acquire", "release", "acq_rel", "seq",
        ] {
            assert!(
                !text.contains(word),
                "LITMUS_SEED={seed}: {word} in\n{text}"
            );
        }
    }
}

/// Where a character of `text` begins, or its end.
fn place(text: &str, random: &mut Random) -> usize {
    let mut at = random.below(text.len() as i64 + 1) as usize;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Breaks `text` in one of the ways in which texts are broken.
fn mutate(text: &mut String, random: &mut Random) {
    let (a, b) = (place(text, random), place(text, random));
    let (from, mut to) = (a.min(b), a.max(b));
    if !random.one_in(4) {
        to = to.min(from + 8);
        while !text.is_char_boundary(to) {
            to += 1;
        }
    }
    match random.below(7) {
        0 => text.truncate(from),
        1 => text.replace_range(from..to, ""),
        2 => {
            let slice = text[from..to].to_owned();
            let at = place(text, random);
            text.insert_str(at, &slice);
        }
        3 => text.insert(
            from,
            random.pick(&['é', '\u{0}', '∧', '\u{feff}', '\u{2028}', '𝕏']),
        ),
        4 => {
            let symbols = b"(){}[];,=*&|^~!<>+-/\\%:?\"'0x9PC\n ";
            text.insert(from, char::from(random.pick(symbols)));
        }
        5 => {
            let mut bytes = std::mem::take(text).into_bytes();
            if let Some(byte) = bytes.get_mut(from) {
                *byte ^= 1 << random.below(8);
            }
            *text = String::from_utf8_lossy(&bytes).into_owned();
        }
        _ => {
            let words = [
                "if (r0) ",
                "else ",
                "(* ",
                "/* ",
                "// ",
                "&& *y ",
                "-1",
                "while ",
                "int ",
                "forall ",
                "atomic_compare_exchange_weak(x, y, 1)",
                "0:r0=1",
                "9223372036854775808",
                "/\\ ",
            ];
            text.insert_str(from, random.pick(&words));
        }
    }
}

#[test]
fn a_broken_text_is_read_or_refused() {
    let (mut all, mut read) = (0, 0);
    for seed in seeds(20_000) {
        all += 1;
        let mut random = Random(seed);
        let mut text = match random.one_in(4) {
            true => random::program(seed, &large()).to_string(),
            false => random.pick(classics::ALL).text.to_owned(),
        };
        for _ in 0..random.within(&(1..=3)) {
            mutate(&mut text, &mut random);
        }
        let case = Case { seed, text };
        match parse(&case.text) {
            Ok(program) => {
                read += 1;
                let once = reread(&program);
                let twice = reread(&once);
                assert_eq!(reread(&twice), twice);
            }
            Err(error) => {
                let line = case.text.split('\n').nth(error.line - 1);
                let columns = line.expect("a line").chars().count();
                assert!((1..=columns + 1).contains(&error.column), "{error}");
                assert!(
                    error.message.len() < 300 && !error.message.contains('\n'),
                    "{error}"
                );
            }
        }
    }
    // Neither nothing nor all of it.
    assert!(
        all < 100 || (all / 50..all / 2).contains(&read),
        "{read} of {all}"
    );
}

#[test]
fn what_is_long_takes_no_long_time() {
    let thread = "C x\n{}\nP0 (int* x) {\n";
    let condition = "C x\n{x=0;}\nexists ";
    let began = std::time::Instant::now();
    for (before, piece) in [
        ("", "x"),
        ("", " "),
        ("", "("),
        ("C ", "x"),
        ("C x", " "),
        ("C x\n", "a=b\n"),
        ("C x\n", "a= "),
        ("C x\n", "(*"),
        ("C x\n", "(* *)"),
        ("C x\n\"", "doc "),
        ("C x\n{", "x=1;"),
        ("C x\n{", ";"),
        ("C x\n{", "_Atomic("),
        ("C x\n{}\n", "P0 "),
        ("C x\n{}\nP0 (", "int* x,"),
        ("C x\n{}\nP0 (int", "*"),
        (thread, "("),
        (thread, "{"),
        (thread, ";"),
        (thread, "-"),
        (thread, "*(x"),
        (thread, "*(int*) "),
        (thread, "*x;"),
        (thread, "int r0 = 1;"),
        (thread, "if (1) "),
        (thread, "if (1) ; else "),
        (thread, "/* */"),
        (thread, "r0 = 1 + 2;"),
        ("C x\n{}\nP0 () {\nint r0 = 1", " + 1"),
        ("C x\n{}\nP0 () {\nint r0 = 1", " && 1"),
        ("C x\n{}\nP0 (int* x) {\nint r0 = 1", " || *x"),
        (condition, "("),
        (condition, "~"),
        (condition, "x=1 /\\ "),
        (condition, "x=1 => "),
        ("C x\n{x=0;}\nexists x=0", " \\/ x=1"),
        ("C x\n{x=0;}\nlocations [", "x;"),
    ] {
        let text = before.to_owned() + &piece.repeat(2_000_000 / piece.len());
        if let Ok(program) = parse(&text) {
            assert_eq!(program.check(), Ok(()), "{before}{piece}…");
        }
    }
    // In proportion to its length, this is a second or two; with its square, it is hours.
    let took = began.elapsed();
    assert!(took.as_secs() < 60, "{took:?}");
}
