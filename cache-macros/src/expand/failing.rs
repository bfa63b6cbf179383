//! `on_cache_error = fail`: trouble with the cache becomes the function's error.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::expand::{generated_at, local, private};
use crate::model::{Annotation, Annotations};
use crate::signature::{Signature, without_impl_trait};

/// A statement that finds out how trouble becomes the result, where it does for one of the attributes.
pub(super) fn failing(annotations: &Annotations, function: &Signature) -> TokenStream {
    let Some(name) = annotations.iter().find_map(|annotation| annotation.policies.fails.as_ref()) else {
        return TokenStream::new();
    };
    let span = generated_at(name.span());
    let (private, failing, output) = (private(), local("__failing"), without_impl_trait(&function.output));
    let found = quote_spanned!(span=> #private::failing::<#output, _>());
    quote_spanned!(Span::mixed_site()=> let #failing = #found;)
}

/// An expression: how trouble becomes the result, where it does.
pub(super) fn of(annotation: &Annotation) -> TokenStream {
    if annotation.policies.fails.is_some() {
        quote_spanned!(Span::mixed_site()=> ::core::option::Option::Some(__failing))
    } else {
        quote_spanned!(Span::mixed_site()=> ::core::option::Option::None)
    }
}

/// Whether trouble of one of these becomes the result.
pub(super) fn is_any<'a>(annotations: impl IntoIterator<Item = &'a Annotation>) -> bool {
    annotations.into_iter().any(|annotation| annotation.policies.fails.is_some())
}

/// A call on what was begun for an attribute.
pub(super) fn note(annotation: &Annotation, begun: &TokenStream) -> TokenStream {
    if annotation.policies.fails.is_some() {
        quote_spanned!(Span::mixed_site()=> #begun.fail_on_trouble();)
    } else {
        TokenStream::new()
    }
}

/// A statement that does something which says what trouble the function fails with; `ended` comes before it does.
pub(super) fn or_fail(fails: bool, step: &TokenStream, ended: &TokenStream) -> TokenStream {
    if fails {
        quote_spanned! {Span::mixed_site()=>
            if let ::core::option::Option::Some(__trouble) = #step {
                #ended
                return __failing(__trouble);
            }
        }
    } else {
        quote_spanned!(Span::mixed_site()=> ::core::mem::drop(#step);)
    }
}
