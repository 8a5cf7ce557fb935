//! Who holds what, who waits for what, and the cycle among them (the fourth Coffman condition).

use std::collections::{BTreeMap, BTreeSet};

use crate::Site;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LockKind {
    Mutex,
    Read,
    Write,
}

/// A lock, known by its address: good for telling locks apart within one process, never printed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lock {
    pub address: usize,
    pub kind: LockKind,
    /// Full type name of what it guards.
    pub guards: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub lock: Lock,
    /// Where it was taken.
    pub site: Site,
}

/// What a thread waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    Lock {
        lock: Lock,
        site: Site,
    },
    /// A condition variable, by address.
    Condvar {
        address: usize,
        site: Site,
    },
    /// The end of another thread, by the name it has in [`ThreadState::name`].
    Join {
        thread: String,
        site: Option<Site>,
    },
    /// A manual clock that has not reached the time yet (a duration since its start, as text).
    Clock {
        until: String,
        site: Site,
    },
    /// Other threads that were to come to a meeting point of the test.
    Rendezvous {
        name: String,
        arrived: usize,
        needed: usize,
    },
    /// Known only by a phrase: `to receive from a channel`.
    Other {
        what: String,
        site: Option<Site>,
    },
}

/// A frame of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub function: String,
    pub site: Option<Site>,
}

/// One thread of a process that does not get on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadState {
    pub name: String,
    pub holds: Vec<Held>,
    /// `None`: it runs.
    pub wait: Option<Wait>,
    /// Innermost first; the learner's own frames decide what is shown.
    pub stack: Vec<Frame>,
}

/// Whether a source file is none of the learner's: the standard library, a registry crate, or a
/// crate that the course brings along. Tests are not foreign.
pub fn is_foreign(file: &str) -> bool {
    const HOUSE: [&str; 10] = [
        "kit",
        "kit_loom",
        "kit_shuttle",
        "kit_explore",
        "harness",
        "harness_macros",
        "findings",
        "supervise",
        "paired",
        "litmus",
    ];
    let file = file.replace('\\', "/");
    // The C library may come with its own lines.
    !file.ends_with(".rs")
        || file.starts_with("/rustc/")
        || file.contains("/rustlib/src/")
        || file.contains("/registry/src/")
        || file.starts_with("library/")
        || HOUSE.iter().any(|name| {
            let folder = format!("crates/{name}/src/");
            file.starts_with(&folder) || file.contains(&format!("/{folder}"))
        })
}

/// Whether a source file holds tests or models: those in a folder `tests` or `models` that is not
/// above a `src`.
pub fn is_test(file: &str) -> bool {
    let file = file.replace('\\', "/");
    let mut folders = Vec::new();
    for part in file.split('/') {
        // `#[path = "../src/pool.rs"]` in a model is a path through `models`, but not into it.
        if part == ".." {
            folders.pop();
        } else {
            folders.push(part);
        }
    }
    folders.pop();
    let decides = |folder: &&&str| ["tests", "models", "benches", "src"].contains(folder);
    folders
        .iter()
        .rev()
        .find(decides)
        .is_some_and(|folder| *folder != "src")
}

/// A ring of threads each of which waits for the next, by index, the smallest first: for a lock that
/// the next one holds, or for its end.
pub fn cycle(threads: &[ThreadState]) -> Option<Vec<usize>> {
    (0..threads.len()).find_map(|start| {
        // A path from `start` back to it; those with a smaller index have been tried before.
        let mut visited = vec![false; threads.len()];
        let mut path = vec![start];
        returns_to(start, threads, &mut visited, &mut path).then_some(path)
    })
}

fn returns_to(
    start: usize,
    threads: &[ThreadState],
    visited: &mut [bool],
    path: &mut Vec<usize>,
) -> bool {
    let here = path[path.len() - 1];
    for next in waits_for(here, threads) {
        if next == start {
            return true;
        }
        if next > start && !visited[next] {
            visited[next] = true;
            path.push(next);
            if returns_to(start, threads, visited, path) {
                return true;
            }
            path.pop();
        }
    }
    false
}

/// The threads without which this one cannot go on.
fn waits_for(index: usize, threads: &[ThreadState]) -> Vec<usize> {
    let all = || threads.iter().enumerate();
    match &threads[index].wait {
        Some(Wait::Lock { lock, .. }) => {
            let shared = lock.kind == LockKind::Read;
            let blocks = |held: &Held| {
                held.lock.address == lock.address && !(shared && held.lock.kind == LockKind::Read)
            };
            let holders: Vec<usize> = all()
                .filter(|(_, thread)| thread.holds.iter().any(blocks))
                .map(|(index, _)| index)
                .collect();
            if !holders.is_empty() || !shared {
                return holders;
            }
            // Readers wait behind a writer that waits.
            all()
                .filter(|(_, thread)| {
                    matches!(&thread.wait, Some(Wait::Lock { lock: other, .. })
                        if other.address == lock.address && other.kind == LockKind::Write)
                })
                .map(|(index, _)| index)
                .collect()
        }
        Some(Wait::Join { thread: name, .. }) => all()
            .filter(|(_, thread)| thread.name == *name)
            .map(|(index, _)| index)
            .collect(),
        _ => Vec::new(),
    }
}

/// What a person calls each lock, by its address: by the type it guards, and among several of one
/// type by the order of their addresses, which is their order in an array: `Fork 0`, `Mutex<i32> 1`.
pub fn lock_names(threads: &[ThreadState]) -> BTreeMap<usize, String> {
    let mut of_type: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let waited_for = threads.iter().filter_map(|thread| match &thread.wait {
        Some(Wait::Lock { lock, .. }) => Some(lock),
        _ => None,
    });
    let held = threads
        .iter()
        .flat_map(|thread| &thread.holds)
        .map(|held| &held.lock);
    for lock in waited_for.chain(held) {
        of_type
            .entry(type_name(lock))
            .or_default()
            .insert(lock.address);
    }
    let mut names = BTreeMap::new();
    for (name, addresses) in of_type {
        let several = addresses.len() > 1;
        for (index, address) in addresses.into_iter().enumerate() {
            let name = if several {
                format!("{name} {index}")
            } else {
                name.clone()
            };
            names.insert(address, name);
        }
    }
    names
}

/// `Fork` for a type of the learner's, `Mutex<i32>` for one that says nothing by itself.
fn type_name(lock: &Lock) -> String {
    let short = without_paths(&lock.guards);
    let own = !["core::", "alloc::", "std::"]
        .iter()
        .any(|path| lock.guards.starts_with(path))
        && short.starts_with(|first: char| first.is_uppercase());
    match lock.kind {
        _ if own => short,
        LockKind::Mutex => format!("Mutex<{short}>"),
        LockKind::Read | LockKind::Write => format!("RwLock<{short}>"),
    }
}

/// `core::option::Option<ch04::dining::Fork>` → `Option<Fork>`.
fn without_paths(name: &str) -> String {
    let mut out = String::new();
    let mut segment = String::new();
    let mut rest = name.chars().peekable();
    while let Some(char) = rest.next() {
        if char == ':' && rest.peek() == Some(&':') {
            rest.next();
            segment.clear();
        } else if char.is_alphanumeric() || char == '_' {
            segment.push(char);
        } else {
            out.push_str(&segment);
            segment.clear();
            out.push(char);
        }
    }
    out + &segment
}

/// The ring of [`cycle`] as a sentence: `P0 holds Fork 0, waits for Fork 1, held by P1; P1 holds …`.
/// `None`: there is no ring.
pub fn cycle_sentence(threads: &[ThreadState]) -> Option<String> {
    Some(cycle_clauses(threads)?.join("; "))
}

fn cycle_clauses(threads: &[ThreadState]) -> Option<Vec<String>> {
    let ring = cycle(threads)?;
    let names = lock_names(threads);
    let clauses = ring.iter().enumerate().map(|(position, &index)| {
        let thread = &threads[index];
        let previous = ring[(position + ring.len() - 1) % ring.len()];
        let wait = wait_text(index, threads, &names);
        let wanted = match &threads[previous].wait {
            Some(Wait::Lock { lock, .. })
                if thread
                    .holds
                    .iter()
                    .any(|held| held.lock.address == lock.address) =>
            {
                format!("holds {}, ", names[&lock.address])
            }
            _ => String::new(),
        };
        format!("{} {wanted}{wait}", thread.name)
    });
    Some(clauses.collect())
}

/// Groups of threads beyond this many are only counted.
const SHOWN: usize = 10;

/// The threads of a process that does not get on, for a person to read, less than a screen: the ring
/// first where there is one, then for each thread where it stands in the learner's source, what it
/// waits for, and where it took what it holds. Threads about which all this is the same share an
/// entry. `width` is in characters.
pub fn render(threads: &[ThreadState], width: usize) -> String {
    let mut out = String::new();
    let ring = cycle(threads).unwrap_or_default();
    if let Some(clauses) = cycle_clauses(threads) {
        out.push_str(&wrap("Deadlock: ", &clauses, width));
        out.push_str("\n\n");
    }
    let names = lock_names(threads);
    let others = (0..threads.len()).filter(|index| !ring.contains(index));
    let order: Vec<usize> = ring.iter().copied().chain(others).collect();
    // What the sentence above has said need not be said again where space is short.
    let entry = |index: &usize| match ring.len() {
        5.. if ring.contains(index) => ring_text(&threads[*index], &names),
        _ => thread_text(*index, threads, &names),
    };
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for index in &order {
        let text = entry(index);
        let name = threads[*index].name.as_str();
        match groups.iter_mut().find(|(known, _)| *known == text) {
            Some((_, group)) => group.push(name),
            None => groups.push((text, vec![name])),
        }
    }
    for (text, group) in groups.iter().take(SHOWN) {
        let (shown, more) = group.split_at(group.len().min(3));
        let mut who = shown.join(", ");
        match more.len() {
            0 => {}
            1 => who.push_str(" and 1 more thread"),
            count => who.push_str(&format!(" and {count} more threads")),
        }
        let first = text.lines().next().unwrap_or_default();
        if who.chars().count() + first.chars().count() > width {
            who.push_str("\n ");
        }
        out.push_str(&who);
        out.push_str(text);
    }
    match groups
        .iter()
        .skip(SHOWN)
        .map(|(_, group)| group.len())
        .sum::<usize>()
    {
        0 => {}
        1 => out.push_str("… and 1 more thread\n"),
        count => out.push_str(&format!("… and {count} more threads\n")),
    }
    out
}

/// What stands after the name of a thread in a long ring: only the lines.
fn ring_text(thread: &ThreadState, names: &BTreeMap<usize, String>) -> String {
    let mut out = thread
        .site()
        .map_or_else(String::new, |site| format!(" at {site}"));
    for Held { lock, site } in thread.holds.iter().take(2) {
        let at = site.seen_from(thread.site());
        out += &format!(", took {} at {at}", names[&lock.address]);
    }
    out + "\n"
}

/// What stands after the name of a thread.
fn thread_text(index: usize, threads: &[ThreadState], names: &BTreeMap<usize, String>) -> String {
    let thread = &threads[index];
    let mut out = match (thread.site(), thread.function()) {
        (Some(site), _) => format!(" at {site}\n"),
        (None, Some(function)) => format!(" in {function}\n"),
        (None, None) => "\n".to_owned(),
    };
    out += &format!("  {}\n", wait_text(index, threads, names));
    for Held { lock, site } in thread.holds.iter().take(3) {
        let name = &names[&lock.address];
        let how = if lock.kind == LockKind::Read {
            " for reading"
        } else {
            ""
        };
        let at = site.seen_from(thread.site());
        out += &format!("  holds {name}{how}, taken at {at}\n");
    }
    match thread.holds.len().saturating_sub(3) {
        0 => {}
        1 => out.push_str("  and holds 1 more lock\n"),
        more => out.push_str(&format!("  and holds {more} more locks\n")),
    }
    out
}

fn wait_text(index: usize, threads: &[ThreadState], names: &BTreeMap<usize, String>) -> String {
    match &threads[index].wait {
        None => "runs".to_owned(),
        Some(Wait::Lock { lock, .. }) => {
            let name = &names[&lock.address];
            let purpose = match lock.kind {
                LockKind::Mutex => "for",
                LockKind::Read => "to read",
                LockKind::Write => "to write",
            };
            let holders: Vec<&str> = threads
                .iter()
                .enumerate()
                .filter(|(_, thread)| {
                    thread
                        .holds
                        .iter()
                        .any(|held| held.lock.address == lock.address)
                })
                .map(|(holder, thread)| {
                    if holder == index {
                        "itself"
                    } else {
                        &thread.name
                    }
                })
                .collect();
            match holders.len() {
                0 => format!("waits {purpose} {name}"),
                1..=3 => format!("waits {purpose} {name}, held by {}", holders.join(" and ")),
                count => format!("waits {purpose} {name}, held by {count} threads"),
            }
        }
        Some(Wait::Condvar { .. }) => "waits on a Condvar for somebody to notify it".to_owned(),
        Some(Wait::Join { thread, .. }) => format!("waits for the end of {thread}"),
        Some(Wait::Clock { until, .. }) => format!("waits for the clock to reach {until}"),
        Some(Wait::Rendezvous {
            name,
            arrived,
            needed,
        }) => {
            format!("waits at “{name}”: {arrived} of {needed} have come")
        }
        Some(Wait::Other { what, .. }) => format!("waits {what}"),
    }
}

impl ThreadState {
    /// Where the thread stands: what it waits at, or else the innermost frame, in the learner's source
    /// if there is one, else in a test. Never a [foreign](is_foreign) line.
    pub fn site(&self) -> Option<&Site> {
        let of_wait = match &self.wait {
            Some(
                Wait::Lock { site, .. } | Wait::Condvar { site, .. } | Wait::Clock { site, .. },
            ) => Some(site),
            Some(Wait::Join { site, .. } | Wait::Other { site, .. }) => site.as_ref(),
            Some(Wait::Rendezvous { .. }) | None => None,
        };
        let in_stack = self.stack.iter().filter_map(|frame| frame.site.as_ref());
        let mut own = of_wait
            .into_iter()
            .chain(in_stack)
            .filter(|site| !is_foreign(&site.file));
        let learners = own.clone().find(|site| !is_test(&site.file));
        learners.or_else(|| own.next())
    }

    /// The innermost function that does not belong to the standard library or the course, for a
    /// binary without line numbers.
    fn function(&self) -> Option<&str> {
        const FOREIGN: [&str; 8] = [
            "std::",
            "core::",
            "alloc::",
            "kit",
            "harness::",
            "crossbeam",
            "test::",
            "__",
        ];
        self.stack
            .iter()
            .map(|frame| frame.function.as_str())
            .find(|name| {
                let path = name.trim_start_matches(['<', '&']);
                let path = path.split(['<', ' ']).next().unwrap_or_default();
                path.contains("::") && !FOREIGN.iter().any(|foreign| path.starts_with(foreign))
            })
    }
}

/// `label` and a sentence of clauses (`a; b; c`): one line if it fits `width` characters, else a line a
/// clause, wrapped at spaces.
pub fn wrapped(label: &str, sentence: &str, width: usize) -> String {
    let clauses: Vec<String> = sentence.split("; ").map(str::to_owned).collect();
    wrap(label, &clauses, width)
}

fn wrap(label: &str, clauses: &[String], width: usize) -> String {
    let line = format!("{label}{}", clauses.join("; "));
    if line.chars().count() <= width {
        return line;
    }
    let indent = label.chars().count();
    let mut out = label.to_owned();
    for (index, clause) in clauses.iter().enumerate() {
        if index > 0 {
            out.push_str(&format!(";\n{}", " ".repeat(indent)));
        }
        let mut column = indent;
        for (position, word) in clause.split(' ').enumerate() {
            let length = word.chars().count();
            if position > 0 && column + 1 + length > width.saturating_sub(1) {
                column = indent + 2;
                out.push_str(&format!("\n{}", " ".repeat(column)));
            } else if position > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(line: u32) -> Site {
        Site {
            file: "chapters/04-classic-problems/src/dining.rs".into(),
            line,
        }
    }

    fn fork(number: usize) -> Lock {
        Lock {
            address: 0x7f00 + 8 * number,
            kind: LockKind::Mutex,
            guards: "ch04::dining::Fork".into(),
        }
    }

    fn thread(name: &str, holds: &[Lock], wait: Option<Wait>) -> ThreadState {
        let holds = holds
            .iter()
            .map(|lock| Held {
                lock: lock.clone(),
                site: site(30),
            })
            .collect();
        ThreadState {
            name: name.into(),
            holds,
            wait,
            stack: Vec::new(),
        }
    }

    fn wants(lock: Lock) -> Option<Wait> {
        Some(Wait::Lock {
            lock,
            site: site(31),
        })
    }

    fn join(name: &str) -> Option<Wait> {
        Some(Wait::Join {
            thread: name.into(),
            site: Some(site(40)),
        })
    }

    fn receive() -> Option<Wait> {
        Some(Wait::Other {
            what: "to receive from a channel".into(),
            site: Some(site(50)),
        })
    }

    /// Each takes its left fork and waits for its right one.
    fn table(seats: usize) -> Vec<ThreadState> {
        let philosopher = |seat: usize| {
            thread(
                &format!("P{seat}"),
                &[fork(seat)],
                wants(fork((seat + 1) % seats)),
            )
        };
        (0..seats).map(philosopher).collect()
    }

    #[test]
    fn a_ring_of_locks_is_named_first() {
        let mut threads = table(2);
        threads.insert(0, thread("the test", &[], join("P0")));
        assert_eq!(cycle(&threads), Some(vec![1, 2]));
        insta::assert_snapshot!(render(&threads, 80), @"
        Deadlock: P0 holds Fork 0, waits for Fork 1, held by P1;
                  P1 holds Fork 1, waits for Fork 0, held by P0

        P0 at chapters/04-classic-problems/src/dining.rs:31
          waits for Fork 1, held by P1
          holds Fork 0, taken at line 30
        P1 at chapters/04-classic-problems/src/dining.rs:31
          waits for Fork 0, held by P0
          holds Fork 1, taken at line 30
        the test at chapters/04-classic-problems/src/dining.rs:40
          waits for the end of P0
        ");
        insta::assert_snapshot!(render(&threads, 120).lines().next().unwrap(), @"Deadlock: P0 holds Fork 0, waits for Fork 1, held by P1; P1 holds Fork 1, waits for Fork 0, held by P0");
    }

    #[test]
    fn a_table_of_eight_fits_a_screen() {
        let mut threads = table(8);
        threads.push(thread("the test", &[], join("P0")));
        let text = render(&threads, 80);
        assert!(text.lines().all(|line| line.chars().count() <= 80));
        insta::assert_snapshot!(text, @"
        Deadlock: P0 holds Fork 0, waits for Fork 1, held by P1;
                  P1 holds Fork 1, waits for Fork 2, held by P2;
                  P2 holds Fork 2, waits for Fork 3, held by P3;
                  P3 holds Fork 3, waits for Fork 4, held by P4;
                  P4 holds Fork 4, waits for Fork 5, held by P5;
                  P5 holds Fork 5, waits for Fork 6, held by P6;
                  P6 holds Fork 6, waits for Fork 7, held by P7;
                  P7 holds Fork 7, waits for Fork 0, held by P0

        P0 at chapters/04-classic-problems/src/dining.rs:31, took Fork 0 at line 30
        P1 at chapters/04-classic-problems/src/dining.rs:31, took Fork 1 at line 30
        P2 at chapters/04-classic-problems/src/dining.rs:31, took Fork 2 at line 30
        P3 at chapters/04-classic-problems/src/dining.rs:31, took Fork 3 at line 30
        P4 at chapters/04-classic-problems/src/dining.rs:31, took Fork 4 at line 30
        P5 at chapters/04-classic-problems/src/dining.rs:31, took Fork 5 at line 30
        P6 at chapters/04-classic-problems/src/dining.rs:31, took Fork 6 at line 30
        P7 at chapters/04-classic-problems/src/dining.rs:31, took Fork 7 at line 30
        the test at chapters/04-classic-problems/src/dining.rs:40
          waits for the end of P0
        ");
    }

    #[test]
    fn a_thread_that_locks_twice_waits_for_itself() {
        let lock = Lock {
            address: 1,
            kind: LockKind::Mutex,
            guards: "i32".into(),
        };
        let threads = [thread(
            "the test",
            std::slice::from_ref(&lock),
            wants(lock.clone()),
        )];
        assert_eq!(cycle(&threads), Some(vec![0]));
        insta::assert_snapshot!(render(&threads, 80), @"
        Deadlock: the test holds Mutex<i32>, waits for Mutex<i32>, held by itself

        the test at chapters/04-classic-problems/src/dining.rs:31
          waits for Mutex<i32>, held by itself
          holds Mutex<i32>, taken at line 30
        ");
    }

    #[test]
    fn a_join_is_a_link_of_the_ring() {
        let threads = [
            thread("the test", &[fork(0)], join("worker")),
            thread("worker", &[], wants(fork(0))),
        ];
        assert_eq!(cycle(&threads), Some(vec![0, 1]));
        insta::assert_snapshot!(cycle_sentence(&threads).unwrap(), @"the test holds Fork, waits for the end of worker; worker waits for Fork, held by the test");
    }

    #[test]
    fn readers_do_not_wait_for_readers_but_behind_a_writer() {
        let lock = |kind| Lock {
            address: 1,
            kind,
            guards: "u8".into(),
        };
        let mut threads = vec![
            thread("a", &[lock(LockKind::Read)], wants(lock(LockKind::Read))),
            thread("b", &[lock(LockKind::Read)], None),
        ];
        assert_eq!(cycle(&threads), None);
        threads[1] = thread("b", &[], wants(lock(LockKind::Write)));
        assert_eq!(cycle(&threads), Some(vec![0, 1]));
    }

    #[test]
    fn a_wait_without_a_holder_is_no_ring() {
        let threads = [
            thread("a", &[], wants(fork(0))),
            thread("b", &[fork(1)], receive()),
        ];
        assert_eq!(cycle(&threads), None);
        assert_eq!(cycle_sentence(&threads), None);
    }

    #[test]
    fn threads_at_one_place_share_an_entry_and_the_rest_is_counted() {
        let mut threads: Vec<_> = (0..12)
            .map(|n| thread(&format!("worker {n}"), &[], receive()))
            .collect();
        let meeting = Wait::Rendezvous {
            name: "three eaters".into(),
            arrived: 2,
            needed: 3,
        };
        threads.push(thread("eater", &[], Some(meeting)));
        threads.extend((0..20).map(|line| ThreadState {
            wait: Some(Wait::Condvar {
                address: 8,
                site: site(100 + line),
            }),
            ..thread("late", &[], None)
        }));
        insta::assert_snapshot!(render(&threads, 80), @"
        worker 0, worker 1, worker 2 and 9 more threads
          at chapters/04-classic-problems/src/dining.rs:50
          waits to receive from a channel
        eater
          waits at “three eaters”: 2 of 3 have come
        late at chapters/04-classic-problems/src/dining.rs:100
          waits on a Condvar for somebody to notify it
        late at chapters/04-classic-problems/src/dining.rs:101
          waits on a Condvar for somebody to notify it
        late at chapters/04-classic-problems/src/dining.rs:102
          waits on a Condvar for somebody to notify it
        late at chapters/04-classic-problems/src/dining.rs:103
          waits on a Condvar for somebody to notify it
        late at chapters/04-classic-problems/src/dining.rs:104
          waits on a Condvar for somebody to notify it
        late at chapters/04-classic-problems/src/dining.rs:105
          waits on a Condvar for somebody to notify it
        late at chapters/04-classic-problems/src/dining.rs:106
          waits on a Condvar for somebody to notify it
        late at chapters/04-classic-problems/src/dining.rs:107
          waits on a Condvar for somebody to notify it
        … and 12 more threads
        ");
    }

    #[test]
    fn the_learners_frame_is_the_first_that_is_not_foreign() {
        let frame = |file: &str| Frame {
            function: "f".into(),
            site: Some(Site {
                file: file.into(),
                line: 7,
            }),
        };
        let runs = ThreadState {
            stack: vec![
                frame("/rustc/5980/library/std/src/sync/poison/mutex.rs"),
                frame("/home/me/.cargo/registry/src/index/crossbeam-channel-0.5/src/lib.rs"),
                frame("/home/me/course/crates/kit/src/sync.rs"),
                frame("/home/me/course/chapters/04-classic-problems/src/pool.rs"),
                frame("/home/me/course/chapters/04-classic-problems/tests/pool.rs"),
            ],
            ..thread("worker", &[], None)
        };
        assert_eq!(runs.site().unwrap().to_string(), "src/pool.rs:7");
        let stripped = ThreadState {
            stack: [
                "__futex",
                "std::thread::park",
                "ch04::pool::work",
                "std::rt::start",
            ]
            .map(|name| Frame {
                function: name.into(),
                site: None,
            })
            .into(),
            ..thread("worker", &[], None)
        };
        assert_eq!(
            render(&[stripped], 80),
            "worker in ch04::pool::work\n  runs\n"
        );
    }

    #[test]
    fn where_a_thread_stands_is_the_learners_line_before_the_tests() {
        let frame = |file: &str| Frame {
            function: "f".into(),
            site: Some(Site {
                file: file.into(),
                line: 7,
            }),
        };
        let mut waits = ThreadState {
            stack: vec![
                frame("chapters/04/tests/pool.rs"),
                frame("chapters/04/src/pool.rs"),
            ],
            ..thread("worker", &[], None)
        };
        assert_eq!(
            waits.site().unwrap().to_string(),
            "chapters/04/src/pool.rs:7"
        );
        waits.stack.pop();
        assert_eq!(
            waits.site().unwrap().to_string(),
            "chapters/04/tests/pool.rs:7"
        );
    }

    #[test]
    fn tests_and_models_are_told_by_their_folder() {
        for file in [
            "tests/pool.rs",
            "solutions/04/tests/../../../chapters/04/tests/pool.rs",
            "chapters/04/tests/hidden/pool.rs",
            "C:\\course\\chapters\\04\\models\\pool.rs",
        ] {
            assert!(is_test(file), "{file}");
        }
        for file in [
            "tests.rs",
            "chapters/04/src/pool.rs",
            "chapters/04/models/../src/pool.rs",
            "/home/me/tests/chapters/04/src/pool.rs",
            "solutions/04/known_bad/pool/no_lock.rs",
        ] {
            assert!(!is_test(file), "{file}");
        }
    }

    #[test]
    fn locks_are_called_by_what_they_guard() {
        let lock = |address, kind, guards: &str| Lock {
            address,
            kind,
            guards: guards.into(),
        };
        let threads = [thread(
            "a",
            &[
                lock(8, LockKind::Mutex, "i32"),
                lock(4, LockKind::Mutex, "i32"),
                lock(
                    5,
                    LockKind::Read,
                    "core::option::Option<ch04::bank::Account>",
                ),
                lock(6, LockKind::Mutex, "ch04::bank::Account"),
                lock(7, LockKind::Mutex, "(u8, ch04::bank::Account)"),
            ],
            None,
        )];
        let names: Vec<String> = lock_names(&threads).into_values().collect();
        assert_eq!(
            names,
            [
                "Mutex<i32> 0",
                "RwLock<Option<Account>>",
                "Account",
                "Mutex<(u8, Account)>",
                "Mutex<i32> 1"
            ]
        );
    }
}
