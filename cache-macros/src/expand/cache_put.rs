//! `#[cache_put]`: the body always runs; what it returns is stored. Several puts of one function are one array.

use proc_macro2::{Literal, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;

use crate::expand::{decision, failing, generated_at, key, local, numbered, of, place, private};
use crate::model::{Annotation, Key};
use crate::signature::Signature;

/// Statements that begin the puts and tell the second level of them.
pub(super) fn begin(puts: &[Annotation], function: &Signature) -> TokenStream {
    if puts.is_empty() {
        return TokenStream::new();
    }
    let private = private();
    let values = puts.iter().map(|put| value(put, function));
    let decisions: Vec<_> = puts.iter().map(decision::decision).collect();
    let early = decisions.iter().enumerate().map(|(at, decision)| with_secret(at, &decision.early));
    let begun = puts.iter().zip(&decisions).map(|(put, decision)| {
        let (operation, cache, plan) = (place::operation_of_write(put, function), place::cache(put), &decision.plan);
        let begun = quote_spanned!(Span::mixed_site()=> #private::Put::begin(#cache, #operation, |__secret| #plan));
        place::where_condition(put, &begun)
    });
    let keys = puts.iter().enumerate().map(|(at, put)| early_key(at, put, function));
    let fails = puts.iter().enumerate().map(|(at, put)| {
        let at = Literal::usize_unsuffixed(at);
        let note = failing::note(put, &quote_spanned!(Span::mixed_site()=> __put));
        if note.is_empty() {
            return note;
        }
        quote_spanned!(Span::mixed_site()=> if let ::core::option::Option::Some(__put) = &mut __puts[#at] { #note })
    });
    let intend = quote_spanned!(Span::mixed_site()=> #private::intend(&mut __puts).await);
    let intend = failing::or_fail(failing::is_any(puts), &intend, &fail(puts));
    quote_spanned! {Span::mixed_site()=>
        #(#values)*
        let mut __puts = [#(#begun),*];
        #(#early)*
        #(#keys)*
        #(#fails)*
        #intend
    }
}

/// What is stored: what the closure picks, or the value itself.
fn value(annotation: &Annotation, function: &Signature) -> TokenStream {
    let (private, stored, pick) = (private(), numbered("__stored", annotation), numbered("__pick", annotation));
    let storing = annotation.of.as_ref().map(|_| {
        let storing = numbered("__storing", annotation);
        quote_spanned!(Span::mixed_site()=> let #storing = #private::storing(&#stored);)
    });
    if let Some(value) = &annotation.value {
        let by = quote_spanned!(generated_at(value.body.span())=> #private::stored_by(__shape, &#pick));
        quote_spanned! {Span::mixed_site()=>
            let #pick = #private::over(__shape, #value);
            let #stored = #by;
            #storing
        }
    } else {
        let by = quote_spanned!(generated_at(function.value_type().span())=> #private::stored(__shape));
        quote_spanned! {Span::mixed_site()=>
            let #stored = #by;
            #storing
            let #pick = #stored.copy();
        }
    }
}

/// A key that needs the result: the statements before the body, and those after it.
fn late(annotation: &Annotation, function: &Signature) -> Option<(TokenStream, TokenStream)> {
    if let Some(of) = annotation.of.as_ref().filter(|of| of.needs_value()) {
        return Some((TokenStream::new(), of::key_of_stored(of, annotation, function)));
    }
    match &annotation.key {
        Some(Key::Template(template)) if template.names_result() => {
            let prefix = format!("__key{}_", annotation.number);
            Some(key::template_in_two(template, &prefix, &key::writer(), &local("__value")))
        }
        _ => None,
    }
}

/// Statements that may hash, for a put.
fn with_secret(at: usize, statements: &TokenStream) -> TokenStream {
    if statements.is_empty() {
        return TokenStream::new();
    }
    let (private, at) = (private(), Literal::usize_unsuffixed(at));
    quote_spanned! {Span::mixed_site()=>
        let __secret = #private::Put::secret(&__puts[#at]);
        #statements
    }
}

/// Statements: the key, or what of it is known before the body.
fn early_key(at: usize, annotation: &Annotation, function: &Signature) -> TokenStream {
    if let Some((early, _)) = late(annotation, function) {
        return with_secret(at, &early);
    }
    let (private, writer, at) = (private(), key::writer(), Literal::usize_unsuffixed(at));
    let key = match &annotation.of {
        Some(of) => of::key_of_stored(of, annotation, function),
        None => key::whole(annotation, function, &writer),
    };
    quote_spanned! {Span::mixed_site()=>
        if let ::core::option::Option::Some(__put) = &mut __puts[#at] {
            __put.key(|#writer: &mut #private::KeyWriter<'_>| { #key });
        }
    }
}

/// Statements that settle what becomes of the value, in every put.
pub(super) fn settle(puts: &[Annotation], function: &Signature) -> TokenStream {
    if puts.is_empty() {
        return TokenStream::new();
    }
    let (private, writer, value) = (private(), key::writer(), local("__value"));
    let settled = puts.iter().enumerate().map(|(at, put)| {
        let at = Literal::usize_unsuffixed(at);
        let key = if let Some((_, late)) = late(put, function) {
            quote_spanned! {Span::mixed_site()=>
                ::core::option::Option::Some(#private::key_of(__shape, |#value, #writer| { #late }))
            }
        } else {
            quote_spanned!(Span::mixed_site()=> #private::no_key(__shape))
        };
        let decide = decision::decision(put).decide;
        let (stored, pick) = (numbered("__stored", put), numbered("__pick", put));
        quote_spanned! {Span::mixed_site()=>
            if let ::core::option::Option::Some(__put) = &mut __puts[#at] {
                __put.settle(__shape, &#stored, __value, #key, #pick, #decide);
            }
        }
    });
    quote_spanned! {Span::mixed_site()=>
        if let ::core::option::Option::Some(__value) = &__value {
            #(#settled)*
        }
    }
}

/// A statement that ends the puts of a body that failed.
pub(super) fn fail(puts: &[Annotation]) -> TokenStream {
    if puts.is_empty() {
        return TokenStream::new();
    }
    let private = private();
    quote_spanned!(Span::mixed_site()=> #private::fail(__puts);)
}

/// An expression that stores, and says what trouble the function fails with.
pub(super) fn deliver(puts: &[Annotation]) -> TokenStream {
    if puts.is_empty() {
        return TokenStream::new();
    }
    let private = private();
    quote_spanned!(Span::mixed_site()=> #private::deliver(__puts).await)
}
