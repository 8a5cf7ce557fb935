//! A thread: its parameters, and the statements of its body.

use std::mem;

use super::{
    Name, Parsed, Parser, Register, Scope,
    expression::{Access, Operand, call},
    lexer::{Comments, Token},
    quoted,
    state::thread_of,
    stray,
};
use crate::program::{Expr, Instr, Loc, Order, Reg, Thread};

/// What a type says that matters here.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub atomic: bool,
}

const INTEGERS: &[&str] = &[
    "int",
    "char",
    "short",
    "long",
    "signed",
    "unsigned",
    "bool",
    "_Bool",
    "int8_t",
    "uint8_t",
    "int16_t",
    "uint16_t",
    "int32_t",
    "uint32_t",
    "int64_t",
    "uint64_t",
    "intptr_t",
    "uintptr_t",
    "size_t",
    "ptrdiff_t",
    "void",
];

/// Not supported, and known enough to say so.
const NO_INTEGERS: &[&str] = &[
    "float",
    "double",
    "struct",
    "union",
    "enum",
    "int128_t",
    "uint128_t",
    "__int128",
    "__uint128",
    "__int128_t",
    "__uint128_t",
    "atomic_t",
    "spinlock_t",
    "mtx_t",
];

const QUALIFIERS: &[&str] = &["volatile", "const", "restrict", "register", "auto"];

const ATOMICS: &[&str] = &[
    "atomic_bool",
    "atomic_char",
    "atomic_schar",
    "atomic_uchar",
    "atomic_short",
    "atomic_ushort",
    "atomic_int",
    "atomic_uint",
    "atomic_long",
    "atomic_ulong",
    "atomic_llong",
    "atomic_ullong",
    "atomic_intptr_t",
    "atomic_uintptr_t",
    "atomic_size_t",
    "atomic_flag",
    "_Atomic",
];

const JUMPS: &[&str] = &[
    "while", "for", "do", "goto", "switch", "return", "break", "continue",
];

impl<'t> Parser<'t> {
    /// `P0 (atomic_int* x) { … }`, if a thread comes next.
    pub(super) fn thread(&mut self) -> Parsed<bool> {
        if self.token == Token::Word("void") {
            self.advance()?;
        }
        let Token::Word(word) = self.token else {
            return Ok(false);
        };
        let Some(thread) = thread_of(word) else {
            return Ok(false);
        };
        if self.threads.contains_key(&thread) {
            return self.unexpected_here(format!("there are two threads P{thread}"));
        }
        self.advance()?;
        self.scope = Scope {
            thread,
            ..Scope::default()
        };
        self.parameters()?;
        for preset in self.preset.remove(&thread).unwrap_or_default() {
            if self.scope.names.contains_key(preset.register) {
                return stray(
                    preset.at,
                    format!("P{thread} has another {} already", quoted(preset.register)),
                );
            }
            let to = self.new_register(preset.register);
            if preset.value != 0 {
                self.scope.registers[to.0].written = true;
                self.scope.body.push(Instr::Let {
                    to,
                    value: Expr::Const(preset.value),
                });
            }
        }
        // In code, `(*x)` is no comment.
        self.comments = Comments::C;
        self.need("{")?;
        while !self.is("}") {
            self.statement()?;
        }
        self.comments = Comments::Both;
        self.advance()?;
        let scope = mem::take(&mut self.scope);
        let done = Thread {
            registers: named(&scope),
            body: scope.body,
        };
        self.threads.insert(thread, (done, scope.names));
        Ok(true)
    }

    /// `(atomic_int* x, volatile int* y)`
    fn parameters(&mut self) -> Parsed<()> {
        self.need("(")?;
        if self.take(")")? {
            return Ok(());
        }
        loop {
            let Some(kind) = self.kind()? else {
                if self.take(")")? && self.scope.names.is_empty() {
                    return Ok(());
                }
                return self.expected("the type of a parameter, such as `atomic_int*`");
            };
            if self.is(")") && self.scope.names.is_empty() {
                // `(void)`
                return self.advance();
            }
            if !self.take("*")? {
                return self.expected("`*` (a parameter points to a location)");
            }
            while let Token::Word(word) = self.token
                && QUALIFIERS.contains(&word)
            {
                self.advance()?;
            }
            if self.is("*") {
                return self.unexpected_here("pointers to pointers are not supported".to_owned());
            }
            let at = self.at;
            let name = self.word("the parameter's name")?;
            if self.is("[") {
                return self.unexpected_here("arrays are not supported".to_owned());
            }
            let location = self.location(name);
            self.locations[location.0].atomic |= kind.atomic;
            if self
                .scope
                .names
                .insert(name, Name::Location(location))
                .is_some()
            {
                return stray(at, format!("{} is a parameter twice", quoted(name)));
            }
            if !self.take(",")? {
                return self.need(")");
            }
        }
    }

    /// A type up to its first `*`, if one comes next.
    pub(super) fn kind(&mut self) -> Parsed<Option<Type>> {
        let mut found = None;
        while let Token::Word(word) = self.token {
            let atomic = ATOMICS.contains(&word);
            if !atomic && !INTEGERS.contains(&word) && !QUALIFIERS.contains(&word) {
                if NO_INTEGERS.contains(&word) {
                    return self.unexpected_here(format!(
                        "the type {} is not supported, only integers of up to 64 bits",
                        quoted(word)
                    ));
                }
                break;
            }
            let kind = found.get_or_insert(Type { atomic: false });
            kind.atomic |= atomic;
            self.advance()?;
            if word == "_Atomic" && self.take("(")? {
                self.enter()?;
                if self.kind()?.is_none() {
                    return self.expected("a type");
                }
                self.leave();
                if self.is("*") {
                    return self
                        .unexpected_here("pointers to pointers are not supported".to_owned());
                }
                self.need(")")?;
            }
        }
        Ok(found)
    }

    fn statement(&mut self) -> Parsed<()> {
        match self.token {
            Token::Symbol(";") => self.advance(),
            Token::Symbol("{") => {
                self.enter()?;
                self.advance()?;
                while !self.is("}") {
                    self.statement()?;
                }
                self.leave();
                self.advance()
            }
            Token::Symbol("*") => self.plain_store(),
            Token::Word("if") => self.conditional(),
            Token::Word("else") => self.unexpected_here("an `else` without its `if`".to_owned()),
            Token::Word(word) if JUMPS.contains(&word) => self.unexpected_here(format!(
                "{} is not supported: a thread has no loops and no jumps, only `if`",
                quoted(word)
            )),
            Token::Word(word) if call(word).is_none() && !matches!(word, "true" | "false") => {
                match self.kind()? {
                    Some(_) => self.declarations(),
                    None => self.assignment(),
                }
            }
            Token::End => self.expected("a statement or `}`"),
            _ => {
                let value = self.expression(true)?;
                self.discard(value)?;
                self.need(";")
            }
        }
    }

    /// `if (r0) { … } else { … }`
    fn conditional(&mut self) -> Parsed<()> {
        self.enter()?;
        self.advance()?;
        self.need("(")?;
        let condition = self.expression(false)?;
        let condition = self.settle(condition)?;
        self.need(")")?;
        let then = self.block()?;
        let otherwise = match self.token {
            Token::Word("else") => {
                self.advance()?;
                self.block()?
            }
            _ => Vec::new(),
        };
        self.leave();
        self.scope.body.push(Instr::If {
            condition: condition.expr,
            then,
            otherwise,
        });
        Ok(())
    }

    /// One statement, perhaps in braces, kept apart.
    fn block(&mut self) -> Parsed<Vec<Instr>> {
        let outer = mem::take(&mut self.scope.body);
        self.statement()?;
        Ok(mem::replace(&mut self.scope.body, outer))
    }

    /// `*x = 1;`, or `*x;`, which only reads.
    fn plain_store(&mut self) -> Parsed<()> {
        self.advance()?;
        let at = self.address()?;
        if self.take("=")? {
            let value = self.expression(false)?;
            let value = self.settle(value)?.expr;
            self.scope.body.push(Instr::Store {
                at,
                value,
                order: Order::Plain,
            });
        } else if self.is(";") {
            self.discard(Operand::Access(Access::Load {
                at,
                order: Order::Plain,
            }))?;
        } else {
            return self.expected("`=`");
        }
        self.need(";")
    }

    /// `r0 = 1, r1;`, after the type.
    fn declarations(&mut self) -> Parsed<()> {
        loop {
            if self.is("*") {
                return self
                    .unexpected_here("registers that hold pointers are not supported".into());
            }
            let at = self.at;
            let name = self.word("the name of a register")?;
            if call(name).is_some() {
                return stray(at, format!("{} is a function", quoted(name)));
            }
            if self.is("[") {
                return self.unexpected_here("arrays are not supported".to_owned());
            }
            let register = self.register_to_write(name, at)?;
            if self.take("=")? {
                self.assign(register)?;
            }
            if !self.take(",")? {
                return self.need(";");
            }
        }
    }

    /// `r0 = 1;`
    fn assignment(&mut self) -> Parsed<()> {
        let at = self.at;
        let name = self.word("a statement")?;
        match self.token {
            Token::Symbol("=") => {}
            Token::Symbol("(") => return self.unknown_function(name, at),
            Token::Symbol("[") => {
                return self.unexpected_here("arrays are not supported".to_owned());
            }
            Token::Symbol(sign) if sign.len() > 1 && sign != "==" => {
                return self.unexpected_here(format!(
                    "`{sign}` is not supported: write `{} = {} …`",
                    &name[..name.len().min(40)],
                    &name[..name.len().min(40)]
                ));
            }
            _ => return self.expected("`=`"),
        }
        let register = self.register_to_write(name, at)?;
        self.advance()?;
        self.assign(register)?;
        self.need(";")
    }

    /// What follows `r0 =`. A register that nothing was put into holds 0 already.
    fn assign(&mut self, to: Reg) -> Parsed<()> {
        match self.expression(false)? {
            Operand::Access(access) => self.perform(access, Some(to)),
            Operand::Ready(value)
                if value.expr == Expr::Const(0) && !self.scope.registers[to.0].written =>
            {
                Ok(())
            }
            Operand::Ready(value) => {
                self.scope.registers[to.0].written = true;
                self.scope.body.push(Instr::Let {
                    to,
                    value: value.expr,
                });
                Ok(())
            }
        }
    }

    /// The register of that name, which begins to be one if it is not yet.
    fn register_to_write(&mut self, name: &'t str, at: usize) -> Parsed<Reg> {
        match self.scope.names.get(name) {
            Some(Name::Register(register)) => Ok(*register),
            Some(Name::Location(_)) => stray(
                at,
                format!(
                    "{} is a parameter, a location's address: `*{} = …` is a plain store",
                    quoted(name),
                    &name[..name.len().min(40)]
                ),
            ),
            None => Ok(self.new_register(name)),
        }
    }

    fn new_register(&mut self, name: &'t str) -> Reg {
        let register = Reg(self.scope.registers.len());
        self.scope.registers.push(Register {
            name: Some(name),
            written: false,
        });
        self.scope.names.insert(name, Name::Register(register));
        register
    }

    /// A register for what has no name in the text.
    pub(super) fn nameless(&mut self) -> Reg {
        self.scope.registers.push(Register {
            name: None,
            written: false,
        });
        Reg(self.scope.registers.len() - 1)
    }

    /// Does an access, whose value goes to `to`.
    pub(super) fn perform(&mut self, access: Access, to: Option<Reg>) -> Parsed<()> {
        if let Some(to) = to {
            self.scope.registers[to.0].written = true;
        }
        let instr = match access {
            Access::Load { at, order } => Instr::Load {
                to: match to {
                    Some(to) => to,
                    None => self.nameless(),
                },
                at,
                order,
            },
            Access::Rmw {
                at,
                op,
                operand,
                order,
            } => Instr::Rmw {
                to,
                at,
                op,
                operand,
                order,
            },
            Access::CompareExchange {
                at,
                expected,
                desired,
                on_success,
                on_failure,
                weak,
            } => {
                // What is written back on failure stands in an `if`.
                self.enter()?;
                self.leave();
                let wanted = self.nameless();
                let found = self.nameless();
                let success = to.unwrap_or_else(|| self.nameless());
                self.scope.body.push(plain_load(wanted, expected));
                self.scope.body.push(Instr::CompareExchange {
                    success: Some(success),
                    found: Some(found),
                    at,
                    expected: wanted.into(),
                    desired,
                    on_success,
                    on_failure,
                    weak,
                });
                Instr::If {
                    condition: Expr::Not(Box::new(success.into())),
                    then: vec![Instr::Store {
                        at: expected,
                        value: found.into(),
                        order: Order::Plain,
                    }],
                    otherwise: Vec::new(),
                }
            }
        };
        self.scope.body.push(instr);
        Ok(())
    }

    /// Does what a statement asks for whose value nobody wants.
    fn discard(&mut self, value: Operand) -> Parsed<()> {
        match value {
            Operand::Access(access) => self.perform(access, None),
            Operand::Ready(_) => Ok(()),
        }
    }

    /// The location that `x`, `(x)` or `(int*) x` points to.
    pub(super) fn address(&mut self) -> Parsed<Loc> {
        let mut open = 0_usize;
        while self.take("(")? {
            if self.kind()?.is_some() {
                self.need("*")?;
                self.need(")")?;
            } else {
                open += 1;
            }
        }
        let at = self.at;
        match self.token {
            Token::Symbol("*") => {
                return self.unexpected_here("pointers to pointers are not supported".to_owned());
            }
            Token::Symbol("&") => {
                return self.unexpected_here(
                    "`&` is not needed: a thread's parameters are addresses".to_owned(),
                );
            }
            _ => {}
        }
        let name = self.word("the name of a location")?;
        let location = match self.scope.names.get(name) {
            Some(Name::Location(location)) => *location,
            Some(Name::Register(_)) => {
                return stray(
                    at,
                    format!("{} is a register, and no location's address", quoted(name)),
                );
            }
            None => {
                return stray(
                    at,
                    format!("P{} has no parameter {}", self.scope.thread, quoted(name)),
                );
            }
        };
        if self.is("[") {
            return self.unexpected_here("arrays are not supported".to_owned());
        }
        for _ in 0..open {
            self.need(")")?;
        }
        Ok(location)
    }
}

fn plain_load(to: Reg, at: Loc) -> Instr {
    Instr::Load {
        to,
        at,
        order: Order::Plain,
    }
}

/// The registers' names; those without one get one that nothing else in the thread has.
fn named(scope: &Scope<'_>) -> Vec<String> {
    let mut free = (0..).map(|number| format!("t{number}"));
    let mut fresh = || free.find(|name| !scope.names.contains_key(name.as_str()));
    scope
        .registers
        .iter()
        .map(|register| match register.name {
            Some(name) => name.to_owned(),
            None => fresh().unwrap_or_default(),
        })
        .collect()
}
