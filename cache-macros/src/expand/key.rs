//! Keys, tags and patterns: statements that write them piece by piece into a writer.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, Member};

use crate::expand::{generated_at, local, private};
use crate::model::{Annotation, Key};
use crate::parse::template::{Segment, Template};
use crate::signature::Signature;

/// What `{result}` stands for.
#[derive(Clone, Copy)]
pub(super) enum Result<'a> {
    /// Nothing yet: the name is an argument's.
    None,
    /// This variable.
    In(&'a Ident),
}

/// The whole key.
pub(super) fn whole(annotation: &Annotation, function: &Signature, writer: &Ident) -> TokenStream {
    match &annotation.key {
        Some(Key::Template(key)) => template(key, writer, Result::None),
        Some(Key::Expr(key)) => expr(key, writer),
        None => default(annotation, function, writer),
    }
}

/// A key or tag given by an expression.
fn expr(key: &Expr, writer: &Ident) -> TokenStream {
    let (private, span) = (private(), generated_at(syn::spanned::Spanned::span(key)));
    quote_spanned!(span=> #private::CacheKey::write_whole_key(&(#key), #writer);)
}

/// The statements of a template. A value and the literal behind it are written together: see `push_before`.
pub(super) fn template(template: &Template, writer: &Ident, result: Result<'_>) -> TokenStream {
    let span = generated_at(template.span);
    let mut statements = TokenStream::new();
    let mut segments = template.segments.iter().peekable();
    while let Some(segment) = segments.next() {
        statements.extend(match segment {
            Segment::Literal(text) => {
                let literal = literal(text);
                quote_spanned!(span=> #writer.push_literal(#literal);)
            }
            placeholder @ Segment::Placeholder { .. } => {
                let value = value(placeholder, template.span, result);
                match segments.peek() {
                    Some(Segment::Literal(text)) => {
                        segments.next();
                        let literal = literal(text);
                        quote_spanned!(span=> #writer.push_before(&#value, #literal);)
                    }
                    Some(Segment::Placeholder { .. }) => {
                        let value = write(&value, span, writer);
                        quote_spanned!(span=> #value #writer.separator();)
                    }
                    None => write(&value, span, writer),
                }
            }
        });
    }
    statements
}

/// A template that names the result and arguments: the arguments are written before the body, which may move them.
/// Returns the statements before the body, for which [`secret`] must be bound, and those after it.
pub(super) fn template_in_two(
    whole: &Template,
    prefix: &str,
    writer: &Ident,
    result: &Ident,
) -> (TokenStream, TokenStream) {
    let (private, span) = (private(), generated_at(whole.span));
    let (mut before, mut after) = (TokenStream::new(), TokenStream::new());
    let pieces = pieces(whole);
    for (part, piece) in pieces.iter().enumerate() {
        let template_of_piece = Template { segments: piece.to_vec(), span: whole.span };
        let statements = template(&template_of_piece, writer, Result::In(result));
        if is_result(&piece[0]) {
            after.extend(statements);
        } else {
            let (early, secret) = (early_name(prefix, part), secret());
            before.extend(quote_spanned!(span=> let #early = #private::written(#secret, |#writer| { #statements });));
            after.extend(quote_spanned!(span=> #writer.push_escaped(&#early);));
        }
        let touches = matches!(piece.last(), Some(Segment::Placeholder { .. })) && part + 1 < pieces.len();
        if touches {
            after.extend(quote_spanned!(span=> #writer.separator();));
        }
    }
    (before, after)
}

/// The names that the statements before the body bind.
pub(super) fn early_names(whole: &Template, prefix: &str) -> Vec<Ident> {
    let early = pieces(whole).into_iter().enumerate().filter(|(_, piece)| !is_result(&piece[0]));
    early.map(|(part, _)| early_name(prefix, part)).collect()
}

fn early_name(prefix: &str, part: usize) -> Ident {
    Ident::new(&format!("{prefix}{part}"), Span::mixed_site())
}

/// The pieces of a template that are of the arguments or of the result.
fn pieces(whole: &Template) -> Vec<&[Segment]> {
    let (mut pieces, mut rest) = (Vec::new(), whole.segments.as_slice());
    while !rest.is_empty() {
        let names_result = is_result(&rest[0]);
        // A piece ends where the next placeholder is of the other kind; its literals go with it.
        let end = rest
            .iter()
            .position(|segment| matches!(segment, Segment::Placeholder { .. }) && is_result(segment) != names_result)
            .unwrap_or(rest.len());
        let (piece, tail) = rest.split_at(end);
        pieces.push(piece);
        rest = tail;
    }
    pieces
}

fn is_result(segment: &Segment) -> bool {
    matches!(segment, Segment::Placeholder { root, .. } if root == "result")
}

/// The statements of a pattern: its literals are globs, its values match only themselves.
pub(super) fn pattern(pattern: &Template, writer: &Ident) -> TokenStream {
    let span = generated_at(pattern.span);
    let mut statements = TokenStream::new();
    let mut behind_value = false;
    for segment in &pattern.segments {
        let is_value = matches!(segment, Segment::Placeholder { .. });
        if behind_value && is_value {
            statements.extend(quote_spanned!(span=> #writer.glob(",");));
        }
        behind_value = is_value;
        statements.extend(match segment {
            Segment::Literal(text) => quote_spanned!(span=> #writer.glob(#text);),
            placeholder @ Segment::Placeholder { .. } => {
                let value = value(placeholder, pattern.span, Result::None);
                quote_spanned!(span=> #writer.value(&#value);)
            }
        });
    }
    statements
}

/// The key that is made from the function and its arguments.
fn default(annotation: &Annotation, function: &Signature, writer: &Ident) -> TokenStream {
    let head = head(annotation, function, writer);
    let arguments = function.arguments.iter().filter(|argument| !annotation.skip.contains(&argument.name));
    let arguments = arguments.map(|argument| {
        let (name, span) = (&argument.name, generated_at(argument.name.span()));
        let value = if annotation.hash.contains(name) { hashed(&quote!(#name), span) } else { quote!(#name) };
        quote_spanned!(span=> #writer.push_argument(&#value);)
    });
    quote_spanned!(Span::mixed_site()=> #head #(#arguments)*)
}

/// What keeps this function's default keys apart from another's: its whole path, or its name in a namespace.
fn head(annotation: &Annotation, function: &Signature, writer: &Ident) -> TokenStream {
    if annotation.namespace.is_none() {
        if let Some(of_trait) = &function.of_trait {
            let (name, generics) = (&function.name, function.type_parameters.iter().chain(&function.constants));
            let generics = (function.type_parameters.len() + function.constants.len() > 0)
                .then(|| quote_spanned!(Span::mixed_site()=> ::<#(#generics),*>));
            let method = quote_spanned!(Span::mixed_site()=> <Self as #of_trait>::#name #generics);
            return quote_spanned!(Span::mixed_site()=> #writer.push_place_of(&#method););
        }
        return quote_spanned!(Span::mixed_site()=> #writer.push_place(&|| ()););
    }
    let name = function.name.to_string();
    let types = function
        .type_parameters
        .iter()
        .map(|parameter| quote_spanned!(Span::mixed_site()=> #writer.push_type_parameter::<#parameter>();));
    let unnamed = function.arguments.iter().filter(|argument| argument.is_impl).map(|argument| {
        let name = &argument.name;
        quote_spanned!(Span::mixed_site()=> #writer.push_type_of(&#name);)
    });
    let constants = function
        .constants
        .iter()
        .map(|constant| quote_spanned!(Span::mixed_site()=> #writer.push_argument(&#constant);));
    quote_spanned! {Span::mixed_site()=>
        #writer.push_function(#name);
        #(#types)*
        #(#unnamed)*
        #(#constants)*
    }
}

fn write(value: &TokenStream, span: Span, writer: &Ident) -> TokenStream {
    let private = private();
    quote_spanned!(span=> #private::CacheKey::write_key(&#value, #writer);)
}

/// A literal that is looked at when the user's crate is compiled.
fn literal(text: &str) -> TokenStream {
    let private = private();
    quote_spanned!(Span::mixed_site()=> const { #private::Literal::new(#text) })
}

/// What stands in a key for a placeholder: the place that it names, or the hash of that.
fn value(placeholder: &Segment, span: Span, result: Result<'_>) -> TokenStream {
    let Segment::Placeholder { root, fields, is_hashed } = placeholder else { return TokenStream::new() };
    let place = place(root, fields, span, result);
    if *is_hashed { hashed(&place, generated_at(span)) } else { place }
}

/// The hash of a place.
fn hashed(place: &TokenStream, span: Span) -> TokenStream {
    let private = private();
    quote_spanned!(span=> #private::Hashed(&#place))
}

/// The place that a placeholder names, with the user's own span: it is the user's variable.
fn place(root: &str, fields: &[String], span: Span, result: Result<'_>) -> TokenStream {
    let root = match result {
        Result::In(variable) if root == "result" => variable.clone(),
        Result::In(_) | Result::None => identifier(root, span),
    };
    let fields = fields.iter().map(|field| match field.parse::<u32>() {
        Ok(index) => Member::Unnamed(syn::Index { index, span }),
        Err(_) => Member::Named(identifier(field, span)),
    });
    quote!(#root #(.#fields)*)
}

fn identifier(name: &str, span: Span) -> Ident {
    match name.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, span),
        None => Ident::new(name, span),
    }
}

/// The variable that holds what pieces of keys are hashed with.
pub(super) fn secret() -> Ident {
    local("__secret")
}

/// The variable that keys are written to.
pub(super) fn writer() -> Ident {
    local("__key")
}
