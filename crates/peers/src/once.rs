//! Peers of `once`.

/// `std::sync::OnceLock`: the same idea, with one word that is flag, turn and queue, and sleeps in the kernel
/// on it. It keeps the same promises but one: an initialiser that asks for its own value waits for itself.
pub mod std_once_lock {
    use std::sync::OnceLock;

    pub struct InitOnce<T>(OnceLock<T>);

    impl<T> InitOnce<T> {
        #[expect(clippy::new_without_default, reason = "no workload needs one")]
        pub fn new() -> InitOnce<T> {
            InitOnce(OnceLock::new())
        }

        pub fn get(&self) -> Option<&T> {
            self.0.get()
        }

        pub fn get_or_init<F: FnOnce() -> T>(&self, init: F) -> &T {
            self.0.get_or_init(init)
        }
    }
}
