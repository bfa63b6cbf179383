//! `#[cacheable]`: a hit returns, a miss runs the body in a box.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;

use crate::expand::{decision, generated_at, key, place, policies, private};
use crate::model::Annotation;
use crate::signature::{Signature, borrows};

/// Statements that return where there is a hit. `key` writes the key, where something beside the function does.
pub(super) fn look_up(annotation: &Annotation, function: &Signature, key: Option<&TokenStream>) -> TokenStream {
    let private = private();
    let operation = place::operation_name(annotation);
    let cache = place::cache(annotation);
    let writer = key::writer();
    let key = key.map_or_else(|| key::whole(annotation, function, &writer), TokenStream::clone);
    let stored_span = generated_at(function.value_type().span());
    let stored = quote_spanned!(stored_span=> #private::stored(__shape));
    let kept = policies::kept(&annotation.policies, function);
    let bounds = policies::bounds(&annotation.policies);
    let found = place::where_condition(
        annotation,
        &quote_spanned! {Span::mixed_site()=>
            #private::look_up(
                #cache,
                &#operation,
                __shape,
                &__stored,
                __kept,
                |#writer: &mut #private::KeyWriter<'_>| { #key },
            )
        },
    );
    quote_spanned! {Span::mixed_site()=>
        #bounds
        let __stored = #stored;
        let __kept = #kept;
        let __miss = match #found {
            ::core::option::Option::Some(#private::Look::Hit(__hit)) => return __hit,
            ::core::option::Option::Some(#private::Look::Miss(__miss)) => ::core::option::Option::Some(__miss),
            ::core::option::Option::None => ::core::option::Option::None,
        };
    }
}

/// Statements that settle what a load needs, and the future of the load around the body's.
pub(super) fn load(annotation: &Annotation, function: &Signature, body: &TokenStream) -> (TokenStream, TokenStream) {
    let private = private();
    let decision::Decision { early, plan, decide, .. } = decision::decision(annotation);
    let shared = shared(function);
    let on_error = policies::on_error(annotation);
    let prepare = quote_spanned! {Span::mixed_site()=>
        let __shared = #shared;
        let __secret = #private::Miss::secret(&__miss);
        #early
        let __plan = if ::core::option::Option::is_some(&__miss) { #plan } else { #private::Plan::new(__secret) };
    };
    let load = quote_spanned! {Span::mixed_site()=>
        #private::boxed(|| #private::load(__miss, __shape, __stored, #on_error, __plan, #decide, #body))
    };
    (prepare, load)
}

/// How calls that wait for a load are given its error, where it can be copied.
pub(super) fn shared(function: &Signature) -> TokenStream {
    let private = private();
    if borrows(&function.output) {
        return quote_spanned!(Span::mixed_site()=> ::core::option::Option::None);
    }
    quote_spanned! {Span::mixed_site()=> {
        use #private::Sharing as _;
        (&&#private::Errors::of(&__shape)).sharing()
    }}
}
