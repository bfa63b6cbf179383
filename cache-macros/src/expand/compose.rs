//! The attributes of one function, in their one order: look up → evict before → the body → put or store → evict after.
//!
//! A hit runs no body, so it evicts nothing; neither does a call that another call's load answered. Evictions come after
//! the store, which an invalidation in between would refuse.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Stmt;

use crate::expand::{batch, body, cache_evict, cache_put, cacheable, failing, local, place, private, span, warnings};
use crate::model::{Annotation, Annotations};
use crate::signature::{Asynchrony, Signature, without_impl_trait};

/// The statements that stand in the body's place. `key` writes the reader's key, where something beside it does.
pub(super) fn expand(
    annotations: &Annotations,
    function: &Signature,
    key: Option<&TokenStream>,
    statements: &[Stmt],
) -> TokenStream {
    let Annotations { reader, puts, evictions, .. } = annotations;
    let operations = annotations.iter().map(|annotation| place::operation(annotation, function));
    let stores = reader.is_some() || !puts.is_empty();
    let shape = if stores { place::shape(function) } else { TokenStream::new() };
    let look_up = reader.as_ref().map(|reader| match &reader.batch {
        Some(batch) => batch::look_up(reader, batch, function),
        None => cacheable::look_up(reader, function, key),
    });
    let warning = reader.as_ref().map(|_| warnings::changed_self(function));
    let failing = failing::failing(annotations, function);
    let rest = rest(annotations, function, statements);
    let rest = match function.asynchrony {
        Asynchrony::Async | Asynchrony::Boxed => rest,
        Asynchrony::Sync => {
            let private = private();
            quote_spanned!(Span::mixed_site()=> #private::block_on(async { #rest }))
        }
    };
    let begun = (!evictions.is_empty()).then(|| {
        let private = private();
        quote_spanned!(Span::mixed_site()=> let __begun = &#private::Begun::new();)
    });
    let call = span::around(annotations, function, quote!(#shape #look_up #failing #begun #rest));
    quote! {
        #(#operations)*
        #warning
        #call
    }
}

/// What follows where nothing was found: statements of something asynchronous.
fn rest(annotations: &Annotations, function: &Signature, statements: &[Stmt]) -> TokenStream {
    let Annotations { reader, puts, evictions, .. } = annotations;
    let (before, before_array) = cache_evict::before(evictions);
    let after = cache_evict::after(evictions);
    let (begin_before, begin_after) =
        (cache_evict::begin(&before, &before_array, function), cache_evict::begin(&after.0, &after.1, function));
    let evict_before = cache_evict::invalidate(&before, &before_array);
    let evict_before = if before.is_empty() {
        TokenStream::new()
    } else {
        failing::or_fail(failing::is_any(before.iter().copied()), &evict_before, &TokenStream::new())
    };
    let body = body::future(function, statements);
    let (prepare, run, evict_before) = if let Some(reader) = reader {
        // Only a call that runs its body evicts.
        let body = first(evictions, &evict_before, &body);
        let (prepare, load) = match &reader.batch {
            Some(batch) => batch::load(reader, batch, function, &body),
            None => cacheable::load(reader, function, &body),
        };
        (prepare, load, TokenStream::new())
    } else {
        (TokenStream::new(), first(evictions, &TokenStream::new(), &body), evict_before)
    };
    let begin_puts = cache_put::begin(puts, function);
    let end = if puts.is_empty() && after.0.is_empty() {
        quote_spanned!(Span::mixed_site()=> #run.await)
    } else {
        end(annotations, &after, function, &run)
    };
    quote! {
        #prepare
        #begin_after
        #begin_before
        #evict_before
        #begin_puts
        #end
    }
}

/// The body's future, where there are evictions behind what comes first when it is polled.
fn first(evictions: &[Annotation], evict_before: &TokenStream, body: &TokenStream) -> TokenStream {
    if evictions.is_empty() {
        return body.clone();
    }
    quote_spanned! {Span::mixed_site()=> async move {
        __begun.note();
        #evict_before
        #body.await
    }}
}

/// Runs, and does what the result calls for.
fn end(
    annotations: &Annotations,
    (evictions, array): &(Vec<&Annotation>, Ident),
    function: &Signature,
    run: &TokenStream,
) -> TokenStream {
    let puts = &annotations.puts;
    let (private, output) = (private(), without_impl_trait(&function.output));
    let knows_shape = annotations.reader.is_some() || !puts.is_empty();
    let shape = if knows_shape { TokenStream::new() } else { place::shape_of_result() };
    let (settle_puts, fail_puts, deliver) =
        (cache_put::settle(puts, function), cache_put::fail(puts), cache_put::deliver(puts));
    let (settle_evictions, fail_evictions) =
        (cache_evict::settle(evictions, function), cache_evict::fail(evictions, array));
    let last = last(puts, &deliver, evictions, &cache_evict::invalidate(evictions, array));
    let arrays = [(puts.is_empty(), local("__puts")), (evictions.is_empty(), array.clone())];
    let arrays = arrays.into_iter().filter(|(is_empty, _)| !is_empty).map(|(_, name)| name);
    let going_on = quote_spanned!(Span::mixed_site()=> (#(#arrays,)* __shape, __value));
    quote_spanned! {Span::mixed_site()=>
        // What may hold an error, or was borrowed while it did, ends before the wait, so that an error need not be `Send`.
        let #going_on = {
            #[allow(clippy::let_unit_value, reason = "the function may return nothing")]
            let __result: #output = #run.await;
            #shape
            let (__value, __failed) = #private::take(__shape, __result);
            #settle_puts
            #settle_evictions
            if let ::core::option::Option::Some(__failed) = __failed {
                #fail_puts
                #fail_evictions
                return __failed;
            }
            #going_on
        };
        #last
        #private::whole(__shape, __value)
    }
}

/// Statements that store and invalidate. Trouble with the one does not keep the other from being done.
fn last(
    puts: &[Annotation],
    deliver: &TokenStream,
    evictions: &[&Annotation],
    invalidate: &TokenStream,
) -> TokenStream {
    let (nothing, evictions_fail) = (TokenStream::new(), failing::is_any(evictions.iter().copied()));
    if puts.is_empty() {
        return failing::or_fail(evictions_fail, invalidate, &nothing);
    }
    if evictions.is_empty() {
        return failing::or_fail(failing::is_any(puts), deliver, &nothing);
    }
    let both = quote_spanned!(Span::mixed_site()=> ::core::option::Option::or(#deliver, #invalidate));
    failing::or_fail(evictions_fail || failing::is_any(puts), &both, &nothing)
}
