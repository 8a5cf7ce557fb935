//! What the race detector promises: a test for each rule of happens-before, in which the rule orders two
//! accesses, and in which it does not; then what is reported, then the traces that cannot have happened.

use ch03::race_detector::{Action, Event, MAIN, Malformed, Race, Thread, Trace, Why, races};

/// Locations.
const X: u32 = 10;
const Y: u32 = 11;
/// Mutexes.
const M: u32 = 20;
const N: u32 = 21;
/// The first channel.
const C: usize = 0;
/// Atomics.
const A: u32 = 30;
const B: u32 = 31;

const ACQUIRE: bool = true;
const RELEASE: bool = true;
const RELAXED: bool = false;

// Events, as they are written below.

fn spawn(thread: Thread, child: Thread) -> Event {
    event(thread, Action::Spawn(child))
}
fn join(thread: Thread, child: Thread) -> Event {
    event(thread, Action::Join(child))
}
fn lock(thread: Thread, mutex: u32) -> Event {
    event(thread, Action::Lock(mutex))
}
fn unlock(thread: Thread, mutex: u32) -> Event {
    event(thread, Action::Unlock(mutex))
}
fn send(thread: Thread, channel: usize) -> Event {
    event(thread, Action::Send(channel))
}
fn receive(thread: Thread, channel: usize) -> Event {
    event(thread, Action::Receive(channel))
}
fn read(thread: Thread, location: u32) -> Event {
    event(thread, Action::Read(location))
}
fn write(thread: Thread, location: u32) -> Event {
    event(thread, Action::Write(location))
}
fn load(thread: Thread, atomic: u32, acquire: bool) -> Event {
    event(thread, Action::Load { atomic, acquire })
}
fn store(thread: Thread, atomic: u32, release: bool) -> Event {
    event(thread, Action::Store { atomic, release })
}
fn update(thread: Thread, atomic: u32, acquire: bool, release: bool) -> Event {
    let action = Action::Update {
        atomic,
        acquire,
        release,
    };
    event(thread, action)
}
fn event(thread: Thread, action: Action) -> Event {
    Event { thread, action }
}

/// The trace in which main spawns threads 1 to `threads`, and then `events` happen. In the tests below the
/// indices of races count from the first of `events`.
fn run(threads: Thread, capacities: &[usize], events: &[Event]) -> Trace {
    let spawns = (1..=threads).map(|child| spawn(MAIN, child));
    Trace {
        capacities: capacities.to_vec(),
        events: spawns.chain(events.iter().copied()).collect(),
    }
}

/// With three threads beside main, and the first channel's capacity.
#[track_caller]
fn expect(capacity: usize, events: &[Event], expected: &[(usize, usize)]) {
    let threads = 3;
    let trace = run(threads, &[capacity], events);
    let begin = threads as usize;
    let expected: Vec<Race> = expected
        .iter()
        .map(|&(earlier, later)| Race {
            earlier: begin + earlier,
            later: begin + later,
        })
        .collect();
    let found = races(&trace);
    assert!(
        found.as_ref() == Ok(&expected),
        "in this trace (room in the channel: {capacity})\n{}expected {expected:?}\n   found {found:?}",
        lines(&trace)
    );
}

#[track_caller]
fn expect_malformed(capacities: &[usize], events: &[Event], why: Why) {
    let trace = run(2, capacities, events);
    let expected = Malformed {
        event: trace.events.len() - 1,
        why,
    };
    let found = races(&trace);
    assert!(
        found == Err(expected),
        "the last event of this trace (room in the channels: {capacities:?}) cannot have happened\n{}\
         expected {expected:?}\n   found {found:?}",
        lines(&trace)
    );
}

/// The end of it, which is all of it in most tests.
fn lines(trace: &Trace) -> String {
    let line = |(index, event): (usize, &Event)| {
        format!("{index:>4}  thread {}: {:?}\n", event.thread, event.action)
    };
    let events = trace.events.iter().enumerate();
    let skipped = trace.events.len().saturating_sub(20);
    let dots = if skipped > 0 { "   …\n" } else { "" };
    let shown = events.skip(skipped).map(line).collect::<String>();
    format!("{dots}{shown}")
}

// What a race is.

#[harness::test]
fn the_order_of_the_trace_orders_nothing() {
    expect(1, &[write(1, X), write(2, X)], &[(0, 1)]);
}

#[harness::test]
fn a_write_races_with_a_read_whichever_comes_first() {
    expect(1, &[write(1, X), read(2, X)], &[(0, 1)]);
    expect(1, &[read(1, X), write(2, X)], &[(0, 1)]);
}

#[harness::test]
fn two_reads_do_not_race_nor_two_locations_nor_a_thread_with_itself() {
    expect(1, &[read(1, X), read(2, X)], &[]);
    expect(1, &[write(1, X), write(2, Y)], &[]);
    expect(1, &[write(1, X), read(1, X), write(1, X)], &[]);
}

// What orders them.

#[harness::test]
fn a_spawn_orders_what_came_before_it_and_nothing_after() {
    let spawned = |events: &[Event], expected: &[Race]| {
        let trace = run(0, &[], events);
        assert_eq!(races(&trace).as_deref(), Ok(expected), "{}", lines(&trace));
    };
    spawned(&[write(MAIN, X), spawn(MAIN, 1), write(1, X)], &[]);
    let race = Race {
        earlier: 1,
        later: 2,
    };
    spawned(&[spawn(MAIN, 1), write(MAIN, X), write(1, X)], &[race]);
    // Also through a child that did nothing.
    let through = [
        spawn(MAIN, 1),
        write(MAIN, X),
        spawn(MAIN, 2),
        join(1, 2),
        write(1, X),
    ];
    spawned(&through, &[]);
}

#[harness::test]
fn a_join_orders_all_that_the_child_did() {
    expect(1, &[write(1, X), join(MAIN, 1), write(MAIN, X)], &[]);
    // Another child is not joined by that.
    let events = [write(1, X), join(MAIN, 2), write(MAIN, X)];
    expect(1, &events, &[(0, 2)]);
}

#[harness::test]
fn an_unlock_orders_what_came_before_it_and_the_later_lock_of_the_same_mutex() {
    let with = |mutex| {
        [
            lock(1, M),
            write(1, X),
            unlock(1, M),
            lock(2, mutex),
            write(2, X),
            unlock(2, mutex),
        ]
    };
    expect(1, &with(M), &[]);
    expect(1, &with(N), &[(1, 4)]);
}

#[harness::test]
fn what_comes_after_an_unlock_is_not_ordered_by_it() {
    let events = [
        lock(1, M),
        unlock(1, M),
        write(1, X),
        lock(2, M),
        write(2, X),
        unlock(2, M),
    ];
    expect(1, &events, &[(2, 4)]);
}

#[harness::test]
fn a_lock_takes_in_and_gives_nothing() {
    let events = [
        lock(1, M),
        write(1, X),
        // Thread 2 learns what thread 1 had done before, and not the other way round.
        unlock(1, M),
        write(2, Y),
        lock(2, M),
        unlock(2, M),
        read(1, Y),
        write(2, X),
    ];
    expect(1, &events, &[(3, 6)]);
}

#[harness::test]
fn an_order_goes_on_through_a_third_thread() {
    let events = [
        write(1, X),
        lock(1, M),
        unlock(1, M),
        lock(2, M),
        unlock(2, M),
        send(2, C),
        receive(3, C),
        write(3, X),
    ];
    expect(1, &events, &[]);
}

#[harness::test]
fn a_receive_comes_after_the_send_of_its_item_and_of_no_later_one() {
    let events = [
        write(1, X),
        send(1, C),
        write(2, Y),
        send(2, C),
        receive(3, C),
        read(3, X),
        read(3, Y),
        receive(3, C),
        read(3, Y),
    ];
    expect(2, &events, &[(2, 6)]);
}

/// A channel with room for `C` items as a semaphore: to send is to enter, to receive is to leave.
#[harness::test]
fn a_receive_comes_before_the_send_that_takes_its_place() {
    let events = [
        send(1, C),
        write(1, X),
        receive(1, C),
        send(2, C),
        write(2, X),
        receive(2, C),
        send(3, C),
        write(3, X),
        receive(3, C),
    ];
    // With room for two, the third who enters comes after the first, and nobody after the second.
    expect(1, &events, &[]);
    expect(2, &events, &[(1, 4), (4, 7)]);
    expect(3, &events, &[(1, 4), (4, 7)]);
    let events = [
        send(1, C),
        write(1, X),
        receive(1, C),
        send(2, C),
        send(3, C),
        read(3, X),
    ];
    expect(2, &events, &[]);
    expect(3, &events, &[(1, 5)]);
}

#[harness::test]
fn without_room_a_send_ends_with_the_receive() {
    let events = [
        write(2, X),
        write(1, Y),
        send(1, C),
        receive(2, C),
        read(2, Y),
        read(1, X),
    ];
    expect(0, &events, &[]);
    // With room for one the sender has gone on: it need not wait for anybody.
    expect(1, &events, &[(0, 5)]);
    // That the sender ends comes after its send, too.
    let events = [
        send(1, C),
        write(2, X),
        receive(2, C),
        join(MAIN, 1),
        write(MAIN, X),
    ];
    expect(0, &events, &[]);
    // What the receiver does after the receive is not ordered.
    let events = [send(1, C), receive(2, C), write(2, X), write(1, X)];
    expect(0, &events, &[(2, 3)]);
}

#[harness::test]
fn a_release_store_comes_before_an_acquire_load_that_finds_it() {
    let handed = |release, acquire, atomic| {
        [
            write(1, X),
            store(1, A, release),
            load(2, atomic, acquire),
            read(2, X),
        ]
    };
    expect(1, &handed(RELEASE, ACQUIRE, A), &[]);
    expect(1, &handed(RELEASE, RELAXED, A), &[(0, 3)]);
    expect(1, &handed(RELAXED, ACQUIRE, A), &[(0, 3)]);
    expect(1, &handed(RELEASE, ACQUIRE, B), &[(0, 3)]);
}

#[harness::test]
fn a_load_that_finds_a_later_store_learns_nothing_of_the_earlier_one() {
    // By another thread or the same one, relaxed or with release.
    for (other, release) in [(3, RELAXED), (1, RELAXED), (3, RELEASE)] {
        let events = [
            write(1, X),
            store(1, A, RELEASE),
            store(other, A, release),
            load(2, A, ACQUIRE),
            read(2, X),
        ];
        expect(1, &events, &[(0, 4)]);
    }
}

#[harness::test]
fn an_update_passes_on_what_it_found() {
    let counted = |acquire, release| {
        [
            write(1, X),
            update(1, A, RELAXED, RELEASE),
            write(3, Y),
            update(3, A, acquire, release),
            load(2, A, ACQUIRE),
            read(2, X),
            read(2, Y),
        ]
    };
    expect(1, &counted(RELAXED, RELAXED), &[(2, 6)]);
    expect(1, &counted(ACQUIRE, RELAXED), &[(2, 6)]);
    expect(1, &counted(RELAXED, RELEASE), &[]);
    expect(1, &counted(ACQUIRE, RELEASE), &[]);
}

/// As in the reference counter of an `Arc`: each decrement releases, and the last one acquires.
#[harness::test]
fn an_update_acquires_if_it_says_so() {
    for (acquire, expected) in [(ACQUIRE, vec![]), (RELAXED, vec![(0, 3)])] {
        let events = [
            write(1, X),
            update(1, A, RELAXED, RELEASE),
            update(2, A, acquire, RELEASE),
            write(2, X),
        ];
        expect(1, &events, &expected);
    }
}

// What is reported.

#[harness::test]
fn an_access_is_reported_once_with_the_latest_that_it_races_with() {
    let events = [read(1, X), write(2, X), read(2, X), read(3, X), write(3, X)];
    expect(1, &events, &[(0, 1), (1, 3), (2, 4)]);
}

#[harness::test]
fn the_latest_that_it_races_with_may_be_older_than_one_that_is_ordered() {
    let events = [
        read(1, X),
        read(2, X),
        send(2, C),
        receive(3, C),
        write(3, X), // after the read of thread 2, and not after that of thread 1
    ];
    expect(1, &events, &[(0, 4)]);
    let events = [
        write(1, X),
        write(2, X),
        send(2, C),
        receive(3, C),
        read(3, X),
    ];
    expect(1, &events, &[(0, 1), (0, 4)]);
}

#[harness::test]
fn a_trace_without_events_has_no_races() {
    assert_eq!(races(&Trace::default()), Ok(vec![]));
}

#[harness::test]
fn numbers_are_names_and_room_can_be_without_end() {
    let (other, far) = (u32::MAX, u32::MAX - 1);
    let trace = Trace {
        capacities: vec![usize::MAX],
        events: vec![
            spawn(MAIN, other),
            lock(other, far),
            write(other, far),
            unlock(other, far),
            store(other, far, RELEASE),
            send(other, C),
            receive(MAIN, C),
            read(MAIN, far),
            write(other, far),
        ],
    };
    let race = Race {
        earlier: 7,
        later: 8,
    };
    assert_eq!(races(&trace), Ok(vec![race]));
}

/// All of them to one location, by four threads in turn, under a lock that one of them forgets in the end.
#[harness::test]
fn a_hundred_thousand_events_are_no_work() {
    let mut events = Vec::new();
    for round in 0..25_000 {
        let thread = round % 4;
        events.push(lock(thread, M));
        events.push(read(thread, X));
        events.push(write(thread, X));
        events.push(unlock(thread, M));
    }
    let last_write = events.len() - 2;
    let unlocked = read(0, X);
    events.push(unlocked);
    expect(1, &events, &[(last_write, events.len() - 1)]);
}

// Traces that cannot have happened.

#[harness::test]
fn a_thread_acts_between_its_spawn_and_its_join() {
    expect_malformed(&[], &[read(7, X)], Why::NotSpawned);
    expect_malformed(&[], &[join(MAIN, 1), read(1, X)], Why::Joined);
    expect_malformed(&[], &[spawn(1, 2)], Why::SpawnedBefore);
    expect_malformed(&[], &[spawn(1, MAIN)], Why::SpawnedBefore);
    expect_malformed(&[], &[join(MAIN, 1), spawn(2, 1)], Why::SpawnedBefore);
    expect_malformed(&[], &[join(1, 7)], Why::CannotJoin);
    expect_malformed(&[], &[join(1, MAIN)], Why::CannotJoin);
    expect_malformed(&[], &[join(1, 1)], Why::CannotJoin);
    expect_malformed(&[], &[join(MAIN, 1), join(2, 1)], Why::CannotJoin);
}

#[harness::test]
fn a_mutex_is_locked_once_and_unlocked_by_its_holder() {
    expect_malformed(&[], &[lock(1, M), lock(2, M)], Why::Locked);
    expect_malformed(&[], &[lock(1, M), lock(1, M)], Why::Locked);
    expect_malformed(&[], &[unlock(1, M)], Why::NotHeld);
    expect_malformed(&[], &[lock(1, M), unlock(2, M)], Why::NotHeld);
    let again = [lock(1, M), unlock(1, M), unlock(1, M)];
    expect_malformed(&[], &again, Why::NotHeld);
}

#[harness::test]
fn a_channel_holds_what_it_has_room_for() {
    expect_malformed(&[1], &[send(1, 1)], Why::NoSuchChannel);
    expect_malformed(&[1], &[receive(1, 1)], Why::NoSuchChannel);
    expect_malformed(&[1], &[send(1, C), send(2, C)], Why::Full);
    expect_malformed(&[1], &[receive(1, C)], Why::Empty);
    let twice = [send(1, C), receive(2, C), receive(2, C)];
    expect_malformed(&[1], &twice, Why::Empty);
    expect_malformed(&[0], &[receive(1, C)], Why::Empty);
}

#[harness::test]
fn a_sender_without_room_does_nothing_until_somebody_receives() {
    expect_malformed(&[0], &[send(1, C), read(1, X)], Why::StillSending);
    expect_malformed(&[0], &[send(1, C), receive(1, C)], Why::StillSending);
    expect_malformed(&[0], &[send(1, C), join(MAIN, 1)], Why::CannotJoin);
    // Two may wait, and the first who came is the first to go.
    let one_gone = [send(1, C), send(2, C), receive(MAIN, C), read(2, X)];
    expect_malformed(&[0], &one_gone, Why::StillSending);
    let trace = run(
        2,
        &[0],
        &[send(1, C), send(2, C), receive(MAIN, C), read(1, X)],
    );
    assert_eq!(races(&trace), Ok(vec![]), "{}", lines(&trace));
}
