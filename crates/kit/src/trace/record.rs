//! The records themselves: one a thread, written by it alone, read by anyone.
//!
//! A record is a sequence lock whose data are all atomics: the owner makes the version odd, changes
//! what it has to change, makes it even again; a reader that finds the version odd or changed reads
//! again. So the owner never waits and shares no cache line with another owner, and a reader never
//! follows an address of the program under test. (Boehm, *Can seqlocks get along with programming
//! language memory models?*, MSPC 2012, has the fences.)
//!
//! Records are never freed: when a thread ends, its record goes to the next one that starts, so there
//! are as many as there were ever threads at once.

use super::ThreadTrace;
use findings::{Held, Lock, LockKind, Wait};
use std::array;
use std::cell::Cell;
use std::panic::Location;
use std::ptr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, fence};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// Locks that a record has room for; more are counted, and not named.
const CAPACITY: usize = 16;

/// How often a reader tries to catch a thread standing still.
const PATIENCE: usize = 1000;

/// A lock that was taken or is waited for, or a condition variable that is waited for.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) address: usize,
    /// `std::any::type_name` of what it guards: a function because it is one word, a name is two.
    pub(crate) guards: fn() -> &'static str,
    pub(crate) site: &'static Location<'static>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Mutex = 1,
    Read = 2,
    Write = 3,
    Condvar = 4,
}

/// The calling thread has taken a lock without waiting.
pub(crate) fn acquired(entry: Entry) {
    if let Some(record) = current() {
        record.change(|| record.push(entry));
    }
}

/// The calling thread has taken the lock that it [`waits`] for.
pub(crate) fn acquired_after_wait(entry: Entry) {
    if let Some(record) = current() {
        record.change(|| {
            record.wait.clear();
            record.push(entry);
        });
    }
}

/// The calling thread is about to unlock; from the top, since locks are mostly released in reverse.
pub(crate) fn released(address: usize) {
    if let Some(record) = current() {
        record.change(|| record.remove(address));
    }
}

/// The calling thread is about to block.
pub(crate) fn waits(entry: Entry) {
    if let Some(record) = current() {
        record.change(|| record.wait.set(entry));
    }
}

/// The calling thread runs again.
pub(crate) fn resumes() {
    if let Some(record) = current() {
        record.change(|| record.wait.clear());
    }
}

/// See [`super::waiting`].
pub(super) fn push(wait: impl FnOnce() -> Wait) {
    if let Some(record) = current() {
        let wait = wait();
        lock(&record.said).push(wait);
    }
}

pub(super) fn pop() {
    if let Some(record) = current() {
        lock(&record.said).pop();
    }
}

pub(super) fn snapshot() -> Vec<ThreadTrace> {
    // Held throughout, so that no record changes its thread.
    let registry = lock(&REGISTRY);
    let taken = registry
        .iter()
        .filter_map(|place| Some((place.record, place.thread.as_ref()?)));
    taken
        .map(|(record, thread)| {
            let (holds, wait) = record.read();
            ThreadTrace {
                os_id: thread.os_id,
                id: thread.id,
                name: thread.name.clone(),
                holds,
                wait: wait.or_else(|| lock(&record.said).last().cloned()),
            }
        })
        .collect()
}

struct Record {
    /// Odd while the owner changes what follows.
    version: AtomicUsize,
    /// How many slots of `held` are in use, from the first.
    count: AtomicUsize,
    /// Locks held that found no slot.
    beyond: AtomicUsize,
    held: [Slot; CAPACITY],
    wait: Slot,
    /// What [`super::waiting`] said. Outside the sequence lock: it owns memory.
    said: Mutex<Vec<Wait>>,
}

/// An [`Entry`] in atomics. Those of one slot belong together only under the record's version.
#[derive(Default)]
struct Slot {
    /// A [`Kind`], or 0: nothing.
    kind: AtomicU8,
    address: AtomicUsize,
    guards: AtomicPtr<()>,
    site: AtomicPtr<Location<'static>>,
}

impl Record {
    fn new() -> Self {
        Record {
            version: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            beyond: AtomicUsize::new(0),
            held: array::from_fn(|_| Slot::default()),
            wait: Slot::default(),
            said: Mutex::new(Vec::new()),
        }
    }

    /// Called by the owner alone, as are `push` and `remove`. So their loads are of its own stores, and
    /// all accesses between the two of `version` are Relaxed: it orders them.
    fn change(&self, change: impl FnOnce()) {
        let version = self.version.load(Relaxed);
        self.version.store(version.wrapping_add(1), Relaxed);
        // Pairs with the fence in `read`: who sees a store below, sees the odd version above.
        fence(Release);
        change();
        // Pairs with the first load in `read`: who sees this version, sees all stores above.
        self.version.store(version.wrapping_add(2), Release);
    }

    fn push(&self, entry: Entry) {
        let count = self.count.load(Relaxed);
        match self.held.get(count) {
            Some(slot) => {
                slot.set(entry);
                self.count.store(count + 1, Relaxed);
            }
            None => self.beyond.store(self.beyond.load(Relaxed) + 1, Relaxed),
        }
    }

    fn remove(&self, address: usize) {
        let count = self.count.load(Relaxed);
        let held = &self.held[..count];
        match held
            .iter()
            .rposition(|slot| slot.address.load(Relaxed) == address)
        {
            Some(index) => {
                for above in index + 1..count {
                    held[above - 1].copy(&held[above]);
                }
                self.count.store(count - 1, Relaxed);
            }
            // One that found no slot, or that was taken while nothing was recorded.
            None => self
                .beyond
                .store(self.beyond.load(Relaxed).saturating_sub(1), Relaxed),
        }
    }

    /// What the owner holds and waits for; nothing if it cannot be caught standing still.
    fn read(&self) -> (Vec<Held>, Option<Wait>) {
        for _ in 0..PATIENCE {
            // Pairs with the last store in `change`.
            let version = self.version.load(Acquire);
            if version.is_multiple_of(2) {
                let count = self.count.load(Relaxed).min(CAPACITY);
                let held: Vec<_> = self.held[..count].iter().filter_map(Slot::get).collect();
                let wait = self.wait.get();
                // Pairs with the fence in `change`: had any load above seen a store of a later change,
                // the load below would see its odd version, or one later still.
                fence(Acquire);
                if self.version.load(Relaxed) == version {
                    return (
                        held.into_iter().filter_map(held_as).collect(),
                        wait.map(wait_as),
                    );
                }
            }
            thread::yield_now();
        }
        (Vec::new(), None)
    }
}

impl Slot {
    fn set(&self, entry: Entry) {
        self.kind.store(entry.kind as u8, Relaxed);
        self.address.store(entry.address, Relaxed);
        self.guards.store(entry.guards as *mut (), Relaxed);
        self.site
            .store(ptr::from_ref(entry.site).cast_mut(), Relaxed);
    }

    fn copy(&self, other: &Slot) {
        self.kind.store(other.kind.load(Relaxed), Relaxed);
        self.address.store(other.address.load(Relaxed), Relaxed);
        self.guards.store(other.guards.load(Relaxed), Relaxed);
        self.site.store(other.site.load(Relaxed), Relaxed);
    }

    fn clear(&self) {
        self.kind.store(0, Relaxed);
    }

    fn get(&self) -> Option<Entry> {
        let kind = match self.kind.load(Relaxed) {
            1 => Kind::Mutex,
            2 => Kind::Read,
            3 => Kind::Write,
            4 => Kind::Condvar,
            _ => return None,
        };
        let guards = self.guards.load(Relaxed);
        let site = self.site.load(Relaxed);
        if guards.is_null() || site.is_null() {
            return None;
        }
        Some(Entry {
            kind,
            address: self.address.load(Relaxed),
            // SAFETY: not null, so stored by `set`, which only stores functions of this type.
            guards: unsafe { std::mem::transmute::<*mut (), fn() -> &'static str>(guards) },
            // SAFETY: not null, so stored by `set`, which only stores references that live for ever.
            site: unsafe { &*site },
        })
    }
}

fn held_as(entry: Entry) -> Option<Held> {
    Some(Held {
        lock: lock_as(entry)?,
        site: entry.site.into(),
    })
}

fn wait_as(entry: Entry) -> Wait {
    match lock_as(entry) {
        Some(lock) => Wait::Lock {
            lock,
            site: entry.site.into(),
        },
        None => Wait::Condvar {
            address: entry.address,
            site: entry.site.into(),
        },
    }
}

/// `None` for a condition variable.
fn lock_as(entry: Entry) -> Option<Lock> {
    let kind = match entry.kind {
        Kind::Mutex => LockKind::Mutex,
        Kind::Read => LockKind::Read,
        Kind::Write => LockKind::Write,
        Kind::Condvar => return None,
    };
    Some(Lock {
        address: entry.address,
        kind,
        guards: (entry.guards)().to_owned(),
    })
}

/// Every record there is. Locked when a thread begins, ends or is looked at, never for a lock.
static REGISTRY: Mutex<Vec<Place>> = Mutex::new(Vec::new());

struct Place {
    record: &'static Record,
    /// `None`: free for the next thread.
    thread: Option<Identity>,
}

struct Identity {
    os_id: Option<u32>,
    id: ThreadId,
    name: Option<String>,
}

thread_local! {
    /// Needs no destructor, so it can be read as long as the thread runs at all.
    static THREAD: Cell<Thread> = const { Cell::new(Thread::New) };
    /// Gives the record back when the thread ends.
    static LEAVE: Leave = const { Leave(Cell::new(None)) };
}

#[derive(Clone, Copy)]
enum Thread {
    New,
    /// Registering or ending: locks taken by that (an allocator of the program's own may) go
    /// unrecorded.
    Off,
    On(&'static Record),
}

/// An index into the registry.
struct Leave(Cell<Option<usize>>);

fn current() -> Option<&'static Record> {
    match THREAD.get() {
        Thread::On(record) => Some(record),
        Thread::New => register(),
        Thread::Off => None,
    }
}

#[cold]
fn register() -> Option<&'static Record> {
    THREAD.set(Thread::Off);
    LEAVE
        .try_with(|leave| {
            let thread = thread::current();
            let name = thread.name().map(str::to_owned);
            let identity = Identity {
                os_id: os_id(),
                id: thread.id(),
                name,
            };
            let mut registry = lock(&REGISTRY);
            let index = match registry.iter().position(|place| place.thread.is_none()) {
                Some(free) => free,
                None => {
                    let record = Box::leak(Box::new(Record::new()));
                    registry.push(Place {
                        record,
                        thread: None,
                    });
                    registry.len() - 1
                }
            };
            registry[index].thread = Some(identity);
            leave.0.set(Some(index));
            let record = registry[index].record;
            THREAD.set(Thread::On(record));
            record
        })
        .ok()
}

impl Drop for Leave {
    fn drop(&mut self) {
        THREAD.set(Thread::Off);
        let Some(index) = self.0.get() else { return };
        let mut registry = lock(&REGISTRY);
        let place = &mut registry[index];
        let record = place.record;
        record.change(|| {
            record.count.store(0, Relaxed);
            record.beyond.store(0, Relaxed);
            record.wait.clear();
        });
        lock(&record.said).clear();
        place.thread = None;
    }
}

/// `/proc/thread-self` is a link to `PID/task/TID`.
fn os_id() -> Option<u32> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

/// Nothing panics under a lock of this module.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
