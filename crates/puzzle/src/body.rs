//! Writing a thread: each call adds the line that people read together with the operations that it
//! stands for.

use crate::program::{
    Condvar, Expr, Kind, Line, Local, Lock, Op, Operator, Program, Thread, ThreadId, Var, code,
};

/// A thread that is being written, see [`Program::thread`].
#[derive(Debug)]
pub struct Body<'a> {
    program: &'a Program,
    lines: Vec<Line>,
    code: Vec<Op>,
    slots: Vec<Option<String>>,
    /// Slots without a name that are free for the next statement.
    free: Vec<usize>,
    /// What the guard of each lock is called here.
    guards: Vec<(Lock, String)>,
    depth: usize,
    loops: Vec<Loop>,
    returns: Vec<usize>,
    spawns: Vec<usize>,
}

/// A loop that is being written: where it starts, and the jumps that leave it.
#[derive(Debug)]
struct Loop {
    start: usize,
    leaves: Vec<usize>,
}

/// For jumps until their end is known.
const NOWHERE: usize = usize::MAX;

impl<'a> Body<'a> {
    pub(crate) fn new(program: &'a Program) -> Body<'a> {
        Body {
            program,
            lines: Vec::new(),
            code: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
            guards: Vec::new(),
            depth: 0,
            loops: Vec::new(),
            returns: Vec::new(),
            spawns: Vec::new(),
        }
    }

    pub(crate) fn finish(mut self, name: String) -> (Thread, Vec<usize>) {
        let end = self.code.len();
        for at in std::mem::take(&mut self.returns) {
            self.aim(at, end);
        }
        let thread = Thread {
            name,
            lines: self.lines,
            code: self.code,
            slots: self.slots,
            spawned: false,
        };
        (thread, self.spawns)
    }

    /// `think();`: a step that changes nothing shared.
    pub fn call(&mut self, name: &str) {
        self.line(format!("{}();", code(name)));
        self.op(Kind::Call {
            name: name.to_owned(),
            progress: false,
        });
    }

    /// `eat();`: the step for the sake of which the thread is there. A livelock is a state of things
    /// in which threads run and none ever comes to such a step.
    pub fn progress(&mut self, name: &str) {
        self.line(format!("{}();", code(name)));
        self.op(Kind::Call {
            name: name.to_owned(),
            progress: true,
        });
    }

    /// `let left = fork_0.lock();`
    pub fn lock(&mut self, guard: &str, lock: Lock) {
        self.lock_all(&[(guard, lock)]);
    }

    /// `let (left, right) = (fork_0.lock(), fork_1.lock());`: one statement, a step for each lock.
    pub fn lock_all(&mut self, locks: &[(&str, Lock)]) {
        let names: Vec<String> = locks.iter().map(|(guard, _)| (*guard).to_owned()).collect();
        let calls: Vec<String> = locks
            .iter()
            .map(|(_, lock)| format!("{}.lock()", code(&self.program.locks[lock.0])))
            .collect();
        self.line(format!("let {} = {};", tuple(&names), tuple(&calls)));
        for (guard, lock) in locks {
            self.guards.push((*lock, (*guard).to_owned()));
            self.op(Kind::Lock(lock.0));
        }
    }

    /// `drop((left, right));`: one statement, a step for each lock, in this order.
    pub fn drop_guards(&mut self, locks: &[Lock]) {
        let names: Vec<String> = locks.iter().map(|lock| self.guard(*lock)).collect();
        let names = tuple(&names);
        self.line(format!("drop({names});"));
        for lock in locks {
            self.op(Kind::Unlock(lock.0));
        }
    }

    /// `if let Ok(right) = fork_1.try_lock() { … }`
    pub fn if_try_lock(&mut self, guard: &str, lock: Lock, then: impl FnOnce(&mut Self)) {
        let name = code(&self.program.locks[lock.0]);
        self.line(format!("if let Ok({guard}) = {name}.try_lock() {{"));
        let try_lock = self.op(Kind::TryLock {
            lock: lock.0,
            otherwise: NOWHERE,
        });
        self.guards.push((lock, guard.to_owned()));
        self.block(then);
        self.line("}".to_owned());
        self.aim(try_lock, self.code.len());
    }

    /// `let seen = balance;`: a step for each shared number that is read.
    pub fn let_(&mut self, name: &str, value: impl Into<Expr>) -> Local {
        let value = value.into();
        self.line(format!("let {name} = {};", self.text(&value)));
        let slot = self.slots.len();
        self.slots.push(Some(name.to_owned()));
        self.set_slot(slot, &value);
        Local(slot)
    }

    /// `seen = seen + 1;` for a number of this thread.
    pub fn assign(&mut self, local: Local, value: impl Into<Expr>) {
        let value = value.into();
        let name = self.text(&Expr::Local(local));
        self.line(format!(
            "{};",
            assignment(&name, &local.into(), &value, |e| self.text(e))
        ));
        self.set_slot(local.0, &value);
    }

    /// `balance -= 100;`: a step for each shared number that is read, and one for the write.
    pub fn set(&mut self, var: Var, value: impl Into<Expr>) {
        let value = value.into();
        let name = self.text(&Expr::Var(var));
        self.line(format!(
            "{};",
            assignment(&name, &var.into(), &value, |e| self.text(e))
        ));
        let (value, spent) = self.read(&value);
        self.op(Kind::Write {
            var: var.0,
            value,
            spent: spent.clone(),
        });
        self.free.extend(spent);
    }

    /// `count.fetch_add(1);`: one step.
    ///
    /// # Panics
    ///
    /// If the value is computed from a shared number.
    pub fn fetch_add(&mut self, var: Var, value: impl Into<Expr>) {
        let value = value.into();
        assert!(!reads_shared(&value), "what is added is the thread's own");
        let name = self.text(&Expr::Var(var));
        self.line(format!("{name}.fetch_add({});", self.text(&value)));
        self.op(Kind::FetchAdd { var: var.0, value });
    }

    /// `if balance >= 100 { … }`: a step for each shared number that is read.
    pub fn if_(&mut self, condition: impl Into<Expr>, then: impl FnOnce(&mut Self)) {
        let condition = condition.into();
        self.line(format!("if {} {{", self.text(&condition)));
        let branch = self.branch(&condition);
        self.block(then);
        self.line("}".to_owned());
        self.aim(branch, self.code.len());
    }

    /// `if … { … } else { … }`
    pub fn if_else(
        &mut self,
        condition: impl Into<Expr>,
        then: impl FnOnce(&mut Self),
        otherwise: impl FnOnce(&mut Self),
    ) {
        let condition = condition.into();
        self.line(format!("if {} {{", self.text(&condition)));
        let branch = self.branch(&condition);
        self.block(then);
        let end = self.op(Kind::Jump(NOWHERE));
        self.line("} else {".to_owned());
        self.aim(branch, self.code.len());
        self.block(otherwise);
        self.line("}".to_owned());
        self.aim(end, self.code.len());
    }

    /// `while items == 0 { … }`: a step for each shared number that is read, each time round.
    pub fn while_(&mut self, condition: impl Into<Expr>, body: impl FnOnce(&mut Self)) {
        let condition = condition.into();
        let start = self.code.len();
        self.line(format!("while {} {{", self.text(&condition)));
        let branch = self.branch(&condition);
        let leaves = vec![branch];
        self.turns(Loop { start, leaves }, body);
    }

    /// `loop { … }`
    pub fn repeat(&mut self, body: impl FnOnce(&mut Self)) {
        let start = self.code.len();
        self.line("loop {".to_owned());
        let leaves = Vec::new();
        self.turns(Loop { start, leaves }, body);
    }

    /// `break;`
    ///
    /// # Panics
    ///
    /// Outside a loop.
    pub fn leave(&mut self) {
        self.line("break;".to_owned());
        let jump = self.op(Kind::Jump(NOWHERE));
        let around = self.loops.last_mut().expect("`break` stands in a loop");
        around.leaves.push(jump);
    }

    /// `return;`
    pub fn finish_here(&mut self) {
        self.line("return;".to_owned());
        let jump = self.op(Kind::Jump(NOWHERE));
        self.returns.push(jump);
    }

    /// `items = not_empty.wait(items);`: three steps: let go of the lock and fall asleep, wake up when
    /// notified, take the lock again.
    pub fn wait(&mut self, condvar: Condvar, lock: Lock) {
        let guard = self.guard(lock);
        let name = code(&self.program.condvars[condvar.0]);
        self.line(format!("{guard} = {name}.wait({guard});"));
        self.op(Kind::Sleep {
            condvar: condvar.0,
            lock: lock.0,
        });
        self.op(Kind::Wake(condvar.0));
        self.op(Kind::Lock(lock.0));
    }

    /// `not_empty.notify_one();`: which of those who sleep wakes up shows when one of them runs.
    pub fn notify_one(&mut self, condvar: Condvar) {
        self.notify(condvar, false);
    }

    /// `not_empty.notify_all();`
    pub fn notify_all(&mut self, condvar: Condvar) {
        self.notify(condvar, true);
    }

    /// `spawn(worker);`: the thread cannot run before.
    pub fn spawn(&mut self, thread: ThreadId) {
        self.line(format!(
            "spawn({});",
            code(&self.program.threads[thread.0].name)
        ));
        self.spawns.push(thread.0);
        self.op(Kind::Spawn(thread.0));
    }

    /// `join(worker);`: waits for the end of the thread.
    pub fn join(&mut self, thread: ThreadId) {
        self.line(format!(
            "join({});",
            code(&self.program.threads[thread.0].name)
        ));
        self.op(Kind::Join(thread.0));
    }

    /// `wait_until(count == 0);`: one step, possible once the condition on shared numbers holds.
    pub fn wait_until(&mut self, condition: impl Into<Expr>) {
        let condition = condition.into();
        self.line(format!("wait_until({});", self.text(&condition)));
        self.op(Kind::Await(condition));
    }

    fn notify(&mut self, condvar: Condvar, all: bool) {
        let name = code(&self.program.condvars[condvar.0]);
        let whom = if all { "all" } else { "one" };
        self.line(format!("{name}.notify_{whom}();"));
        let condvar = condvar.0;
        self.op(Kind::Notify { condvar, all });
    }

    fn turns(&mut self, around: Loop, body: impl FnOnce(&mut Self)) {
        self.loops.push(around);
        self.block(body);
        self.line("}".to_owned());
        let Loop { start, leaves } = self.loops.pop().expect("pushed above");
        self.op(Kind::Jump(start));
        for at in leaves {
            self.aim(at, self.code.len());
        }
    }

    fn block(&mut self, body: impl FnOnce(&mut Self)) {
        self.depth += 1;
        body(self);
        self.depth -= 1;
    }

    fn line(&mut self, text: String) {
        self.lines.push(Line {
            depth: self.depth,
            text,
        });
    }

    /// Adds an operation of the last line.
    fn op(&mut self, kind: Kind) -> usize {
        let line = self.lines.len() - 1;
        self.code.push(Op { line, kind });
        self.code.len() - 1
    }

    fn aim(&mut self, at: usize, to: usize) {
        match &mut self.code[at].kind {
            Kind::Jump(otherwise)
            | Kind::Branch { otherwise, .. }
            | Kind::TryLock { otherwise, .. } => *otherwise = to,
            other => unreachable!("{other:?} leads nowhere else"),
        }
    }

    fn branch(&mut self, condition: &Expr) -> usize {
        let (condition, spent) = self.read(condition);
        self.free.extend(&spent);
        self.op(Kind::Branch {
            condition,
            otherwise: NOWHERE,
            spent,
        })
    }

    fn set_slot(&mut self, slot: usize, value: &Expr) {
        let (value, spent) = self.read(value);
        self.free.extend(&spent);
        self.op(Kind::Set { slot, value, spent });
    }

    /// A step for each shared number in the expression; gives back what is left to compute, and the
    /// slots to forget then.
    fn read(&mut self, expr: &Expr) -> (Expr, Vec<usize>) {
        match expr {
            Expr::Number(_) | Expr::Local(_) => (expr.clone(), Vec::new()),
            Expr::Var(var) => {
                let slot = self.free.pop().unwrap_or_else(|| {
                    self.slots.push(None);
                    self.slots.len() - 1
                });
                self.op(Kind::Read { var: var.0, slot });
                (Expr::Local(Local(slot)), vec![slot])
            }
            Expr::Binary(operator, left, right) => {
                let (left, mut spent) = self.read(left);
                let (right, more) = self.read(right);
                spent.extend(more);
                let expr = Expr::Binary(*operator, Box::new(left), Box::new(right));
                (expr, spent)
            }
        }
    }

    fn guard(&self, lock: Lock) -> String {
        let known = self.guards.iter().rev().find(|(known, _)| *known == lock);
        let (_, guard) = known.expect("a guard is dropped or waited with after it was taken");
        guard.clone()
    }

    fn text(&self, expr: &Expr) -> String {
        self.program.text(expr, &self.slots)
    }
}

/// `a`, or `(a, b)`.
fn tuple(names: &[String]) -> String {
    match names {
        [one] => one.clone(),
        some => format!("({})", some.join(", ")),
    }
}

/// `x = y + 1`, or `x += 1`.
fn assignment(name: &str, place: &Expr, value: &Expr, text: impl Fn(&Expr) -> String) -> String {
    match value {
        Expr::Binary(operator @ (Operator::Plus | Operator::Minus), left, right)
            if **left == *place =>
        {
            format!("{name} {operator}= {}", text(right))
        }
        value => format!("{name} = {}", text(value)),
    }
}

fn reads_shared(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) | Expr::Local(_) => false,
        Expr::Var(_) => true,
        Expr::Binary(_, left, right) => reads_shared(left) || reads_shared(right),
    }
}
