//! Reads an attribute's arguments by the table: unknown ones, doubled ones and misspelled ones are found here, all of
//! them in one go.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Token};

use crate::diagnostics::{Diagnostics, did_you_mean};
use crate::parse::grammar::{self, Argument, Macro, Spelling};

/// What was written, by the names of the table.
pub(crate) struct Arguments {
    given: Vec<Given>,
}

struct Given {
    name: Ident,
    value: Value,
}

/// What stood behind an argument's name.
pub(crate) enum Value {
    Flag,
    Expr(Box<Expr>),
    List(Vec<Ident>),
    Pairs(Vec<(Ident, Expr)>),
}

impl Arguments {
    /// Reads the arguments; what cannot be read is reported and left out.
    pub(crate) fn parse(kind: Macro, tokens: TokenStream, errors: &mut Diagnostics) -> Self {
        let mut arguments = Self { given: Vec::new() };
        let parsed = (|input: ParseStream<'_>| {
            arguments.parse_list(kind, input, errors);
            Ok(())
        })
        .parse2(tokens);
        if let Err(error) = parsed {
            errors.push(error);
        }
        arguments
    }

    fn parse_list(&mut self, kind: Macro, input: ParseStream<'_>, errors: &mut Diagnostics) {
        let mut first = true;
        while !input.is_empty() {
            let read = self.parse_one(kind, first, input, errors);
            if let Err(error) = read.and_then(|()| end_of_argument(input)) {
                errors.push(error);
                skip_to_comma(input);
            }
            first = false;
            let _ = input.parse::<Token![,]>();
        }
    }

    fn parse_one(
        &mut self,
        kind: Macro,
        first: bool,
        input: ParseStream<'_>,
        errors: &mut Diagnostics,
    ) -> syn::Result<()> {
        if input.peek(LitStr) {
            return self.add_positional(kind, first, input.parse()?, errors);
        }
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected an argument: `name = value`, `name(list)` or a flag"));
        }
        let name = input.call(Ident::parse_any)?;
        let argument = known(kind, &name)?;
        let value = read_value(argument, &name, input)?;
        if self.name(argument.name).is_some() {
            errors.at(&name, format!("`{name}` is given twice"));
        } else {
            self.given.push(Given { name, value });
        }
        Ok(())
    }

    /// A template without a name in front of it is the key.
    fn add_positional(
        &mut self,
        kind: Macro,
        first: bool,
        template: LitStr,
        errors: &mut Diagnostics,
    ) -> syn::Result<()> {
        let name = Ident::new("key", template.span());
        known(kind, &name)?;
        if kind == Macro::CacheEvict && template.value().contains('*') {
            let message = format!(
                "a key matches only itself, `*` included: write `pattern = {0}`, or `key = {0}` where that is meant",
                template.to_token_stream()
            );
            errors.push(syn::Error::new_spanned(&template, message));
        }
        if !first {
            return Err(syn::Error::new_spanned(template, "the key template comes first"));
        }
        let literal = syn::ExprLit { attrs: Vec::new(), lit: syn::Lit::Str(template) };
        self.given.push(Given { name, value: Value::Expr(Box::new(Expr::Lit(literal))) });
        Ok(())
    }

    /// The name of an argument as it was written, if it was.
    pub(crate) fn name(&self, name: &str) -> Option<&Ident> {
        self.given.iter().find(|given| given.name == name).map(|given| &given.name)
    }

    /// The value of an argument.
    pub(crate) fn expr(&self, name: &str) -> Option<Expr> {
        self.given.iter().find(|given| given.name == name).and_then(|given| match &given.value {
            Value::Expr(expr) => Some((**expr).clone()),
            Value::Flag | Value::List(_) | Value::Pairs(_) => None,
        })
    }

    /// The names in the list of an argument.
    pub(crate) fn list(&self, name: &str) -> Vec<Ident> {
        self.given
            .iter()
            .find(|given| given.name == name)
            .and_then(|given| match &given.value {
                Value::List(list) => Some(list.clone()),
                Value::Flag | Value::Expr(_) | Value::Pairs(_) => None,
            })
            .unwrap_or_default()
    }

    /// The names in the list of an argument, each with its value.
    pub(crate) fn pairs(&self, name: &str) -> Vec<(Ident, Expr)> {
        self.given
            .iter()
            .find(|given| given.name == name)
            .and_then(|given| match &given.value {
                Value::Pairs(pairs) => Some(pairs.clone()),
                Value::Flag | Value::Expr(_) | Value::List(_) => None,
            })
            .unwrap_or_default()
    }
}

/// The row of a name, or what to write instead.
fn known(kind: Macro, name: &Ident) -> syn::Result<&'static Argument> {
    let spelled = name.unraw().to_string();
    match grammar::find(&spelled) {
        Some(argument) if argument.on.contains(&kind) => Ok(argument),
        Some(argument) => {
            let others: Vec<String> = argument.on.iter().map(|other| format!("`#[{}]`", other.name())).collect();
            let message =
                format!("`{spelled}` does nothing on `#[{}]`; it belongs on {}", kind.name(), others.join(", "));
            Err(syn::Error::new_spanned(name, message))
        }
        None => {
            let names: Vec<String> = grammar::names(kind).map(|name| format!("`{name}`")).collect();
            let message = format!(
                "unknown argument `{spelled}` for `#[{}]`{}; expected one of: {}",
                kind.name(),
                did_you_mean(&spelled, grammar::names(kind)),
                names.join(", ")
            );
            Err(syn::Error::new_spanned(name, message))
        }
    }
}

fn read_value(argument: &Argument, name: &Ident, input: ParseStream<'_>) -> syn::Result<Value> {
    let misspelled = || {
        let shown = argument.shown.replace("`, `", " or ").replace('`', "");
        syn::Error::new_spanned(name, format!("`{name}` is written like this: {shown}"))
    };
    match argument.spelling {
        Spelling::Flag => Ok(Value::Flag),
        Spelling::FlagOrValue | Spelling::Any if input.is_empty() || input.peek(Token![,]) => Ok(Value::Flag),
        Spelling::Any if input.peek(syn::token::Paren) => read_list(input).map_err(|_| misspelled()),
        Spelling::Value | Spelling::FlagOrValue | Spelling::Any => {
            input.parse::<Token![=]>().map_err(|_| misspelled())?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(misspelled());
            }
            Ok(Value::Expr(input.parse()?))
        }
        Spelling::List => {
            if !input.peek(syn::token::Paren) {
                return Err(misspelled());
            }
            read_list(input).map_err(|_| misspelled())
        }
        Spelling::Pairs => {
            if !input.peek(syn::token::Paren) {
                return Err(misspelled());
            }
            let content;
            syn::parenthesized!(content in input);
            read_pairs(&content).map(Value::Pairs)
        }
    }
}

/// `name = value, ..`, each name once.
fn read_pairs(input: ParseStream<'_>) -> syn::Result<Vec<(Ident, Expr)>> {
    let mut pairs: Vec<(Ident, Expr)> = Vec::new();
    while !input.is_empty() {
        let name = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        if pairs.iter().any(|(other, _)| *other == name) {
            return Err(syn::Error::new_spanned(&name, format!("`{name}` is given twice")));
        }
        pairs.push((name, input.parse()?));
        end_of_argument(input)?;
        let _ = input.parse::<Token![,]>();
    }
    Ok(pairs)
}

fn read_list(input: ParseStream<'_>) -> syn::Result<Value> {
    let content;
    syn::parenthesized!(content in input);
    let list = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)?;
    Ok(Value::List(list.into_iter().collect()))
}

fn end_of_argument(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(());
    }
    Err(input.error("expected `,` and the next argument"))
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<TokenTree>();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quote::quote;

    use super::*;

    fn read(tokens: TokenStream) -> (Arguments, Option<String>) {
        let mut errors = Diagnostics::default();
        let arguments = Arguments::parse(Macro::Cacheable, tokens, &mut errors);
        (arguments, errors.into_tokens().map(|tokens| tokens.to_string()))
    }

    #[test]
    fn every_spelling_is_read() {
        let (arguments, errors) =
            read(quote!("user:{id}", tags = ["a", f::<A, B>(1, 2)], skip(a, b), unless = |v| v.x | y,));
        assert_eq!(errors, None);
        assert_eq!(arguments.list("skip").len(), 2);
        for name in ["key", "tags", "unless"] {
            assert!(arguments.name(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_error_is_found_in_one_go() {
        let (arguments, errors) = read(quote!(tll = "5m", kye = "x", ttl, skip = 3, condition = true));
        let errors = errors.expect("there are errors");
        for expected in ["did you mean `ttl`", "did you mean `key`", "`ttl` is written like this", "`skip` is written"]
        {
            assert!(errors.contains(expected), "{expected} in {errors}");
        }
        assert!(arguments.name("condition").is_some());
    }

    proptest! {
        #[test]
        fn no_tokens_make_the_parser_panic(text in "[a-z\\[\\](){}|,=\" .:<>&!0-9#]{0,24}") {
            if let Ok(tokens) = text.parse::<TokenStream>() {
                let _ = read(tokens);
            }
        }
    }
}
