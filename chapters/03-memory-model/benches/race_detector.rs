//! `cargo bench -p ch03 --bench race_detector`

use ch03::race_detector as subject;

#[path = "workloads/race_detector.rs"]
mod workload;

paired::bench_main!(workload::WORKLOADS);
