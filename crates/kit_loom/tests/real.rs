//! The learner's file of the other tests, on the real kit: it is the same source.

#[expect(dead_code, reason = "what is wrong in it is for the models")]
mod learner;

use kit::{channel, sync::atomic::Ordering, thread};
use learner::{Counter, Door, Slot, SpinLock, Table};

#[test]
fn the_learners_file_runs_for_real() {
    let (mine, theirs) = learner::shared((Counter::default(), Table::new(), Door::new()));
    let other = thread::spawn(move || {
        theirs.0.add();
        theirs.1.eat_in_order(1);
        theirs.2.open();
    });
    mine.0.add();
    mine.1.eat_in_order(0);
    mine.2.pass();
    other.join().unwrap();
    assert_eq!(mine.0.get(), 2);

    let slot = Slot::new();
    slot.publish(7, Ordering::Release);
    assert_eq!(slot.read(), Some(7));
    assert_eq!(SpinLock::default().with(|| 3), 3);
    assert_eq!(learner::sum_in_two(&[1, 2, 3]), 6);

    let (sender, receiver) = channel::bounded(1);
    let total = learner::sum(receiver);
    learner::send_all(&[1, 2, 3], &sender);
    drop(sender);
    assert_eq!(total.join().unwrap(), 6);
}
