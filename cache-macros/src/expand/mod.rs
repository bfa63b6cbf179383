//! From the model to tokens. The expansion is thin: it names arguments and calls the doc-hidden runtime of the facade,
//! where the behaviour is.
//!
//! Generated names are `Span::mixed_site()`, so that an argument of the same name does not meet them.

mod body;
mod cache_evict;
mod cache_put;
mod cacheable;
mod decision;
mod key;
mod place;
mod policies;
mod registry;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{ItemFn, Path};

use crate::model::Annotation;
use crate::parse::grammar::Macro;
use crate::signature::{self, Signature};

/// The function with its attribute's behaviour around its body.
pub(crate) fn expand(annotation: &Annotation, function: &Signature, mut item: ItemFn) -> TokenStream {
    let import = import(annotation.krate.as_ref());
    let registered = registry::register(annotation, function);
    signature::replace_body(&mut item, |statements| {
        let body = match annotation.kind {
            Macro::Cacheable => cacheable::expand(annotation, function, statements),
            Macro::CachePut => cache_put::expand(annotation, function, statements),
            Macro::CacheEvict => cache_evict::expand(annotation, function, statements),
        };
        quote!(#import #registered #body)
    });
    quote!(#item)
}

/// Gives the doc-hidden runtime the name that the rest of the expansion knows it by.
fn import(krate: Option<&Path>) -> TokenStream {
    let (private, alias) = (local("__private"), private());
    let larder = krate.map_or_else(|| quote!(::larder), ToTokens::to_token_stream);
    quote_spanned!(Span::mixed_site()=> use #larder::#private as #alias;)
}

/// The doc-hidden runtime.
fn private() -> Ident {
    local("__larder")
}

/// A generated name.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A place in the user's source for generated tokens: messages point there, lints know that it is generated.
fn generated_at(span: Span) -> Span {
    span.resolved_at(Span::mixed_site())
}
