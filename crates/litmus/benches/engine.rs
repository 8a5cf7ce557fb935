//! What a question costs: the classics under each model, four threads of four events, and growth with
//! the number of events.
//!
//! `cargo bench -p litmus --features criterion`

use std::{fmt::Write, hint::black_box, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use litmus::{Budget, Model, Program, classics, explore, parse};

fn classic_programs() -> Vec<Program> {
    classics::ALL
        .iter()
        .map(|classic| parse(classic.text).expect("a classic is well formed"))
        .collect()
}

/// `threads` threads, each of which stores to its own location and then reads those of others,
/// `events` events in all.
fn ring(threads: usize, events: usize) -> Program {
    let mut text = format!("C ring-{threads}-{events}\n{{}}\n");
    let parameters: Vec<String> = (0..threads)
        .map(|at| format!("atomic_int* x{at}"))
        .collect();
    for thread in 0..threads {
        let share = events / threads + usize::from(thread < events % threads);
        let _ = writeln!(text, "P{thread} ({}) {{", parameters.join(", "));
        for step in 0..share {
            let at = (thread + step) % threads;
            let _ = if step % 2 == 0 {
                let value = step + 1;
                writeln!(
                    text,
                    "  atomic_store_explicit(x{at}, {value}, memory_order_relaxed);"
                )
            } else {
                writeln!(
                    text,
                    "  int r{step} = atomic_load_explicit(x{at}, memory_order_relaxed);"
                )
            };
        }
        text.push_str("}\n");
    }
    let observed = (0..threads)
        .filter(|thread| events / threads + usize::from(*thread < events % threads) > 1);
    let observed: Vec<String> = observed.map(|thread| format!("{thread}:r1;")).collect();
    let _ = writeln!(text, "locations [{}]", observed.join(" "));
    parse(&text).expect("it is well formed")
}

fn classics_under_each_model(c: &mut Criterion) {
    let programs = classic_programs();
    let mut group = c.benchmark_group("classics");
    group.throughput(Throughput::Elements(programs.len() as u64));
    for model in Model::ALL {
        group.bench_function(model.name(), |b| {
            b.iter(|| {
                for program in &programs {
                    black_box(explore(program, model, &Budget::default()).expect("well formed"));
                }
            });
        });
    }
    group.finish();
}

fn reading(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    group.throughput(Throughput::Elements(classics::ALL.len() as u64));
    group.bench_function("classics", |b| b.iter(|| black_box(classic_programs())));
    group.finish();
}

fn growth(c: &mut Criterion) {
    let mut group = c.benchmark_group("growth");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(2));
    for threads in [2, 3, 4] {
        for events in [4, 8, 12, 16] {
            let program = ring(threads, events);
            let answer = explore(&program, Model::Rc11, &Budget::default()).expect("well formed");
            if answer.unknown.is_some() {
                continue;
            }
            let name = format!("{threads} threads, {} executions", answer.executions);
            group.bench_with_input(BenchmarkId::new(name, events), &program, |b, program| {
                b.iter(|| black_box(explore(program, Model::Rc11, &Budget::default())));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, classics_under_each_model, reading, growth);
criterion_main!(benches);
