//! The attributes of one function, in their one order: look up → the body → put or store → evict.
//!
//! A hit runs no body, so it evicts nothing; neither does a call that another call's load answered. Evictions come after
//! the store, which an invalidation in between would refuse.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Stmt;

use crate::expand::{batch, body, cache_evict, cache_put, cacheable, local, place, private};
use crate::model::Annotations;
use crate::signature::{Signature, without_impl_trait};

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
    let body = body::future(function, statements, !evictions.is_empty());
    let (look_up, prepare, run) = match reader {
        Some(reader) => {
            let (look_up, (prepare, load)) = match &reader.batch {
                Some(batch) => (batch::look_up(reader, batch, function), batch::load(reader, batch, function, &body)),
                None => (cacheable::look_up(reader, function, key), cacheable::load(reader, function, &body)),
            };
            (look_up, prepare, load)
        }
        None => (TokenStream::new(), TokenStream::new(), body),
    };
    let begin_evictions = cache_evict::begin(evictions, function);
    let begin_puts = cache_put::begin(puts, function);
    let end = if puts.is_empty() && evictions.is_empty() {
        quote_spanned!(Span::mixed_site()=> #run.await)
    } else {
        end(annotations, function, &run, stores)
    };
    quote! {
        #(#operations)*
        #shape
        #look_up
        #prepare
        #begin_evictions
        #begin_puts
        #end
    }
}

/// Runs, and does what the result calls for.
fn end(annotations: &Annotations, function: &Signature, run: &TokenStream, knows_shape: bool) -> TokenStream {
    let Annotations { puts, evictions, .. } = annotations;
    let (private, output) = (private(), without_impl_trait(&function.output));
    let shape = if knows_shape { TokenStream::new() } else { place::shape_of_result() };
    let (settle_puts, fail_puts, deliver) =
        (cache_put::settle(puts, function), cache_put::fail(puts), cache_put::deliver(puts));
    let (settle_evictions, invalidate) = (cache_evict::settle(evictions, function), cache_evict::invalidate(evictions));
    let arrays = [(puts, "__puts"), (evictions, "__evictions")];
    let arrays = arrays.into_iter().filter(|(annotations, _)| !annotations.is_empty()).map(|(_, name)| local(name));
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
                return __failed;
            }
            #going_on
        };
        #deliver
        #invalidate
        #private::whole(__shape, __value)
    }
}
