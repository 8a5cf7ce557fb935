//! `cargo bench -p ch04 --bench dining_ordered`

use ch04::dining_ordered as subject;

#[path = "workloads/dining_ordered.rs"]
mod workload;

paired::bench_main!(workload::WORKLOADS);
