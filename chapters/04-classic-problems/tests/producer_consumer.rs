//! What a factory promises: each item once, room for so many and no more, and an end that loses
//! nothing. No test sleeps: they hold workers back at gates, and wait for what must happen.

use ch04::producer_consumer::{Running, start};
use harness::Rendezvous;
use kit::sync::{Arc, Condvar, Mutex};

#[harness::test]
fn every_item_is_consumed_exactly_once() {
    let (floor, running) = Floor::new(3, 2, 100).start(4);
    let report = running.wait();

    floor.assert_each_item_consumed_once();
    assert_eq!(
        report.produced,
        [100, 100, 100],
        "items made by each producer"
    );
    assert_eq!(
        report.consumed,
        floor.consumed_by_each(),
        "items consumed by each consumer"
    );
}

/// Three producers meet in `produce`. If one has to end before the next begins, they never meet.
#[harness::test]
fn producers_work_at_the_same_time() {
    let (floor, running) = Floor::new(3, 1, 5).producers_meet().start(4);
    running.wait();
    floor.assert_each_item_consumed_once();
}

/// Three consumers meet in `consume`. If one keeps the others from the buffer while it works, they
/// never meet.
#[harness::test]
fn consumers_work_at_the_same_time() {
    let (floor, running) = Floor::new(1, 3, 9).consumers_meet().start(4);
    running.wait();
    floor.assert_each_item_consumed_once();
}

/// Two consumers keep an item each, the buffer holds three, two producers have an item in hand and
/// no room for it: seven are made, and the eighth has to wait.
#[harness::test]
fn a_full_buffer_holds_producers_back() {
    let floor = Floor::new(2, 2, 50)
        .producers_meet()
        .consumers_meet()
        .gate_closed();
    let (floor, running) = floor.start(3);
    harness::wait_until_quiet();
    let made = floor.made.get();

    floor.gate.add_one();
    running.wait();
    assert_eq!(
        made, 7,
        "items made while 2 consumers were busy: 2 in their hands, 3 in the buffer, 2 in the hands \
         of producers"
    );
}

/// The producer has ended and left four items; the only consumer is busy with the first of them.
/// Nothing is over before the last one is consumed.
#[harness::test]
fn wait_returns_when_the_last_item_is_consumed() {
    let (floor, running) = Floor::new(1, 1, 4).gate_closed().start(4);
    let waiter = harness::spawn("waiter", move || running.wait());
    harness::wait_until_quiet();
    let returned = waiter.is_finished();

    floor.gate.add_one();
    waiter.join();
    assert!(
        !returned,
        "wait returned while the consumer was busy with the first of 4 items"
    );
    floor.assert_each_item_consumed_once();
}

/// The stop comes when the buffer is full, both consumers are busy, and both producers wait for room.
/// All seven items have been made, so all seven must be consumed.
#[harness::test]
fn stop_loses_nothing_that_was_made() {
    let floor = Floor::new(2, 2, usize::MAX)
        .producers_meet()
        .consumers_meet()
        .gate_closed();
    let (floor, running) = floor.start(3);
    floor.made.wait_for(7);

    let stopper = harness::spawn("stopper", move || running.stop());
    stopper.wait_until_blocked();
    let begun_before_stop = floor.begun_by_each();
    floor.gate.add_one();
    let report = stopper.join();

    floor.assert_each_item_consumed_once();
    assert_eq!(
        report.produced,
        floor.begun_by_each(),
        "items made by each producer"
    );
    assert_eq!(
        report.consumed,
        floor.consumed_by_each(),
        "items consumed by each consumer"
    );
    assert_eq!(
        floor.begun_by_each(),
        begun_before_stop,
        "nothing is begun after the stop"
    );
}

/// Whenever the stop comes, nothing is lost.
#[harness::test(stress)]
fn stop_at_any_moment_loses_nothing() {
    for round in 0..200 {
        let (floor, running) = Floor::new(2, 2, usize::MAX).start(round % 4);
        floor.made.wait_for(round % 20);
        let report = running.stop();
        floor.assert_each_item_consumed_once();
        assert_eq!(
            report.produced,
            floor.begun_by_each(),
            "items made by each producer"
        );
    }
}

/// Nobody holds the factory any more: when the test ends, none of its threads may be left.
#[harness::test]
fn a_dropped_factory_leaves_no_thread_behind() {
    let (floor, running) = Floor::new(2, 2, usize::MAX).producers_meet().start(1);
    floor.made.wait_for(10);
    drop(running);
}

/// The only consumer panics. The producers would go on for ever, but what they make has nowhere to
/// go: they must end, and `wait` must pass the panic on.
#[harness::test]
fn a_panic_of_the_only_consumer_ends_the_factory() {
    let running = start(2, 1, 1, Some, |_, _| harness::intended_panic("boom"));
    let message = harness::expect_panic(|| running.wait());
    assert_eq!(message, "boom", "the panic that reaches the caller of wait");
}

#[harness::test]
fn a_factory_has_two_sides() {
    let message = harness::expect_panic(|| drop(start(0, 1, 1, Some, |_, _| {})));
    assert!(
        message.contains("producer"),
        "without producers the message was {message:?}"
    );

    let message = harness::expect_panic(|| drop(start(1, 0, 1, Some, |_, _| {})));
    assert!(
        message.contains("consumer"),
        "without consumers the message was {message:?}"
    );
}

// ── What the tests watch ─────────────────────────────────────────────────────────────────────────

/// An item: its producer, and how many that producer had made before.
type Item = (usize, usize);

/// The shop floor: gives producers something to make, keeps what consumers get, and holds either
/// side back where a test wants it.
struct Floor {
    /// How many items each producer makes before its source is dry.
    supply: usize,
    /// Items begun by each producer.
    begun: Vec<Count>,
    /// Items made by all producers.
    made: Count,
    consumed: Vec<Mutex<Vec<Item>>>,
    /// All producers pass it together, in their first call.
    producers_meet: Option<Rendezvous>,
    /// All consumers pass it together, in their first call.
    consumers_meet: Option<Rendezvous>,
    /// Consumers pass it before they return from a call. Open at 1.
    gate: Count,
}

impl Floor {
    fn new(producers: usize, consumers: usize, supply: usize) -> Floor {
        Floor {
            supply,
            begun: (0..producers).map(|_| Count::new(0)).collect(),
            made: Count::new(0),
            consumed: (0..consumers).map(|_| Mutex::default()).collect(),
            producers_meet: None,
            consumers_meet: None,
            gate: Count::new(1),
        }
    }

    fn producers_meet(mut self) -> Floor {
        self.producers_meet = Some(Rendezvous::new(
            "all producers in produce",
            self.begun.len(),
        ));
        self
    }

    fn consumers_meet(mut self) -> Floor {
        self.consumers_meet = Some(Rendezvous::new(
            "all consumers in consume",
            self.consumed.len(),
        ));
        self
    }

    fn gate_closed(mut self) -> Floor {
        self.gate = Count::new(0);
        self
    }

    /// Starts a factory on this floor.
    fn start(self, capacity: usize) -> (Arc<Floor>, Running) {
        let floor = Arc::new(self);
        let (producing, consuming) = (Arc::clone(&floor), Arc::clone(&floor));
        let running = start(
            floor.begun.len(),
            floor.consumed.len(),
            capacity,
            move |producer| producing.produce(producer),
            move |consumer, item| consuming.consume(consumer, item),
        );
        (floor, running)
    }

    fn produce(&self, producer: usize) -> Option<Item> {
        let number = self.begun[producer].get();
        if number == self.supply {
            return None;
        }
        self.begun[producer].add_one();
        if let (0, Some(all)) = (number, &self.producers_meet) {
            all.wait();
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
        if let (true, Some(all)) = (first, &self.consumers_meet) {
            all.wait();
        }
        self.gate.wait_for(1);
    }

    fn begun_by_each(&self) -> Vec<usize> {
        self.begun.iter().map(Count::get).collect()
    }

    fn consumed_by_each(&self) -> Vec<usize> {
        self.consumed
            .iter()
            .map(|items| items.lock().unwrap().len())
            .collect()
    }

    /// To be asked when the factory has ended.
    fn assert_each_item_consumed_once(&self) {
        let mut consumed: Vec<Item> = self
            .consumed
            .iter()
            .flat_map(|items| items.lock().unwrap().clone())
            .collect();
        consumed.sort();
        let made = || {
            (0..)
                .zip(self.begun_by_each())
                .flat_map(|(p, n)| (0..n).map(move |i| (p, i)))
        };
        let lost: Vec<Item> = made()
            .filter(|item| consumed.binary_search(item).is_err())
            .collect();
        assert!(
            lost.is_empty(),
            "{} of {} items were made and not consumed; the first is item {} of producer {}",
            lost.len(),
            made().count(),
            lost[0].1,
            lost[0].0,
        );
        assert_eq!(
            consumed.len(),
            made().count(),
            "items consumed (left) and items made (right)"
        );
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
