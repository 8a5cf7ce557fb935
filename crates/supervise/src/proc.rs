//! What Linux says in /proc about the threads of a process: which run, which are blocked, and whether
//! a timer will wake them.

use std::fs;
use std::time::Duration;

use crate::protocol::Blocked;

/// One look at a process.
#[derive(Debug)]
pub(crate) struct Sample {
    pub threads: Vec<Thread>,
    /// Of all its threads, and of its living descendants.
    pub cpu: Duration,
    /// Resident memory in bytes, with that of its descendants.
    pub rss: u64,
    pub descendants: usize,
    /// A descendant runs or could.
    pub descendants_run: bool,
}

#[derive(Debug)]
pub(crate) struct Thread {
    /// As the process itself sees it.
    pub id: u64,
    pub name: String,
    pub blocked: Blocked,
    /// The number, as the process sees it, of the thread whose end it waits for.
    pub joins: Option<u32>,
    reads: bool,
    /// Context switches so far: unchanged means that it has not run in between.
    pub switches: u64,
}

/// `None`: there is no such process any more, or no /proc.
pub(crate) fn sample(pid: u32) -> Option<Sample> {
    let own = stat(pid)?;
    let (mut threads, mut children, mut children_known) = (Vec::new(), Vec::new(), true);
    for entry in fs::read_dir(format!("/proc/{pid}/task")).ok()? {
        let Some(tid) = entry
            .ok()
            .and_then(|entry| entry.file_name().to_str()?.parse().ok())
        else {
            continue;
        };
        let tid: u32 = tid;
        match fs::read_to_string(format!("/proc/{pid}/task/{tid}/children")) {
            Ok(list) => {
                children.extend(
                    list.split_whitespace()
                        .filter_map(|pid| pid.parse::<u32>().ok()),
                );
            }
            Err(_) => children_known = false,
        }
        // A thread that has ended since the folder was read is no thread.
        threads.extend(thread(pid, tid));
    }
    let (mut cpu, mut rss) = (own.cpu, own.rss);
    let (mut descendants, mut descendants_run) = (0, false);
    // Processes that go round in a ring do not exist, but a bound costs nothing.
    while let Some(child) = children.pop().filter(|_| descendants < 10_000) {
        // A child that has ended and was not waited for does nothing any more.
        let Some(stat) = stat(child).filter(|stat| stat.state != b'Z') else {
            continue;
        };
        descendants += 1;
        cpu += stat.cpu;
        rss += stat.rss;
        descendants_run |= matches!(stat.state, b'R' | b'D');
        children.extend(children_of(child));
    }
    if !children_known {
        // Somebody unseen may write to the pipe that a thread reads.
        for thread in &mut threads {
            if thread.blocked == Blocked::Untimed && thread.reads {
                thread.blocked = Blocked::Timed;
            }
        }
    }
    Some(Sample {
        threads,
        cpu,
        rss,
        descendants,
        descendants_run,
    })
}

/// The process among `root` and its descendants that knows itself by the number `inner`, the deepest
/// where several do: inside a PID namespace small numbers are common.
pub(crate) fn find(root: u32, inner: u64) -> Option<u32> {
    let (mut level, mut found) = (vec![root], None);
    for _ in 0..32 {
        if level.is_empty() {
            break;
        }
        for &pid in &level {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            if inner_number(&status) == Some(inner) {
                found = Some(pid);
            }
        }
        level = level.into_iter().flat_map(children_of).collect();
    }
    found
}

fn children_of(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    tasks
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect()
}

struct Stat {
    state: u8,
    cpu: Duration,
    rss: u64,
}

/// The second field is the name in brackets, with whatever is in it: the rest counts from the last
/// bracket.
fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text[text.rfind(')')? + 1..].split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    // SAFETY: both only look up a number.
    let (ticks, page) = unsafe {
        (
            libc::sysconf(libc::_SC_CLK_TCK),
            libc::sysconf(libc::_SC_PAGESIZE),
        )
    };
    let (ticks, page) = (u64::try_from(ticks).ok()?.max(1), u64::try_from(page).ok()?);
    Some(Stat {
        state: *fields.first()?.as_bytes().first()?,
        cpu: Duration::from_millis((number(11)? + number(12)?) * 1000 / ticks),
        rss: number(21)? * page,
    })
}

fn thread(pid: u32, tid: u32) -> Option<Thread> {
    let status = fs::read_to_string(format!("/proc/{pid}/task/{tid}/status")).ok()?;
    let (mut state, mut switches) = (b'R', 0);
    let mut name = String::new();
    for line in status.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        match key {
            "Name" => name = value.to_owned(),
            "State" => state = value.bytes().next()?,
            "voluntary_ctxt_switches" | "nonvoluntary_ctxt_switches" => {
                switches += value.parse::<u64>().ok()?;
            }
            _ => {}
        }
    }
    let id = inner_number(&status)?;
    let call = match state {
        b'S' => fs::read_to_string(format!("/proc/{pid}/task/{tid}/syscall")).ok(),
        _ => None,
    };
    let call = call.as_deref().and_then(Call::parse);
    let blocked = match (state, &call) {
        // On its way out, and nobody waits for it there.
        (b'Z' | b'X', _) => return None,
        (b'S', Some(call)) => call.blocked(pid),
        (b'S' | b'T' | b't' | b'I', _) => Blocked::Timed,
        _ => Blocked::No,
    };
    let reads = call
        .as_ref()
        .is_some_and(|call| call.number == libc::SYS_read);
    Some(Thread {
        id,
        name,
        blocked,
        joins: call.and_then(|call| call.joins()),
        reads,
        switches,
    })
}

/// The number that a task has in its own PID namespace.
fn inner_number(status: &str) -> Option<u64> {
    let field = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().last()?.parse().ok()
    };
    field("NSpid:").or_else(|| field("Pid:"))
}

/// A system call that a thread is in.
struct Call {
    number: libc::c_long,
    arguments: [u64; 6],
}

impl Call {
    /// `running`, and `-1 …` for a thread that is blocked outside a system call, give `None`.
    fn parse(line: &str) -> Option<Call> {
        let mut words = line.split_whitespace();
        let number = words.next()?.parse().ok().filter(|number| *number >= 0)?;
        let mut arguments = [0; 6];
        for argument in &mut arguments {
            *argument = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
        }
        Some(Call { number, arguments })
    }

    /// What is not known to wait without a timer counts as waiting with one: then it costs time to
    /// find a deadlock, and nobody is accused of one wrongly.
    fn blocked(&self, pid: u32) -> Blocked {
        let [first, _, third, fourth, fifth, _] = self.arguments;
        let untimed = match self.number {
            libc::SYS_futex => self.is_futex_wait() && fourth == 0,
            libc::SYS_futex_waitv => fourth == 0,
            libc::SYS_ppoll => third == 0,
            libc::SYS_pselect6 => fifth == 0,
            libc::SYS_epoll_pwait => fourth as u32 as i32 == -1,
            libc::SYS_epoll_pwait2 => fourth == 0,
            libc::SYS_rt_sigsuspend => true,
            libc::SYS_read => is_pipe(pid, first),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_poll => (third as u32 as i32) < 0,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_select => fifth == 0,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_epoll_wait => fourth as u32 as i32 == -1,
            #[cfg(target_arch = "x86_64")]
            libc::SYS_pause => true,
            _ => false,
        };
        if untimed {
            Blocked::Untimed
        } else {
            Blocked::Timed
        }
    }

    /// Waits in a futex whose operations take a timeout as the fourth argument.
    fn is_futex_wait(&self) -> bool {
        const LOCK_PI2: i32 = 13;
        let operation =
            self.arguments[1] as i32 & !(libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME);
        matches!(
            operation,
            libc::FUTEX_WAIT
                | libc::FUTEX_WAIT_BITSET
                | libc::FUTEX_LOCK_PI
                | libc::FUTEX_WAIT_REQUEUE_PI
                | LOCK_PI2
        )
    }

    /// The kernel clears a word that holds a thread's number when the thread ends, and wakes whoever
    /// waits for that with a futex that is not private. All other waits of this process are private.
    fn joins(&self) -> Option<u32> {
        let shared = self.arguments[1] as i32 & libc::FUTEX_PRIVATE_FLAG == 0;
        (self.number == libc::SYS_futex && self.is_futex_wait() && shared)
            .then_some(self.arguments[2] as u32)
    }
}

/// A read from a pipe ends when somebody writes; from a timer's or a terminal's descriptor, or a
/// socket with a time limit, for other reasons too.
fn is_pipe(pid: u32, descriptor: u64) -> bool {
    fs::read_link(format!("/proc/{pid}/fd/{descriptor}"))
        .is_ok_and(|target| target.to_string_lossy().starts_with("pipe:"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn call(line: &str) -> Option<Blocked> {
        Call::parse(line).map(|call| call.blocked(std::process::id()))
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn a_wait_with_a_timer_is_told_from_one_without() {
        use Blocked::*;
        let cases = [
            // futex(WAIT_BITSET|PRIVATE) without and with a timeout
            (
                "202 0x7f 0x189 0x2 0x0 0x0 0xffffffff 0x7ffc 0x7f",
                Some(Untimed),
            ),
            (
                "202 0x7f 0x189 0x2 0x7ffd 0x0 0xffffffff 0x7ffc 0x7f",
                Some(Timed),
            ),
            // futex(WAKE) is no wait
            ("202 0x7f 0x81 0x1 0x0 0x0 0x0 0x7ffc 0x7f", Some(Timed)),
            // poll for ever, poll for a second, epoll_wait for ever
            (
                "7 0x7f 0x1 0xffffffff 0x0 0x0 0x0 0x7ffc 0x7f",
                Some(Untimed),
            ),
            ("7 0x7f 0x1 0x3e8 0x0 0x0 0x0 0x7ffc 0x7f", Some(Timed)),
            (
                "232 0x3 0x7f 0x1 0xffffffffffffffff 0x0 0x0 0x7ffc 0x7f",
                Some(Untimed),
            ),
            // clock_nanosleep
            ("230 0x0 0x0 0x7f 0x7f 0x0 0x0 0x7ffc 0x7f", Some(Timed)),
            ("running", None),
            ("-1 0x7ffc 0x7f", None),
        ];
        for (line, expected) in cases {
            assert_eq!(call(line), expected, "{line}");
        }
    }

    #[test]
    fn sees_a_thread_blocked_and_counts_its_switches() {
        let (sender, receiver) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let waiter = std::thread::spawn(move || {
            // SAFETY: takes nothing and cannot fail.
            tell.send(unsafe { libc::gettid() }).unwrap();
            receiver.recv()
        });
        let id = told.recv().unwrap() as u64;
        let look = || {
            let sample = sample(std::process::id()).expect("this process exists");
            sample.threads.into_iter().find(|thread| thread.id == id)
        };
        let blocked = loop {
            let seen = look().expect("the thread lives");
            if seen.blocked == Blocked::Untimed {
                break seen;
            }
            std::thread::yield_now();
        };
        assert_eq!(blocked.joins, None);
        assert_eq!(look().unwrap().switches, blocked.switches);
        drop(sender);
        waiter.join().unwrap().unwrap_err();
    }

    #[test]
    fn finds_itself_but_no_stranger() {
        let own = std::process::id();
        assert_eq!(find(own, u64::from(own)), Some(own));
        assert_eq!(find(own, 0), None);
    }
}
