//! A learner's file: nothing in it says what it will run on.

use kit::{
    cell::UnsafeCell,
    channel::{Receiver, Sender},
    hint,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// What a philosopher eats with.
pub struct Fork;

pub struct Table {
    forks: [Mutex<Fork>; 2],
}

impl Table {
    pub fn new() -> Self {
        Table {
            forks: [Mutex::new(Fork), Mutex::new(Fork)],
        }
    }

    /// Each philosopher begins with the fork of the same number.
    pub fn eat_in_circles(&self, seat: usize) {
        let _first = self.forks[seat].lock().unwrap();
        let _second = self.forks[1 - seat].lock().unwrap();
    }

    pub fn eat_in_order(&self, _seat: usize) {
        let _first = self.forks[0].lock().unwrap();
        let _second = self.forks[1].lock().unwrap();
    }
}

#[derive(Default)]
pub struct Counter {
    hits: AtomicUsize,
}

impl Counter {
    pub fn add_racily(&self) {
        let hits = self.hits.load(Ordering::Relaxed);
        self.hits.store(hits + 1, Ordering::Relaxed);
    }

    pub fn add(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    pub fn get(&self) -> usize {
        self.hits.load(Ordering::Relaxed)
    }
}

/// One value, published by a flag.
pub struct Slot {
    ready: AtomicBool,
    value: UnsafeCell<u32>,
}

// SAFETY: true of `publish` with `Release` only; that is what the models are to find out.
unsafe impl Sync for Slot {}

impl Slot {
    pub fn new() -> Self {
        Slot {
            ready: AtomicBool::new(false),
            value: UnsafeCell::new(0),
        }
    }

    pub fn publish(&self, value: u32, order: Ordering) {
        // SAFETY: nobody reads before `ready`.
        self.value.with_mut(|slot| unsafe { *slot = value });
        self.ready.store(true, order);
    }

    pub fn read(&self) -> Option<u32> {
        // SAFETY: it is not written after `ready`.
        let read = || self.value.with(|slot| unsafe { *slot });
        self.ready.load(Ordering::Acquire).then(read)
    }
}

/// A door that opens once.
pub struct Door {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Door {
    pub fn new() -> Self {
        Door {
            open: Mutex::new(false),
            opened: Condvar::new(),
        }
    }

    pub fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_one();
    }

    pub fn pass(&self) {
        let mut open = self.open.lock().unwrap();
        while !*open {
            open = self.opened.wait(open).unwrap();
        }
    }

    /// Trusts that a wake-up means an open door.
    pub fn pass_after_one_wait(&self) -> bool {
        let mut open = self.open.lock().unwrap();
        if !*open {
            open = self.opened.wait(open).unwrap();
        }
        *open
    }

    /// Looks, lets go, and then waits: the door may open in between.
    pub fn pass_carelessly(&self) {
        let open = *self.open.lock().unwrap();
        if !open {
            let door = self.open.lock().unwrap();
            drop(self.opened.wait(door).unwrap());
        }
    }
}

/// A lock that spins.
#[derive(Default)]
pub struct SpinLock {
    taken: AtomicBool,
}

impl SpinLock {
    pub fn with<R>(&self, f: impl FnOnce() -> R) -> R {
        while self.taken.swap(true, Ordering::Acquire) {
            hint::spin_loop();
        }
        let result = f();
        self.taken.store(false, Ordering::Release);
        result
    }

    /// Nobody ever lets go.
    pub fn take_for_good(&self) {
        while self.taken.swap(true, Ordering::Acquire) {
            hint::spin_loop();
        }
    }
}

/// Adds up what comes, in a thread of its own.
pub fn sum(numbers: Receiver<u32>) -> thread::JoinHandle<u32> {
    thread::spawn(move || numbers.iter().sum())
}

pub fn send_all(numbers: &[u32], to: &Sender<u32>) {
    for number in numbers {
        to.send(*number).unwrap();
    }
}

/// Both halves of `values`, at once.
pub fn sum_in_two(values: &[u32]) -> u32 {
    let (left, right) = values.split_at(values.len() / 2);
    thread::scope(|scope| {
        let left = scope.spawn(|| left.iter().sum::<u32>());
        let right: u32 = right.iter().sum();
        left.join().unwrap() + right
    })
}

/// Waits for `flag`, asleep.
pub fn sleep_until(flag: &AtomicBool) {
    while !flag.load(Ordering::Acquire) {
        thread::park();
    }
}

pub fn wake(flag: &AtomicBool, sleeper: &thread::Thread) {
    flag.store(true, Ordering::Release);
    sleeper.unpark();
}

pub fn shared<T>(value: T) -> (Arc<T>, Arc<T>) {
    let value = Arc::new(value);
    (Arc::clone(&value), value)
}
