//! The beginning and the end of an output of any length.

use std::collections::VecDeque;

/// Kept of each end, in bytes.
const KEPT: usize = 32 * 1024;

#[derive(Default)]
pub(crate) struct Tail {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    pub total: u64,
}

impl Tail {
    pub fn push(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let (head, rest) = bytes.split_at(bytes.len().min(KEPT - self.head.len()));
        self.head.extend(head);
        self.tail.extend(&rest[rest.len().saturating_sub(KEPT)..]);
        let excess = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..excess);
    }

    /// What is not UTF-8 is replaced.
    pub fn text(mut self) -> String {
        let left_out = self.total - (self.head.len() + self.tail.len()) as u64;
        if left_out == 0 {
            self.head.extend(self.tail);
            return String::from_utf8_lossy(&self.head).into_owned();
        }
        format!(
            "{}\n… {left_out} bytes left out …\n{}",
            String::from_utf8_lossy(&self.head),
            String::from_utf8_lossy(self.tail.make_contiguous())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_output_is_kept_whole() {
        let mut tail = Tail::default();
        for byte in "grüße\n".repeat(6_000).bytes() {
            tail.push(&[byte]);
        }
        assert_eq!(tail.text(), "grüße\n".repeat(6_000));
    }

    #[test]
    fn of_long_output_both_ends_are_kept() {
        let mut tail = Tail::default();
        tail.push(&vec![b'a'; KEPT]);
        tail.push(&vec![b'b'; 1_000_000]);
        tail.push(&vec![b'c'; KEPT]);
        assert_eq!(tail.total, 1_000_000 + 2 * KEPT as u64);
        let text = tail.text();
        assert_eq!(
            text,
            format!(
                "{}\n… 1000000 bytes left out …\n{}",
                "a".repeat(KEPT),
                "c".repeat(KEPT)
            )
        );
    }
}
