//! `std::sync::atomic`, every operation a step. `new` is not `const` here, so an atomic cannot be a
//! `static`; there is no `get_mut` (loom has none).

use std::{any::type_name, fmt, panic::Location};

pub use std::sync::atomic::{Ordering, compiler_fence};

use super::execution::{Access, Action, Kind, Tag, Value, create, operation, step, touch};
use crate::base;

/// An atomic fence.
///
/// # Panics
///
/// With `Relaxed`, as std's.
#[track_caller]
pub fn fence(order: Ordering) {
    assert!(
        order != Ordering::Relaxed,
        "there is no such thing as a relaxed fence"
    );
    operation(|| base::fence(order));
    step(Location::caller(), Action::Fence(order));
}

fn changed(same: bool) -> Access {
    if same { Access::Rewrite } else { Access::Write }
}

macro_rules! common {
    ([$($generic:tt)*] $name:ty, $base:ty, $value:ty, $show:expr) => {
        impl $($generic)* $name {
            /// An atomic that holds `value`.
            #[track_caller]
            pub fn new(value: $value) -> Self {
                Self {
                    tag: create(Kind::Atomic, type_name::<Self>(), Location::caller()),
                    base: <$base>::new(value),
                }
            }

            /// The value read, by `order`.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                let value = operation(|| self.base.load(order));
                touch(self.tag, Access::Read);
                step(Location::caller(), Action::Load(self.tag, $show(value)));
                value
            }

            /// Writes `value`, by `order`.
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                operation(|| self.base.store(value, order));
                touch(self.tag, Access::Write);
                step(Location::caller(), Action::Store(self.tag, $show(value)));
            }

            /// Writes `value`; the value before.
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                let before = operation(|| self.base.swap(value, order));
                self.modified(Location::caller(), "swap", before, value)
            }

            /// Writes `new` if it holds `current`; the value before, as `Ok` if it did.
            ///
            /// # Errors
            ///
            /// The value found, if it is another.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let result =
                    operation(|| self.base.compare_exchange(current, new, success, failure));
                self.exchanged(Location::caller(), current, new, result)
            }

            /// As [`compare_exchange`](Self::compare_exchange): neither explorer lets it fail without
            /// a reason.
            ///
            /// # Errors
            ///
            /// The value found, if it is another.
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(current, new, success, failure)
            }

            /// Replaces the value by what `f` makes of it, trying again while others interfere.
            ///
            /// # Errors
            ///
            /// The value for which `f` gave nothing.
            #[track_caller]
            pub fn fetch_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut f: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut before = self.load(fetch_order);
                while let Some(after) = f(before) {
                    match self.compare_exchange_weak(before, after, set_order, fetch_order) {
                        Ok(before) => return Ok(before),
                        Err(found) => before = found,
                    }
                }
                Err(before)
            }

            /// What it held.
            pub fn into_inner(self) -> $value {
                self.base.into_inner()
            }

            fn modified(
                &self,
                site: &'static Location<'static>,
                what: &'static str,
                before: $value,
                after: $value,
            ) -> $value {
                touch(self.tag, changed(before == after));
                step(site, Action::Modify(self.tag, what, $show(before), $show(after)));
                before
            }

            fn exchanged(
                &self,
                site: &'static Location<'static>,
                current: $value,
                new: $value,
                result: Result<$value, $value>,
            ) -> Result<$value, $value> {
                match result {
                    Ok(before) => {
                        touch(self.tag, changed(before == new));
                        step(site, Action::Exchange(self.tag, $show(before), $show(new)));
                    }
                    Err(found) => {
                        touch(self.tag, Access::Read);
                        step(
                            site,
                            Action::ExchangeFailed(self.tag, $show(current), $show(found)),
                        );
                    }
                }
                result
            }
        }

        impl $($generic)* fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.load(Ordering::Relaxed), f)
            }
        }

        impl $($generic)* From<$value> for $name {
            #[track_caller]
            fn from(value: $value) -> Self {
                Self::new(value)
            }
        }
    };
}

macro_rules! fetch {
    ($value:ty: $($method:ident $after:expr, $what:literal;)*) => {$(
        #[doc = concat!("Replaces the value by ", $what, "; the value before.")]
        #[track_caller]
        pub fn $method(&self, value: $value, order: Ordering) -> $value {
            let before = operation(|| self.base.$method(value, order));
            let after: fn($value, $value) -> $value = $after;
            self.modified(Location::caller(), stringify!($method), before, after(before, value))
        }
    )*};
}

macro_rules! integers {
    ($($name:ident $value:ident $show:ident as $wide:ty;)*) => {$(
        #[doc = concat!("`std::sync::atomic::", stringify!($name), "`.")]
        pub struct $name {
            tag: Tag,
            base: base::atomic::$name,
        }

        common!([] $name, base::atomic::$name, $value, |v| Value::$show(v as $wide));

        impl $name {
            fetch! { $value:
                fetch_add |a, b| a.wrapping_add(b), "its sum with `value`, wrapping";
                fetch_sub |a, b| a.wrapping_sub(b), "its difference from `value`, wrapping";
                fetch_and |a, b| a & b, "its bitwise and with `value`";
                fetch_nand |a, b| !(a & b), "the inverse of its bitwise and with `value`";
                fetch_or |a, b| a | b, "its bitwise or with `value`";
                fetch_xor |a, b| a ^ b, "its bitwise exclusive or with `value`";
                fetch_max |a, b| a.max(b), "the greater of it and `value`";
                fetch_min |a, b| a.min(b), "the smaller of it and `value`";
            }
        }

        impl Default for $name {
            #[track_caller]
            fn default() -> Self {
                Self::new(0)
            }
        }
    )*};
}

integers! {
    AtomicU8 u8 Unsigned as u64;
    AtomicU16 u16 Unsigned as u64;
    AtomicU32 u32 Unsigned as u64;
    AtomicU64 u64 Unsigned as u64;
    AtomicUsize usize Unsigned as u64;
    AtomicI8 i8 Signed as i64;
    AtomicI16 i16 Signed as i64;
    AtomicI32 i32 Signed as i64;
    AtomicI64 i64 Signed as i64;
    AtomicIsize isize Signed as i64;
}

/// `std::sync::atomic::AtomicBool`.
pub struct AtomicBool {
    tag: Tag,
    base: base::atomic::AtomicBool,
}

common!([] AtomicBool, base::atomic::AtomicBool, bool, Value::Bool);

impl AtomicBool {
    fetch! { bool:
        fetch_and |a, b| a & b, "its conjunction with `value`";
        fetch_nand |a, b| !(a & b), "the inverse of its conjunction with `value`";
        fetch_or |a, b| a | b, "its disjunction with `value`";
        fetch_xor |a, b| a ^ b, "whether it differs from `value`";
    }

    /// Inverts the value; the value before.
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        self.fetch_xor(true, order)
    }
}

impl Default for AtomicBool {
    #[track_caller]
    fn default() -> Self {
        Self::new(false)
    }
}

/// `std::sync::atomic::AtomicPtr`.
pub struct AtomicPtr<T> {
    tag: Tag,
    base: base::atomic::AtomicPtr<T>,
}

common!([<T>] AtomicPtr<T>, base::atomic::AtomicPtr<T>, *mut T, show_pointer);

impl<T> Default for AtomicPtr<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(std::ptr::null_mut())
    }
}

/// Addresses differ from run to run; whether there is one does not.
fn show_pointer<T>(pointer: *mut T) -> Value {
    if pointer.is_null() {
        Value::Null
    } else {
        Value::Pointer
    }
}
