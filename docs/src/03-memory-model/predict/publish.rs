//! Fill in: the small experiment that answers the lesson's question. No clock and no chance in it.

// ANCHOR: question
/// Fill in: what the reader looks at before answering.
fn experiment() -> u32 {
    6 * 7
}
// ANCHOR_END: question

pub fn answer() -> String {
    format!("Fill in: what it gives ({})\n", experiment())
}
