//! The builder and the macro make the programs that they spell, and no others.

use litmus::{
    Builder, litmus, parse,
    program::{Malformed, Order::*, Program},
};

/// What `text` means, in the printer's words.
fn c(text: &str) -> String {
    parse(text).expect(text).to_string()
}

#[test]
fn the_macro_spells_every_instruction() {
    let program = litmus! {
        "all/of-it" (x = 0, y = -2, plain d = 7)
        thread {
            let r0 = x.load(Acquire);
            x.store(r0 + 1, Release);
            *d = 3;
            let r1 = *d;
            fence(SeqCst);
            let r2 = x.swap(2, AcqRel);
            let r3 = x.fetch_add(r2 * r2, Relaxed);
            let r4 = x.fetch_sub(1, Relaxed);
            let r5 = x.fetch_and(6, Relaxed);
            let r6 = x.fetch_or(1, Relaxed);
            let r7 = x.fetch_xor(5, Relaxed);
            x.fetch_add(1, SeqCst);
            r1 = y.load(SeqCst);
            r1 = r0 + r1 - 3;
        }
        observe (0:r1, d)
        forall (0:r0 == 0 || (x != 3 && !(0:r2 == -1)))
    };
    assert_eq!(
        program.to_string(),
        c(r"C all/of-it
        { x=0; y=-2; d=7; }
        P0 (atomic_int* x, atomic_int* y, int* d) {
            int r0 = atomic_load_explicit(x, memory_order_acquire);
            atomic_store_explicit(x, r0 + 1, memory_order_release);
            *d = 3;
            int r1 = *d;
            atomic_thread_fence(memory_order_seq_cst);
            int r2 = atomic_exchange_explicit(x, 2, memory_order_acq_rel);
            int r3 = atomic_fetch_add_explicit(x, r2 * r2, memory_order_relaxed);
            int r4 = atomic_fetch_sub_explicit(x, 1, memory_order_relaxed);
            int r5 = atomic_fetch_and_explicit(x, 6, memory_order_relaxed);
            int r6 = atomic_fetch_or_explicit(x, 1, memory_order_relaxed);
            int r7 = atomic_fetch_xor_explicit(x, 5, memory_order_relaxed);
            atomic_fetch_add(x, 1);
            r1 = atomic_load(y);
            r1 = r0 + r1 - 3;
        }
        locations [0:r1; d;]
        forall (0:r0=0 \/ (x<>3 /\ ~0:r2=-1))")
    );
}

#[test]
fn the_macro_calculates_and_branches() {
    let program = litmus! {
        branches (x = 0)
        thread {
            let r0 = x.load(Relaxed);
            let r1 = r0 == 1 || !(r0 < 2) && r0 != 3;
            let r2 = (r0 + 1) * 2 <= r1;
            if r0 >= 1 && r1 { x.store(1, Relaxed); }
            if !r0 {
                x.store(2, Relaxed);
            } else if r0 > 1 {
                if r2 { x.store(3, Relaxed); } else { x.store(4, Relaxed); }
            } else if r1 == r2 {
                x.store(5, Relaxed);
            } else {
                r1 = 4;
            }
            let r3 = (r0 & 1) | (r1 ^ 3);
        }
    };
    assert_eq!(
        program.to_string(),
        c("C branches
        { x=0; }
        P0 (atomic_int* x) {
            int r0 = atomic_load_explicit(x, memory_order_relaxed);
            int r1 = r0 == 1 || !(r0 < 2) && r0 != 3;
            int r2 = (r0 + 1) * 2 <= r1;
            if (r0 >= 1 && r1) atomic_store_explicit(x, 1, memory_order_relaxed);
            if (!r0) atomic_store_explicit(x, 2, memory_order_relaxed);
            else if (r0 > 1) {
                if (r2) atomic_store_explicit(x, 3, memory_order_relaxed);
                else atomic_store_explicit(x, 4, memory_order_relaxed);
            } else if (r1 == r2) atomic_store_explicit(x, 5, memory_order_relaxed);
            else r1 = 4;
            int r3 = (r0 & 1) | (r1 ^ 3);
        }")
    );
}

#[test]
fn a_compare_exchange_gives_success_and_what_it_found() {
    let program = litmus! {
        cas (x = 0)
        thread {
            let (ok, found) = x.compare_exchange(0, 1, AcqRel, Acquire);
            let again = x.compare_exchange_weak(found + 1, ok, SeqCst, Relaxed);
        }
        ~exists (0:ok == 0 && 0:found == 0 && 0:again_found == 1)
    };
    let mut builder = Builder::new("cas");
    let x = builder.atomic("x", 0);
    let claim = builder.thread(|t| {
        let [ok, found] = t.compare_exchange(["ok", "found"], x, 0, 1, (AcqRel, Acquire));
        let [_, last] = t.compare_exchange_weak(
            ["again", "again_found"],
            x,
            found + 1,
            ok,
            (SeqCst, Relaxed),
        );
        ok.is(0) & found.is(0) & last.is(1)
    });
    builder.never(claim);
    assert_eq!(Ok(program), builder.build());
}

#[test]
fn a_long_thread_fits_the_macro() {
    let program = litmus! {
        long (x = 0)
        thread {
            let a = x.load(Relaxed); let b = x.load(Relaxed); let c = x.load(Relaxed);
            x.store(a, Relaxed); x.store(b, Relaxed); x.store(c, Relaxed); fence(SeqCst);
            a = x.load(Relaxed); b = x.load(Relaxed); c = x.load(Relaxed); fence(SeqCst);
            let d = x.swap(1, Relaxed); let e = x.swap(2, Relaxed); let f = x.swap(3, Relaxed);
            x.fetch_add(d, Relaxed); x.fetch_add(e, Relaxed); x.fetch_add(f, Relaxed);
            let g = x.load(Relaxed); let h = x.load(Relaxed); let i = x.load(Relaxed);
            x.store(g, Relaxed); x.store(h, Relaxed); x.store(i, Relaxed); fence(SeqCst);
            a = x.load(Relaxed); b = x.load(Relaxed); c = x.load(Relaxed); fence(SeqCst);
            let j = x.swap(1, Relaxed); let k = x.swap(2, Relaxed); let l = x.swap(3, Relaxed);
            x.fetch_add(j, Relaxed); x.fetch_add(k, Relaxed); x.fetch_add(l, Relaxed);
        }
    };
    assert_eq!(program.threads[0].body.len(), 34);
}

#[test]
fn a_program_may_be_next_to_nothing() {
    let program = litmus! { nothing () };
    assert_eq!(program.to_string(), "C nothing\n{}\n");
    let program = litmus! { idle (x = 1,) thread {} thread { if 1 {} } };
    assert_eq!(parse(&program.to_string()).map(|p| p.threads.len()), Ok(2));
}

/// What `build` says about a program of two threads, whose first has a register r0.
fn error(write: impl FnOnce(&mut Builder)) -> String {
    let mut builder = Builder::new("wrong");
    write(&mut builder);
    match builder.build() {
        Ok(program) => panic!("accepted: {program}"),
        Err(Malformed(text)) => text,
    }
}

#[test]
fn what_the_compiler_cannot_refuse_the_builder_does() {
    assert_eq!(
        error(|b| {
            b.atomic("x", 0);
            b.plain("x", 0);
        }),
        "two locations are called x"
    );
    assert_eq!(
        error(|b| {
            let r0 = b.thread(|t| t.register("r0"));
            b.thread(|t| t.let_("r1", 1 + r0));
        }),
        "thread 1 calculates with a register that is not its own"
    );
    assert_eq!(
        error(|b| {
            let r0 = b.thread(|t| t.register("r0"));
            let x = b.atomic("x", 0);
            b.thread(|t| {
                let r1 = t.register("r1");
                t.store(x, r1 - r0, Relaxed);
            });
        }),
        "thread 1 calculates with a register that is not its own"
    );
    assert_eq!(
        error(|b| {
            b.register(1, "r0");
        }),
        "thread 1 has no register r0"
    );
    assert_eq!(
        error(|b| {
            let x = b.atomic("x", 0);
            b.thread(|t| t.load("r0", x, Release));
        }),
        "thread 0 has a load that is Release"
    );
    assert_eq!(
        error(|b| {
            let x = b.atomic("x", 0);
            b.thread(|t| t.compare_exchange(["r0", "r0"], x, 0, 1, (SeqCst, SeqCst)));
        }),
        "r0 cannot hold both success and value"
    );
    assert_eq!(
        error(|b| {
            b.thread(|t| {
                let mut sum = t.register("r0") + 1;
                for _ in 0..200 {
                    sum = sum + 1;
                }
                t.let_("r1", sum);
            });
        }),
        "a calculation nests more than 100 deep"
    );
}

#[test]
fn one_builders_things_are_not_anothers() {
    let mut other = Builder::new("other");
    let x = other.atomic("x", 0);
    let r0 = other.thread(|t| t.register("r0"));
    let foreign = "a location or register of another builder is named";
    let with_own = |b: &mut Builder| b.atomic("own", 0);
    assert_eq!(
        error(|b| {
            with_own(b);
            b.thread(|t| t.store(x, 1, Relaxed));
        }),
        foreign
    );
    assert_eq!(
        error(|b| {
            let own = with_own(b);
            b.exists(own.is(0) & x.is(0));
        }),
        foreign
    );
    assert_eq!(
        error(|b| {
            with_own(b);
            b.forall(!x.is(1));
        }),
        foreign
    );
    assert_eq!(
        error(|b| {
            b.thread(|t| t.register("r0"));
            b.observe(r0);
        }),
        foreign
    );
}

#[test]
#[should_panic(expected = "thread 0 has no register r1")]
fn the_macro_panics_at_a_register_that_is_not_there() {
    let _: Program = litmus! {
        wrong (x = 0)
        thread { let r0 = x.load(Relaxed); }
        exists (0:r1 == 0)
    };
}

#[test]
fn a_long_claim_stays_flat() {
    let mut builder = Builder::new("long");
    let x = builder.atomic("x", 0);
    let claim = (0..1000).map(|value| x.is(value)).reduce(|a, b| a | b);
    builder.exists(claim.unwrap());
    assert!(builder.build().is_ok());
}
