//! crossbeam's channels on an explorer, without `select!`, `after`, `tick` and `never`. Timed operations
//! never time out.

use std::{
    any::type_name,
    collections::VecDeque,
    fmt,
    panic::Location,
    sync::Arc,
    time::{Duration, Instant},
};

pub use kit::channel::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};

use super::{
    execution::{Action, Caller, Kind, Tag, Waiting, create, is_over, step},
    monitor::Monitor,
};

struct Channel<T> {
    tag: Tag,
    /// `None`: no bound. `Some(0)`: a message is handed from a sender to a receiver.
    capacity: Option<usize>,
    state: Monitor<State<T>>,
}

struct State<T> {
    /// Messages with their numbers; for capacity 0, those of senders that wait.
    queue: VecDeque<(u64, T)>,
    next: u64,
    senders: usize,
    receivers: usize,
    /// Receivers that wait.
    waiting: usize,
}

/// The sending half.
pub struct Sender<T>(Arc<Channel<T>>);

/// The receiving half.
pub struct Receiver<T>(Arc<Channel<T>>);

/// A channel for `capacity` messages; for none, `send` waits for the `recv` that takes its message.
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    channel(Some(capacity), Location::caller())
}

/// A channel for any number of messages.
#[track_caller]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    channel(None, Location::caller())
}

fn channel<T>(capacity: Option<usize>, site: Caller) -> (Sender<T>, Receiver<T>) {
    let channel = Arc::new(Channel {
        tag: create(Kind::Channel, type_name::<T>(), site),
        capacity,
        state: Monitor::new(
            site,
            State {
                queue: VecDeque::new(),
                next: 0,
                senders: 1,
                receivers: 1,
                waiting: 0,
            },
        ),
    });
    (Sender(Arc::clone(&channel)), Receiver(channel))
}

impl<T> State<T> {
    fn push(&mut self, message: T) -> u64 {
        self.next += 1;
        self.queue.push_back((self.next, message));
        self.next
    }
}

impl<T> Sender<T> {
    /// Waits for room and sends.
    ///
    /// # Errors
    ///
    /// The message, if there is no receiver left.
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        let site = Location::caller();
        let channel = &self.0;
        let waits = Waiting::For("to send to", channel.tag);
        let mut message = Some(message);
        let mut number = None;
        let sent = channel.state.wait(waits.clone(), site, |state| {
            if state.receivers == 0 {
                return Some(Err(message.take().expect("it was not sent")));
            }
            match channel.capacity {
                Some(capacity) if capacity > 0 && state.queue.len() >= capacity => return None,
                _ => number = Some(state.push(message.take().expect("it is sent once"))),
            }
            Some(Ok(()))
        });
        let sent = match (sent, channel.capacity) {
            // Now for the receiver that takes it.
            (Ok(()), Some(0)) => channel.state.wait(waits, site, |state| {
                let mine = state.queue.iter().position(|(n, _)| Some(*n) == number);
                match mine {
                    None => Some(Ok(())),
                    Some(at) if state.receivers == 0 => {
                        Some(Err(state.queue.remove(at).expect("it is there").1))
                    }
                    Some(_) => None,
                }
            }),
            (sent, _) => sent,
        };
        let done = if sent.is_ok() {
            "send to"
        } else {
            "cannot send: nobody receives from"
        };
        step(site, Action::Did(done, channel.tag));
        sent.map_err(SendError)
    }

    /// Sends if there is room, or, for capacity 0, a receiver that waits.
    ///
    /// # Errors
    ///
    /// The message, if there is not, or no receiver left.
    #[track_caller]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let channel = &self.0;
        let sent = channel.state.change(|state| {
            if state.receivers == 0 {
                return Err(TrySendError::Disconnected(message));
            }
            let room = match channel.capacity {
                None => true,
                Some(0) => state.waiting > state.queue.len(),
                Some(capacity) => state.queue.len() < capacity,
            };
            if !room {
                return Err(TrySendError::Full(message));
            }
            state.push(message);
            Ok(())
        });
        let done = if sent.is_ok() {
            "try_send to"
        } else {
            "try_send fails:"
        };
        step(Location::caller(), Action::Did(done, channel.tag));
        sent
    }

    /// [`send`](Self::send): it never times out.
    ///
    /// # Errors
    ///
    /// The message, if there is no receiver left.
    #[track_caller]
    pub fn send_timeout(&self, message: T, _limit: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send(message)
            .map_err(|error| SendTimeoutError::Disconnected(error.0))
    }

    /// [`send`](Self::send): it never times out.
    ///
    /// # Errors
    ///
    /// The message, if there is no receiver left.
    #[track_caller]
    pub fn send_deadline(&self, message: T, _at: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send(message)
            .map_err(|error| SendTimeoutError::Disconnected(error.0))
    }
}

impl<T> Receiver<T> {
    /// Waits for a message.
    ///
    /// # Errors
    ///
    /// If there is none, and no sender left.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_at(Location::caller())
    }

    fn recv_at(&self, site: Caller) -> Result<T, RecvError> {
        let channel = &self.0;
        let mut counted = false;
        let waits = Waiting::For("to receive from", channel.tag);
        let received = channel.state.wait(waits, site, |state| {
            let result = match state.queue.pop_front() {
                Some((_, message)) => Some(Ok(message)),
                None if state.senders == 0 => Some(Err(RecvError)),
                None => None,
            };
            if result.is_some() == counted {
                counted = !counted;
                if counted {
                    state.waiting += 1;
                } else {
                    state.waiting -= 1;
                }
            }
            result
        });
        let done = if received.is_ok() {
            "receive from"
        } else {
            "nothing will come from"
        };
        step(site, Action::Did(done, channel.tag));
        received
    }

    /// Takes a message if there is one, or, for capacity 0, a sender that waits.
    ///
    /// # Errors
    ///
    /// If there is not.
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.try_recv_at(Location::caller())
    }

    fn try_recv_at(&self, site: Caller) -> Result<T, TryRecvError> {
        let channel = &self.0;
        let received = channel.state.change(|state| match state.queue.pop_front() {
            Some((_, message)) => Ok(message),
            None if state.senders == 0 => Err(TryRecvError::Disconnected),
            None => Err(TryRecvError::Empty),
        });
        let done = if received.is_ok() {
            "try_recv from"
        } else {
            "try_recv: nothing in"
        };
        step(site, Action::Did(done, channel.tag));
        received
    }

    /// [`recv`](Self::recv): it never times out.
    ///
    /// # Errors
    ///
    /// If there is no message, and no sender left.
    #[track_caller]
    pub fn recv_timeout(&self, _limit: Duration) -> Result<T, RecvTimeoutError> {
        self.recv()
            .map_err(|RecvError| RecvTimeoutError::Disconnected)
    }

    /// [`recv`](Self::recv): it never times out.
    ///
    /// # Errors
    ///
    /// If there is no message, and no sender left.
    #[track_caller]
    pub fn recv_deadline(&self, _at: Instant) -> Result<T, RecvTimeoutError> {
        self.recv()
            .map_err(|RecvError| RecvTimeoutError::Disconnected)
    }

    /// Messages until there is no sender left; waits for each.
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter {
            receiver: self,
            site: Location::caller(),
        }
    }

    /// Messages that are there; does not wait.
    #[track_caller]
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter {
            receiver: self,
            site: Location::caller(),
        }
    }
}

macro_rules! both_halves {
    ($name:ident $count:ident) => {
        impl<T> $name<T> {
            /// How many messages are in it.
            pub fn len(&self) -> usize {
                match self.0.capacity {
                    Some(0) => 0,
                    _ => self.0.state.look(|state| state.queue.len()),
                }
            }

            /// Whether no message is in it.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Whether there is no room in it. Always, for capacity 0.
            pub fn is_full(&self) -> bool {
                self.0
                    .capacity
                    .is_some_and(|capacity| self.len() >= capacity)
            }

            /// How many it has room for.
            pub fn capacity(&self) -> Option<usize> {
                self.0.capacity
            }

            /// Whether both are halves of one channel.
            pub fn same_channel(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.0, &other.0)
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                // No point: what it changes is looked at only when it falls to zero.
                self.0.state.count(|state| state.$count += 1);
                $name(Arc::clone(&self.0))
            }
        }

        impl<T> Drop for $name<T> {
            fn drop(&mut self) {
                if is_over() {
                    return;
                }
                let state = &self.0.state;
                if state.count(|state| state.$count) > 1 {
                    return state.count(|state| state.$count -= 1);
                }
                let handed_over = self.0.capacity == Some(0);
                let lost = state.change(|state| {
                    state.$count -= 1;
                    if state.receivers == 0 && !handed_over {
                        std::mem::take(&mut state.queue)
                    } else {
                        VecDeque::new()
                    }
                });
                // Not under the lock: a message may have a destructor.
                drop(lost);
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), " { .. }"))
            }
        }
    };
}

both_halves!(Sender senders);
both_halves!(Receiver receivers);

/// What [`Receiver::iter`] gives.
pub struct Iter<'a, T> {
    receiver: &'a Receiver<T>,
    /// Where it was made: std's adaptors do not pass on who calls.
    site: Caller,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv_at(self.site).ok()
    }
}

/// What [`Receiver::try_iter`] gives.
pub struct TryIter<'a, T> {
    receiver: &'a Receiver<T>,
    /// Where it was made: std's adaptors do not pass on who calls.
    site: Caller,
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv_at(self.site).ok()
    }
}

/// What a [`Receiver`] is iterated by.
pub struct IntoIter<T> {
    receiver: Receiver<T>,
    site: Caller,
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv_at(self.site).ok()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter {
            receiver: self,
            site: Location::caller(),
        }
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
