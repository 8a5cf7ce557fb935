//! The public face of a source file, one line an item: what stub and solution must have in common.
//! Bodies, private fields, parameter names and comments do not count.

use quote::ToTokens;
use syn::{Attribute, Fields, FnArg, ImplItem, Item, Signature, TraitItem, Visibility};

/// The public items of `source`, sorted.
pub fn of(source: &str) -> Result<Vec<String>, String> {
    let file = syn::parse_file(source)
        .map_err(|error| format!("line {}: {error}", error.span().start().line))?;
    let mut lines = Vec::new();
    items("", &file.items, &mut lines);
    lines.sort();
    Ok(lines)
}

fn items(path: &str, all: &[Item], lines: &mut Vec<String>) {
    let mut push = |what: String| lines.push(format!("{path}{what}"));
    for item in all {
        match item {
            Item::Fn(f) if public(&f.vis) => push(signature(&f.sig)),
            Item::Struct(s) if public(&s.vis) => {
                push(format!("struct {}{}", s.ident, text(&s.generics)));
                derives(&s.attrs, &s.ident.to_string(), &mut push);
                fields(&s.ident.to_string(), &s.fields, &mut push);
            }
            Item::Enum(e) if public(&e.vis) => {
                push(format!("enum {}{}", e.ident, text(&e.generics)));
                derives(&e.attrs, &e.ident.to_string(), &mut push);
                for variant in &e.variants {
                    let mut variant = variant.clone();
                    variant.attrs.clear();
                    push(format!("{}::{}", e.ident, text(&variant)));
                }
            }
            Item::Type(t) if public(&t.vis) => {
                push(format!(
                    "type {}{} = {}",
                    t.ident,
                    text(&t.generics),
                    text(&t.ty)
                ));
            }
            Item::Const(c) if public(&c.vis) => push(format!("const {}: {}", c.ident, text(&c.ty))),
            Item::Static(s) if public(&s.vis) => {
                push(format!("static {}: {}", s.ident, text(&s.ty)))
            }
            Item::Trait(t) if public(&t.vis) => {
                push(format!("trait {}{}", t.ident, text(&t.generics)));
                for member in &t.items {
                    if let TraitItem::Fn(f) = member {
                        push(format!("{}::{}", t.ident, signature(&f.sig)));
                    }
                }
            }
            Item::Impl(block) => {
                let target = text(&block.self_ty);
                match &block.trait_ {
                    // How a type cleans up and what it may cross are its own business.
                    Some((name, _))
                        if ["Drop", "Send", "Sync"].iter().any(|n| name.is_ident(n)) => {}
                    Some((name, _)) => push(format!("impl {} for {target}", last(name))),
                    None => {
                        for member in &block.items {
                            match member {
                                ImplItem::Fn(f) if public(&f.vis) => {
                                    push(format!("{target}::{}", signature(&f.sig)));
                                }
                                ImplItem::Const(c) if public(&c.vis) => {
                                    push(format!("{target}::const {}: {}", c.ident, text(&c.ty)));
                                }
                                _ => {}
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    for item in all {
        if let Item::Mod(module) = item
            && public(&module.vis)
            && let Some((_, inner)) = &module.content
        {
            items(&format!("{path}{}::", module.ident), inner, lines);
        }
    }
}

fn public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn signature(of: &Signature) -> String {
    let mut of = of.clone();
    for input in &mut of.inputs {
        match input {
            FnArg::Typed(argument) => {
                argument.attrs.clear();
                *argument.pat = syn::parse_quote!(_);
            }
            FnArg::Receiver(receiver) => {
                receiver.attrs.clear();
                // `mut self` is the body's business; `&mut self` is said elsewhere in the node.
                receiver.mutability = None;
            }
        }
    }
    text(&of)
}

fn fields(owner: &str, of: &Fields, push: &mut impl FnMut(String)) {
    for (index, field) in of
        .iter()
        .enumerate()
        .filter(|(_, field)| public(&field.vis))
    {
        let name = field
            .ident
            .as_ref()
            .map_or_else(|| index.to_string(), ToString::to_string);
        push(format!("{owner}.{name}: {}", text(&field.ty)));
    }
}

fn derives(attributes: &[Attribute], owner: &str, push: &mut impl FnMut(String)) {
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
    {
        let _ = attribute.parse_nested_meta(|derived| {
            push(format!("impl {} for {owner}", last(&derived.path)));
            Ok(())
        });
    }
}

/// A trait by the name people call it, however it was imported.
fn last(path: &syn::Path) -> String {
    path.segments.last().map(text).unwrap_or_default()
}

fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_private_fields_and_parameter_names_do_not_count() {
        let stub = r#"
            /// Doc.
            #[derive(Debug)]
            pub struct Table { _todo: () }
            impl Table {
                pub fn new(seats: usize) -> Self { let _ = seats; todo!() }
                pub fn end(self) {}
                pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R { let _ = (seat, eat); todo!() }
            }
        "#;
        let solution = r#"
            use std::fmt;
            pub struct Table { forks: Vec<u8> }
            impl fmt::Debug for Table { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { Ok(()) } }
            impl Drop for Table { fn drop(&mut self) {} }
            fn helper() {}
            impl Table {
                pub fn dine<R>(&self, place: usize, eat: impl FnOnce() -> R) -> R { eat() }
                pub fn end(mut self) { self.forks.clear() }
                pub fn new(n: usize) -> Self { Table { forks: vec![] } }
            }
        "#;
        assert_eq!(of(stub).unwrap(), of(solution).unwrap());
    }

    #[test]
    fn a_changed_signature_a_public_field_and_a_lost_derive_do() {
        let base = of("#[derive(Clone)] pub struct S { pub a: u8 } impl S { pub fn f(&self) {} }")
            .unwrap();
        for other in [
            "#[derive(Clone)] pub struct S { pub a: u8 } impl S { pub fn f(&mut self) {} }",
            "#[derive(Clone)] pub struct S { a: u8 } impl S { pub fn f(&self) {} }",
            "pub struct S { pub a: u8 } impl S { pub fn f(&self) {} }",
            "#[derive(Clone)] pub struct S { pub a: u8 } impl S { fn f(&self) {} }",
        ] {
            assert_ne!(base, of(other).unwrap(), "{other}");
        }
        assert!(of("fn f( {").unwrap_err().starts_with("line 1"));
    }
}
