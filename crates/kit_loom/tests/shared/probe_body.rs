use crate::learner::*;
use kit::{sync::{Arc, atomic::{Ordering, AtomicBool, AtomicUsize}, Mutex}, thread, model::explore, channel};
use findings::*;
use std::time::Instant;
fn show(name: &str, e: impl Fn() -> Exploration) {
    let t = Instant::now();
    let e = e();
    println!("== {name}: {} executions {:?} undecided {:?} steps {} ({:?})", e.explorer, e.executions, e.undecided, e.exercise_steps, t.elapsed());
    if let Some(f) = e.finding {
        println!("   {} {:?} {:?} replay {}", f.verdict, f.message, f.site, f.replay);
        println!("{}", f.schedule.render(80));
    }
}
fn b() -> Bounds { Bounds::default() }
#[test]
fn probe() {
    show("racy", || explore(&b(), || { let (a, c) = shared(Counter::default()); let t = thread::spawn(move || a.add_racily()); c.add_racily(); t.join().unwrap(); assert_eq!(c.get(), 2); }));
    show("counter", || explore(&b(), || { let (a, c) = shared(Counter::default()); let t = thread::spawn(move || a.add()); c.add(); t.join().unwrap(); assert_eq!(c.get(), 2); }));
    show("abba", || explore(&b(), || { let (a, c) = shared(Table::new()); let t = thread::Builder::new().name("P1".into()).spawn(move || a.eat_in_circles(1)).unwrap(); c.eat_in_circles(0); t.join().unwrap(); }));
    show("order", || explore(&b(), || { let (a, c) = shared(Table::new()); let t = thread::Builder::new().name("P1".into()).spawn(move || a.eat_in_order(1)).unwrap(); c.eat_in_order(0); t.join().unwrap(); }));
    show("publish relaxed", || explore(&b(), || { let (a, c) = shared(Slot::new()); let t = thread::spawn(move || a.publish(7, Ordering::Relaxed)); let v = c.read(); assert!(v.is_none_or(|v| v == 7)); t.join().unwrap(); }));
    show("publish release", || explore(&b(), || { let (a, c) = shared(Slot::new()); let t = thread::spawn(move || a.publish(7, Ordering::Release)); let v = c.read(); assert!(v.is_none_or(|v| v == 7)); t.join().unwrap(); }));
    show("door", || explore(&b(), || { let (a, c) = shared(Door::new()); let t = thread::spawn(move || a.pass()); c.open(); t.join().unwrap(); }));
    show("door careless", || explore(&b(), || { let (a, c) = shared(Door::new()); let t = thread::spawn(move || a.pass_carelessly()); c.open(); t.join().unwrap(); }));
    show("door if", || explore(&b(), || { let (a, c) = shared(Door::new()); let t = thread::spawn(move || assert!(a.pass_after_one_wait(), "passed a closed door")); c.open(); t.join().unwrap(); }));
    show("spin 2x2", || explore(&b(), || { let (a, c) = shared((SpinLock::default(), Counter::default())); let t = thread::spawn(move || for _ in 0..2 { a.0.with(|| a.1.add_racily()) }); for _ in 0..2 { c.0.with(|| c.1.add_racily()) } t.join().unwrap(); assert_eq!(c.1.get(), 4); }));
    show("spin for good", || explore(&b(), || { let (a, c) = shared(SpinLock::default()); let t = thread::spawn(move || a.take_for_good()); c.take_for_good(); t.join().unwrap(); }));
    show("channel", || explore(&b(), || { let (s, r) = channel::bounded(1); let t = sum(r); send_all(&[1,2,3], &s); drop(s); assert_eq!(t.join().unwrap(), 6); }));
    show("rendezvous", || explore(&b(), || { let (s, r) = channel::bounded(0); let t = sum(r); send_all(&[1,2], &s); drop(s); assert_eq!(t.join().unwrap(), 3); }));
    show("unbounded forgotten sender", || explore(&b(), || { let (s, r) = channel::unbounded(); let t = sum(r); send_all(&[1,2], &s); assert_eq!(t.join().unwrap(), 3); drop(s); }));
    show("scope", || explore(&b(), || assert_eq!(sum_in_two(&[1,2,3]), 6)));
    show("park", || explore(&b(), || { let (a, c) = shared(AtomicBool::new(false)); let t = thread::spawn(move || sleep_until(&a)); wake(&c, t.thread()); t.join().unwrap(); }));
    show("leak", || explore(&b(), || { let (a, c) = shared(AtomicBool::new(false)); thread::spawn(move || { while !a.load(Ordering::Acquire) { thread::park() } }); drop(c); }));
    let seen = Arc::new(std::sync::Mutex::new(std::collections::BTreeSet::new()));
    let s2 = seen.clone();
    show("load store", move || { let s = s2.clone(); explore(&b(), move || {
        let (a, c) = shared(AtomicUsize::new(0));
        let t = thread::spawn(move || { let r = a.load(Ordering::Relaxed); a.store(1, Ordering::Relaxed); r });
        let r = c.load(Ordering::Relaxed); c.store(2, Ordering::Relaxed);
        let q = t.join().unwrap(); s.lock().unwrap().insert((q, r)); })});
    println!("{:?}", seen.lock().unwrap());
    show("mutex counter 3x2", || explore(&b(), || {
        let m = Arc::new(Mutex::new(0u64));
        let ts: Vec<_> = (0..2).map(|_| { let m = m.clone(); thread::spawn(move || for _ in 0..2 { *m.lock().unwrap() += 1 }) }).collect();
        for _ in 0..2 { *m.lock().unwrap() += 1 }
        for t in ts { t.join().unwrap() }
        assert_eq!(*m.lock().unwrap(), 6);
    }));
    show("six threads", || explore(&b(), || { let ts: Vec<_> = (0..5).map(|_| thread::spawn(|| ())).collect(); for t in ts { t.join().unwrap() } }));
    show("bound", || explore(&Bounds { executions: 5, ..b() }, || { let (a, c) = shared(Counter::default()); let t = thread::spawn(move || { a.add(); a.add() }); c.add(); c.add(); t.join().unwrap(); }));
}
