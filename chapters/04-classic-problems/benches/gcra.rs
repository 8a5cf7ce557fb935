//! `cargo bench -p ch04 --bench gcra`

use ch04::gcra as subject;

#[path = "workloads/gcra.rs"]
mod workload;

paired::bench_main!(workload::WORKLOADS);
