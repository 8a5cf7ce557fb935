//! `cargo bench -p ch03 --bench once`

use ch03::once as subject;

#[path = "workloads/once.rs"]
mod workload;

paired::bench_main!(workload::WORKLOADS);
