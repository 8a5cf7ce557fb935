//! What else a factory must stand: every kind of buffer, producers that end one by one, stops and
//! panics at awkward moments.

use ch04::producer_consumer::{Running, start};
use harness::{Rendezvous, Verdict};
use kit::sync::{Arc, Condvar, Mutex};

/// An item: its producer, and how many that producer had made before.
type Item = (usize, usize);

#[harness::test]
fn each_item_once_through_every_kind_of_buffer() {
    for capacity in [0, 1, 16, 100_000] {
        let (floor, running) = Floor::new(&[5_000; 4], 3).start(capacity);
        let report = running.wait();
        floor.assert_consumed_once(&[5_000; 4]);
        assert_eq!(report.produced, [5_000; 4], "items made by each producer");
        assert_eq!(
            report.consumed,
            floor.consumed_by_each(),
            "items consumed by each consumer"
        );
    }
}

#[harness::test]
fn producers_of_different_sizes_are_counted_each_for_itself() {
    let (floor, running) = Floor::new(&[0, 10, 20], 2).start(2);
    let report = running.wait();
    floor.assert_consumed_once(&[0, 10, 20]);
    assert_eq!(report.produced, [0, 10, 20], "items made by each producer");
}

#[harness::test]
fn one_producer_and_one_consumer_keep_the_order() {
    for capacity in [0, 3] {
        let (floor, running) = Floor::new(&[1_000], 1).start(capacity);
        running.wait();
        floor.assert_consumed_once(&[1_000]);
        let consumed = floor.consumed[0].lock().unwrap();
        assert!(consumed.is_sorted(), "out of order, capacity {capacity}");
    }
}

/// Busy consumers hold one item each, waiting producers hold one each, and the buffer holds exactly
/// its capacity: not one more, not one less, and none at all when it is 0.
#[harness::test]
fn no_more_items_exist_than_hands_and_places() {
    for capacity in [0, 1, 2, 9] {
        let floor = Floor::new(&[50, 50], 2).meeting().gate_closed();
        let (floor, running) = floor.start(capacity);
        harness::wait_until_quiet();
        let made = floor.made.get();
        floor.gate.add_one();
        running.wait();
        assert_eq!(
            made,
            2 + capacity + 2,
            "items made with 2 busy consumers, {capacity} places, 2 waiting producers"
        );
    }
}

/// Producer 0 has nothing to make. Only when it and everything that follows from its end is over
/// does producer 1 begin.
#[harness::test]
fn a_producer_that_ends_ends_nobody_else() {
    let (made, gate) = (Arc::new(Count::new(0)), Arc::new(Count::new(0)));
    let consumed = Arc::new(Count::new(0));
    let running = {
        let (made, gate, consumed) = (Arc::clone(&made), Arc::clone(&gate), Arc::clone(&consumed));
        let produce = move |producer| {
            if producer == 0 || made.get() == 20 {
                return None;
            }
            gate.wait_for(1);
            made.add_one();
            Some(())
        };
        start(2, 2, 4, produce, move |_, ()| consumed.add_one())
    };
    harness::wait_until_quiet();
    gate.add_one();
    let report = running.wait();
    assert_eq!(consumed.get(), 20, "items consumed");
    assert_eq!(report.produced, [0, 20], "items made by each producer");
}

/// The stop comes while a producer is inside `produce` and every consumer is idle. The item that
/// comes out of it afterwards is an item like any other.
#[harness::test]
fn an_item_in_the_making_is_consumed_after_a_stop() {
    let (begun, gate) = (Arc::new(Count::new(0)), Arc::new(Count::new(0)));
    let consumed = Arc::new(Count::new(0));
    let running = {
        let (begun, gate, consumed) =
            (Arc::clone(&begun), Arc::clone(&gate), Arc::clone(&consumed));
        let produce = move |_| {
            begun.add_one();
            gate.wait_for(1);
            Some(())
        };
        start(1, 2, 4, produce, move |_, ()| consumed.add_one())
    };
    begun.wait_for(1);
    let stopper = harness::spawn("stopper", move || running.stop());
    harness::wait_until_quiet();
    gate.add_one();
    let report = stopper.join();
    assert_eq!(
        consumed.get(),
        begun.get(),
        "items consumed, and items begun"
    );
    assert_eq!(
        report.produced,
        [1],
        "items made: one was begun before the stop"
    );
}

/// Somebody waits for the factory before the producer has made its first item.
#[harness::test]
fn waiting_stops_nothing() {
    let (made, gate) = (Arc::new(Count::new(0)), Arc::new(Count::new(0)));
    let running = {
        let (made, gate) = (Arc::clone(&made), Arc::clone(&gate));
        let produce = move |_| {
            gate.wait_for(1);
            made.add_one();
            (made.get() <= 20).then_some(())
        };
        start(1, 1, 2, produce, |_, ()| {})
    };
    let waiter = harness::spawn("waiter", move || running.wait());
    harness::wait_until_quiet();
    gate.add_one();
    let report = waiter.join();
    assert_eq!((report.produced, report.consumed), (vec![20], vec![20]));
}

#[harness::test]
fn a_stop_after_the_end_reports_the_same() {
    let (_, running) = Floor::new(&[30, 30], 1).start(2);
    harness::wait_until_quiet();
    let report = running.stop();
    assert_eq!((report.produced, report.consumed), (vec![30, 30], vec![60]));
}

/// Consumer 0 panics over its first item. Consumer 1 must get all others.
#[harness::test]
fn a_panic_of_one_consumer_leaves_the_rest_to_the_others() {
    let floor = Floor::new(&[50, 50], 2).meeting().consumer_0_panics();
    let (floor, running) = floor.start(2);
    let message = harness::expect_panic(|| running.wait());
    assert_eq!(
        message, "consumer 0",
        "the panic that reaches the caller of wait"
    );
    floor.assert_consumed_once(&[50, 50]);
    assert_eq!(floor.consumed_by_each(), [1, 99]);
}

/// Producer 0 panics in its third call. The two items before it and all of producer 1's are consumed.
#[harness::test]
fn a_panic_of_one_producer_leaves_the_rest_to_the_others() {
    let floor = Floor::new(&[50, 50], 2)
        .meeting()
        .producer_0_panics_after(2);
    let (floor, running) = floor.start(2);
    let message = harness::expect_panic(|| running.wait());
    assert_eq!(
        message, "producer 0",
        "the panic that reaches the caller of wait"
    );
    floor.assert_consumed_once(&[2, 50]);
}

/// The only producer panics while the consumer is busy and two more items lie in the buffer. The panic
/// must not reach the caller of `wait` before they are consumed.
#[harness::test]
fn a_panic_of_a_producer_is_passed_on_after_the_last_consume() {
    let floor = Floor::new(&[ENDLESS], 1)
        .gate_closed()
        .producer_0_panics_after(3);
    let (floor, running) = floor.start(4);
    let waiter = harness::spawn("waiter", move || harness::expect_panic(|| running.wait()));
    harness::wait_until_quiet();
    let returned = waiter.is_finished();
    floor.gate.add_one();
    let message = waiter.join();
    if returned {
        harness::fail(
            Verdict::Leak,
            "wait passed the panic on while the consumer was busy",
        );
    }
    assert_eq!(
        message, "producer 0",
        "the panic that reaches the caller of wait"
    );
    floor.assert_consumed_once(&[3]);
}

/// `stop` passes a panic on as `wait` does, and not before every thread is gone.
#[harness::test]
fn stop_passes_a_panic_on_when_all_have_ended() {
    let floor = Floor::new(&[ENDLESS; 2], 2).meeting().consumer_0_panics();
    let (floor, running) = floor.start(2);
    floor.made.wait_for(20);
    let message = harness::expect_panic(|| running.stop());
    assert_eq!(
        message, "consumer 0",
        "the panic that reaches the caller of stop"
    );
    floor.fail_if_threads_live_on("stop");
    floor.assert_consumed_once(&floor.begun_by_each());
}

/// A drop is a stop: with a full buffer, busy consumers and waiting producers too.
#[harness::test]
fn a_drop_finishes_what_was_made() {
    let floor = Floor::new(&[ENDLESS; 2], 2).meeting().gate_closed();
    let (floor, running) = floor.start(3);
    floor.made.wait_for(7);
    let dropper = harness::spawn("dropper", move || drop(running));
    dropper.wait_until_blocked();
    let begun_before_drop = floor.begun_by_each();
    floor.gate.add_one();
    dropper.join();
    floor.fail_if_threads_live_on("drop");
    floor.assert_consumed_once(&floor.begun_by_each());
    assert_eq!(
        floor.begun_by_each(),
        begun_before_drop,
        "nothing is begun after the drop"
    );
}

/// A panic out of a drop would turn any other panic into an abort.
#[harness::test]
fn a_drop_keeps_a_panic_to_itself() {
    let (floor, running) = Floor::new(&[ENDLESS], 1).consumer_0_panics().start(2);
    floor.made.wait_for(2);
    harness::wait_until_quiet();
    drop(running);
}

// ── What the tests watch ─────────────────────────────────────────────────────────────────────────

/// More than any producer ever makes.
const ENDLESS: usize = usize::MAX;

/// The shop floor, as in the public tests.
struct Floor {
    /// How many items each producer makes before its source is dry.
    supply: Vec<usize>,
    /// Calls of `produce` by each producer that were to make an item.
    begun: Vec<Count>,
    /// Items made by all producers.
    made: Count,
    consumed: Vec<Mutex<Vec<Item>>>,
    /// All producers pass the first, and all consumers the second, together and in their first call.
    meetings: Option<(Rendezvous, Rendezvous)>,
    /// Consumers pass it before they return from a call. Open at 1.
    gate: Count,
    consumer_0_panics: bool,
    producer_0_panics_after: usize,
}

impl Floor {
    fn new(supply: &[usize], consumers: usize) -> Floor {
        Floor {
            supply: supply.to_vec(),
            begun: supply.iter().map(|_| Count::new(0)).collect(),
            made: Count::new(0),
            consumed: (0..consumers).map(|_| Mutex::default()).collect(),
            meetings: None,
            gate: Count::new(1),
            consumer_0_panics: false,
            producer_0_panics_after: ENDLESS,
        }
    }

    fn meeting(mut self) -> Floor {
        self.meetings = Some((
            Rendezvous::new("all producers in produce", self.supply.len()),
            Rendezvous::new("all consumers in consume", self.consumed.len()),
        ));
        self
    }

    fn gate_closed(mut self) -> Floor {
        self.gate = Count::new(0);
        self
    }

    fn consumer_0_panics(mut self) -> Floor {
        self.consumer_0_panics = true;
        self
    }

    fn producer_0_panics_after(mut self, items: usize) -> Floor {
        self.producer_0_panics_after = items;
        self
    }

    /// Starts a factory on this floor.
    fn start(self, capacity: usize) -> (Arc<Floor>, Running) {
        let floor = Arc::new(self);
        let (producing, consuming) = (Arc::clone(&floor), Arc::clone(&floor));
        let running = start(
            floor.supply.len(),
            floor.consumed.len(),
            capacity,
            move |producer| producing.produce(producer),
            move |consumer, item| consuming.consume(consumer, item),
        );
        (floor, running)
    }

    fn produce(&self, producer: usize) -> Option<Item> {
        let number = self.begun[producer].get();
        if number == self.supply[producer] {
            return None;
        }
        if producer == 0 && number == self.producer_0_panics_after {
            harness::intended_panic("producer 0");
        }
        self.begun[producer].add_one();
        if let (0, Some((producers, _))) = (number, &self.meetings) {
            producers.wait();
        }
        self.made.add_one();
        Some((producer, number))
    }

    fn consume(&self, consumer: usize, item: Item) {
        let first = {
            let mut consumed = self.consumed[consumer].lock().unwrap();
            consumed.push(item);
            consumed.len() == 1
        };
        if let (true, Some((_, consumers))) = (first, &self.meetings) {
            consumers.wait();
        }
        if consumer == 0 && self.consumer_0_panics {
            harness::intended_panic("consumer 0");
        }
        self.gate.wait_for(1);
    }

    fn consumed_by_each(&self) -> Vec<usize> {
        self.consumed
            .iter()
            .map(|items| items.lock().unwrap().len())
            .collect()
    }

    fn begun_by_each(&self) -> Vec<usize> {
        self.begun.iter().map(Count::get).collect()
    }

    /// Exactly so many items of each producer, each of them once.
    fn assert_consumed_once(&self, made_by: &[usize]) {
        let mut consumed: Vec<Item> = self
            .consumed
            .iter()
            .flat_map(|items| items.lock().unwrap().clone())
            .collect();
        consumed.sort();
        let made: Vec<Item> = (0..)
            .zip(made_by)
            .flat_map(|(producer, made)| (0..*made).map(move |item| (producer, item)))
            .collect();
        let differ = made.iter().zip(&consumed).find(|(a, b)| a != b);
        assert!(
            consumed == made,
            "{} items were consumed and {} made; the first that differ, if any: {differ:?}",
            consumed.len(),
            made.len()
        );
    }

    /// The closures hold the floor, and the threads hold the closures.
    fn fail_if_threads_live_on(self: &Arc<Self>, after: &str) {
        if Arc::strong_count(self) > 1 {
            harness::fail(
                Verdict::Leak,
                format!("{after} returned, and workers live on"),
            );
        }
    }
}

/// A number that threads can wait on.
struct Count {
    value: Mutex<usize>,
    grew: Condvar,
}

impl Count {
    fn new(value: usize) -> Count {
        Count {
            value: Mutex::new(value),
            grew: Condvar::new(),
        }
    }

    fn get(&self) -> usize {
        *self.value.lock().unwrap()
    }

    fn add_one(&self) {
        *self.value.lock().unwrap() += 1;
        self.grew.notify_all();
    }

    fn wait_for(&self, at_least: usize) {
        let value = self.value.lock().unwrap();
        drop(
            self.grew
                .wait_while(value, |value| *value < at_least)
                .unwrap(),
        );
    }
}
