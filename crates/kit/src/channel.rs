//! Channels: crossbeam's, with [`select!`] and [`select_biased!`].
//!
//! `after`, `at` and `tick` are left out because they fire by real time; a [`Clock`] has its own
//! [`after`](crate::clock::Clock::after) and [`tick`](crate::clock::Clock::tick), which give the
//! same [`Receiver`] and work in `select!`.
//!
//! [`Clock`]: crate::clock::Clock
//!
//! ```
//! use kit::channel::{self, select};
//! use kit::thread;
//!
//! let (numbers, incoming) = channel::bounded(4);
//! let (stop, stopped) = channel::bounded::<()>(0);
//! let adder = thread::spawn(move || {
//!     let mut sum = 0;
//!     loop {
//!         select! {
//!             recv(incoming) -> number => sum += number.unwrap_or(0),
//!             recv(stopped) -> _ => return sum + incoming.try_iter().sum::<i32>(),
//!         }
//!     }
//! });
//! for number in 1..=10 {
//!     numbers.send(number).unwrap();
//! }
//! stop.send(()).unwrap();
//! assert_eq!(adder.join().unwrap(), 55);
//! ```

pub use crossbeam::channel::{
    IntoIter, Iter, ReadyTimeoutError, Receiver, RecvError, RecvTimeoutError, Select,
    SelectTimeoutError, SelectedOperation, SendError, SendTimeoutError, Sender, TryIter,
    TryReadyError, TryRecvError, TrySelectError, TrySendError, bounded, never, select,
    select_biased, unbounded,
};
