//! The [`litmus!`] macro. It only spells calls of the [`Builder`](crate::build::Builder).

/// A program in Rust's own words.
///
/// First its name, an identifier or a string, and its locations with their initial values. Then the threads.
/// Then, if wanted, what else to observe, and the condition.
///
/// ```
/// use litmus::litmus;
///
/// let sb = litmus! {
///     SB (x = 0, y = 0)
///     thread { x.store(1, Relaxed); let r0 = y.load(Relaxed); }
///     thread { y.store(1, Relaxed); let r0 = x.load(Relaxed); }
///     exists (0:r0 == 0 && 1:r0 == 0)
/// };
/// assert_eq!(sb.to_string(), "\
/// C SB
/// { x=0; y=0; }
/// P0 (atomic_int* x, atomic_int* y) {
///   atomic_store_explicit(x, 1, memory_order_relaxed);
///   int r0 = atomic_load_explicit(y, memory_order_relaxed);
/// }
/// P1 (atomic_int* x, atomic_int* y) {
///   atomic_store_explicit(y, 1, memory_order_relaxed);
///   int r0 = atomic_load_explicit(x, memory_order_relaxed);
/// }
/// exists (0:r0=0 /\\ 1:r0=0)
/// ");
/// ```
///
/// A location is atomic unless it is `plain`; `*x` reads and writes without being atomic. A thread has `load`,
/// `store`, `swap`, `fetch_add`, `fetch_sub`, `fetch_and`, `fetch_or`, `fetch_xor`, `compare_exchange`,
/// `compare_exchange_weak` and `fence`, with Rust's orders, `let`, assignments, and `if` … `else`. An `if` or a
/// `let` may compare and calculate with registers, but not read memory. The values that are stored may
/// calculate but not compare.
///
/// What a read-modify-write found is dropped where no `let` takes it. A compare-exchange has two results, whether
/// it succeeded (1 or 0) and what it found: `let (ok, found) =` takes both, `let ok =` the first.
///
/// ```
/// # use litmus::litmus;
/// let lock = litmus! {
///     "lock, once" (l = 0, plain x = 0, tickets = 0)
///     thread {
///         let (locked, found) = l.compare_exchange(0, 1, Acquire, Relaxed);
///         if locked != 0 && !(found == 1) {
///             let seen = *x;
///             *x = seen + 1;
///             l.store(0, Release);
///         } else if found > 1 {
///             fence(SeqCst);
///         } else {
///             tickets.fetch_add(2 * found, Relaxed);
///         }
///     }
///     thread {
///         let r0 = l.swap(1, Acquire);
///         let r1 = 7;
///         if r0 == 0 {
///             r1 = *x;
///             *x = 5;
///         }
///         let ok = l.compare_exchange_weak(1, 0, Release, Relaxed);
///     }
///     observe (1:r1, tickets)
///     ~exists (0:seen == 5 && (x != 6 || !(l == 0)))
/// };
/// assert_eq!(lock.threads[0].registers, ["locked", "found", "seen"]);
/// ```
///
/// The condition is `exists`, `~exists` or `forall`. It names registers as `0:r0`: a thread that has no such
/// register is a panic. A location that is not there does not compile:
///
/// ```compile_fail
/// # use litmus::litmus;
/// litmus! {
///     Typo (x = 0)
///     thread { y.store(1, Relaxed); }
/// };
/// ```
///
/// # Panics
///
/// If [`Builder::build`](crate::build::Builder::build) has something to say against the program.
#[macro_export]
macro_rules! litmus {
    // `0:r0 == 0 && …`: first `||`, then `&&`, then what is left.
    (@claim $b:ident [$($left:tt)+] || $($right:tt)+) => {
        $crate::litmus!(@claim $b [$($left)+]) | $crate::litmus!(@claim $b [] $($right)+)
    };
    (@claim $b:ident [$($left:tt)*] $next:tt $($right:tt)*) => {
        $crate::litmus!(@claim $b [$($left)* $next] $($right)*)
    };
    (@claim $b:ident [$($all:tt)+]) => { $crate::litmus!(@every $b [] $($all)+) };
    (@every $b:ident [$($left:tt)+] && $($right:tt)+) => {
        $crate::litmus!(@one $b $($left)+) & $crate::litmus!(@every $b [] $($right)+)
    };
    (@every $b:ident [$($left:tt)*] $next:tt $($right:tt)*) => {
        $crate::litmus!(@every $b [$($left)* $next] $($right)*)
    };
    (@every $b:ident [$($all:tt)+]) => { $crate::litmus!(@one $b $($all)+) };
    (@one $b:ident ($($inner:tt)+)) => { ($crate::litmus!(@claim $b [] $($inner)+)) };
    (@one $b:ident ! ($($inner:tt)+)) => { !($crate::litmus!(@claim $b [] $($inner)+)) };
    (@one $b:ident $thread:literal : $register:ident == $value:expr) => {
        $b.register($thread, stringify!($register)).is($value)
    };
    (@one $b:ident $thread:literal : $register:ident != $value:expr) => {
        $b.register($thread, stringify!($register)).is_not($value)
    };
    (@one $b:ident $location:ident == $value:expr) => { $location.is($value) };
    (@one $b:ident $location:ident != $value:expr) => { $location.is_not($value) };

    (@observe $b:ident) => {};
    (@observe $b:ident $thread:literal : $register:ident $(, $($rest:tt)*)?) => {
        let register = $b.register($thread, stringify!($register));
        $b.observe(register);
        $crate::litmus!(@observe $b $($($rest)*)?);
    };
    (@observe $b:ident $location:ident $(, $($rest:tt)*)?) => {
        $b.observe($location);
        $crate::litmus!(@observe $b $($($rest)*)?);
    };

    // What follows the threads.
    (@finale $b:ident) => {};
    (@finale $b:ident observe ($($what:tt)*) $($rest:tt)*) => {
        $crate::litmus!(@observe $b $($what)*);
        $crate::litmus!(@finale $b $($rest)*);
    };
    (@finale $b:ident exists ($($claim:tt)+)) => {
        let claim = $crate::litmus!(@claim $b [] $($claim)+);
        $b.exists(claim);
    };
    (@finale $b:ident ~exists ($($claim:tt)+)) => {
        let claim = $crate::litmus!(@claim $b [] $($claim)+);
        $b.never(claim);
    };
    (@finale $b:ident forall ($($claim:tt)+)) => {
        let claim = $crate::litmus!(@claim $b [] $($claim)+);
        $b.forall(claim);
    };

    // `r0 + 1 == r1 || …`: as in a condition.
    (@value [$($left:tt)+] || $($right:tt)+) => {
        $crate::litmus!(@value [$($left)+]).or($crate::litmus!(@value [] $($right)+))
    };
    (@value [$($left:tt)*] $next:tt $($right:tt)*) => {
        $crate::litmus!(@value [$($left)* $next] $($right)*)
    };
    (@value [$($all:tt)+]) => { $crate::litmus!(@both [] $($all)+) };
    (@both [$($left:tt)+] && $($right:tt)+) => {
        $crate::litmus!(@compare [] $($left)+).and($crate::litmus!(@both [] $($right)+))
    };
    (@both [$($left:tt)*] $next:tt $($right:tt)*) => {
        $crate::litmus!(@both [$($left)* $next] $($right)*)
    };
    (@both [$($all:tt)+]) => { $crate::litmus!(@compare [] $($all)+) };
    (@compare [$($left:tt)+] == $($right:tt)+) => {
        $crate::litmus!(@sum $($left)+).equals($crate::litmus!(@sum $($right)+))
    };
    (@compare [$($left:tt)+] != $($right:tt)+) => {
        $crate::litmus!(@sum $($left)+).differs($crate::litmus!(@sum $($right)+))
    };
    (@compare [$($left:tt)+] < $($right:tt)+) => {
        $crate::litmus!(@sum $($left)+).less($crate::litmus!(@sum $($right)+))
    };
    (@compare [$($left:tt)+] <= $($right:tt)+) => {
        $crate::litmus!(@sum $($left)+).at_most($crate::litmus!(@sum $($right)+))
    };
    (@compare [$($left:tt)+] > $($right:tt)+) => {
        $crate::litmus!(@sum $($left)+).more($crate::litmus!(@sum $($right)+))
    };
    (@compare [$($left:tt)+] >= $($right:tt)+) => {
        $crate::litmus!(@sum $($left)+).at_least($crate::litmus!(@sum $($right)+))
    };
    (@compare [$($left:tt)*] $next:tt $($right:tt)*) => {
        $crate::litmus!(@compare [$($left)* $next] $($right)*)
    };
    (@compare [$($all:tt)+]) => { $crate::litmus!(@sum $($all)+) };
    (@sum ($($inner:tt)+)) => { $crate::litmus!(@value [] $($inner)+) };
    (@sum ! ($($inner:tt)+)) => { !($crate::litmus!(@value [] $($inner)+)) };
    (@sum $sum:expr) => { $crate::build::Calculation::from($sum) };

    // What a register gets.
    (@get $t:ident $name:expr, * $at:ident) => {
        $t.load($name, $at, $crate::program::Order::Plain)
    };
    (@get $t:ident $name:expr, $at:ident.load($order:ident)) => {
        $t.load($name, $at, $crate::program::Order::$order)
    };
    (@get $t:ident $name:expr, $at:ident.$rmw:ident($operand:expr, $order:ident)) => {
        $t.$rmw($name, $at, $operand, $crate::program::Order::$order)
    };
    (@get $t:ident $name:expr, $at:ident.$exchange:ident(
        $expected:expr, $desired:expr, $success:ident, $failure:ident
    )) => {
        $crate::litmus!(
            @exchange $t [$name, concat!($name, "_found")],
            $at.$exchange($expected, $desired, $success, $failure)
        )[0]
    };
    (@get $t:ident $name:expr, $($value:tt)+) => {
        $t.let_($name, $crate::litmus!(@value [] $($value)+))
    };
    (@exchange $t:ident $names:expr, $at:ident.$exchange:ident(
        $expected:expr, $desired:expr, $success:ident, $failure:ident
    )) => {
        $t.$exchange(
            $names,
            $at,
            $expected,
            $desired,
            ($crate::program::Order::$success, $crate::program::Order::$failure),
        )
    };

    // A thread's statements, one after the other.
    (@do $t:ident) => {};
    (@do $t:ident let ($success:ident, $found:ident) = $at:ident.$exchange:ident($($args:tt)*);
        $($rest:tt)*
    ) => {
        #[allow(unused_variables)]
        let [$success, $found] = $crate::litmus!(
            @exchange $t [stringify!($success), stringify!($found)], $at.$exchange($($args)*)
        );
        $crate::litmus!(@do $t $($rest)*);
    };
    // Told apart from what follows because each token that is looked at alone costs a recursion.
    (@do $t:ident let $register:ident = $at:ident.$method:ident($($args:tt)*); $($rest:tt)*) => {
        $crate::litmus!(@let $t $register [$at.$method($($args)*)] ; $($rest)*);
    };
    (@do $t:ident let $register:ident = $($rest:tt)+) => {
        $crate::litmus!(@let $t $register [] $($rest)+);
    };
    (@let $t:ident $register:ident [$($value:tt)+] ; $($rest:tt)*) => {
        #[allow(unused_variables)]
        let $register = $crate::litmus!(@get $t stringify!($register), $($value)+);
        $crate::litmus!(@do $t $($rest)*);
    };
    (@let $t:ident $register:ident [$($value:tt)*] $next:tt $($rest:tt)*) => {
        $crate::litmus!(@let $t $register [$($value)* $next] $($rest)*);
    };
    (@do $t:ident if $($rest:tt)+) => { $crate::litmus!(@if $t [] $($rest)+); };
    (@do $t:ident fence($order:ident); $($rest:tt)*) => {
        $t.fence($crate::program::Order::$order);
        $crate::litmus!(@do $t $($rest)*);
    };
    (@do $t:ident * $at:ident = $value:expr; $($rest:tt)*) => {
        $t.store($at, $value, $crate::program::Order::Plain);
        $crate::litmus!(@do $t $($rest)*);
    };
    (@do $t:ident $at:ident.store($value:expr, $order:ident); $($rest:tt)*) => {
        $t.store($at, $value, $crate::program::Order::$order);
        $crate::litmus!(@do $t $($rest)*);
    };
    (@do $t:ident $at:ident.$rmw:ident($operand:expr, $order:ident); $($rest:tt)*) => {
        $t.update(
            $at,
            $crate::litmus!(@op $rmw),
            $operand,
            $crate::program::Order::$order,
        );
        $crate::litmus!(@do $t $($rest)*);
    };
    (@do $t:ident $at:ident.$method:ident($($args:tt)*); $($rest:tt)*) => {
        $crate::litmus!(
            @get $t concat!(stringify!($at), "_", stringify!($method)), $at.$method($($args)*)
        );
        $crate::litmus!(@do $t $($rest)*);
    };
    (@do $t:ident $register:ident = $at:ident.$method:ident($($args:tt)*); $($rest:tt)*) => {
        $crate::litmus!(@set $t $register [$at.$method($($args)*)] ; $($rest)*);
    };
    (@do $t:ident $register:ident = $($rest:tt)+) => {
        $crate::litmus!(@set $t $register [] $($rest)+);
    };
    (@set $t:ident $register:ident [$($value:tt)+] ; $($rest:tt)*) => {
        // It has to be there.
        let _: $crate::build::Register = $register;
        $crate::litmus!(@get $t stringify!($register), $($value)+);
        $crate::litmus!(@do $t $($rest)*);
    };
    (@set $t:ident $register:ident [$($value:tt)*] $next:tt $($rest:tt)*) => {
        $crate::litmus!(@set $t $register [$($value)* $next] $($rest)*);
    };

    (@op swap) => { $crate::program::RmwOp::Exchange };
    (@op fetch_add) => { $crate::program::RmwOp::Add };
    (@op fetch_sub) => { $crate::program::RmwOp::Sub };
    (@op fetch_and) => { $crate::program::RmwOp::And };
    (@op fetch_or) => { $crate::program::RmwOp::Or };
    (@op fetch_xor) => { $crate::program::RmwOp::Xor };

    (@if $t:ident [$($condition:tt)+] {$($then:tt)*} else {$($else:tt)*} $($rest:tt)*) => {
        $t.if_else(
            $crate::litmus!(@value [] $($condition)+),
            |t| { $crate::litmus!(@do t $($then)*); },
            |t| { $crate::litmus!(@do t $($else)*); },
        );
        $crate::litmus!(@do $t $($rest)*);
    };
    (@if $t:ident [$($condition:tt)+] {$($then:tt)*} else if $($rest:tt)+) => {
        $crate::litmus!(@chain $t [$($condition)+] {$($then)*} [if] $($rest)+);
    };
    (@if $t:ident [$($condition:tt)+] {$($then:tt)*} $($rest:tt)*) => {
        $crate::litmus!(@if $t [$($condition)+] {$($then)*} else {} $($rest)*);
    };
    (@if $t:ident [$($condition:tt)*] $next:tt $($rest:tt)*) => {
        $crate::litmus!(@if $t [$($condition)* $next] $($rest)*);
    };
    // `else if … {…} else if … {…}` up to its end, to be put into braces.
    (@chain $t:ident $condition:tt $then:tt [$($chain:tt)+] {$($last:tt)*} else {$($else:tt)*}
        $($rest:tt)*
    ) => {
        $crate::litmus!(@if $t $condition $then else { $($chain)+ {$($last)*} else {$($else)*} }
            $($rest)*);
    };
    (@chain $t:ident $condition:tt $then:tt [$($chain:tt)+] {$($one:tt)*} else $($rest:tt)+) => {
        $crate::litmus!(@chain $t $condition $then [$($chain)+ {$($one)*} else] $($rest)+);
    };
    (@chain $t:ident $condition:tt $then:tt [$($chain:tt)+] {$($last:tt)*} $($rest:tt)*) => {
        $crate::litmus!(@if $t $condition $then else { $($chain)+ {$($last)*} } $($rest)*);
    };
    (@chain $t:ident $condition:tt $then:tt [$($chain:tt)+] $next:tt $($rest:tt)*) => {
        $crate::litmus!(@chain $t $condition $then [$($chain)+ $next] $($rest)*);
    };

    (@location $b:ident plain $name:ident $initial:expr) => {
        #[allow(unused_variables)]
        let $name = $b.plain(stringify!($name), $initial);
    };
    (@location $b:ident $name:ident $initial:expr) => {
        #[allow(unused_variables)]
        let $name = $b.atomic(stringify!($name), $initial);
    };
    (@name $name:literal) => { $name };
    (@name $name:ident) => { stringify!($name) };

    (
        $name:tt ($($($word:ident)+ = $initial:expr),* $(,)?)
        $(thread {$($body:tt)*})*
        $(observe ($($observed:tt)*))?
        $(exists ($($exists:tt)+))?
        $(~exists ($($never:tt)+))?
        $(forall ($($forall:tt)+))?
    ) => {{
        let mut builder = $crate::build::Builder::new($crate::litmus!(@name $name));
        $($crate::litmus!(@location builder $($word)+ $initial);)*
        $(builder.thread(|t| { $crate::litmus!(@do t $($body)*); });)*
        $($crate::litmus!(@finale builder observe ($($observed)*));)?
        $($crate::litmus!(@finale builder exists ($($exists)+));)?
        $($crate::litmus!(@finale builder ~exists ($($never)+));)?
        $($crate::litmus!(@finale builder forall ($($forall)+));)?
        builder.written()
    }};
}
