//! The clock of a test: time stands still until the test moves it.

use super::timeline::{Key, Timeline, next_multiple};
use super::waiter::{Outcome, Waiter, lock};
use super::{Clock, sleep_until};
use crate::channel::{self, Receiver, Select, Sender, TrySendError};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// A clock that a test moves by hand.
///
/// A clone is another handle on the same clock: give `Arc::new(clock.clone())` to the code under test
/// and keep the other. Time starts at the real time of [`new`](ManualClock::new) and moves only in
/// [`advance`](ManualClock::advance) and [`advance_to_next`](ManualClock::advance_to_next). Nothing in
/// here uses a real timer or polls: a thread that sleeps on a clock which nobody moves is blocked for good.
///
/// # What a move does
///
/// A move is one step to all who look on: whoever calls [`now`](Clock::now) sees the time before it or
/// the time after it. What comes due within it happens in order of deadline, and in order of registration
/// where deadlines are equal; the time that a message of [`after`](Clock::after) or
/// [`tick`](Clock::tick) carries is its own deadline. No other thread gets to run in the middle of a
/// move, so of each ticker at most one tick arrives (the first, if the last one had been taken), and a
/// thread that was woken sees the end of the move and not its own deadline. To see every deadline on its
/// own, use `advance_to_next`.
///
/// # Waiting for the threads to come back
///
/// After a move, the threads that it woke do not count as sleepers any more, even though they may
/// not have run yet. So `wait_for_sleepers(n)` waits until they have done what they do and sleep
/// again:
///
/// ```
/// use kit::clock::{Clock, ManualClock};
/// use kit::{sync::{Arc, Mutex}, thread};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let beats = Arc::new(Mutex::new(Vec::new()));
/// thread::spawn({
///     let (clock, beats): (Arc<dyn Clock>, _) = (Arc::new(clock.clone()), beats.clone());
///     let start = clock.now();
///     move || loop {
///         clock.sleep(Duration::from_millis(500));
///         beats.lock().unwrap().push(clock.now() - start);
///     }
/// });
/// for _ in 0..3 {
///     clock.wait_for_sleepers(1);
///     clock.advance(Duration::from_millis(500));
/// }
/// clock.wait_for_sleepers(1); // the third beat is in the list
/// assert_eq!(*beats.lock().unwrap(), [500, 1000, 1500].map(Duration::from_millis));
/// ```
///
/// What happens between two sleeps is made visible by [`mark`](ManualClock::mark) and
/// [`wait_for_mark`](ManualClock::wait_for_mark); that a thread which selects over channels has made its
/// timer, by [`wait_for_timers`](ManualClock::wait_for_timers); that ticks have been taken, by
/// [`wait_until_received`](ManualClock::wait_until_received).
#[derive(Clone)]
pub struct ManualClock {
    inner: Arc<Inner>,
}

struct Inner {
    start: Instant,
    state: Mutex<State>,
    /// Held from the beginning of a move until all that it woke is settled, so that what one `advance`
    /// promises at its return also holds when two run at once. Locked before `state`.
    moving: Mutex<()>,
}

/// Lock order: `Inner::moving`, `Inner::state`, the lock of a `Waiter`.
struct State {
    timeline: Timeline<Event>,
    /// How many [`Event::Wake`] lie ahead.
    sleepers: usize,
    /// How many timers were ever made.
    timers: usize,
    /// How often each event was marked.
    marks: HashMap<String, usize>,
    /// Tests that wait for one of the numbers above.
    watchers: Vec<(Watch, Arc<Waiter>)>,
    /// Timers that have fired, the latest last. A timer stays connected after its message, as
    /// crossbeam's does; the channel cannot say when its receiver is gone, so they go by age.
    fired: VecDeque<Sender<Instant>>,
}

/// How many fired timers stay connected; about half a kilobyte each.
const FIRED_KEPT: usize = 1024;

enum Event {
    /// A thread that sleeps, or waits with a deadline.
    Wake(Arc<Waiter>),
    /// `after`.
    Once(Sender<Instant>),
    /// `tick`.
    Every(Duration, Sender<Instant>),
}

enum Watch {
    Sleepers(usize),
    Timers(usize),
    Mark(String, usize),
}

/// Where a waiter is registered.
pub(super) struct Alarm {
    clock: Arc<Inner>,
    key: Key,
}

impl ManualClock {
    /// A clock that stands at the real time of now.
    pub fn new() -> Self {
        let state = State {
            timeline: Timeline::new(),
            sleepers: 0,
            timers: 0,
            marks: HashMap::new(),
            watchers: Vec::new(),
            fired: VecDeque::new(),
        };
        let inner = Inner {
            start: Instant::now(),
            state: Mutex::new(state),
            moving: Mutex::new(()),
        };
        ManualClock {
            inner: Arc::new(inner),
        }
    }

    /// The time at which the clock started.
    pub fn start(&self) -> Instant {
        self.inner.start
    }

    /// How far the clock was moved since its start.
    pub fn elapsed(&self) -> Duration {
        lock(&self.inner.state).timeline.now()
    }

    /// Moves the time by `duration`; all that comes due has happened when this returns: threads were
    /// woken (and may not have run yet), messages are in their channels.
    ///
    /// # Panics
    ///
    /// If the time is more than an [`Instant`] can hold.
    #[track_caller]
    pub fn advance(&self, duration: Duration) {
        let moving = lock(&self.inner.moving);
        let state = lock(&self.inner.state);
        let target = state.timeline.now().checked_add(duration);
        match target.filter(|target| self.inner.start.checked_add(*target).is_some()) {
            Some(target) => self.inner.move_to(target, state),
            None => {
                drop((state, moving));
                panic!("the clock cannot be moved by {duration:?}: no Instant is that late");
            }
        }
    }

    /// Moves to the next deadline, of a thread or of a timer, and no further. The time it moved to; `None`
    /// if there is none, and then the time stands still. A timer whose receiver was dropped counts until
    /// it is due.
    pub fn advance_to_next(&self) -> Option<Instant> {
        let _moving = lock(&self.inner.moving);
        let state = lock(&self.inner.state);
        let target = state.timeline.next()?;
        // A deadline beyond the end of time never comes.
        let then = self.inner.start.checked_add(target)?;
        self.inner.move_to(target, state);
        Some(then)
    }

    /// How many threads wait for a time that has not come: in `sleep`, `sleep_until` and the timed waits
    /// of [`clock::Condvar`](super::Condvar). One that was woken or notified does not count any more,
    /// whether or not it has run since.
    pub fn sleepers(&self) -> usize {
        lock(&self.inner.state).sleepers
    }

    /// Blocks until [`sleepers`](ManualClock::sleepers) is `n` or more.
    #[track_caller]
    pub fn wait_for_sleepers(&self, n: usize) {
        self.watch(Watch::Sleepers(n));
    }

    /// How many timers were made since the clock's start: calls of [`after`](Clock::after) and
    /// [`tick`](Clock::tick). It only ever grows; a channel does not say whether anyone still listens.
    pub fn timers(&self) -> usize {
        lock(&self.inner.state).timers
    }

    /// Blocks until [`timers`](ManualClock::timers) is `n` or more.
    #[track_caller]
    pub fn wait_for_timers(&self, n: usize) {
        self.watch(Watch::Timers(n));
    }

    /// Blocks until every message that a timer of this clock has sent was taken from its channel, or
    /// its receiver dropped. Between two moves, it makes sure that no tick is lost.
    ///
    /// Of timers made with [`after`](Clock::after), the last 1 024 that have fired are waited for.
    #[track_caller]
    pub fn wait_until_received(&self) {
        let sent: Vec<_> = lock(&self.inner.state).senders().cloned().collect();
        let what = "for the messages of its timers to be taken".to_owned();
        let _waiting = Waiter::watching(what, Location::caller()).record(None);
        for sender in sent {
            let mut room = Select::new();
            room.send(&sender);
            room.ready();
        }
    }

    /// Counts `event`, whatever that is to the test, and wakes who waits for it.
    pub fn mark(&self, event: &str) {
        let mut state = lock(&self.inner.state);
        match state.marks.get_mut(event) {
            Some(count) => *count += 1,
            None => {
                state.marks.insert(event.to_owned(), 1);
            }
        }
        state.tell();
    }

    /// How often `event` was [`mark`](ManualClock::mark)ed.
    pub fn marks(&self, event: &str) -> usize {
        lock(&self.inner.state).marked(event)
    }

    /// Blocks until `event` was marked `n` times or more since the clock's start.
    #[track_caller]
    pub fn wait_for_mark(&self, event: &str, n: usize) {
        self.watch(Watch::Mark(event.to_owned(), n));
    }

    /// Blocks the calling thread until another has moved the clock by `duration`. Zero: not at all.
    #[track_caller]
    pub fn sleep(&self, duration: Duration) {
        sleep_until(self, self.now().checked_add(duration), Location::caller());
    }

    /// Blocks the calling thread until another has moved the clock to `deadline` or beyond.
    #[track_caller]
    pub fn sleep_until(&self, deadline: Instant) {
        sleep_until(self, Some(deadline), Location::caller());
    }

    #[track_caller]
    fn watch(&self, watch: Watch) {
        let waiter = {
            let mut state = lock(&self.inner.state);
            if state.satisfies(&watch) {
                return;
            }
            let waiter = Waiter::watching(watch.to_string(), Location::caller());
            // Registered under the lock under which the numbers change: no change is missed.
            state.watchers.push((watch, waiter.clone()));
            waiter
        };
        let _waiting = waiter.record(None);
        waiter.wait();
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.inner.at(self.elapsed())
    }

    fn after(&self, duration: Duration) -> Receiver<Instant> {
        let (sender, receiver) = channel::bounded(1);
        let mut state = lock(&self.inner.state);
        let at = state.timeline.now().saturating_add(duration);
        if duration.is_zero() {
            self.inner.fire(&mut state, at, sender);
        } else {
            state.timeline.add(at, Event::Once(sender));
        }
        state.timers += 1;
        state.tell();
        receiver
    }

    fn tick(&self, period: Duration) -> Receiver<Instant> {
        assert!(
            !period.is_zero(),
            "a ticker needs a period longer than zero"
        );
        let (sender, receiver) = channel::bounded(1);
        let mut state = lock(&self.inner.state);
        let at = state.timeline.now().saturating_add(period);
        state.timeline.add(at, Event::Every(period, sender));
        state.timers += 1;
        state.tell();
        receiver
    }

    fn block(&self, waiter: &Arc<Waiter>, deadline: Option<Instant>) {
        // `None`, like any deadline that no Instant can name, is never reached.
        let until = deadline.map(|deadline| deadline.saturating_duration_since(self.inner.start));
        // Recorded before it counts as a sleeper, so that who has waited for that sees it.
        let _waiting = waiter.record(until);
        if self.inner.register(waiter, until.unwrap_or(Duration::MAX)) {
            waiter.wait();
        }
    }
}

impl Inner {
    /// The time `elapsed` after the start. All that ever fires was checked to be within bounds.
    fn at(&self, elapsed: Duration) -> Instant {
        self.start + elapsed
    }

    /// False if there is nothing to wait for: `at` has passed, or the waiter was settled.
    fn register(self: &Arc<Self>, waiter: &Arc<Waiter>, at: Duration) -> bool {
        let mut state = lock(&self.state);
        if at <= state.timeline.now() {
            waiter.settle(Outcome::TimedOut);
            return false;
        }
        let key = state.timeline.add(at, Event::Wake(waiter.clone()));
        if waiter
            .arm(Alarm {
                clock: self.clone(),
                key,
            })
            .is_err()
        {
            state.timeline.cancel(key);
            return false;
        }
        state.sleepers += 1;
        state.tell();
        true
    }

    /// With `moving` held.
    fn move_to(&self, target: Duration, mut state: MutexGuard<'_, State>) {
        let mut woken = Vec::new();
        while let Some((at, event)) = state.timeline.step(target) {
            match event {
                Event::Wake(waiter) => {
                    state.sleepers -= 1;
                    waiter.disarm();
                    woken.push(waiter);
                }
                Event::Once(sender) => self.fire(&mut state, at, sender),
                Event::Every(period, sender) => {
                    if !matches!(
                        sender.try_send(self.at(at)),
                        Err(TrySendError::Disconnected(_))
                    ) {
                        let next = next_multiple(at, period, target);
                        state.timeline.add(next, Event::Every(period, sender));
                    }
                }
            }
        }
        drop(state);
        // Woken without the lock, which each of them is about to take.
        for waiter in woken {
            waiter.settle(Outcome::TimedOut);
        }
    }

    /// Sends a timer's one message, unless nobody listens.
    fn fire(&self, state: &mut State, at: Duration, sender: Sender<Instant>) {
        if sender.try_send(self.at(at)).is_ok() {
            if state.fired.len() == FIRED_KEPT {
                state.fired.pop_front();
            }
            state.fired.push_back(sender);
        }
    }
}

impl State {
    fn satisfies(&self, watch: &Watch) -> bool {
        match watch {
            Watch::Sleepers(n) => self.sleepers >= *n,
            Watch::Timers(n) => self.timers >= *n,
            Watch::Mark(event, n) => self.marked(event) >= *n,
        }
    }

    fn marked(&self, event: &str) -> usize {
        self.marks.get(event).copied().unwrap_or(0)
    }

    /// Wakes the watchers whose number has been reached. Called after each change that raises one.
    fn tell(&mut self) {
        let mut watchers = std::mem::take(&mut self.watchers);
        watchers.retain(|(watch, waiter)| {
            let reached = self.satisfies(watch);
            if reached {
                waiter.settle(Outcome::Notified);
            }
            !reached
        });
        self.watchers = watchers;
    }

    /// Channels that may hold a message.
    fn senders(&self) -> impl Iterator<Item = &Sender<Instant>> {
        let ticking = self.timeline.iter().filter_map(|event| match event {
            Event::Every(_, sender) => Some(sender),
            Event::Once(_) | Event::Wake(_) => None,
        });
        self.fired
            .iter()
            .chain(ticking)
            .filter(|sender| sender.is_full())
    }
}

impl Alarm {
    /// Takes the waiter off the clock, unless the clock has done so.
    pub(super) fn cancel(self) {
        let mut state = lock(&self.clock.state);
        if state.timeline.cancel(self.key).is_some() {
            state.sleepers -= 1;
        }
    }
}

impl fmt::Display for Watch {
    /// Goes on from "waits …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Watch::Sleepers(1) => write!(f, "for a thread to sleep on the clock"),
            Watch::Sleepers(n) => write!(f, "for {n} threads to sleep on the clock"),
            Watch::Timers(n) => write!(f, "for timer {n} to be made on the clock"),
            Watch::Mark(event, n) => write!(f, "for `{event}` to be marked {n} times"),
        }
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        ManualClock::new()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.inner.state);
        f.debug_struct("ManualClock")
            .field("elapsed", &state.timeline.now())
            .field("sleepers", &state.sleepers)
            .field("timers", &state.timers)
            .finish_non_exhaustive()
    }
}
