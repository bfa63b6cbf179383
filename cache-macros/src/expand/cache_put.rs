//! `#[cache_put]`: the body always runs; what it returns is stored.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Stmt;
use syn::spanned::Spanned;

use crate::expand::{body, decision, generated_at, key, local, place, private};
use crate::model::{Annotation, Key};
use crate::signature::Signature;

pub(super) fn expand(annotation: &Annotation, function: &Signature, statements: &[Stmt]) -> TokenStream {
    let private = private();
    let operation = place::operation(annotation, function);
    let shape = place::shape(function);
    let cache = place::cache(annotation);
    let decision::Decision { early, plan, decide } = decision::decision(annotation);
    let body = body::future(function, statements);
    let value = value(annotation, function);
    let (early_key, late_key) = keys(annotation, function);
    let begun = place::where_condition(
        annotation,
        &quote_spanned!(Span::mixed_site()=> #private::Put::begin(#cache, &__LARDER_OPERATION, || #plan)),
    );
    quote_spanned! {Span::mixed_site()=>
        #operation
        #shape
        #value
        #early
        let mut __put = #begun;
        #early_key
        #private::put(__put, __shape, __stored, #late_key, __pick, #decide, #body).await
    }
}

/// What is stored: what the closure picks, or the value itself.
fn value(annotation: &Annotation, function: &Signature) -> TokenStream {
    let private = private();
    if let Some(value) = &annotation.value {
        let stored = quote_spanned!(generated_at(value.body.span())=> #private::stored_by(__shape, &__pick));
        quote_spanned! {Span::mixed_site()=>
            let __pick = #private::over(__shape, #value);
            let __stored = #stored;
        }
    } else {
        let stored = quote_spanned!(generated_at(function.value_type().span())=> #private::stored(__shape));
        quote_spanned! {Span::mixed_site()=>
            let __stored = #stored;
            let __pick = __stored.copy();
        }
    }
}

/// The key where it is known before the body, as statements, and where it needs the result, as an expression.
fn keys(annotation: &Annotation, function: &Signature) -> (TokenStream, TokenStream) {
    let (private, writer, value) = (private(), key::writer(), local("__value"));
    if let Some(Key::Template(template)) = &annotation.key
        && template.names_result()
    {
        let (early, late) = key::template_in_two(template, "__key_", &writer, &value);
        let late = quote_spanned! {Span::mixed_site()=>
            ::core::option::Option::Some(#private::key_of(__shape, |#value, #writer| { #late }))
        };
        return (early, late);
    }
    let key = key::whole(annotation, function, &writer);
    let early = quote_spanned! {Span::mixed_site()=>
        if let ::core::option::Option::Some(__put) = &mut __put {
            __put.key(|#writer: &mut #private::KeyWriter| { #key });
        }
    };
    (early, quote_spanned!(Span::mixed_site()=> #private::no_key(__shape)))
}
