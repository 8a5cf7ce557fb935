//! What the parser makes of texts, said in the printer's words, and what it says to broken ones.

use litmus::{
    Budget, Model, classics, explore, parse,
    program::{Expr, Formula, Instr, Order, Place},
};

fn printed(text: &str) -> String {
    match parse(text) {
        Ok(program) => {
            assert_eq!(program.check(), Ok(()), "{text}");
            program.to_string()
        }
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// A body of one thread with an `atomic_int* x`, an `int* y` and an `int* e`, as it comes out again.
fn body(code: &str) -> String {
    let text = printed(&format!(
        "C t\n{{}}\nP0 (atomic_int* x, int* y, int* e) {{\n{code}\n}}"
    ));
    let from = text.find(") {\n").expect("a thread") + 4;
    let to = text.rfind('}').expect("a thread's end");
    let lines: Vec<&str> = text[from..to].lines().map(|line| &line[2..]).collect();
    lines.join("\n")
}

fn error(text: &str) -> String {
    match parse(text) {
        Ok(program) => panic!("accepted:\n{program}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_classics_come_out_as_they_went_in() {
    for classic in classics::ALL {
        let once = parse(classic.text).unwrap_or_else(|error| panic!("{}:{error}", classic.name));
        let again = printed(&once.to_string());
        assert_eq!(again, once.to_string());
    }
}

#[test]
fn what_diy_writes_is_read() {
    let text = printed(
        r#"C MP+poscsc+poacqrlx
"PodWWScSc RfeScAcq PodRRAcqRlx FreRlxSc"
Cycle=PodWWScSc RfeScAcq PodRRAcqRlx FreRlxSc
Generator=diycross7 (version 7.57)
Prefetch=0:x=F,0:y=W,1:y=F,1:x=T
Com=Rf Fr
Orig=PodWWScSc {not} the initial values

{}

P0 (atomic_int* y,atomic_int* x) {
  atomic_store_explicit(x,1,memory_order_seq_cst);
  atomic_store_explicit(y,1,memory_order_seq_cst);
}

P1 (atomic_int* y,atomic_int* x) {
  int r0 = atomic_load_explicit(y,memory_order_acquire);
  int r1 = atomic_load_explicit(x,memory_order_relaxed);
}

exists (1:r0=1 /\ 1:r1=0)"#,
    );
    assert_eq!(
        text,
        r"C MP+poscsc+poacqrlx
{ y=0; x=0; }
P0 (atomic_int* y, atomic_int* x) {
  atomic_store_explicit(x, 1, memory_order_seq_cst);
  atomic_store_explicit(y, 1, memory_order_seq_cst);
}
P1 (atomic_int* y, atomic_int* x) {
  int r0 = atomic_load_explicit(y, memory_order_acquire);
  int r1 = atomic_load_explicit(x, memory_order_relaxed);
}
exists (1:r0=1 /\ 1:r1=0)
"
    );
}

#[test]
fn first_lines_and_what_follows_them() {
    for (text, name) in [
        ("C SB\n{}", "SB"),
        ("C   2+2W\t\n{}", "2+2W"),
        ("C SB (Sb) \"what it is\"\n{}", "SB"),
        ("C SB\"what it is\"{}", "SB"),
        ("C SB {}", "SB"),
        ("C SB{}", "SB"),
        (
            "\u{feff}C SB\r\n\"a {brace}\"\r\n(* a { (* b *) *)\r\nA=}{\r\nother words\r\n{}\r\n",
            "SB",
        ),
        ("\n// before\n(* before *) C [x]:0.a-b/c {}", "[x]:0.a-b/c"),
    ] {
        assert_eq!(parse(text).map(|p| p.name), Ok(name.to_owned()), "{text}");
    }
}

#[test]
fn initial_values_of_each_kind() {
    let text = printed(
        "C t
{ x=0; int y = 1 ; atomic_int z; [w]=-0x10; uint64_t* p; _Atomic int q=2; (* { *) ; /* } */
  volatile int v = 9223372036854775807; *n; // last
}",
    );
    // The types of what no thread uses are kept.
    assert_eq!(
        text.replace("; ", ";\n"),
        "C t\n{ x=0;\ny=1;\natomic_int z=0;\nw=-16;\np=0;\natomic_int q=2;\nv=9223372036854775807;\nn=0;\n}\n"
    );
}

#[test]
fn registers_begin_with_what_the_initial_values_say() {
    let text = printed(
        "C t
{ 1:r0=5; P0:r1=-1; int 0:r2=0; }
P1 (int* x) { *x = r0; }
P0 (void) { r0 = r1 + r2; }
exists (0:r0=-1 /\\ 1:r0=5 /\\ 0:r2=0)",
    );
    assert_eq!(
        text,
        "C t
{ x=0; }
P0 () {
  int r2 = 0;
  int r1 = -1;
  int r0 = r1 + r2;
}
P1 (int* x) {
  int r0 = 5;
  *x = r0;
}
exists (0:r0=-1 /\\ 1:r0=5 /\\ 0:r2=0)
"
    );
}

#[test]
fn types_of_parameters() {
    let program = parse(
        "C t
{ c=3; }
void P0 (atomic_int* a, volatile int *b, int* volatile c, _Atomic(int)* d, _Atomic int* e,
         const unsigned long long* f, atomic_flag* g, int32_t const* h) {}
P1 (int* a, atomic_uint* b) {}",
    )
    .unwrap();
    let atomic = |name: &str| {
        program
            .locations
            .iter()
            .find(|l| l.name == name)
            .map(|l| l.atomic)
    };
    for (name, is) in [
        ("a", true),
        ("b", true),
        ("c", false),
        ("d", true),
        ("e", true),
        ("f", false),
        ("g", true),
        ("h", false),
    ] {
        assert_eq!(atomic(name), Some(is), "{name}");
    }
}

/// As herd does, whatever C says.
#[test]
fn a_star_is_a_plain_access_even_of_an_atomic() {
    let program = parse("C t\n{}\nP0 (atomic_int* x) { *x = 1; int r0 = *x; }").unwrap();
    let orders: Vec<Order> = program.threads[0]
        .body
        .iter()
        .map(|instr| match instr {
            Instr::Load { order, .. } | Instr::Store { order, .. } => *order,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(orders, [Order::Plain, Order::Plain]);
}

#[test]
fn what_is_not_explicit_is_seq_cst() {
    assert_eq!(
        body(
            "atomic_store(x, 1); int r0 = atomic_load(x); r0 = atomic_exchange(x, 2);
             atomic_fetch_xor(x, r0); atomic_init(y, 3); atomic_flag_clear(x);
             int r1 = atomic_flag_test_and_set(x);
             r1 = atomic_flag_test_and_set_explicit(x, memory_order_acquire);
             atomic_flag_clear_explicit(x, memory_order_release);
             r1 = atomic_load_explicit(x, memory_order_consume);"
        ),
        "atomic_store_explicit(x, 1, memory_order_seq_cst);
int r0 = atomic_load_explicit(x, memory_order_seq_cst);
r0 = atomic_exchange_explicit(x, 2, memory_order_seq_cst);
atomic_fetch_xor_explicit(x, r0, memory_order_seq_cst);
*y = 3;
atomic_store_explicit(x, 0, memory_order_seq_cst);
int r1 = atomic_exchange_explicit(x, 1, memory_order_seq_cst);
r1 = atomic_exchange_explicit(x, 1, memory_order_acquire);
atomic_store_explicit(x, 0, memory_order_release);
r1 = atomic_load_explicit(x, memory_order_acquire);"
    );
}

#[test]
fn nested_accesses_happen_from_left_to_right() {
    assert_eq!(
        body("*y = atomic_load(x) + *y * (atomic_fetch_add(x, *e) - 1);"),
        "int t0 = atomic_load_explicit(x, memory_order_seq_cst);
int t1 = *y;
int t2 = *e;
int t3 = atomic_fetch_add_explicit(x, t2, memory_order_seq_cst);
*y = t0 + t1 * (t3 - 1);"
    );
}

#[test]
fn a_nested_access_gets_a_name_that_nothing_else_has() {
    assert_eq!(
        body("int t0 = *x + 1; int t2 = *y + t0 + *x;"),
        "int t1 = *x;
int t0 = t1 + 1;
int t3 = *y;
int t4 = *x;
int t2 = t3 + t0 + t4;"
    );
}

#[test]
fn what_a_logical_operator_skips_is_not_read() {
    assert_eq!(
        body("int r0 = *x == 1 && *y; if (r0 == 2 || r0 == 3) ;"),
        "int t1 = 0;
int t0 = *x;
int t2 = t0 == 1;
if (t2) {
  t1 = *y;
  t2 = t1 != 0;
}
int r0 = t2;"
    );
    assert_eq!(
        body("if (!*x || atomic_exchange(x, 1)) *y = 1;"),
        "int t1 = 0;
int t0 = *x;
int t2 = t0 == 0;
if (t2 == 0) {
  t1 = atomic_exchange_explicit(x, 1, memory_order_seq_cst);
  t2 = t1 != 0;
}
if (t2) {
  *y = 1;
}"
    );
}

#[test]
fn calculations_bind_as_in_c() {
    for (text, means) in [
        ("1 + 2 * 3", "1 + 2 * 3"),
        ("(1 + 2) * 3", "(1 + 2) * 3"),
        ("1 - 2 - 3", "1 - 2 - 3"),
        ("1 - (2 - 3)", "1 - (2 - 3)"),
        ("(((1)))", "1"),
        ("1 | 2 ^ 3 & 4 == 5", "1 | 2 ^ 3 & 4 == 5"),
        ("1 < 2 == 3", "(1 < 2) == 3"),
        ("1 == 2 == 3", "(1 == 2) == 3"),
        ("1 <= 2 & 3 >= 4", "1 <= 2 & 3 >= 4"),
        ("1 || 2 && 3", "1 | 2 != 0 & 3 != 0"),
        ("!1 && 2 > 1", "1 == 0 & 2 > 1"),
        ("!(1 + 1)", "1 + 1 == 0"),
        ("~1", "1 ^ -1"),
        ("- (1)", "0 - 1"),
        ("-1 - -1", "-1 - -1"),
        ("+5", "5"),
        ("(int) 5 + (unsigned long) 6", "5 + 6"),
        ("0x1F + 0XfUL + 7u", "31 + 15 + 7"),
        ("true + false", "1 + 0"),
        ("-9223372036854775808", "-9223372036854775808"),
    ] {
        assert_eq!(
            body(&format!("int r0 = {text};")),
            format!("int r0 = {means};")
        );
    }
}

#[test]
fn ifs_with_and_without_braces() {
    let canonical = "int r0 = *y;
if (r0) {
  *y = 1;
} else {
  if (r0 == 1) {
    *y = 2;
  } else {
    *y = 3;
  }
}";
    for text in [
        "int r0 = *y; if (r0) *y = 1; else if (r0 == 1) *y = 2; else *y = 3;",
        "int r0 = *y; if (r0) { *y = 1; } else { if (r0 == 1) { *y = 2; } else { *y = 3; } }",
        "int r0 = *y; { if (r0) {{ *y = 1; };} else {; if (r0 == 1) *y = 2; else { *y = 3;; } } ;}",
    ] {
        assert_eq!(body(text), canonical);
    }
    assert_eq!(
        body("int r0 = *y; if (r0) ; else *y = 1;"),
        "int r0 = *y;\nif (r0 == 0) {\n  *y = 1;\n}"
    );
    // An `else` belongs to the last `if`.
    assert_eq!(
        body("if (1) if (2) *y = 1; else *y = 2;"),
        "if (1) {\n  if (2) {\n    *y = 1;\n  } else {\n    *y = 2;\n  }\n}"
    );
}

#[test]
fn statements_of_no_effect_or_whose_value_nobody_wants() {
    assert_eq!(body(""), "0;");
    assert_eq!(body("; 0; 1 + 2; {} if (1) {}"), "0;");
    assert_eq!(
        body(
            "*y; (void) atomic_exchange(x, 1); atomic_fetch_or(x, 2); (*x); int r0; int r1, r2 = 4, r3;"
        ),
        "int t0 = *y;
atomic_exchange_explicit(x, 1, memory_order_seq_cst);
atomic_fetch_or_explicit(x, 2, memory_order_seq_cst);
int t1 = *x;
int r2 = 4;"
    );
}

#[test]
fn addresses_may_be_cast_and_in_parentheses() {
    assert_eq!(
        body("*(x) = 1; *((volatile int*) x) = *(int*) y; atomic_store((atomic_int*) (x), 2);"),
        "*x = 1;\nint t0 = *y;\n*x = t0;\natomic_store_explicit(x, 2, memory_order_seq_cst);"
    );
}

#[test]
fn a_compare_exchange_reads_what_it_expects_and_writes_what_it_found() {
    let text = "C cas
{ x=0; e=1; }
P0 (atomic_int* x, int* e) {
  int r0 = atomic_compare_exchange_strong_explicit(x, e, 2, memory_order_acq_rel, memory_order_acquire);
  int r1 = *e;
}
P1 (atomic_int* x) { atomic_store(x, 1); }
locations [0:r0; 0:r1; e; x;]";
    let program = parse(text).unwrap();
    let [load, exchange, write_back, _] = &program.threads[0].body[..] else {
        panic!("{:?}", program.threads[0].body);
    };
    assert!(matches!(
        load,
        Instr::Load {
            order: Order::Plain,
            ..
        }
    ));
    assert!(matches!(
        exchange,
        Instr::CompareExchange {
            success: Some(_),
            found: Some(_),
            expected: Expr::Reg(_),
            desired: Expr::Const(2),
            on_success: Order::AcqRel,
            on_failure: Order::Acquire,
            weak: false,
            ..
        }
    ));
    assert!(matches!(
        write_back,
        Instr::If { condition: Expr::Not(_), then, .. }
            if matches!(then[..], [Instr::Store { order: Order::Plain, .. }])
    ));
    let answer = explore(&program, Model::ALL[0], &Budget::default()).unwrap();
    assert_eq!(
        answer.states(),
        ["0:r0=0; 0:r1=0; e=0; x=1;", "0:r0=1; 0:r1=1; e=1; x=2;",]
    );
    // One that fails, although it could succeed, writes back what it expected.
    let weak = text.replace("strong", "weak");
    let answer = explore(&parse(&weak).unwrap(), Model::ALL[0], &Budget::default()).unwrap();
    assert_eq!(
        answer.states(),
        [
            "0:r0=0; 0:r1=0; e=0; x=1;",
            "0:r0=0; 0:r1=1; e=1; x=1;",
            "0:r0=1; 0:r1=1; e=1; x=2;",
        ]
    );
}

#[test]
fn a_register_is_the_whole_threads() {
    assert_eq!(
        body("if (*y) { int r0 = 1; } else { int r0 = 2; } *y = r0; r1 = 3;"),
        "int r0 = 0;
int t0 = *y;
if (t0) {
  r0 = 1;
} else {
  r0 = 2;
}
*y = r0;
int r1 = 3;"
    );
}

#[test]
fn conditions() {
    let of = |condition: &str| {
        let text = format!("C t\n{{x=0;y=0;}}\nP0 () {{ int r0; int P1; }}\n{condition}");
        let text = printed(&text);
        text.lines().last().unwrap_or_default().to_owned()
    };
    for (text, means) in [
        ("exists x=1", "exists (x=1)"),
        ("exists (x=1)", "exists (x=1)"),
        ("exists(((x=1)));", "exists (x=1)"),
        ("final x=1", "exists (x=1)"),
        ("~exists [x]=1", "~exists (x=1)"),
        ("~ exists *x=1", "~exists (x=1)"),
        ("not exists x==1", "~exists (x=1)"),
        ("forall x<>1", "forall (x<>1)"),
        ("forall x != -1", "forall (x<>-1)"),
        ("forall not x=0x10", "forall (x<>16)"),
        ("exists 0:r0=1", "exists (0:r0=1)"),
        ("exists P0:r0=1", "exists (0:r0=1)"),
        (
            "exists 0 : r0 = 1 /\\ 0: P1 = 0",
            "exists (0:r0=1 /\\ 0:P1_2=0)",
        ),
        ("exists true", "exists (true)"),
        ("exists false \\/ true", "exists (false \\/ true)"),
        ("exists x=1 \\/ x=2 /\\ y=3", "exists (x=1 \\/ x=2 /\\ y=3)"),
        (
            "exists (x=1 \\/ x=2) /\\ y=3",
            "exists ((x=1 \\/ x=2) /\\ y=3)",
        ),
        ("exists ~(x=1 /\\ ~(y=1))", "exists (~(x=1 /\\ y<>1))"),
        ("exists ~x=1 /\\ y=1", "exists (x<>1 /\\ y=1)"),
        ("exists x=1 => y=1", "exists (x<>1 \\/ y=1)"),
        (
            "exists x=1 => y=1 => x=2",
            "exists (x<>1 \\/ (y<>1 \\/ x=2))",
        ),
        (
            "exists x=0 /\\ x=1 => y=1",
            "exists (x=0 /\\ (x<>1 \\/ y=1))",
        ),
        ("exists (* why *) x=1 // so", "exists (x=1)"),
        (
            "locations [x; 0:r0 int; [y]; *y int*] exists true",
            "exists (true)",
        ),
        ("locations []", "}"),
    ] {
        assert_eq!(of(text), means, "{text}");
    }
}

#[test]
fn locations_are_observed_in_their_order() {
    let program = parse(
        "C t\n{x=0;}\nP1 () { int r0; }\nP0 () { int r1; }\nlocations [1:r0; x; 0:r1;]\nexists x=1",
    )
    .unwrap();
    let shown: Vec<String> = program
        .observed
        .iter()
        .map(|place| match place {
            Place::Location(location) => program.locations[location.0].name.clone(),
            Place::Register { thread, .. } => thread.to_string(),
        })
        .collect();
    assert_eq!(shown, ["1", "x", "0"]);
    assert!(matches!(
        program.condition.unwrap().formula,
        Formula::Equal(_, 1)
    ));
}

#[test]
fn names_that_c_or_herd_would_misread_are_changed() {
    let mut program = parse(
        "C t\n{a=0; b=0;}\nP0 (int* a, int* b) { int c = *a; int d = *b; *a = c; *b = d; }\nexists (0:c=0 /\\ a=0)",
    )
    .unwrap();
    program.name = "name with {braces} and \"quotes\"".to_owned();
    program.locations[0].name = "int".to_owned();
    program.locations[1].name = "x.y".to_owned();
    program.threads[0].registers = vec!["x_y".to_owned(), "int".to_owned()];
    let text = program.to_string();
    assert_eq!(
        text,
        "C name_with__braces__and__quotes_
{ int_2=0; x_y=0; }
P0 (int* int_2, int* x_y) {
  int x_y_2 = *int_2;
  int int_3 = *x_y;
  *int_2 = x_y_2;
  *x_y = int_3;
}
exists (0:x_y_2=0 /\\ int_2=0)
"
    );
    assert_eq!(printed(&text), text);
}

/// Each with what is said to it: where, and one sentence.
#[test]
fn what_is_refused() {
    let thread =
        |code: &str| format!("C t\n{{}}\nP0 (atomic_int* x, int* y) {{ int r0;\n  {code}\n}}\n");
    let finale = |text: &str| format!("C t\n{{ x=0; }}\nP0 () {{ int r0; }}\n{text}");
    let broken = [
        "".to_owned(),
        "SB\n{}".to_owned(),
        "X86 SB\n{}".to_owned(),
        "AArch64 SB\n{}".to_owned(),
        "C\n{}".to_owned(),
        "C t".to_owned(),
        "C t\n\"no end".to_owned(),
        "C t\n(* no end".to_owned(),
        "C t\n{ x=0".to_owned(),
        "C t\n{ x=0 y=0; }".to_owned(),
        "C t\n{ x=a; }".to_owned(),
        "C t\n{ int* x=&a; }".to_owned(),
        "C t\n{ 0:r0=x; }".to_owned(),
        "C t\n{ int x[2]; }".to_owned(),
        "C t\n{ x={1,2}; }".to_owned(),
        "C t\n{ x=0; [x]=1; }".to_owned(),
        "C t\n{ double x; }".to_owned(),
        "C t\n{ x=08; }".to_owned(),
        "C t\n{ x=99999999999999999999; }".to_owned(),
        "C t\n{ 3:r0=1; }\nP0 () {}".to_owned(),
        "C t\n{ 0:x=1; }\nP0 (int* x) {}".to_owned(),
        "C t\n{}\nP0 (int x) {}".to_owned(),
        "C t\n{}\nP0 (int** x) {}".to_owned(),
        "C t\n{}\nP0 (spinlock_t* x) {}".to_owned(),
        "C t\n{}\nP0 (foo* x) {}".to_owned(),
        "C t\n{}\nP0 (int* x, int* x) {}".to_owned(),
        "C t\n{}\nP0 () {}\nP0 () {}".to_owned(),
        "C t\n{}\nP0 () {}\nP2 () {}".to_owned(),
        "C t\n{}\nP0 () {".to_owned(),
        "C t\n{}\nP0 () {}\nQ1 () {}".to_owned(),
        thread("while (r0) ;"),
        thread("for (;;) ;"),
        thread("return;"),
        thread("else ;"),
        thread("if r0 ;"),
        thread("r0 = 1"),
        thread("r0 += 1;"),
        thread("r0++;"),
        thread("r0 = r1;"),
        thread("r0 = x;"),
        thread("x = 1;"),
        thread("int x;"),
        thread("int *p = x;"),
        thread("int a[2];"),
        thread("r0 = &x;"),
        thread("*r0 = 1;"),
        thread("*z = 1;"),
        thread("**x = 1;"),
        thread("*x[1] = 1;"),
        thread("*x 1;"),
        thread("r0 = r0 / 2;"),
        thread("r0 = r0 << 2;"),
        thread("r0 = r0 ? 1 : 2;"),
        thread("r0 = 1 +;"),
        thread("r0 = (1;"),
        thread("r0 = 1);"),
        thread("r0 = (int*) 1;"),
        thread("float f;"),
        thread("smp_mb();"),
        thread("r0 = READ_ONCE(*x);"),
        thread("foo(x);"),
        thread("r0 = foo(x);"),
        thread("r0 = atomic_store(x, 1);"),
        thread("atomic_load_explicit(x);"),
        thread("atomic_load_explicit(x, relaxed);"),
        thread("atomic_load_explicit(x, memory_order_release);"),
        thread("atomic_store_explicit(x, 1, memory_order_acquire);"),
        thread(
            "atomic_compare_exchange_weak_explicit(x, y, 1, memory_order_release, memory_order_release);",
        ),
        thread("atomic_compare_exchange_weak(x, 0, 1);"),
        thread("atomic_load(&x);"),
        thread("atomic_load(1);"),
        thread("atomic_thread_fence();"),
        thread("/* no end"),
        thread("r0 = 'a';"),
        thread("r0 = é;"),
        finale("exists"),
        finale("exists x"),
        finale("exists x=y"),
        finale("exists 0:r0=0:r0"),
        finale("exists z=1"),
        finale("exists 0:r1=1"),
        finale("exists 1:r0=1"),
        finale("exists 0:x=1"),
        finale("exists x[0]=1"),
        finale("exists (x=1"),
        finale("exists x=1)"),
        finale("exists x=1 & x=2"),
        finale("exists (*x=1)"),
        finale("exists fault(P0,x)"),
        finale("~forall x=1"),
        finale("filter x=1"),
        finale("locations [x y]"),
        finale("locations x"),
        finale("locations [z]"),
        finale("locations [x[0];]"),
        format!(
            "C {}\n{{ {} }}",
            "n".repeat(50),
            "long ".repeat(3) + &"v".repeat(50) + " ?"
        ),
    ];
    let said: String = broken
        .iter()
        .map(|text| {
            // The line that the error stands in.
            let error = parse(text).map_or_else(|error| error, |_| panic!("accepted: {text}"));
            let line = text.split('\n').nth(error.line - 1).unwrap_or_default();
            format!("{}\n    {error}\n", line.trim())
        })
        .collect();
    insta::assert_snapshot!(said);
}

#[test]
fn columns_count_characters() {
    assert_eq!(
        error("C t\n{ x=0; }\n/* ∀∃ */ exists z=1"),
        "3:17: there is no location `z`"
    );
}

#[test]
fn what_nests_deeper_than_a_program_may_is_refused() {
    let nested = |depth: usize| {
        format!(
            "C t\n{{}}\nP0 (int* x) {{ {} *x = 1; {} }}",
            "if (1) {".repeat(depth / 2),
            "}".repeat(depth / 2)
        )
    };
    assert!(parse(&nested(100)).is_ok());
    assert_eq!(error(&nested(102)), "3:415: this nests more than 100 deep");
    let sum = |terms: usize| format!("C t\n{{}}\nP0 () {{ int r0 = 1{}; }}", " + 1".repeat(terms));
    assert!(parse(&sum(100)).is_ok());
    assert_eq!(
        error(&sum(101)),
        "3:420: this calculation nests more than 100 deep"
    );
}
