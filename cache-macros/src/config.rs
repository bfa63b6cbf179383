//! `#[cache_config(..)]`: defaults for the methods of an `impl` or a trait. They are written into the attributes of the
//! methods, which expand later, and so mean there what they mean everywhere.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, ImplItem, Item, Meta, Token, TraitItem};

use crate::check::tenant;
use crate::diagnostics::Diagnostics;
use crate::parse::arguments::Arguments;
use crate::parse::grammar::{self, Macro};
use crate::stack::{self, Name};
use crate::{expand, fallback};

/// A default: the row of its argument, and how it was written.
struct Default {
    argument: &'static grammar::Argument,
    name: Ident,
    written: TokenStream,
}

/// The defaults on their way into attributes.
struct Completion<'a> {
    defaults: &'a [Default],
    /// Which of them an attribute takes.
    taken: Vec<bool>,
    /// Whether an attribute of the method says what span is around all of them.
    says_span: bool,
}

/// Writes the defaults into the attributes of the methods, or reports everything that is wrong with them.
pub(crate) fn run(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let given = Arguments::parse(Macro::CacheConfig, arguments, &mut errors);
    let defaults = defaults(&given);
    let mut parsed = match syn::parse2::<Item>(item.clone()) {
        Ok(parsed) => parsed,
        Err(error) => {
            errors.push(error);
            return fallback::with_errors(&item, errors).unwrap_or(item);
        }
    };
    let methods: Vec<&mut Vec<Attribute>> = match &mut parsed {
        Item::Impl(item) => item.items.iter_mut().filter_map(method_of_impl).collect(),
        Item::Trait(item) => item.items.iter_mut().filter_map(method_of_trait).collect(),
        _ => {
            let message = "`#[cache_config]` goes on an `impl` block or a trait, and gives its methods defaults";
            errors.at_span(proc_macro2::Span::call_site(), message);
            return fallback::with_errors(&item, errors).unwrap_or(item);
        }
    };
    let mut completion = Completion { defaults: &defaults, taken: vec![false; defaults.len()], says_span: false };
    for attributes in methods {
        completion.says_span = says_span(attributes);
        for attribute in attributes {
            complete(attribute, &mut completion);
        }
    }
    for (default, _) in defaults.iter().zip(completion.taken).filter(|(_, taken)| !taken) {
        errors.at(&default.name, format!("no attribute of a method in here takes `{}`", default.argument.name));
    }
    let beside = if let Item::Impl(item) = &parsed { expand::beside(item) } else { None };
    fallback::with_errors(&parsed, errors).unwrap_or_else(|| quote!(#parsed #beside))
}

fn method_of_impl(item: &mut ImplItem) -> Option<&mut Vec<Attribute>> {
    if let ImplItem::Fn(method) = item { Some(&mut method.attrs) } else { None }
}

fn method_of_trait(item: &mut TraitItem) -> Option<&mut Vec<Attribute>> {
    if let TraitItem::Fn(method) = item { Some(&mut method.attrs) } else { None }
}

fn defaults(given: &Arguments) -> Vec<Default> {
    let rows = grammar::TABLE.iter().filter(|argument| argument.on.contains(&Macro::CacheConfig));
    rows.filter_map(|argument| {
        let name = given.name(argument.name)?;
        // A flag has no value, and neither has what may be one.
        let written = given.expr(argument.name).map_or_else(|| quote!(#name), |value| quote!(#name = #value));
        Some(Default { argument, name: name.clone(), written })
    })
    .collect()
}

/// Whether one of a method's attributes says what span is around all of them.
fn says_span(attributes: &[Attribute]) -> bool {
    let mut nothing = Completion { defaults: &[], taken: Vec::new(), says_span: false };
    for attribute in attributes {
        complete(&mut attribute.clone(), &mut nothing);
    }
    nothing.says_span
}

/// Writes the defaults into one attribute, if it is one of ours.
fn complete(attribute: &mut Attribute, completion: &mut Completion<'_>) {
    if attribute.path().is_ident("cfg_attr") {
        return complete_conditional(&mut attribute.meta, completion);
    }
    let Some(name) = attribute.path().segments.last().and_then(|last| Name::of(&last.ident)) else { return };
    complete_meta(name, &mut attribute.meta, completion);
}

/// The same for those in a `cfg_attr`, which the compiler has not read yet.
fn complete_conditional(meta: &mut Meta, completion: &mut Completion<'_>) {
    let Meta::List(conditional) = meta else { return };
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    let mut tokens = conditional.tokens.clone().into_iter();
    let predicate: TokenStream = tokens.by_ref().take_while(|token| !is_comma(token)).collect();
    // What cannot be read is the compiler's to tell.
    let Ok(mut given) = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens.collect()) else { return };
    for meta in &mut given {
        if let Some(name) = meta.path().segments.last().and_then(|last| Name::of(&last.ident)) {
            complete_meta(name, meta, completion);
        }
    }
    conditional.tokens = quote!(#predicate, #given);
}

fn complete_meta(name: Name, meta: &mut Meta, completion: &mut Completion<'_>) {
    let (path, arguments) = match &*meta {
        Meta::Path(path) => (path.clone(), TokenStream::new()),
        Meta::List(list) => (list.path.clone(), list.tokens.clone()),
        // The attribute itself says what is wrong.
        Meta::NameValue(_) => return,
    };
    if stack::is_merged(&arguments) {
        return;
    }
    let completed = match name {
        Name::One(kind) => with_defaults(kind, &arguments, completion),
        Name::Caching => {
            let Ok(mut list) = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(arguments) else { return };
            for inner in &mut list {
                if let Some(name @ Name::One(_)) = inner.path().get_ident().and_then(Name::of) {
                    complete_meta(name, inner, completion);
                }
            }
            list.into_token_stream()
        }
    };
    *meta = syn::parse_quote!(#path(#completed));
}

/// The arguments of one attribute, and every default that it takes and does not give itself. Notes what it takes.
fn with_defaults(kind: Macro, arguments: &TokenStream, completion: &mut Completion<'_>) -> TokenStream {
    // What is wrong with them is said when the attribute expands.
    let mut unsaid = Diagnostics::default();
    let own = Arguments::parse(kind, arguments.clone(), &mut unsaid);
    completion.says_span |= own.name("span").is_some();
    let mut missing = Vec::new();
    for (default, taken) in completion.defaults.iter().zip(&mut completion.taken) {
        let name = default.argument.name;
        // The tags of an eviction are what it evicts.
        if !default.argument.on.contains(&kind) || (kind == Macro::CacheEvict && name == "tags") {
            continue;
        }
        *taken = true;
        // What stores in place of another reader has these from that.
        let follows = kind != Macro::CacheEvict && (own.expr("of").is_some() || own.expr("batch").is_some());
        let is_the_readers = follows && matches!(name, "namespace" | "version")
            || name == "tenant" && tenant::is_the_readers(kind, &own);
        let is_the_methods = name == "span" && completion.says_span;
        // A method's own preset stands in place of the times of the block, of which it would lose to each.
        let is_the_presets = own.name("preset").is_some() && matches!(name, "ttl" | "l1_ttl");
        if own.name(name).is_none() && !is_the_readers && !is_the_methods && !is_the_presets {
            missing.push(&default.written);
        }
    }
    let ends_open = arguments.clone().into_iter().last().is_some_and(|last| last.to_string() != ",");
    let comma = (ends_open && !missing.is_empty()).then(|| quote!(,));
    quote!(#arguments #comma #(#missing),*)
}
