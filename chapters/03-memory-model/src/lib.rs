//! Chapter 3: the memory model. Each module is one exercise; open its file and read from the top.

pub mod break_publish;
pub mod litmus_repair;
pub mod litmus_verdicts;
pub mod once;
pub mod once_map;
pub mod publish;
pub mod race_detector;
pub mod resource_tokens;
