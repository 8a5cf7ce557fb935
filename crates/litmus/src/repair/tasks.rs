//! The tasks by name: programs of the literature, with holes.

use super::{
    Hole::{Failure, Fence, Load, Store, Update},
    Task,
};
use crate::model::Model;

/// The task of that name.
pub fn find(name: &str) -> Option<&'static Task> {
    TASKS.iter().find(|task| task.name == name)
}

/// All tasks, easy ones first.
pub const TASKS: &[Task] = &[
    Task {
        name: "message",
        model: Model::Rc11,
        text: r"C message
{ x=0; y=0; }
P0 (atomic_int* x, atomic_int* y) {
  atomic_store_explicit(x, 1, {A});
  atomic_store_explicit(y, 1, {B});
}
P1 (atomic_int* x, atomic_int* y) {
  int r0 = atomic_load_explicit(y, {C});
  int r1 = atomic_load_explicit(x, {D});
}
exists (1:r0=1 /\ 1:r1=0)
",
        holes: &[("A", Store), ("B", Store), ("C", Load), ("D", Load)],
    },
    Task {
        name: "mailbox",
        model: Model::Rc11,
        text: r"C mailbox
{ letter=0; flag=0; }
P0 (int* letter, atomic_int* flag) {
  *letter = 1;
  fence({A});
  atomic_store_explicit(flag, 1, {B});
}
P1 (int* letter, atomic_int* flag) {
  int r1 = 0;
  int r0 = atomic_load_explicit(flag, {C});
  if (r0) {
    fence({D});
    r1 = *letter;
  }
}
exists (1:r0=1 /\ 1:r1=0)
",
        holes: &[("A", Fence), ("B", Store), ("C", Load), ("D", Fence)],
    },
    Task {
        name: "relay",
        model: Model::Rc11,
        text: r"C relay
{ x=0; y=0; }
P0 (atomic_int* x) {
  atomic_store_explicit(x, 1, {A});
}
P1 (atomic_int* x, atomic_int* y) {
  int r0 = atomic_load_explicit(x, {B});
  atomic_store_explicit(y, 1, {C});
}
P2 (atomic_int* x, atomic_int* y) {
  int r0 = atomic_load_explicit(y, {D});
  int r1 = atomic_load_explicit(x, {E});
}
exists (1:r0=1 /\ 2:r0=1 /\ 2:r1=0)
",
        holes: &[
            ("A", Store),
            ("B", Load),
            ("C", Store),
            ("D", Load),
            ("E", Load),
        ],
    },
    Task {
        name: "two_hops",
        model: Model::Rc11,
        text: r"C two_hops
{ x=0; y=0; z=0; }
P0 (atomic_int* x, atomic_int* y) {
  atomic_store_explicit(x, 1, {A});
  atomic_store_explicit(y, 1, {B});
}
P1 (atomic_int* y, atomic_int* z) {
  int r0 = atomic_load_explicit(y, {C});
  atomic_store_explicit(z, 1, {D});
}
P2 (atomic_int* x, atomic_int* z) {
  int r0 = atomic_load_explicit(z, {E});
  int r1 = atomic_load_explicit(x, {F});
}
exists (1:r0=1 /\ 2:r0=1 /\ 2:r1=0)
",
        holes: &[
            ("A", Store),
            ("B", Store),
            ("C", Load),
            ("D", Store),
            ("E", Load),
            ("F", Load),
        ],
    },
    Task {
        name: "try_lock",
        model: Model::Rc11,
        text: r"C try_lock
{ lock=0; data=0; e0=0; e1=0; }
P0 (atomic_int* lock, int* data, int* e0) {
  int r1 = 9;
  int r0 = atomic_compare_exchange_strong_explicit(lock, e0, 1, {A}, {B});
  if (r0) {
    r1 = *data;
    *data = 1;
    atomic_store_explicit(lock, 0, {C});
  }
}
P1 (atomic_int* lock, int* data, int* e1) {
  int r1 = 9;
  int r0 = atomic_compare_exchange_strong_explicit(lock, e1, 1, {A}, {B});
  if (r0) {
    r1 = *data;
    *data = 1;
    atomic_store_explicit(lock, 0, {C});
  }
}
exists (0:r1=0 /\ 1:r1=0)
",
        holes: &[("A", Update), ("B", Failure), ("C", Store)],
    },
    Task {
        name: "last_one_out",
        model: Model::Rc11,
        text: r"C last_one_out
{ count=2; data=0; }
P0 (atomic_int* count, int* data) {
  int r1 = *data;
  int r0 = atomic_fetch_sub_explicit(count, 1, {A});
  if (r0 == 1) {
    fence({B});
    *data = 7;
  }
}
P1 (atomic_int* count, int* data) {
  int r1 = *data;
  int r0 = atomic_fetch_sub_explicit(count, 1, {A});
  if (r0 == 1) {
    fence({B});
    *data = 7;
  }
}
exists (0:r1=7 \/ 1:r1=7)
",
        holes: &[("A", Update), ("B", Fence)],
    },
    Task {
        name: "both_wait",
        model: Model::Rc11,
        text: r"C both_wait
{ x=0; y=0; }
P0 (atomic_int* x, atomic_int* y) {
  atomic_store_explicit(x, 1, {A});
  fence({B});
  int r0 = atomic_load_explicit(y, {C});
}
P1 (atomic_int* x, atomic_int* y) {
  atomic_store_explicit(y, 1, {D});
  fence({E});
  int r0 = atomic_load_explicit(x, {F});
}
exists (0:r0=0 /\ 1:r0=0)
",
        holes: &[
            ("A", Store),
            ("B", Fence),
            ("C", Load),
            ("D", Store),
            ("E", Fence),
            ("F", Load),
        ],
    },
    Task {
        name: "two_witnesses",
        model: Model::Rc11,
        text: r"C two_witnesses
{ x=0; y=0; }
P0 (atomic_int* x) {
  atomic_store_explicit(x, 1, {A});
}
P1 (atomic_int* y) {
  atomic_store_explicit(y, 1, {B});
}
P2 (atomic_int* x, atomic_int* y) {
  int r0 = atomic_load_explicit(x, {C});
  int r1 = atomic_load_explicit(y, {D});
}
P3 (atomic_int* x, atomic_int* y) {
  int r0 = atomic_load_explicit(y, {E});
  int r1 = atomic_load_explicit(x, {F});
}
exists (2:r0=1 /\ 2:r1=0 /\ 3:r0=1 /\ 3:r1=0)
",
        holes: &[
            ("A", Store),
            ("B", Store),
            ("C", Load),
            ("D", Load),
            ("E", Load),
            ("F", Load),
        ],
    },
    Task {
        name: "before_it_was_written",
        model: Model::Rc11NoThinAir,
        text: r"C before_it_was_written
{ x=0; y=0; }
P0 (atomic_int* x, atomic_int* y) {
  int r0 = atomic_load_explicit(x, {A});
  atomic_store_explicit(y, 1, {B});
}
P1 (atomic_int* x, atomic_int* y) {
  int r0 = atomic_load_explicit(y, {C});
  atomic_store_explicit(x, 1, {D});
}
exists (0:r0=1 /\ 1:r0=1)
",
        holes: &[("A", Load), ("B", Store), ("C", Load), ("D", Store)],
    },
];
