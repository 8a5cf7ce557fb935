//! What the supervisor and its child say to each other, and how it looks on the two pipes.
//!
//! The child finds the numbers of its two descriptors in [`CHANNEL`]. The first thing on the control
//! pipe is a [`Nonce`]; from then on each frame, in both directions, carries it:
//!
//! ```text
//! magic u32 · nonce [u8; 16] · kind u8 · length u32 · payload [u8; length]        (little endian)
//! ```
//!
//! Code under test that finds the pipes and writes to them does not know the nonce, and its frame
//! voids the test.

use std::io::{self, Read};

use findings::Verdict;

/// Environment variable that makes a test binary a supervised child: `CONTROL,RECORD`, the numbers
/// of its descriptors. The child removes it before it starts any other thread.
pub const CHANNEL: &str = "HARNESS_CHANNEL";

/// Stands for all threads in [`Record::AwaitBlocked`]: no thread has this number.
pub const EVERY_THREAD: u64 = 0;

/// Sixteen bytes that only the supervisor and the harness know.
pub type Nonce = [u8; 16];

/// What is said of a test that wrote to one of the pipes.
pub const MEDDLED: &str = "the code under test wrote to the harness's pipe";

const MAGIC: u32 = u32::from_le_bytes(*b"cctr");
const HEADER: usize = 4 + 16 + 1 + 4;
/// Longer payloads are refused: a report is less than a screen.
const LONGEST: usize = 1 << 20;

/// What the child tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The harness runs; the code under test does not yet.
    Hello {
        /// All three as the child sees them, which may be from inside a PID namespace.
        pid: u64,
        watchdog: u64,
        test: u64,
        /// On top of [`Limits::cpu`](crate::Limits::cpu), scaled like it, in milliseconds: what a
        /// model's stated bounds allow.
        extra_cpu_ms: u64,
    },
    /// The test body returned. Asks which threads are left; answered by [`Control::Clear`] or not at
    /// all.
    BodyDone,
    /// Asks for [`Control::Blocked`] once this thread is blocked with no timer, or gone; or, for
    /// [`EVERY_THREAD`], once all of them are blocked at the same time, the asking one included.
    AwaitBlocked { thread: u64 },
    /// A panic, when it happens: in case nothing comes after it.
    Panicked { verdict: Verdict, summary: String },
    /// What the threads are doing; the last one counts.
    Dump { last: bool, report: Report },
    /// The test is over.
    Done { report: Report, notes: String },
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub verdict: Verdict,
    /// One line.
    pub summary: String,
    /// What a person reads, less than a screen. May be empty.
    pub detail: String,
}

/// What the supervisor tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// No thread of the test is left.
    Clear,
    /// The thread asked about is blocked, or gone.
    Blocked { thread: u64 },
    /// Say what the threads are doing.
    Dump { reason: Reason, threads: Vec<Seen> },
}

/// Why the supervisor is about to end the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Every thread is blocked, and no timer is pending.
    Quiescent,
    /// The budget of processor time is spent.
    Cpu,
    /// So is that of waiting for timers.
    Idle,
    /// Threads are left after the body.
    Left,
}

/// A thread as the supervisor sees it from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// As the child sees it.
    pub id: u64,
    /// Name in the kernel: at most 15 bytes, inherited where a thread has none of its own.
    pub name: String,
    pub blocked: Blocked,
    /// The number of the thread whose end it waits for.
    pub joins: Option<u32>,
}

/// What the kernel says about a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// It runs or could, or waits for a disk.
    No,
    /// Only another thread can wake it.
    Untimed,
    /// A timer will wake it, or it cannot be told what will.
    Timed,
}

/// Puts frames into bytes.
pub fn encode_record(nonce: &Nonce, record: &Record) -> Vec<u8> {
    let mut out = Writer::default();
    let kind = match record {
        Record::Hello {
            pid,
            watchdog,
            test,
            extra_cpu_ms,
        } => {
            [pid, watchdog, test, extra_cpu_ms]
                .into_iter()
                .for_each(|number| out.number(*number));
            0
        }
        Record::BodyDone => 1,
        Record::AwaitBlocked { thread } => {
            out.number(*thread);
            2
        }
        Record::Panicked { verdict, summary } => {
            out.text(verdict.name());
            out.text(summary);
            3
        }
        Record::Dump { last, report } => {
            out.number(u64::from(*last));
            out.report(report);
            4
        }
        Record::Done { report, notes } => {
            out.report(report);
            out.text(notes);
            5
        }
    };
    frame(nonce, kind, out.0)
}

/// As [`encode_record`].
pub fn encode_control(nonce: &Nonce, control: &Control) -> Vec<u8> {
    let mut out = Writer::default();
    let kind = match control {
        Control::Clear => 0,
        Control::Blocked { thread } => {
            out.number(*thread);
            1
        }
        Control::Dump { reason, threads } => {
            out.number(match reason {
                Reason::Quiescent => 0,
                Reason::Cpu => 1,
                Reason::Idle => 2,
                Reason::Left => 3,
            });
            out.number(threads.len() as u64);
            for Seen {
                id,
                name,
                blocked,
                joins,
            } in threads
            {
                out.number(*id);
                out.text(name);
                out.number(match blocked {
                    Blocked::No => 0,
                    Blocked::Untimed => 1,
                    Blocked::Timed => 2,
                });
                out.number(joins.map_or(u64::MAX, u64::from));
            }
            2
        }
    };
    frame(nonce, kind, out.0)
}

/// Takes records off the front of what has arrived. `Ok(None)`: more must come first. `Err`: nobody
/// who knows the nonce wrote this.
pub fn take_record(nonce: &Nonce, arrived: &mut Vec<u8>) -> Result<Option<Record>, NotOurs> {
    let Some(header) = arrived.first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let (kind, length) = parse_header(nonce, header)?;
    if arrived.len() < HEADER + length {
        return Ok(None);
    }
    let record = parse_record(kind, &arrived[HEADER..HEADER + length]).ok_or(NotOurs)?;
    arrived.drain(..HEADER + length);
    Ok(Some(record))
}

/// Reads one message of the supervisor; `None` at the end of the pipe.
///
/// # Errors
///
/// From reading, and `InvalidData` for what the supervisor did not write.
pub fn read_control(nonce: &Nonce, pipe: &mut impl Read) -> io::Result<Option<Control>> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    let mut header = [0; HEADER];
    match pipe.read_exact(&mut header) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let (kind, length) = parse_header(nonce, &header).map_err(|_| invalid())?;
    let mut payload = vec![0; length];
    pipe.read_exact(&mut payload)?;
    parse_control(kind, &payload).map(Some).ok_or_else(invalid)
}

/// A frame without the nonce, or not a frame at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOurs;

fn frame(nonce: &Nonce, kind: u8, payload: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend(MAGIC.to_le_bytes());
    bytes.extend(nonce);
    bytes.push(kind);
    bytes.extend((payload.len() as u32).to_le_bytes());
    bytes.extend(payload);
    bytes
}

fn parse_header(nonce: &Nonce, header: &[u8; HEADER]) -> Result<(u8, usize), NotOurs> {
    let length = u32::from_le_bytes([header[21], header[22], header[23], header[24]]) as usize;
    let ours = header[..4] == MAGIC.to_le_bytes() && header[4..20] == nonce[..];
    if ours && length <= LONGEST {
        Ok((header[20], length))
    } else {
        Err(NotOurs)
    }
}

fn parse_record(kind: u8, payload: &[u8]) -> Option<Record> {
    let mut from = Reader(payload);
    let record = match kind {
        0 => Record::Hello {
            pid: from.number()?,
            watchdog: from.number()?,
            test: from.number()?,
            extra_cpu_ms: from.number()?,
        },
        1 => Record::BodyDone,
        2 => Record::AwaitBlocked {
            thread: from.number()?,
        },
        3 => Record::Panicked {
            verdict: from.verdict()?,
            summary: from.text()?,
        },
        4 => Record::Dump {
            last: from.number()? != 0,
            report: from.report()?,
        },
        5 => Record::Done {
            report: from.report()?,
            notes: from.text()?,
        },
        _ => return None,
    };
    from.0.is_empty().then_some(record)
}

fn parse_control(kind: u8, payload: &[u8]) -> Option<Control> {
    let mut from = Reader(payload);
    let control = match kind {
        0 => Control::Clear,
        1 => Control::Blocked {
            thread: from.number()?,
        },
        2 => {
            let reason = match from.number()? {
                0 => Reason::Quiescent,
                1 => Reason::Cpu,
                2 => Reason::Idle,
                3 => Reason::Left,
                _ => return None,
            };
            let threads = (0..from.number()?)
                .map(|_| {
                    Some(Seen {
                        id: from.number()?,
                        name: from.text()?,
                        blocked: match from.number()? {
                            0 => Blocked::No,
                            1 => Blocked::Untimed,
                            2 => Blocked::Timed,
                            _ => return None,
                        },
                        joins: u32::try_from(from.number()?).ok(),
                    })
                })
                .collect::<Option<Vec<_>>>()?;
            Control::Dump { reason, threads }
        }
        _ => return None,
    };
    from.0.is_empty().then_some(control)
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    /// What exceeds a sixteenth of the longest payload is cut off.
    fn text(&mut self, text: &str) {
        let text = &text[..text.floor_char_boundary(LONGEST / 16)];
        self.number(text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    fn report(&mut self, report: &Report) {
        self.text(report.verdict.name());
        self.text(&report.summary);
        self.text(&report.detail);
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Option<u64> {
        let (bytes, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*bytes))
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(bytes.to_vec()).ok()
    }

    fn verdict(&mut self) -> Option<Verdict> {
        self.text()?.parse().ok()
    }

    fn report(&mut self) -> Option<Report> {
        Some(Report {
            verdict: self.verdict()?,
            summary: self.text()?,
            detail: self.text()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: Nonce = *b"0123456789abcdef";

    fn report() -> Report {
        Report {
            verdict: Verdict::Deadlock,
            summary: "P0 waits".into(),
            detail: "P0\n  waits".into(),
        }
    }

    #[test]
    fn records_survive_the_pipe_in_any_pieces() {
        let records = [
            Record::Hello {
                pid: 1,
                watchdog: 2,
                test: 3,
                extra_cpu_ms: 4,
            },
            Record::BodyDone,
            Record::AwaitBlocked { thread: 7 },
            Record::Panicked {
                verdict: Verdict::Panic,
                summary: "ä".into(),
            },
            Record::Dump {
                last: true,
                report: report(),
            },
            Record::Done {
                report: report(),
                notes: "loom: 12 schedules".into(),
            },
        ];
        let (mut arrived, mut got) = (Vec::new(), Vec::new());
        for byte in records
            .iter()
            .flat_map(|record| encode_record(&NONCE, record))
        {
            arrived.push(byte);
            got.extend(take_record(&NONCE, &mut arrived).unwrap());
        }
        assert_eq!(got, records);
        assert!(arrived.is_empty());
    }

    #[test]
    fn controls_survive_the_pipe() {
        let seen = Seen {
            id: 9,
            name: "P0".into(),
            blocked: Blocked::Timed,
            joins: Some(u32::MAX - 1),
        };
        let controls = [
            Control::Clear,
            Control::Blocked { thread: 5 },
            Control::Dump {
                reason: Reason::Left,
                threads: vec![
                    Seen {
                        joins: None,
                        ..seen.clone()
                    },
                    seen,
                ],
            },
        ];
        let bytes: Vec<u8> = controls
            .iter()
            .flat_map(|control| encode_control(&NONCE, control))
            .collect();
        let mut pipe = &bytes[..];
        for control in controls {
            assert_eq!(read_control(&NONCE, &mut pipe).unwrap(), Some(control));
        }
        assert_eq!(read_control(&NONCE, &mut pipe).unwrap(), None);
    }

    #[test]
    fn a_frame_with_another_nonce_is_refused_and_so_is_noise() {
        let mut forged = encode_record(b"fedcba9876543210", &Record::BodyDone);
        assert_eq!(take_record(&NONCE, &mut forged), Err(NotOurs));
        let mut noise = b"test result: ok. 1 passed; 0 failed;".to_vec();
        assert_eq!(take_record(&NONCE, &mut noise), Err(NotOurs));
        let mut unknown = frame(&NONCE, 99, Vec::new());
        assert_eq!(take_record(&NONCE, &mut unknown), Err(NotOurs));
    }
}
