//! The attributes `#[harness::test]` and `#[harness::model]`.
//!
//! Both keep the built-in test attribute, so that editors show their lenses and `cargo test` lists
//! the function under its own name. The tokens are taken apart by hand: a function without
//! parameters is all there is to parse, and every learner would pay for building `syn`.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// Runs the function in a child process of its own. See the documentation of `harness`.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(arguments, item, parse_test_arguments)
}

/// Runs the function under every schedule, in a child process of its own. See the documentation of
/// `harness`.
#[proc_macro_attribute]
pub fn model(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(arguments, item, parse_model_arguments)
}

/// A mistake in the use of an attribute, at the tokens that make it.
struct Misuse {
    span: Span,
    message: String,
}

impl Misuse {
    fn new(span: Span, message: impl Into<String>) -> Self {
        Misuse {
            span,
            message: message.into(),
        }
    }

    fn into_compile_error(self) -> TokenStream {
        let mut message = TokenTree::Literal(Literal::string(&self.message));
        message.set_span(self.span);
        let mut arguments = TokenTree::Group(Group::new(Delimiter::Brace, message.into()));
        arguments.set_span(self.span);
        let mut tokens: Vec<TokenTree> = "::core::compile_error!"
            .parse::<TokenStream>()
            .expect("is Rust")
            .into_iter()
            .collect();
        for token in &mut tokens {
            token.set_span(self.span);
        }
        tokens.push(arguments);
        tokens.into_iter().collect()
    }
}

/// `fn name() { … }` with what stands before it.
struct Function {
    /// Attributes and visibility, as written.
    head: Vec<TokenTree>,
    name: Ident,
    body: Group,
}

/// What the arguments of an attribute ask for.
enum Kind {
    Test {
        stress: bool,
    },
    /// The bounds, as the expression of a `Stated`.
    Model {
        stated: String,
    },
}

fn expand(
    arguments: TokenStream,
    item: TokenStream,
    parse: fn(TokenStream) -> Result<Kind, Misuse>,
) -> TokenStream {
    match parse(arguments).and_then(|kind| Ok(generate(parse_function(item)?, &kind))) {
        Ok(tokens) => tokens,
        Err(misuse) => misuse.into_compile_error(),
    }
}

fn generate(function: Function, kind: &Kind) -> TokenStream {
    let Function { head, name, body } = function;
    let rust = |text: String| text.parse::<TokenStream>().expect("is Rust");

    // The body stays an item of its own, with the spans it was written with: line numbers in
    // panics, backtraces and debuggers are the author's.
    let mut inner = rust("fn".into());
    inner.extend([
        TokenTree::Ident(name.clone()),
        TokenTree::Group(Group::new(Delimiter::Parenthesis, TokenStream::new())),
        TokenTree::Group(body),
    ]);
    let meta = format!(
        "&::harness::__private::Meta {{ module: ::core::module_path!(), \
         name: ::core::stringify!({name}), file: ::core::file!(), stress: {} }}",
        matches!(kind, Kind::Test { stress: true })
    );
    inner.extend(rust(match kind {
        Kind::Test { .. } => format!("::harness::__private::test({meta}, {name});"),
        Kind::Model { stated } => format!(
            "::harness::__private::model({meta}, {stated}, ::kit::model::NAME, \
             |bounds| ::kit::model::explore(bounds, {name}));"
        ),
    }));

    // Attributes go before the visibility; their order among each other does not matter.
    let mut tokens = rust("#[::core::prelude::v1::test]".into());
    tokens.extend(head);
    tokens.extend([
        TokenTree::Ident(Ident::new("fn", Span::call_site())),
        TokenTree::Ident(name),
        TokenTree::Group(Group::new(Delimiter::Parenthesis, TokenStream::new())),
        TokenTree::Group(Group::new(Delimiter::Brace, inner)),
    ]);
    tokens
}

fn parse_test_arguments(arguments: TokenStream) -> Result<Kind, Misuse> {
    const USE: &str = "write `#[harness::test]` or `#[harness::test(stress)]`";
    let mut stress = false;
    for token in arguments {
        match token {
            TokenTree::Ident(word) if word.to_string() == "stress" && !stress => stress = true,
            other => return Err(Misuse::new(other.span(), USE)),
        }
    }
    Ok(Kind::Test { stress })
}

fn parse_model_arguments(arguments: TokenStream) -> Result<Kind, Misuse> {
    const USE: &str = "write `#[harness::model]`, or some of \
        `#[harness::model(preemptions = 2, executions = 200_000, seconds = 20, explorers = \"loom\")]`";
    let (mut preemptions, mut executions, mut seconds, mut explorers) = (None, None, None, None);
    let mut tokens = arguments.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let TokenTree::Ident(key) = &token else {
            return Err(Misuse::new(token.span(), USE));
        };
        let slot = match key.to_string().as_str() {
            "preemptions" => &mut preemptions,
            "executions" => &mut executions,
            "seconds" => &mut seconds,
            "explorers" => &mut explorers,
            _ => return Err(Misuse::new(key.span(), USE)),
        };
        if slot.is_some() {
            return Err(Misuse::new(key.span(), format!("`{key}` is given twice")));
        }
        let equals = tokens.next();
        let value = match (equals, tokens.next()) {
            (Some(TokenTree::Punct(equals)), Some(TokenTree::Literal(value)))
                if equals.as_char() == '=' =>
            {
                value
            }
            _ => return Err(Misuse::new(key.span(), USE)),
        };
        let is_text = value.to_string().starts_with('"');
        if is_text != (key.to_string() == "explorers") {
            return Err(Misuse::new(value.span(), USE));
        }
        *slot = Some(value.to_string());
        match tokens.next() {
            None => break,
            Some(TokenTree::Punct(comma)) if comma.as_char() == ',' => {}
            Some(other) => return Err(Misuse::new(other.span(), USE)),
        }
    }
    let some = |value: Option<String>| match value {
        Some(value) => format!("::core::option::Option::Some({value})"),
        None => "::core::option::Option::None".to_owned(),
    };
    let stated = format!(
        "&::harness::__private::Stated {{ preemptions: {}, executions: {}, seconds: {}, \
         explorers: {} }}",
        some(preemptions),
        some(executions),
        some(seconds),
        some(explorers),
    );
    Ok(Kind::Model { stated })
}

fn parse_function(item: TokenStream) -> Result<Function, Misuse> {
    let mut head = Vec::new();
    let mut tokens = item.into_iter().peekable();
    loop {
        let Some(token) = tokens.next() else {
            return Err(Misuse::new(
                Span::call_site(),
                "this attribute stands on a function",
            ));
        };
        match &token {
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                head.push(hash_token(hash));
                let Some(TokenTree::Group(attribute)) = tokens.next() else {
                    return Err(Misuse::new(hash.span(), "this attribute is not complete"));
                };
                if let Some(TokenTree::Ident(name)) = attribute.stream().into_iter().next() {
                    match name.to_string().as_str() {
                        "should_panic" => {
                            return Err(Misuse::new(
                                name.span(),
                                "wrap the part that is to panic in `harness::expect_panic`: \
                                 a panic anywhere else must still fail the test",
                            ));
                        }
                        "test" => {
                            return Err(Misuse::new(
                                name.span(),
                                "the harness adds `#[test]` itself",
                            ));
                        }
                        _ => {}
                    }
                }
                head.push(TokenTree::Group(attribute));
            }
            TokenTree::Ident(word) => match word.to_string().as_str() {
                "fn" => break,
                "pub" => {
                    head.push(token);
                    if let Some(TokenTree::Group(scope)) = tokens.peek()
                        && scope.delimiter() == Delimiter::Parenthesis
                    {
                        head.extend(tokens.next());
                    }
                }
                "async" => {
                    return Err(Misuse::new(
                        word.span(),
                        "a test is an ordinary function: there is no runtime that could poll it",
                    ));
                }
                other => {
                    return Err(Misuse::new(
                        word.span(),
                        format!("a test is an ordinary `fn`: remove `{other}`"),
                    ));
                }
            },
            other => {
                return Err(Misuse::new(
                    other.span(),
                    "this attribute stands on a function",
                ));
            }
        }
    }
    let name = match tokens.next() {
        Some(TokenTree::Ident(name)) => name,
        other => {
            let span = other.map_or_else(Span::call_site, |token| token.span());
            return Err(Misuse::new(span, "the name of the function is missing"));
        }
    };
    match tokens.next() {
        Some(TokenTree::Group(parameters)) if parameters.delimiter() == Delimiter::Parenthesis => {
            if let Some(parameter) = parameters.stream().into_iter().next() {
                return Err(Misuse::new(parameter.span(), "a test takes no parameters"));
            }
        }
        other => {
            let span = other.map_or_else(|| name.span(), |token| token.span());
            return Err(Misuse::new(span, "a test is not generic"));
        }
    }
    match tokens.next() {
        Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
            Ok(Function { head, name, body })
        }
        other => {
            let span = other.map_or_else(|| name.span(), |token| token.span());
            Err(Misuse::new(
                span,
                "a test returns nothing: it fails by panicking",
            ))
        }
    }
}

/// `#`, joined to nothing.
fn hash_token(hash: &Punct) -> TokenTree {
    let mut token = Punct::new('#', Spacing::Alone);
    token.set_span(hash.span());
    TokenTree::Punct(token)
}
