//! The threads that run a program again and again, a batch of instances at a time.
//!
//! All that they share are slices of atomics: the instances' memory, and the registers that each leaves
//! behind. Between two batches all meet at a barrier; then each counts some of the instances, and makes
//! them ready for the next batch.

use std::{
    collections::HashMap,
    hint::{black_box, spin_loop},
    sync::{
        atomic::{
            AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize,
            Ordering::{AcqRel, Acquire, Relaxed, Release},
            fence,
        },
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use super::{Rendezvous, machine};
use crate::{
    code::{At, Code, Step, ThreadCode},
    program::{Order, Reg, RmwOp, Value},
};

/// At most as many instances in a batch.
const BATCH: usize = 512;
/// At most as many locations in a batch's instances, so that they stay in a second-level cache.
const LOCATIONS: usize = 4096;
/// As many batches from one change of cores to the next.
const STAY: u64 = 128;
/// How often [`work`] tells how far it is.
const TELL: Duration = Duration::from_millis(20);

/// Where an observed value is found after a run.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    Register { thread: usize, register: Reg },
    Location(At),
    Constant(Value),
}

/// A location of an instance. Processors fetch lines of 64 bytes, and some two of them at once.
#[repr(align(128))]
struct Line(AtomicI64);

/// What the workers share.
pub struct Shared<'a> {
    code: &'a Code,
    sources: Vec<Source>,
    runs: u64,
    seed: u64,
    rendezvous: Rendezvous,
    /// To pin to; none to leave them alone.
    cores: Vec<usize>,
    /// In a batch, a power of two.
    instances: usize,
    /// The shared locations of each instance, one instance after the other.
    memory: Vec<Line>,
    /// For each thread, which of its registers are observed.
    kept: Vec<Vec<Reg>>,
    /// For each thread, and each instance, what these held at the end.
    registers: Vec<Vec<AtomicI64>>,
    barrier: Barrier,
    /// The barrier before each run, if there is one: who has come, in all runs together.
    arrived: AtomicU64,
    /// When the batch begins, on the processor's clock, and ticks from one instance to the next. The last
    /// at the barrier writes them, for those who leave it.
    start: AtomicU64,
    interval: AtomicU64,
    /// Instances of the batch that some thread came to too late.
    late: AtomicU64,
    /// Someone wants the end. The last at a barrier looks, so that all take part in the same batches.
    stop: AtomicBool,
    /// Written by the last at the barrier, for those who leave it.
    over: AtomicBool,
    unpinned: AtomicBool,
}

impl<'a> Shared<'a> {
    pub fn new(
        code: &'a Code,
        sources: Vec<Source>,
        runs: u64,
        seed: u64,
        rendezvous: Rendezvous,
        cores: Vec<usize>,
    ) -> Shared<'a> {
        let locations = code.shared.len();
        let fit = (LOCATIONS / locations.max(1)).clamp(16, BATCH);
        let instances = 1 << fit.ilog2();
        let lines = (0..instances).flat_map(|_| &code.shared);
        let memory = lines.map(|location| Line(AtomicI64::new(location.initial)));
        let kept: Vec<Vec<Reg>> = (0..code.threads.len())
            .map(|thread| kept(&sources, thread))
            .collect();
        let registers = kept.iter().map(|kept| {
            let cells = 0..kept.len() * instances;
            cells.map(|_| AtomicI64::new(0)).collect()
        });
        let steps = code.threads.iter().map(|thread| thread.steps.len() as u64);
        Shared {
            memory: memory.collect(),
            registers: registers.collect(),
            barrier: Barrier::new(code.threads.len(), rendezvous == Rendezvous::None),
            arrived: AtomicU64::new(0),
            start: AtomicU64::new(0),
            interval: AtomicU64::new(400 + 40 * steps.max().unwrap_or(0)),
            late: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            over: AtomicBool::new(false),
            unpinned: AtomicBool::new(false),
            code,
            sources,
            runs,
            seed,
            rendezvous,
            cores,
            instances,
            kept,
        }
    }

    pub fn threads(&self) -> usize {
        self.code.threads.len()
    }

    pub fn runs(&self) -> u64 {
        self.runs
    }

    pub fn stayed_pinned(&self) -> bool {
        !self.unpinned.load(Relaxed)
    }

    /// Has the workers end after the batch they are in.
    pub fn stop(&self) {
        self.stop.store(true, Relaxed);
    }

    /// Has the workers end where they are: some of them will never come.
    pub fn abandon(&self) {
        self.barrier.broken.store(true, Relaxed);
    }

    /// [`Shared::stop`] when it is dropped.
    pub fn stop_at_the_end(&self) -> impl Drop {
        AtTheEnd(|| self.stop())
    }

    /// The shared locations of an instance.
    fn row(&self, instance: usize) -> &[Line] {
        let locations = self.code.shared.len();
        &self.memory[instance * locations..][..locations]
    }

    /// The final state of an instance.
    fn read(&self, instance: usize, values: &mut Vec<Value>) {
        values.clear();
        for source in &self.sources {
            values.push(match *source {
                Source::Constant(value) => value,
                Source::Location(at) => self.row(instance)[at.0].0.load(Relaxed),
                Source::Register { thread, register } => {
                    let kept = &self.kept[thread];
                    let slot = kept.iter().position(|&kept| kept == register);
                    let slot = slot.expect("what is observed is kept");
                    self.registers[thread][instance * kept.len() + slot].load(Relaxed)
                }
            });
        }
    }

    /// Makes an instance ready to run again.
    fn reset(&self, instance: usize) {
        for (line, location) in self.row(instance).iter().zip(&self.code.shared) {
            line.0.store(location.initial, Relaxed);
        }
    }

    /// All meet. The last to come decides how it goes on. False if someone will never come.
    fn meet(&self) -> bool {
        self.barrier.wait(|| {
            if self.stop.load(Relaxed) {
                self.over.store(true, Relaxed);
            }
            if self.rendezvous == Rendezvous::Clock {
                // Where they cannot keep up they get more time, until hardly anyone is late.
                let late = self.late.swap(0, Relaxed);
                let interval = self.interval.load(Relaxed);
                let interval = match late as usize * 16 / self.instances {
                    0 if late == 0 => interval - interval / 64,
                    0 => interval,
                    _ => interval + interval / 16,
                };
                let interval = interval.clamp(200, 4_000);
                self.interval.store(interval, Relaxed);
                // Time for everyone to leave the barrier.
                self.start.store(machine::clock() + 2_000, Relaxed);
            }
        })
    }
}

/// The registers of `thread` that are observed, each once.
fn kept(sources: &[Source], wanted: usize) -> Vec<Reg> {
    let registers = sources.iter().filter_map(|source| match source {
        Source::Register { thread, register } if *thread == wanted => Some(*register),
        _ => None,
    });
    let mut registers: Vec<Reg> = registers.collect();
    registers.sort();
    registers.dedup();
    registers
}

/// All runs of a program that has no threads.
pub fn without_threads(shared: &Shared<'_>) -> HashMap<Vec<Value>, u64> {
    let mut values = Vec::new();
    shared.read(0, &mut values);
    let runs = (shared.runs > 0).then_some((values, shared.runs));
    runs.into_iter().collect()
}

/// Runs thread `me` in all the batches. Gives how many of the instances that this one has counted ended
/// in which state. `done` is told how many runs are over, now and then.
pub fn work(
    shared: &Shared<'_>,
    me: usize,
    done: Option<mpsc::Sender<u64>>,
) -> HashMap<Vec<Value>, u64> {
    // Nobody waits for one that has panicked.
    let panicked = AtTheEnd(|| {
        if thread::panicking() {
            shared.abandon();
        }
    });
    let threads = shared.threads();
    let mut counted: HashMap<Vec<Value>, u64> = HashMap::new();
    let mut values = Vec::new();
    let mut over = 0;
    let mut told = Instant::now();
    let mut runner = Runner::new(shared, me);
    for batch in 0.. {
        let active = (shared.runs - over).min(shared.instances as u64) as usize;
        if active == 0 {
            break;
        }
        let plan = Plan::new(shared, me, batch);
        if batch % STAY == 0 && !shared.cores.is_empty() && !machine::pin(plan.core) {
            shared.unpinned.store(true, Relaxed);
        }
        if !shared.meet() || shared.over.load(Relaxed) {
            break;
        }
        if plan.hesitates {
            thread::yield_now();
        }
        runner.batch(&plan, active);
        if !shared.barrier.wait(|| ()) {
            break;
        }
        // Each sees to every so manieth instance, so that the lines of all of them get around.
        let share = (me + batch as usize) % threads;
        for turn in (share..active).step_by(threads) {
            let instance = plan.order.instance(turn, shared.instances);
            shared.read(instance, &mut values);
            match counted.get_mut(&values) {
                Some(count) => *count += 1,
                None => _ = counted.insert(values.clone(), 1),
            }
            shared.reset(instance);
        }
        over += active as u64;
        if let Some(done) = &done
            && (told.elapsed() >= TELL || over == shared.runs)
        {
            told = Instant::now();
            // The one who asked may have gone.
            let _ = done.send(over);
        }
    }
    drop(panicked);
    counted
}

/// How a batch is run. Each worker draws it for itself, from the same seed.
struct Plan {
    /// Of this worker.
    core: usize,
    /// In which all run the instances, and count them.
    order: Walk,
    /// In which this worker takes the turns of that order if they do not run them together: one that is
    /// interrupted half-way has half of the instances before the others, and half after them.
    mine: Walk,
    fetch: Fetch,
    /// A run begins by up to as many ticks after its time, a power of two less one.
    window: u64,
    /// Lets another have its core first. Should all of them have to share one, since they are not pinned, it
    /// would always be the same who goes first.
    hesitates: bool,
    /// What this worker draws from during the batch.
    random: Random,
}

/// Each instance once: `offset`, `offset + stride`, …
#[derive(Clone, Copy)]
struct Walk {
    offset: usize,
    stride: usize,
}

impl Walk {
    fn new(random: &mut Random) -> Walk {
        Walk {
            offset: random.next() as usize,
            // Odd, so that it comes by all of a power of two.
            stride: random.next() as usize | 1,
        }
    }

    fn instance(self, turn: usize, instances: usize) -> usize {
        turn.wrapping_mul(self.stride).wrapping_add(self.offset) & (instances - 1)
    }
}

/// What a thread fetches to its cache before a run.
#[derive(Clone, Copy)]
enum Fetch {
    Nothing,
    /// What it loads before it stores to it, if it does.
    Loads,
    Everything,
}

impl Plan {
    fn new(shared: &Shared<'_>, me: usize, batch: u64) -> Plan {
        // For all of them the same, and one for each.
        let mut random = Random(shared.seed ^ batch.wrapping_mul(0xd134_2543_de82_ef95));
        let order = Walk::new(&mut random);
        let fetch = match random.next() % 8 {
            0 => Fetch::Nothing,
            1 => Fetch::Everything,
            _ => Fetch::Loads,
        };
        let window = match random.next() % 8 {
            0 => 0x3ff,
            1..4 => 0xff,
            _ => 0x3f,
        };
        let mut mine = Random(random.next() ^ (me as u64).wrapping_mul(0x9e6c_63d0_876a_68ed));
        Plan {
            core: core(shared, me, batch / STAY),
            order,
            mine: Walk::new(&mut mine),
            fetch,
            window,
            hesitates: shared.cores.is_empty() && mine.next().is_multiple_of(4),
            random: mine,
        }
    }
}

/// The core of worker `me` during the `stay`th stay: a permutation of the cores that all draw alike.
fn core(shared: &Shared<'_>, me: usize, stay: u64) -> usize {
    let mut cores = shared.cores.clone();
    let mut random = Random(shared.seed ^ stay.wrapping_mul(0xa076_1d64_78bd_642f));
    for last in (1..cores.len()).rev() {
        cores.swap(last, (random.next() % (last as u64 + 1)) as usize);
    }
    cores.get(me).copied().unwrap_or_default()
}

/// One thread of the program.
struct Runner<'a> {
    shared: &'a Shared<'a>,
    me: usize,
    code: &'a ThreadCode,
    registers: Vec<Value>,
    /// Its locations that it loads first.
    loads: Vec<usize>,
    /// All of its locations.
    all: Vec<usize>,
}

impl<'a> Runner<'a> {
    fn new(shared: &'a Shared<'a>, me: usize) -> Runner<'a> {
        let code = &shared.code.threads[me];
        let mut loads = Vec::new();
        let mut all = Vec::new();
        for step in &code.steps {
            let (at, load) = match step {
                Step::Load { at, .. } => (at.0, true),
                Step::Store { at, .. } | Step::Rmw { at, .. } => (at.0, false),
                Step::CompareExchange { at, .. } => (at.0, false),
                _ => continue,
            };
            if !all.contains(&at) {
                all.push(at);
                loads.extend(load.then_some(at));
            }
        }
        Runner {
            shared,
            me,
            code,
            registers: code.registers.clone(),
            loads,
            all,
        }
    }

    fn batch(&mut self, plan: &Plan, active: usize) {
        match self.shared.rendezvous {
            Rendezvous::Clock => self.by_clock(plan, active),
            Rendezvous::Barrier => self.by_barrier(plan, active),
            Rendezvous::None => self.alone(plan, active),
        }
    }

    fn by_clock(&mut self, plan: &Plan, active: usize) {
        let shared = self.shared;
        let mut random = plan.random;
        let interval = shared.interval.load(Relaxed);
        let mut time = shared.start.load(Relaxed);
        let mut late = 0;
        for turn in 0..active {
            let instance = plan.order.instance(turn, shared.instances);
            self.fetch(plan.fetch, instance);
            let begin = time + (random.next() & plan.window);
            let behind = wait_until(begin);
            // Further behind, it has been interrupted: that is not for want of time.
            if behind > 100 && behind < 8 * interval {
                late += 1;
            }
            self.run::<false>(instance, &mut random);
            time += interval;
        }
        // It is a hint; the barrier makes it seen.
        shared.late.fetch_add(late, Relaxed);
    }

    fn by_barrier(&mut self, plan: &Plan, active: usize) {
        let shared = self.shared;
        let mut random = plan.random;
        let threads = shared.threads() as u64;
        let mut all_here = shared.arrived.load(Relaxed) / threads * threads;
        for turn in 0..active {
            let instance = plan.order.instance(turn, shared.instances);
            self.fetch(plan.fetch, instance);
            all_here += threads;
            // It publishes nothing: the less it orders, the weaker what follows.
            shared.arrived.fetch_add(1, Relaxed);
            let mut spins = 0u32;
            while shared.arrived.load(Relaxed) < all_here {
                spins += 1;
                if spins.is_multiple_of(10_000) {
                    thread::yield_now();
                }
                if shared.barrier.broken.load(Relaxed) {
                    return;
                }
                spin_loop();
            }
            self.run::<false>(instance, &mut random);
        }
    }

    fn alone(&mut self, plan: &Plan, active: usize) {
        let mut random = plan.random;
        let instances = self.shared.instances;
        for turn in 0..instances {
            // Which of the instances run in a last batch is the same for all.
            let turn = plan.mine.instance(turn, instances);
            if turn < active {
                self.run::<true>(plan.order.instance(turn, instances), &mut random);
            }
        }
    }

    fn fetch(&self, fetch: Fetch, instance: usize) {
        let locations = match fetch {
            Fetch::Nothing => return,
            Fetch::Loads => &self.loads,
            Fetch::Everything => &self.all,
        };
        let row = self.shared.row(instance);
        for &at in locations {
            // What is read is of no interest, and cannot be: another thread may be in this run already.
            black_box(row[at].0.load(Relaxed));
        }
    }

    /// Runs the thread once. Plain accesses are relaxed ones here: racing for real would be undefined. If
    /// `CROWDED`, it sometimes lets another have its core in between.
    fn run<const CROWDED: bool>(&mut self, instance: usize, random: &mut Random) {
        let row = self.shared.row(instance);
        let registers = &mut self.registers[..];
        registers.copy_from_slice(&self.code.registers);
        let steps = &self.code.steps[..];
        let mut next = 0;
        while let Some(step) = steps.get(next) {
            if CROWDED && random.next().is_multiple_of(64) {
                thread::yield_now();
            }
            next += 1;
            match step {
                Step::Load { to, at, order } => registers[to.0] = row[at.0].0.load(order.of_load()),
                Step::Store { at, value, order } => {
                    row[at.0].0.store(value.eval(registers), order.of_store());
                }
                Step::Rmw {
                    to,
                    at,
                    op,
                    operand,
                    order,
                } => {
                    let found = rmw(&row[at.0].0, *op, operand.eval(registers), *order);
                    if let Some(to) = to {
                        registers[to.0] = found;
                    }
                }
                Step::CompareExchange {
                    success,
                    found,
                    at,
                    expected,
                    desired,
                    on_success,
                    on_failure,
                    weak,
                } => {
                    let cell = &row[at.0].0;
                    let expected = expected.eval(registers);
                    let desired = desired.eval(registers);
                    let (on_success, on_failure) = (on_success.of_update(), on_failure.of_load());
                    let result = if *weak {
                        cell.compare_exchange_weak(expected, desired, on_success, on_failure)
                    } else {
                        cell.compare_exchange(expected, desired, on_success, on_failure)
                    };
                    if let Some(found) = found {
                        registers[found.0] = result.unwrap_or_else(|found| found);
                    }
                    if let Some(success) = success {
                        registers[success.0] = result.is_ok().into();
                    }
                }
                Step::Fence(order) => match order.of_update() {
                    Relaxed => {}
                    order => fence(order),
                },
                Step::Let { to, value } => registers[to.0] = value.eval(registers),
                Step::Unless { condition, to } => {
                    if condition.eval(registers) == 0 {
                        next = *to;
                    }
                }
                Step::Goto(to) => next = *to,
            }
        }
        let kept = &self.shared.kept[self.me];
        let cells = &self.shared.registers[self.me][instance * kept.len()..][..kept.len()];
        for (cell, register) in cells.iter().zip(kept) {
            cell.store(registers[register.0], Relaxed);
        }
    }
}

/// Waits for that time. Gives by how much it was over already.
fn wait_until(time: u64) -> u64 {
    let mut now = machine::clock();
    let behind = now.saturating_sub(time);
    // Should the clock stand still, or differ from core to core, this ends all the same.
    let mut patience = 100_000;
    while now < time && patience > 0 {
        now = machine::clock();
        patience -= 1;
    }
    behind
}

fn rmw(cell: &AtomicI64, op: RmwOp, operand: Value, order: Order) -> Value {
    let order = order.of_update();
    match op {
        RmwOp::Exchange => cell.swap(operand, order),
        RmwOp::Add => cell.fetch_add(operand, order),
        RmwOp::Sub => cell.fetch_sub(operand, order),
        RmwOp::And => cell.fetch_and(operand, order),
        RmwOp::Or => cell.fetch_or(operand, order),
        RmwOp::Xor => cell.fetch_xor(operand, order),
    }
}

/// A barrier that spins, and that can be broken.
struct Barrier {
    threads: usize,
    here: AtomicUsize,
    /// Goes up when all are here.
    round: AtomicU32,
    /// Someone will never come.
    broken: AtomicBool,
    /// Before the core is let to another thread.
    spins: u32,
}

impl Barrier {
    fn new(threads: usize, crowded: bool) -> Barrier {
        Barrier {
            threads,
            here: AtomicUsize::new(0),
            round: AtomicU32::new(0),
            broken: AtomicBool::new(false),
            spins: if crowded { 50 } else { 2_000 },
        }
    }

    /// Waits for all. The last to come calls `last` before anyone leaves. False if it is broken.
    fn wait(&self, last: impl FnOnce()) -> bool {
        let round = self.round.load(Relaxed);
        // Release: what this thread has done. Acquire: the last to come sees what all have done.
        if self.here.fetch_add(1, AcqRel) + 1 == self.threads {
            last();
            self.here.store(0, Relaxed);
            // Release: what all have done, and `last`; also that nobody is here.
            self.round.store(round.wrapping_add(1), Release);
            return true;
        }
        let mut spins = 0;
        // Acquire: the other end of it.
        while self.round.load(Acquire) == round {
            if self.broken.load(Relaxed) {
                return false;
            }
            if spins < self.spins {
                spins += 1;
                spin_loop();
            } else {
                thread::yield_now();
            }
        }
        true
    }
}

/// Runs a closure when it is dropped.
struct AtTheEnd<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtTheEnd<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Copy)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_comes_by_each_instance_once() {
        let mut random = Random(1);
        for instances in [1, 16, 512] {
            let walk = Walk::new(&mut random);
            let mut seen: Vec<usize> = (0..instances)
                .map(|turn| walk.instance(turn, instances))
                .collect();
            seen.sort();
            assert!(seen.into_iter().eq(0..instances));
        }
    }

    #[test]
    fn a_broken_barrier_lets_everyone_go() {
        let barrier = Barrier::new(3, true);
        thread::scope(|scope| {
            let waiting = [(); 2].map(|()| scope.spawn(|| barrier.wait(|| ())));
            barrier.broken.store(true, Relaxed);
            for waits in waiting {
                assert!(!waits.join().unwrap());
            }
        });
    }

    #[test]
    fn the_last_at_the_barrier_decides_before_anyone_leaves() {
        let barrier = Barrier::new(3, true);
        let decided = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for round in 1..=1000 {
                        // The barrier orders these.
                        assert!(barrier.wait(|| _ = decided.fetch_add(1, Relaxed)));
                        assert_eq!(decided.load(Relaxed), round);
                        assert!(barrier.wait(|| ()));
                    }
                });
            }
        });
    }
}
