//! A cell whose accesses the explorer sees.

use std::{any::type_name, panic::Location};

use super::execution::{Access, Action, Kind, Tag, create, operation, step, touch};
use crate::base;

/// `std::cell::UnsafeCell` with closures. Under loom an access that nothing orders with an earlier one
/// by another thread ends the exploration as a data race.
pub struct UnsafeCell<T: ?Sized> {
    check: base::CellCheck,
    tag: Tag,
    value: std::cell::UnsafeCell<T>,
}

impl<T> UnsafeCell<T> {
    /// A cell that holds `value`.
    #[track_caller]
    pub fn new(value: T) -> Self {
        UnsafeCell {
            check: base::CellCheck::new(),
            tag: create(Kind::Cell, type_name::<T>(), Location::caller()),
            value: std::cell::UnsafeCell::new(value),
        }
    }

    /// What it held.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Reads: `f` must not write through the pointer, nor keep it, save as a reference to what is never
    /// written again.
    #[track_caller]
    pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        // Written down first: the check may be the end.
        step(Location::caller(), Action::CellRead(self.tag));
        operation(|| self.check.read());
        touch(self.tag, Access::Read);
        f(self.value.get())
    }

    /// Writes: `f` must not keep the pointer.
    #[track_caller]
    pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        step(Location::caller(), Action::CellWrite(self.tag));
        operation(|| self.check.write());
        touch(self.tag, Access::Write);
        f(self.value.get())
    }

    /// The value; the borrow says that nobody else is there.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: Default> Default for UnsafeCell<T> {
    #[track_caller]
    fn default() -> Self {
        UnsafeCell::new(T::default())
    }
}
