//! What runs behind the view of `watch`: one job at a time on a thread of its own, which says what it has
//! to say as events. A new job ends the one before it.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, Sender, SyncSender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::state::{End, Event, JobNews, Kind};
use crate::{
    catalog::Catalog,
    commands::check::{self, News},
    error::{Error, Result},
    flow::Judge,
    report::lines::{Line, Tone},
    stop::Stop,
};

/// A line of a child's output is broken after this many bytes.
const LONGEST_LINE: u64 = 4096;
/// How often a child is asked whether it has ended, and whether it should.
const PAUSE: Duration = Duration::from_millis(20);

pub struct Jobs {
    requests: Option<Sender<Request>>,
    worker: Option<JoinHandle<()>>,
    /// Of the job that runs, or ran.
    stop: Stop,
}

struct Request {
    number: u64,
    kind: Kind,
    /// Its place in the catalogue.
    exercise: usize,
    stop: Stop,
}

/// The number of the job that runs, for those who speak without knowing for whom.
pub type Number = Arc<AtomicU64>;

impl Jobs {
    pub fn new(
        judge: Judge,
        catalog: Arc<Catalog>,
        number: Number,
        events: SyncSender<Event>,
    ) -> Jobs {
        let (requests, requested) = mpsc::channel();
        Jobs {
            requests: Some(requests),
            worker: Some(thread::spawn(move || {
                work(&judge, &catalog, &number, &requested, &events);
            })),
            stop: Stop::default(),
        }
    }

    pub fn start(&mut self, number: u64, kind: Kind, exercise: usize) {
        self.stop();
        self.stop = Stop::default();
        let request = Request {
            number,
            kind,
            exercise,
            stop: self.stop.clone(),
        };
        if let Some(requests) = &self.requests {
            // Without a worker there was a panic, which ends everything.
            let _ = requests.send(request);
        }
    }

    pub fn stop(&self) {
        self.stop.stop();
    }
}

/// Ends what runs, and waits until it has cleaned up.
impl Drop for Jobs {
    fn drop(&mut self) {
        self.stop();
        self.requests = None;
        if let Some(worker) = self.worker.take() {
            // A panic of the worker was reported when it happened.
            let _ = worker.join();
        }
    }
}

fn work(
    judge: &Judge,
    catalog: &Catalog,
    number: &AtomicU64,
    requests: &Receiver<Request>,
    events: &SyncSender<Event>,
) {
    for request in requests {
        if request.stop.is_stopped() {
            continue;
        }
        // Relaxed: it only names whom a remark is for.
        number.store(request.number, Ordering::Relaxed);
        let tell = |news| {
            // Nobody listens any more when everything ends.
            let _ = events.send(Event::Job {
                number: request.number,
                news,
            });
        };
        let end = match request.kind {
            Kind::Check => check(judge, catalog, &request, &tell),
            Kind::Bench => bench(judge, catalog, &request, &tell),
        };
        tell(JobNews::Ended(
            end.unwrap_or_else(|error| End::Failed(error.to_string())),
        ));
    }
}

fn check(
    judge: &Judge,
    catalog: &Catalog,
    request: &Request,
    tell: &(dyn Fn(JobNews) + Sync),
) -> Result<End> {
    let exercise = exercise(catalog, request)?;
    let judge = judge.until(request.stop.clone());
    let grade = check::check(&judge, catalog, exercise, &|news| {
        tell(JobNews::News(news));
    })?;
    Ok(End::Checked(grade.verdict))
}

fn exercise<'a>(catalog: &'a Catalog, request: &Request) -> Result<&'a crate::catalog::Exercise> {
    catalog
        .exercises()
        .nth(request.exercise)
        .ok_or_else(|| Error::course("the list of exercises has changed; start `watch` again"))
}

/// `cargo xtask bench` in a process of its own, line by line.
fn bench(
    judge: &Judge,
    catalog: &Catalog,
    request: &Request,
    tell: &(dyn Fn(JobNews) + Sync),
) -> Result<End> {
    let exercise = exercise(catalog, request)?;
    let runner = std::env::current_exe()
        .map_err(|cause| Error::machine(format!("cannot find this program: {cause}")))?;
    let mut command = Command::new(&runner);
    command
        .args(["bench", exercise.id()])
        .current_dir(&judge.course.root)
        .env("NO_COLOR", "1");
    let succeeded = streamed(command, &request.stop, &|line| {
        tell(JobNews::News(News::Lines(vec![line])));
    })
    .map_err(|cause| Error::file("run", &runner, cause))?;
    Ok(End::Benched { succeeded })
}

/// Runs `command` and hands on each line that it prints, as it comes; whether it ended well. A stop kills
/// it.
fn streamed(
    mut command: Command,
    stop: &Stop,
    tell: &(dyn Fn(Line) + Sync),
) -> std::io::Result<bool> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let succeeded = thread::scope(|scope| {
        scope.spawn(move || out.map(|out| read(out, Tone::Plain, tell)));
        scope.spawn(move || err.map(|err| read(err, Tone::Dim, tell)));
        ended(&mut child, stop)
    })?;
    Ok(succeeded)
}

fn ended(child: &mut Child, stop: &Stop) -> std::io::Result<bool> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if stop.is_stopped() {
            child.kill()?;
        }
        thread::sleep(PAUSE);
    }
}

fn read(output: impl Read, tone: Tone, tell: &(dyn Fn(Line) + Sync)) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut output)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
        {
            Ok(0) | Err(_) => return,
            Ok(_) => tell(Line::new(
                tone,
                String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']),
            )),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_child_is_heard_line_by_line_and_cannot_steer_the_terminal() {
        let heard = Mutex::new(Vec::new());
        let command = shell("printf 'one\\n\\033[2Jtwo\\n'; printf three; exit 3");
        let succeeded = streamed(command, &Stop::default(), &|line| {
            heard.lock().unwrap().push(line.text());
        });
        assert!(!succeeded.unwrap());
        assert_eq!(
            heard.into_inner().unwrap(),
            ["one", "\u{fffd}[2Jtwo", "three"]
        );
    }

    #[test]
    fn a_child_that_prints_without_end_and_without_lines_is_heard_and_stopped() {
        let stop = Stop::default();
        let heard = Mutex::new(0);
        let command = shell("while :; do printf xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done");
        let succeeded = streamed(command, &stop, &|line| {
            let mut heard = heard.lock().unwrap();
            *heard += 1;
            assert!(line.text().len() as u64 <= LONGEST_LINE);
            if *heard == 3 {
                stop.stop();
            }
        });
        assert!(!succeeded.unwrap());
        assert!(heard.into_inner().unwrap() >= 3);
    }
}
