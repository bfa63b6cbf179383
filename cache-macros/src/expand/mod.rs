//! From the model to tokens. The expansion is thin: it names arguments and calls the doc-hidden runtime of the facade,
//! where the behaviour is.
//!
//! Generated names are `Span::mixed_site()`, so that an argument of the same name does not meet them.

mod batch;
mod body;
mod cache_evict;
mod cache_put;
mod cacheable;
mod compose;
mod decision;
mod failing;
mod key;
mod left_out;
mod of;
mod of_trait;
mod origin;
mod place;
mod policies;
mod registry;
mod same_cache;
mod span;
mod target;
mod warnings;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{ItemFn, Path};

use crate::model::{Annotation, Annotations, Spaces};
use crate::placement::Placement;
use crate::signature::{self, Signature};

pub(crate) use of_trait::beside;
#[cfg(test)]
pub(crate) use of_trait::beside_any;

/// What expansions call the doc-hidden runtime. A body that names it is expanded already.
pub(crate) const RUNTIME: &str = "__larder";

/// The function with the behaviour of its attributes around its body.
pub(crate) fn expand(annotations: &Annotations, function: &Signature, mut item: ItemFn) -> TokenStream {
    let import = import(annotations.krate.as_ref());
    let registered = annotations.iter().map(|annotation| registry::register(annotation, function));
    let Beside { items, key, checks } = Beside::of(annotations, function, &item);
    signature::replace_body(&mut item, |statements| {
        let body = compose::expand(annotations, function, key.as_ref(), statements);
        let warnings = annotations.reader.as_ref().map(|reader| left_out::warnings(reader, function, statements));
        quote!(#import #(#registered)* #checks #warnings #body)
    });
    quote!(#items #item)
}

/// What stands beside the function, and what that changes in it.
#[derive(Default)]
struct Beside {
    items: TokenStream,
    /// How the reader writes its key.
    key: Option<TokenStream>,
    checks: TokenStream,
}

impl Beside {
    fn of(annotations: &Annotations, function: &Signature, item: &ItemFn) -> Self {
        let (placement, mut beside) = (Placement::of(&function.name), Self::default());
        let krate = annotations.krate.as_ref();
        // Of entries that are another reader's, `of` names that reader.
        let reader = annotations.reader.as_ref().filter(|reader| reader.of.is_none());
        if let Some(target) = reader.and_then(|reader| target::target(reader, function, item, krate, placement)) {
            beside = Self { items: target.items, key: target.key, ..beside };
        }
        for check in annotations.iter().filter_map(|writer| same_cache::check(writer, function, placement)) {
            beside.items.extend(check.item);
            beside.checks.extend(check.statement);
        }
        beside
    }
}

/// The path of the doc-hidden runtime, for what stands outside of the function's body.
fn runtime(krate: Option<&Path>) -> TokenStream {
    let private = local("__private");
    let larder = krate.map_or_else(|| quote!(::larder), ToTokens::to_token_stream);
    quote_spanned!(Span::mixed_site()=> #larder::#private)
}

/// Gives the doc-hidden runtime the name that the rest of the expansion knows it by.
fn import(krate: Option<&Path>) -> TokenStream {
    let (runtime, alias) = (runtime(krate), private());
    quote_spanned!(Span::mixed_site()=> use #runtime as #alias;)
}

/// The doc-hidden runtime.
fn private() -> Ident {
    local(RUNTIME)
}

/// A generated name.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The method that adds a tag.
fn tag_template(spaces: Spaces) -> Ident {
    match spaces {
        Spaces::Own => local("tag_template"),
        Spaces::Every => local("tag_across_tenants"),
    }
}

/// A generated name that every attribute of the function has one of.
fn numbered(name: &str, annotation: &Annotation) -> Ident {
    local(&format!("{name}{}", annotation.number))
}

/// A place in the user's source for generated tokens: messages point there, lints know that it is generated.
fn generated_at(span: Span) -> Span {
    span.resolved_at(Span::mixed_site())
}
