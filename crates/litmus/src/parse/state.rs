//! The two sections about states: the initial values in braces, and the final states to look at.

use super::{
    Name, Parsed, Parser, Preset,
    code::Type,
    lexer::{Comments, Token},
    quoted, stray,
};
use crate::program::{Condition, Formula, Loc, Location, Place, Quantifier};

impl<'t> Parser<'t> {
    /// `{ x=0; atomic_int y=1; [z]=1; 0:r0=1; }`
    pub(super) fn initial_values(&mut self) -> Parsed<()> {
        self.need("{")?;
        while !self.is("}") {
            if self.take(";")? {
                continue;
            }
            self.initial_value()?;
            if !self.is(";") && !self.is("}") {
                if self.is("[") {
                    return self.unexpected_here("arrays are not supported".to_owned());
                }
                return self.expected("`;` or `}`");
            }
        }
        self.advance()
    }

    fn initial_value(&mut self) -> Parsed<()> {
        let kind = self.kind()?.unwrap_or(Type { atomic: false });
        let pointer = self.take("*")?;
        let at = self.at;
        if let Token::Number(_) = self.token {
            let thread = self.thread_number()?;
            self.need(":")?;
            return self.preset(thread, at);
        }
        let bracket = self.take("[")?;
        let at = if bracket { self.at } else { at };
        let name = self.word("a location's name")?;
        if bracket {
            self.need("]")?;
        } else if let Some(thread) = thread_of(name)
            && self.take(":")?
        {
            return self.preset(thread, at);
        }
        let initial = if self.take("=")? {
            if pointer || self.is("&") {
                return self
                    .unexpected_here("locations that hold pointers are not supported".into());
            }
            self.initial_number()?
        } else {
            0
        };
        if self.location_names.contains_key(name) {
            return stray(at, format!("{} is initialised twice", quoted(name)));
        }
        self.location(name);
        if let Some(location) = self.locations.last_mut() {
            (location.initial, location.atomic) = (initial, kind.atomic);
        }
        Ok(())
    }

    /// `r0=1`, after `0:`.
    fn preset(&mut self, thread: usize, at: usize) -> Parsed<()> {
        let register = self.word("a register's name")?;
        let value = if self.take("=")? {
            self.initial_number()?
        } else {
            0
        };
        self.preset.entry(thread).or_default().push(Preset {
            register,
            value,
            at,
        });
        Ok(())
    }

    fn initial_number(&mut self) -> Parsed<i64> {
        match self.token {
            Token::Word(_) | Token::Symbol("&") => self
                .unexpected_here("addresses as values are not supported, only numbers".to_owned()),
            Token::Symbol("{") => self.unexpected_here("arrays are not supported".to_owned()),
            _ => self.integer(),
        }
    }

    /// The location of that name, which begins to be one if it is not yet.
    pub(super) fn location(&mut self, name: &'t str) -> Loc {
        *self.location_names.entry(name).or_insert_with(|| {
            self.locations.push(Location {
                name: name.to_owned(),
                initial: 0,
                atomic: false,
            });
            Loc(self.locations.len() - 1)
        })
    }

    pub(super) fn word(&mut self, what: &str) -> Parsed<&'t str> {
        let Token::Word(word) = self.token else {
            return self.expected(what);
        };
        self.advance()?;
        Ok(word)
    }

    fn thread_number(&mut self) -> Parsed<usize> {
        let at = self.at;
        match usize::try_from(self.integer()?) {
            Ok(number) => Ok(number),
            Err(_) => stray(at, "a thread has no such number"),
        }
    }

    /// `locations [0:r0; x;]` and the condition: all that follows the threads.
    pub(super) fn finale(&mut self) -> Parsed<(Vec<Place>, Option<Condition>)> {
        self.comments = Comments::Both;
        let mut observed = Vec::new();
        if self.token == Token::Word("locations") {
            self.advance()?;
            self.need("[")?;
            while !self.take("]")? {
                if self.take(";")? {
                    continue;
                }
                observed.push(self.place()?);
                // Its type changes nothing.
                self.kind()?;
                self.take("*")?;
                if !self.is(";") && !self.is("]") {
                    return self.expected("`;` or `]`");
                }
            }
        }
        let condition = self.condition()?;
        self.take(";")?;
        if self.token != Token::End {
            return self.expected("the end");
        }
        Ok((observed, condition))
    }

    fn condition(&mut self) -> Parsed<Option<Condition>> {
        let quantifier = match self.token {
            Token::End => return Ok(None),
            Token::Word("exists" | "final") => Quantifier::Exists,
            Token::Word("forall") => Quantifier::Forall,
            Token::Word("not") | Token::Symbol("~") => {
                self.advance()?;
                if self.token != Token::Word("exists") {
                    return self.expected("`exists`");
                }
                Quantifier::NotExists
            }
            Token::Word("filter") => {
                return self.unexpected_here(
                    "`filter` is not supported: make it a part of the condition".to_owned(),
                );
            }
            _ => {
                return self
                    .expected("a thread, `locations`, `exists`, `~exists`, `forall` or the end");
            }
        };
        self.advance()?;
        let formula = self.any_of()?;
        Ok(Some(Condition {
            quantifier,
            formula,
        }))
    }

    /// `a \/ b \/ c`
    fn any_of(&mut self) -> Parsed<Formula> {
        let first = self.all_of()?;
        if !self.is("\\/") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take("\\/")? {
            parts.push(self.all_of()?);
        }
        Ok(Formula::Or(parts))
    }

    /// `a /\ b /\ c`
    fn all_of(&mut self) -> Parsed<Formula> {
        let first = self.implication()?;
        if !self.is("/\\") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take("/\\")? {
            parts.push(self.implication()?);
        }
        Ok(Formula::And(parts))
    }

    /// `a => b`
    fn implication(&mut self) -> Parsed<Formula> {
        let premise = self.claim()?;
        if !self.take("=>")? {
            return Ok(premise);
        }
        self.enter()?;
        let conclusion = self.implication()?;
        self.leave();
        Ok(Formula::Or(vec![
            Formula::Not(Box::new(premise)),
            conclusion,
        ]))
    }

    fn claim(&mut self) -> Parsed<Formula> {
        match self.token {
            Token::Word("true") => {
                self.advance()?;
                Ok(Formula::True)
            }
            Token::Word("false") => {
                self.advance()?;
                Ok(Formula::Or(Vec::new()))
            }
            Token::Word("not") | Token::Symbol("~") => {
                self.enter()?;
                self.advance()?;
                let inner = self.claim()?;
                self.leave();
                Ok(Formula::Not(Box::new(inner)))
            }
            Token::Symbol("(") => {
                self.enter()?;
                self.advance()?;
                let inner = self.any_of()?;
                self.need(")")?;
                self.leave();
                Ok(inner)
            }
            Token::Word("fault" | "Fault") => {
                self.unexpected_here("faults are not supported".to_owned())
            }
            _ => {
                let place = self.place()?;
                let differs = match self.token {
                    Token::Symbol("=" | "==") => false,
                    Token::Symbol("!=" | "<>") => true,
                    _ => return self.expected("`=` or `!=`"),
                };
                self.advance()?;
                if let Token::Word(_) | Token::Symbol("[" | "*") = self.token {
                    return self.unexpected_here(
                        "a condition compares with numbers only, not with what another place holds"
                            .to_owned(),
                    );
                }
                let equal = Formula::Equal(place, self.integer()?);
                if self.is(":") {
                    return self.unexpected_here(
                        "a condition compares with numbers only, not with what another place holds"
                            .to_owned(),
                    );
                }
                Ok(match differs {
                    true => Formula::Not(Box::new(equal)),
                    false => equal,
                })
            }
        }
    }

    /// `0:r0`, `P0:r0`, `x`, `[x]` or `*x`.
    fn place(&mut self) -> Parsed<Place> {
        let at = self.at;
        if let Token::Number(_) = self.token {
            let thread = self.thread_number()?;
            self.need(":")?;
            return self.register(thread, at);
        }
        let star = self.take("*")?;
        let bracket = !star && self.take("[")?;
        let at = if star || bracket { self.at } else { at };
        let name = self.word("a register such as `0:r0` or a location such as `x`")?;
        if let Some(thread) = thread_of(name)
            && self.take(":")?
        {
            return self.register(thread, at);
        }
        if bracket {
            self.need("]")?;
        } else if self.is("[") {
            return self.unexpected_here("arrays are not supported".to_owned());
        }
        match self.location_names.get(name) {
            Some(location) => Ok(Place::Location(*location)),
            None => stray(at, format!("there is no location {}", quoted(name))),
        }
    }

    /// `r0`, after `0:`.
    fn register(&mut self, thread: usize, at: usize) -> Parsed<Place> {
        let name = self.word("a register's name")?;
        let Some((_, names)) = self.threads.get(&thread) else {
            return stray(at, format!("there is no thread P{thread}"));
        };
        match names.get(name) {
            Some(Name::Register(register)) => Ok(Place::Register {
                thread,
                register: *register,
            }),
            _ => stray(at, format!("P{thread} has no register {}", quoted(name))),
        }
    }
}

/// The number in `P0`.
pub(super) fn thread_of(word: &str) -> Option<usize> {
    let digits = word.strip_prefix('P')?;
    let all = digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| digits.parse().ok()).flatten()
}
