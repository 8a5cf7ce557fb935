//! Two requests that add first, and take back if it was too much: every order of their steps.

/// How much is used up, of a burst of 3. Two tokens are there.
const USED: i32 = 1;
const BURST: i32 = 3;

/// The request of one thread.
#[derive(Clone, Copy)]
struct Request {
    name: char,
    tokens: i32,
    /// `None`: has not begun. Then whether it was granted.
    granted: Option<bool>,
    done: bool,
}

impl Request {
    fn new(name: char, tokens: i32) -> Request {
        let (granted, done) = (None, false);
        #[rustfmt::skip]
        return Request { name, tokens, granted, done };
    }

    // ANCHOR: step
    /// One step: `fetch_add` and a look at what it gave, or `fetch_sub`.
    fn step(&mut self, used: &mut i32) -> String {
        if self.granted.is_none() {
            *used += self.tokens;
            let granted = *used <= BURST;
            self.granted = Some(granted);
            self.done = granted;
            format!("{} adds {}", self.name, self.tokens)
        } else {
            *used -= self.tokens;
            self.done = true;
            format!("{} takes back", self.name)
        }
    }
    // ANCHOR_END: step
}

/// Every way to go on from here.
fn explore(requests: [Request; 2], used: i32, steps: &[String], text: &mut String) {
    for turn in 0..2 {
        if requests[turn].done {
            continue;
        }
        let (mut requests, mut used, mut steps) = (requests, used, steps.to_vec());
        steps.push(requests[turn].step(&mut used));
        if requests.iter().all(|request| request.done) {
            let served: Vec<String> = requests
                .iter()
                .filter(|request| request.granted == Some(true))
                .map(|request| request.name.to_string())
                .collect();
            let served = if served.is_empty() {
                "nobody".to_owned()
            } else {
                served.join(" ")
            };
            *text += &format!("{:<46} served: {served}\n", steps.join(", "));
        } else {
            explore(requests, used, &steps, text);
        }
    }
}

pub fn answer() -> String {
    let mut text = String::new();
    let requests = [Request::new('A', 3), Request::new('B', 2)];
    explore(requests, USED, &[], &mut text);
    text
}
