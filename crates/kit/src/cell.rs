//! The cell under every lock, queue and slot: memory that is written through a shared reference.

use std::fmt;

/// A memory location that may be changed through a shared reference: [`std::cell::UnsafeCell`] with
/// closures in place of `get`, so that a model sees where each access begins and ends and reports
/// two that overlap (a data race) in place of misbehaving. The shape is loom's. Here it costs nothing.
///
/// A pointer must not be used after the closure that got it has returned. A reference made from it may live
/// on where nothing is ever written there again; of such a reader a model sees only the beginning.
///
/// # Example
///
/// A value handed from one thread to another, once:
///
/// ```
/// use kit::cell::UnsafeCell;
/// use kit::sync::atomic::{AtomicBool, Ordering::{Acquire, Release}};
/// use kit::{hint, thread};
///
/// struct Handoff {
///     value: UnsafeCell<u32>,
///     ready: AtomicBool,
/// }
/// // SAFETY: `value` is written before `ready` is set (Release) and read after it was seen (Acquire).
/// unsafe impl Sync for Handoff {}
///
/// impl Handoff {
///     fn put(&self, value: u32) {
///         // SAFETY: called once, and nobody reads before `ready` is set.
///         self.value.with_mut(|place| unsafe { *place = value });
///         self.ready.store(true, Release);
///     }
///
///     fn get(&self) -> u32 {
///         while !self.ready.load(Acquire) {
///             hint::spin_loop();
///         }
///         // SAFETY: the only write happened before `ready` was set.
///         self.value.with(|place| unsafe { *place })
///     }
/// }
///
/// let handoff = Handoff { value: UnsafeCell::new(0), ready: AtomicBool::new(false) };
/// thread::scope(|s| {
///     s.spawn(|| handoff.put(7));
///     assert_eq!(handoff.get(), 7);
/// });
/// ```
#[repr(transparent)]
#[derive(Default)]
pub struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// A cell with `value` in it.
    pub const fn new(value: T) -> Self {
        UnsafeCell(std::cell::UnsafeCell::new(value))
    }

    /// The value; the cell is gone, so nobody else can be at it.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Calls `f` with a pointer to read from.
    ///
    /// Reading through it is sound while nobody writes: no `with_mut` that overlaps.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    /// Calls `f` with a pointer to read and write through.
    ///
    /// Using it is sound while nobody else reads or writes: no `with` and no `with_mut` that overlaps.
    #[inline]
    pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }

    /// The value; the unique reference proves that nobody else is at it.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

impl<T> From<T> for UnsafeCell<T> {
    fn from(value: T) -> Self {
        UnsafeCell::new(value)
    }
}

impl<T: ?Sized> fmt::Debug for UnsafeCell<T> {
    /// Never the value: reading it might race.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsafeCell").finish_non_exhaustive()
    }
}
