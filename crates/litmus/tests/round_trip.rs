//! What is printed and read again is the same program.

/// Each of these comes out of the printer as it went into the parser.
const AS_WRITTEN: &[&str] = &[
    "C SB
{ x=0; y=0; }
P0 (atomic_int* x, atomic_int* y) {
  atomic_store_explicit(x, 1, memory_order_relaxed);
  int r0 = atomic_load_explicit(y, memory_order_relaxed);
}
P1 (atomic_int* x, atomic_int* y) {
  atomic_store_explicit(y, 1, memory_order_relaxed);
  int r0 = atomic_load_explicit(x, memory_order_relaxed);
}
exists (0:r0=0 /\\ 1:r0=0)
",
    "C guarded
{ x=0; y=0; }
P0 (int* x, atomic_int* y) {
  *x = 1;
  atomic_store_explicit(y, 1, memory_order_release);
}
P1 (int* x, atomic_int* y) {
  int r1 = 0;
  int r0 = atomic_load_explicit(y, memory_order_acquire);
  if (r0) {
    r1 = *x;
  } else {
    r1 = 7;
  }
}
locations [1:r0; 1:r1; x;]
~exists (1:r0=1 /\\ 1:r1<>1)
",
    "C spin-once
{ l=0; x=0; e0=0; e1=0; }
P0 (atomic_int* l, int* x, int* e0) {
  int r0 = atomic_compare_exchange_strong_explicit(l, e0, 1, memory_order_acquire, memory_order_relaxed);
  if (r0) {
    *x = 1;
    atomic_store_explicit(l, 0, memory_order_release);
  }
}
P1 (atomic_int* l, int* x, int* e1) {
  int r0 = atomic_compare_exchange_weak_explicit(l, e1, 1, memory_order_acquire, memory_order_relaxed);
  if (r0) {
    *x = 2;
    atomic_store_explicit(l, 0, memory_order_release);
  }
}
forall ((0:r0=1 \\/ 1:r0=1) /\\ ~(x=3 /\\ l=1))
",
    "C rmw
{ x=-1; }
P0 (atomic_int* x) {
  atomic_fetch_add_explicit(x, 1, memory_order_acq_rel);
  int r0 = atomic_exchange_explicit(x, 2, memory_order_seq_cst);
  int r1 = atomic_fetch_sub_explicit(x, r0 + 1, memory_order_relaxed);
  atomic_thread_fence(memory_order_seq_cst);
  int r2 = (r0 - (r1 - 2)) * -3 + r0 * r1 == 4;
  int r3 = (r0 | r1) & 6 ^ r2;
  atomic_fetch_or_explicit(x, (r0 < r1) == r2, memory_order_release);
}
",
];

#[test]
fn what_is_written_in_the_printers_style_comes_out_unchanged() {
    for text in AS_WRITTEN {
        let program = litmus::parse(text).expect(text);
        assert_eq!(program.to_string(), **text);
        assert_eq!(program.check(), Ok(()));
    }
}
