//! A token is given back twice. What does a channel say, and how many can be inside then?

use kit::channel::bounded;

pub fn answer() -> String {
    format!(
        "one:   the second time: {}\ntwo:   the second time: {}\nthree: the second time: {}\n",
        holds_what_is_free(),
        holds_what_is_out(),
        with_the_other_one_at_home()
    )
}

fn told(failed: Option<String>, inside: usize) -> String {
    match failed {
        None => format!("nothing; then {inside} can be inside"),
        Some(error) => format!("the error “{error}”; {inside} can be inside"),
    }
}

fn holds_what_is_free() -> String {
    // ANCHOR: free
    let (back, free) = bounded(2);
    back.send("token").unwrap();
    back.send("token").unwrap();
    free.recv().unwrap(); // one is out
    free.recv().unwrap(); // and the other

    let _ = back.try_send("token"); // the one comes back
    let twice = back.try_send("token"); // and once more
    // ANCHOR_END: free
    let more = std::iter::from_fn(|| free.try_recv().ok()).count();
    told(twice.err().map(|error| error.to_string()), 1 + more)
}

fn holds_what_is_out() -> String {
    // ANCHOR: out
    let (out, back) = bounded(2);
    out.send("mark").unwrap(); // one is out
    out.send("mark").unwrap(); // and the other

    let _ = back.try_recv(); // the one comes back
    let twice = back.try_recv(); // and once more
    // ANCHOR_END: out
    let more = std::iter::from_fn(|| out.try_send("mark").ok()).count();
    told(twice.err().map(|error| error.to_string()), 1 + more)
}

fn with_the_other_one_at_home() -> String {
    // ANCHOR: home
    let (back, free) = bounded(2);
    back.send("token").unwrap();
    back.send("token").unwrap();
    free.recv().unwrap(); // one is out; the other is not

    let _ = back.try_send("token"); // the one comes back
    let twice = back.try_send("token"); // and once more
    // ANCHOR_END: home
    let inside = std::iter::from_fn(|| free.try_recv().ok()).count();
    told(twice.err().map(|error| error.to_string()), inside)
}
