//! The bucket that the lesson shows first, asked for one token a hundred times.

use std::time::Duration;

#[allow(dead_code)] // only its `Bucket` is asked
#[path = "../../../../solutions/04-classic-problems/known_bad/token_bucket/loses_the_fraction.rs"]
mod loses_the_fraction;

use loses_the_fraction::{Bucket, Rate};

pub fn answer() -> String {
    let mut text = "asked every   came   granted\n".to_owned();
    for every in [10, 99, 100] {
        let every = Duration::from_millis(every);
        let came = (100 * every).as_millis() / 100; // ten a second
        let granted = granted(every);
        text += &format!("{:>8} ms {came:>6} {granted:>9}\n", every.as_millis());
    }
    text
}

// ANCHOR: granted
/// How many of a hundred requests are granted, one after each `every`.
fn granted(every: Duration) -> usize {
    let ten_a_second = Rate::new(10, Duration::from_secs(1));
    let bucket = Bucket::new(ten_a_second, 5);
    bucket.try_acquire_at(Duration::ZERO, 5); // now it is empty
    (1..=100)
        .filter(|&request| bucket.try_acquire_at(every * request, 1))
        .count()
}
// ANCHOR_END: granted
