//! Where a call takes place: its operation, its cache, its condition and the shape of its result.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::expand::{generated_at, local, numbered, of, policies, private};
use crate::model::of::Of;
use crate::model::{Annotation, CacheAt};
use crate::signature::{Asynchrony, Signature};

/// What is constant about the function, as a `static`. What is about the entry of a reader has none: the reader may depend
/// on parameters, which no `static` can name.
pub(super) fn operation(annotation: &Annotation, function: &Signature) -> TokenStream {
    if reader(annotation).is_some() {
        return TokenStream::new();
    }
    let (private, name) = (private(), operation_name(annotation));
    let operation = constant_operation(annotation, function);
    quote_spanned!(Span::mixed_site()=> static #name: #private::Operation = #operation;)
}

/// The reader whose entry the attribute is about, and nothing else.
fn reader(annotation: &Annotation) -> Option<&Of> {
    annotation.of.as_ref().filter(|of| of.is_alone)
}

/// A reference to what is constant about what stores or evicts.
pub(super) fn operation_of_write(annotation: &Annotation, function: &Signature) -> TokenStream {
    if let Some(of) = reader(annotation) {
        let (operation, reader) = (constant_operation(annotation, function), of::reader(of));
        quote_spanned!(Span::mixed_site()=> const { &#operation.like(#reader) })
    } else {
        let name = operation_name(annotation);
        quote_spanned!(Span::mixed_site()=> &#name)
    }
}

/// What is constant about the function, as an expression.
pub(super) fn constant_operation(annotation: &Annotation, function: &Signature) -> TokenStream {
    let (private, name) = (private(), function.name.to_string());
    let mut options = policies::options(&annotation.policies);
    if function.asynchrony == Asynchrony::Sync {
        options.extend(quote_spanned!(Span::mixed_site()=> .sync()));
    }
    let namespace = if let Some(namespace) = &annotation.namespace {
        quote!(::core::option::Option::Some(#namespace))
    } else {
        quote!(::core::option::Option::None)
    };
    quote_spanned!(Span::mixed_site()=> #private::Operation::new(::core::module_path!(), #name, #namespace) #options)
}

/// The name of the `static` that holds what is constant.
pub(super) fn operation_name(annotation: &Annotation) -> Ident {
    numbered("__LARDER_OPERATION_", annotation)
}

/// A reference to the cache.
pub(super) fn cache(annotation: &Annotation) -> TokenStream {
    let private = private();
    match &annotation.cache {
        CacheAt::Global => quote_spanned!(Span::mixed_site()=> #private::HasCache::cache(&#private::global())),
        CacheAt::Expr(cache) => {
            let span = generated_at(syn::spanned::Spanned::span(cache));
            quote_spanned!(span=> #private::HasCache::cache(&#cache))
        }
        CacheAt::Receiver(span) => {
            let receiver = Ident::new("self", *span);
            quote_spanned!(generated_at(*span)=> #private::HasCache::cache(&#receiver))
        }
    }
}

/// `then` where the condition holds, `None` elsewhere.
pub(super) fn where_condition(annotation: &Annotation, then: &TokenStream) -> TokenStream {
    match &annotation.condition {
        None => then.clone(),
        Some(condition) => quote_spanned! {Span::mixed_site()=>
            if #condition { #then } else { ::core::option::Option::None }
        },
    }
}

/// How the return type holds its value, found by its type.
pub(super) fn shape(function: &Signature) -> TokenStream {
    let (private, shape, output) = (private(), local("__shape"), &function.output);
    quote_spanned! {Span::mixed_site()=>
        let #shape = {
            use #private::Returned as _;
            (&&&#private::Returns::<#output>::new()).shape()
        };
    }
}

/// The same from a result, whose type may have no name.
pub(super) fn shape_of_result() -> TokenStream {
    let (private, shape, result) = (private(), local("__shape"), local("__result"));
    quote_spanned! {Span::mixed_site()=>
        let #shape = {
            use #private::Returned as _;
            (&&&#private::Returns::of(&#result)).shape()
        };
    }
}
