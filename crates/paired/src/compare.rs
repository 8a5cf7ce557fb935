//! Measures two implementations in turn, in slices so short that whatever else the machine does hits both.

use std::time::Duration;

use crate::ratio::{Ratio, median, ratio};

/// How to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How long one slice lasts on the baseline. Much shorter, and reading the clock shows; much longer,
    /// and few slices of a busy machine are whole. With seven threads to a processor, 10% of slices of half
    /// a millisecond were interrupted, 25% of one and 45% of two (measured on two x86 cores).
    pub slice: Duration,
    /// How many pairs there are; up to three times as many where the interval is still wider than `width`.
    pub pairs: u32,
    /// As [`Ratio::width`].
    pub width: f64,
    /// After so much measured time it ends, with as many pairs as there are then: what is very much slower
    /// than the baseline needs few. At least ten are made.
    pub longest: Duration,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            slice: Duration::from_millis(1),
            pairs: 300,
            width: 1.04,
            longest: Duration::from_secs(6),
        }
    }
}

/// Slices of a subject that is much slower than the baseline may last this many times longer than planned;
/// beyond it both get less to do.
const PATIENCE: u64 = 4;

const FEWEST: usize = 10;

/// What came of comparing a subject with a baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The subject's time over the baseline's.
    pub ratio: Ratio,
    /// Nanoseconds a unit took, in the middle slice of the baseline and of the subject. For people to read:
    /// it says what the machine was worth at that moment, and no verdict depends on it.
    pub baseline_ns: f64,
    pub subject_ns: f64,
    /// Units in a slice.
    pub units: u64,
}

/// Compares `subject` with `baseline`: each does so many units of work and says how long it took.
pub fn compare(
    plan: &Plan,
    baseline: &mut dyn FnMut(u64) -> Duration,
    subject: &mut dyn FnMut(u64) -> Duration,
) -> Comparison {
    let most = calibrate(plan.slice, baseline, u64::MAX);
    let units = calibrate(plan.slice.saturating_mul(PATIENCE as u32), subject, most);
    let pairs = plan.pairs.max(2).next_multiple_of(2);
    let mut logs = Vec::with_capacity(3 * pairs as usize);
    let (mut baselines, mut subjects) = (Vec::new(), Vec::new());
    let mut found = None;
    let (mut spent, longest) = (0.0, nanos(plan.longest));
    // The width decides whether to go on, and never the ratio: that would favour one answer.
    while found.is_none_or(|ratio: Ratio| ratio.width() > plan.width)
        && logs.len() < 3 * pairs as usize
        && spent < longest
    {
        for pair in 0..pairs {
            // Not between the two orders.
            if pair % 2 == 0 && spent >= longest && logs.len() >= FEWEST {
                break;
            }
            let (of_baseline, of_subject) = if pair % 2 == 0 {
                let first = baseline(units);
                (first, subject(units))
            } else {
                let first = subject(units);
                (baseline(units), first)
            };
            let [of_baseline, of_subject] = [of_baseline, of_subject].map(nanos);
            spent += of_baseline + of_subject;
            logs.push((of_subject / of_baseline).ln());
            baselines.push(of_baseline / units as f64);
            subjects.push(of_subject / units as f64);
        }
        found = Some(ratio(&logs));
    }
    Comparison {
        ratio: found.expect("the first round has run"),
        baseline_ns: median(&mut baselines),
        subject_ns: median(&mut subjects),
        units,
    }
}

/// The units that fill a slice, at least 1 and at most `most`.
fn calibrate(slice: Duration, work: &mut dyn FnMut(u64) -> Duration, most: u64) -> u64 {
    let target = nanos(slice);
    let mut units = 1;
    loop {
        // The best of three: an interruption makes a slice look too full.
        let took = (0..3)
            .map(|_| nanos(work(units)))
            .fold(f64::INFINITY, f64::min);
        if took * 2.0 >= target || units >= most {
            // Casts saturate, so what takes no time at all gets as much as may be.
            let fitting = (units as f64 * target / took) as u64;
            return fitting.clamp(1, most);
        }
        // Towards the target, but not in one leap: the first calls are slower than the rest.
        let factor = (target / took).clamp(2.0, 10.0);
        units = ((units as f64 * factor) as u64).min(most);
    }
}

/// Never zero: a ratio is to be made of it.
fn nanos(duration: Duration) -> f64 {
    (duration.as_nanos() as f64).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::SplitMix;
    use std::cell::Cell;

    /// A machine in which only this test's arithmetic takes time.
    struct Machine {
        random: SplitMix,
        /// Slices measured so far.
        slices: Cell<u32>,
    }

    impl Machine {
        fn new(seed: u64) -> Self {
            Machine {
                random: SplitMix(seed),
                slices: Cell::new(0),
            }
        }

        /// From 0 to 1.
        fn chance(&mut self) -> f64 {
            self.random.below(1 << 24) as f64 / (1 << 24) as f64
        }
    }

    /// `noise(machine, slice)` is what the time of a slice is multiplied with.
    fn measure(planted: f64, seed: u64, noise: impl Fn(&mut Machine, u32) -> f64) -> Comparison {
        let machine = std::cell::RefCell::new(Machine::new(seed));
        let slice = |units: u64, each: f64| {
            let mut machine = machine.borrow_mut();
            let count = machine.slices.get();
            machine.slices.set(count + 1);
            let noise = noise(&mut machine, count);
            Duration::from_nanos((units as f64 * each * noise) as u64)
        };
        compare(
            &Plan::default(),
            &mut |units| slice(units, 40.0),
            &mut |units| slice(units, 40.0 * planted),
        )
    }

    fn holds(ratio: Ratio, value: f64) -> bool {
        ratio.low <= value && value <= ratio.high
    }

    #[test]
    fn a_slice_is_as_long_as_planned() {
        let compared = measure(1.0, 1, |_, _| 1.0);
        assert_eq!(compared.units, 25_000, "1 ms at 40 ns");
        assert!((compared.baseline_ns - 40.0).abs() < 0.01, "{compared:?}");
    }

    #[test]
    fn a_planted_slowdown_is_read_exactly_where_nothing_disturbs() {
        for planted in [0.5, 1.0, 1.05, 2.0] {
            let Comparison { ratio, .. } = measure(planted, 1, |_, _| 1.0);
            assert!((ratio.point - planted).abs() < 1e-4, "{planted}: {ratio:?}");
            assert!(ratio.width() < 1.0001, "{planted}: {ratio:?}");
        }
    }

    #[test]
    fn five_percent_are_seen_through_noise_and_interruptions() {
        for seed in 0..20 {
            let Comparison { ratio, .. } = measure(1.05, seed, |machine, _| {
                let jitter = 1.0 + 0.05 * machine.chance();
                let interrupted = machine.chance() < 0.2;
                jitter
                    * if interrupted {
                        1.0 + 5.0 * machine.chance()
                    } else {
                        1.0
                    }
            });
            assert!(holds(ratio, 1.05), "seed {seed}: {ratio:?}");
            assert!(
                ratio.low > 1.03 && ratio.high < 1.07,
                "seed {seed}: {ratio:?}"
            );
        }
    }

    #[test]
    fn drift_cancels() {
        // Every slice is 0.5% slower than the one before: the last is 12 times as slow as the first.
        let Comparison { ratio, .. } = measure(1.05, 1, |_, slice| 1.005_f64.powi(slice as i32));
        assert!((ratio.point - 1.05).abs() < 1e-3, "{ratio:?}");
        // As much as one slice differs from the next.
        assert!(ratio.width() < 1.011, "{ratio:?}");
    }

    #[test]
    fn going_second_cancels() {
        // The second slice of each pair runs on warm caches. Calibration takes an even number of slices or
        // an odd one, so both are tried.
        for parity in [0, 1] {
            let Comparison { ratio, .. } =
                measure(
                    1.05,
                    1,
                    |_, slice| if slice % 2 == parity { 0.9 } else { 1.0 },
                );
            assert!((ratio.point - 1.05).abs() < 1e-3, "{ratio:?}");
        }
    }

    #[test]
    fn noise_widens_the_interval_and_seldom_fools_it() {
        let noisy = |much: f64| move |machine: &mut Machine, _: u32| 1.0 + much * machine.chance();
        let (mut widths, mut missed) = ([0.0; 2], 0);
        for seed in 0..40 {
            for (width, much) in widths.iter_mut().zip([0.02, 1.0]) {
                let Comparison { ratio, .. } = measure(1.0, seed, noisy(much));
                *width += ratio.width() - 1.0;
                missed += u32::from(!holds(ratio, 1.0));
            }
        }
        assert!(widths[1] > 10.0 * widths[0], "{widths:?}");
        // At 99%, one of the 80 is to be expected; five would be one case in some hundred.
        assert!(missed <= 4, "{missed} of 80 do not hold the truth");
    }

    #[test]
    fn noise_in_bursts_does_not_fool_it_either() {
        let mut missed = 0;
        for seed in 0..40 {
            let Comparison { ratio, .. } = measure(1.0, seed, |machine, slice| {
                let burst = (slice / 20) % 3 == 0;
                1.0 + machine.chance() * if burst { 1.0 } else { 0.02 }
            });
            missed += u32::from(!holds(ratio, 1.0));
        }
        assert!(missed <= 2, "{missed} of 40 do not hold the truth");
    }

    #[test]
    fn what_is_not_sure_is_measured_longer() {
        let slices = |much: f64| {
            let count = Cell::new(0);
            let machine = std::cell::RefCell::new(Machine::new(3));
            let slice = |units: u64| {
                count.set(count.get() + 1);
                let noise = 1.0 + much * machine.borrow_mut().chance();
                Duration::from_nanos((units as f64 * 40.0 * noise) as u64)
            };
            compare(&Plan::default(), &mut { slice }, &mut { slice });
            count.get()
        };
        let (sure, unsure) = (slices(0.01), slices(2.0));
        assert!((600..700).contains(&sure), "{sure} slices");
        assert!((1_800..1_900).contains(&unsure), "{unsure} slices");
    }

    #[test]
    fn the_same_slices_give_the_same_interval() {
        let noise = |machine: &mut Machine, _: u32| 1.0 + machine.chance();
        assert_eq!(measure(1.1, 7, noise), measure(1.1, 7, noise));
    }

    #[test]
    fn a_subject_a_thousand_times_slower_gets_less_to_do() {
        let done = Cell::new(0);
        let compared = compare(
            &Plan::default(),
            &mut |units| Duration::from_nanos(40 * units),
            &mut |units| {
                done.set(done.get() + units);
                Duration::from_nanos(40_000 * units)
            },
        );
        assert_eq!(compared.units, 100, "4 ms at 40 µs");
        assert!(done.get() < 40_000, "{} units", done.get());
        assert!((compared.ratio.point - 1000.0).abs() < 1e-6);
    }

    #[test]
    fn a_subject_that_sleeps_costs_seconds_and_not_hours() {
        let count = Cell::new(0);
        let compared = compare(
            &Plan::default(),
            &mut |units| Duration::from_nanos(40 * units),
            &mut |units| {
                count.set(count.get() + 1);
                Duration::from_secs(units)
            },
        );
        // Three to calibrate, and the fewest pairs.
        assert_eq!(count.get(), 13);
        assert!(compared.ratio.low > 1e6, "{compared:?}");
    }

    #[test]
    fn what_takes_no_time_or_all_of_it_divides_nothing_by_zero() {
        let nothing = &mut |_| Duration::ZERO;
        let one_hour = &mut |_| Duration::from_secs(3600);
        let plan = Plan::default();
        assert!(compare(&plan, nothing, one_hour).ratio.point.is_finite());
        assert!(compare(&plan, one_hour, nothing).ratio.point > 0.0);
    }
}
