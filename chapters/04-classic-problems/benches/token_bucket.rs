//! `cargo bench -p ch04 --bench token_bucket`

use ch04::token_bucket as subject;

#[path = "workloads/token_bucket.rs"]
mod workload;

paired::bench_main!(workload::WORKLOADS);
