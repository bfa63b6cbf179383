//! `#[cacheable]`: a hit returns, a miss runs the body in a box.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Stmt;
use syn::spanned::Spanned;

use crate::expand::{body, decision, generated_at, key, place, policies, private};
use crate::model::Annotation;
use crate::signature::{Signature, borrows};

pub(super) fn expand(annotation: &Annotation, function: &Signature, statements: &[Stmt]) -> TokenStream {
    let private = private();
    let operation = place::operation(annotation, function);
    let shape = place::shape(function);
    let cache = place::cache(annotation);
    let writer = key::writer();
    let key = key::whole(annotation, function, &writer);
    let decision::Decision { early, plan, decide } = decision::decision(annotation);
    let body = body::future(function, statements);
    let stored_span = generated_at(function.value_type().span());
    let stored = quote_spanned!(stored_span=> #private::stored(__shape));
    let shared = shared(function);
    let bounds = policies::bounds(&annotation.policies);
    let found = place::where_condition(
        annotation,
        &quote_spanned! {Span::mixed_site()=>
            #private::look_up(
                #cache,
                &__LARDER_OPERATION,
                __shape,
                &__stored,
                |#writer: &mut #private::KeyWriter| { #key },
            )
        },
    );
    quote_spanned! {Span::mixed_site()=>
        #operation
        #shape
        #bounds
        let __stored = #stored;
        let __miss = match #found {
            ::core::option::Option::Some(#private::Look::Hit(__hit)) => return __hit,
            ::core::option::Option::Some(#private::Look::Miss(__miss)) => ::core::option::Option::Some(__miss),
            ::core::option::Option::None => ::core::option::Option::None,
        };
        let __shared = #shared;
        #early
        let __plan = if ::core::option::Option::is_some(&__miss) { #plan } else { #private::Plan::new() };
        #private::boxed(|| #private::load(__miss, __shape, __stored, __shared, __plan, #decide, #body)).await
    }
}

/// How calls that wait for a load are given its error, where it can be copied.
fn shared(function: &Signature) -> TokenStream {
    let private = private();
    if borrows(&function.output) {
        return quote_spanned!(Span::mixed_site()=> ::core::option::Option::None);
    }
    quote_spanned! {Span::mixed_site()=> {
        use #private::Sharing as _;
        (&&#private::Errors::of(&__shape)).sharing()
    }}
}
