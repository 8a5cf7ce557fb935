//! `cargo bench -p ch04 --bench producer_consumer`

use ch04::producer_consumer as subject;

#[path = "workloads/producer_consumer.rs"]
mod workload;

paired::bench_main!(workload::WORKLOADS);
