//! Peers of `producer_consumer`: the shape of a factory and nothing else. None of them can be stopped, and a
//! panic of a worker is not looked after.

/// Threads and a bounded channel of `crossbeam`, which is what `kit::channel` is: each item once, a bound,
/// nobody spins for long. What the exercise adds to it is the flag that producers look at.
pub mod crossbeam {
    use std::{
        sync::Arc,
        thread::{self, JoinHandle},
    };

    pub struct Running(Vec<JoinHandle<()>>);

    pub fn start<T, P, C>(
        producers: usize,
        consumers: usize,
        capacity: usize,
        produce: P,
        consume: C,
    ) -> Running
    where
        T: Send + 'static,
        P: Fn(usize) -> Option<T> + Send + Sync + 'static,
        C: Fn(usize, T) + Send + Sync + 'static,
    {
        let (sender, receiver) = ::crossbeam::channel::bounded(capacity);
        let (produce, consume) = (Arc::new(produce), Arc::new(consume));
        let producers = (0..producers).map(|id| {
            let (sender, produce) = (sender.clone(), Arc::clone(&produce));
            thread::spawn(move || {
                while let Some(item) = produce(id) {
                    if sender.send(item).is_err() {
                        break;
                    }
                }
            })
        });
        let mut threads: Vec<_> = producers.collect();
        threads.extend((0..consumers).map(|id| {
            let (receiver, consume) = (receiver.clone(), Arc::clone(&consume));
            thread::spawn(move || receiver.iter().for_each(|item| consume(id, item)))
        }));
        Running(threads)
    }

    impl Running {
        pub fn wait(self) {
            for thread in self.0 {
                thread.join().expect("no workload panics");
            }
        }
    }
}

/// Threads and `std::sync::mpsc`, whose receiver cannot be cloned: several consumers take turns at it, under
/// a mutex.
pub mod std_mpsc {
    use std::{
        sync::{Arc, Mutex, mpsc},
        thread::{self, JoinHandle},
    };

    pub struct Running(Vec<JoinHandle<()>>);

    pub fn start<T, P, C>(
        producers: usize,
        consumers: usize,
        capacity: usize,
        produce: P,
        consume: C,
    ) -> Running
    where
        T: Send + 'static,
        P: Fn(usize) -> Option<T> + Send + Sync + 'static,
        C: Fn(usize, T) + Send + Sync + 'static,
    {
        let (sender, receiver) = mpsc::sync_channel(capacity);
        let receiver = Arc::new(Mutex::new(receiver));
        let (produce, consume) = (Arc::new(produce), Arc::new(consume));
        let producers = (0..producers).map(|id| {
            let (sender, produce) = (sender.clone(), Arc::clone(&produce));
            thread::spawn(move || {
                while let Some(item) = produce(id) {
                    if sender.send(item).is_err() {
                        break;
                    }
                }
            })
        });
        let mut threads: Vec<_> = producers.collect();
        threads.extend((0..consumers).map(|id| {
            let (receiver, consume) = (Arc::clone(&receiver), Arc::clone(&consume));
            thread::spawn(move || {
                loop {
                    // The guard is a temporary: it is gone before the item is consumed.
                    let item = receiver.lock().expect("no workload panics").recv();
                    let Ok(item) = item else { break };
                    consume(id, item);
                }
            })
        }));
        Running(threads)
    }

    impl Running {
        pub fn wait(self) {
            for thread in self.0 {
                thread.join().expect("no workload panics");
            }
        }
    }
}
