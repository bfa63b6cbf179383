//! `of = PATH, args(..)` on what writes: the key that the reader at the path would have.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::PathArguments;
use syn::spanned::Spanned;

use crate::expand::target::Names;
use crate::expand::{generated_at, key, local, numbered, private};
use crate::model::Annotation;
use crate::model::of::{Of, OfValue};
use crate::signature::Signature;

/// The path of an item beside the reader.
fn beside(of: &Of, item: &dyn Fn(&Names, Span) -> Ident, keeps_arguments: bool) -> TokenStream {
    let mut path = of.path.clone();
    let Some(last) = path.path.segments.last_mut() else { return TokenStream::new() };
    let (reader, span) = (last.ident.clone(), generated_at(last.ident.span()));
    if let Some(qself) = path.qself.take_if(|qself| qself.position > 0) {
        // `<T as Repo>::find` stands beside `T`, under the trait's name.
        let of_trait = path.path.segments.iter().nth(qself.position - 1);
        let names =
            of_trait.map_or_else(|| Names::of(&reader.to_string(), span), |repo| Names::of_method(repo, &reader, span));
        let (this, name) = (&qself.ty, item(&names, span));
        let arguments = path.path.segments.last().filter(|_| keeps_arguments).map(|last| &last.arguments);
        return quote_spanned!(span=> <#this>::#name #arguments);
    }
    last.ident = item(&Names::of(&reader.to_string(), span), span);
    if !keeps_arguments {
        last.arguments = PathArguments::None;
    }
    path.into_token_stream()
}

/// The constant about the reader.
pub(super) fn reader(of: &Of) -> TokenStream {
    beside(of, &|names, _| names.reader.clone(), false)
}

/// The statements that write the key; the variable `returns` then is the mark of what the reader returns.
pub(super) fn key(of: &Of, function: &Signature, returns: &Ident) -> TokenStream {
    let (private, writer) = (private(), key::writer());
    let names = of.arguments.iter().map(|argument| {
        let span = generated_at(argument.name.span());
        let constant = beside(of, &|names, _| names.argument(&argument.name, span), false);
        quote_spanned!(span=> let () = #constant;)
    });
    let values = of.arguments.iter().map(|argument| value(&argument.value));
    let receiver = receiver(of, function);
    let key = beside(of, &|names, _| names.key.clone(), true);
    let span = generated_at(of.arguments_span);
    let values = quote_spanned!(span=> (#receiver, #writer, &#returns, #(#values),*));
    quote_spanned! {span=>
        #(#names)*
        let #returns = #private::Returns::new();
        #key #values;
    }
}

/// The same, where what is stored is what the reader expects.
pub(super) fn key_of_stored(of: &Of, annotation: &Annotation, function: &Signature) -> TokenStream {
    let (private, returns, mut storing) = (private(), local("__returns"), numbered("__storing", annotation));
    let (key, span) = (key(of, function, &returns), generated_at(of.path.span()));
    storing.set_span(span);
    quote_spanned! {span=>
        #key
        #private::expected({ use #private::Returned as _; (&&&#returns).shape() }, &#storing);
    }
}

fn value(value: &OfValue) -> TokenStream {
    match value {
        OfValue::Expr(expr) => {
            let span = generated_at(expr.span());
            quote_spanned!(span=> &(#expr))
        }
        // Not called but bound, so that it may return what it borrows from the value.
        OfValue::FromValue(closure) => {
            let (span, seen) = (generated_at(closure.body.span()), local("__value"));
            let (pattern, body) = (&closure.inputs[0], &closure.body);
            quote_spanned!(span=> &{ let #pattern = #seen; #body })
        }
    }
}

/// What stands for the reader's `self`.
fn receiver(of: &Of, function: &Signature) -> TokenStream {
    match (&of.receiver, &function.receiver) {
        (Some(given), _) => {
            let span = generated_at(given.span());
            quote_spanned!(span=> &(#given))
        }
        // The body takes `self` with it, unless that is a reference that can be copied.
        (None, Some(own)) if function.receiver_is_shared || !of.needs_value() => {
            let at = of.path.span();
            let own = Ident::new("self", at.resolved_at(*own));
            quote_spanned!(generated_at(at)=> &#own)
        }
        (None, _) => {
            let (span, mut private) = (generated_at(of.path.span()), private());
            private.set_span(span);
            quote_spanned!(span=> &#private::NoReceiver)
        }
    }
}
