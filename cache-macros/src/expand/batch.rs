//! `#[cacheable(batch)]`: each element is looked up, and a miss runs the body, in a box, for those that are missing.
//!
//! In the key, the plan and the decision the list's name is one element. The body may run more than once, so it is a
//! closure over the list that makes a new future each time, from copies of the other arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, Type};

use crate::expand::{cacheable, decision, failing, generated_at, key, numbered, of, place, private};
use crate::model::{Annotation, Batch, List};
use crate::signature::{Argument, Signature};

/// Statements that return where nothing is missing.
pub(super) fn look_up(annotation: &Annotation, batch: &Batch, function: &Signature) -> TokenStream {
    let (private, list, writer) = (private(), &batch.list, key::writer());
    let (operation, cache) = (place::operation_of_write(annotation, function), place::cache(annotation));
    let storing = annotation.of.as_ref().map(|_| {
        let storing = numbered("__storing", annotation);
        quote_spanned!(Span::mixed_site()=> let #storing = #private::storing(&__stored);)
    });
    let key = match &annotation.of {
        Some(of) => of::key_of_stored(of, annotation, function),
        None => key::whole(annotation, function, &writer),
    };
    let types = types(batch, function);
    let elements = elements(batch);
    let is_mut = batch.is_mut.then(|| quote_spanned!(Span::mixed_site()=> let _ = &mut #list;));
    let found = place::where_condition(
        annotation,
        &quote_spanned! {Span::mixed_site()=>
            #private::look_up_batch(
                #cache,
                #operation,
                &__stored,
                #elements,
                |#list: &_, #writer: &mut #private::KeyWriter<'_>| { #key },
            )
        },
    );
    quote_spanned! {Span::mixed_site()=>
        #is_mut
        #types
        #storing
        let __batch = match #found {
            ::core::option::Option::Some(__batch) if __batch.is_complete() => {
                return #private::gather(__shape, &__kind, #elements, __batch.into_found());
            }
            __batch => __batch,
        };
    }
}

/// Statements that settle what a load needs, and the future of the load around the body's.
pub(super) fn load(
    annotation: &Annotation,
    batch: &Batch,
    function: &Signature,
    body: &TokenStream,
) -> (TokenStream, TokenStream) {
    let (private, list) = (private(), &batch.list);
    let decision::Decision { early, early_names, plan, decide } = decision::decision(annotation);
    let (shared, trouble) = (cacheable::shared(function), failing::of(annotation));
    let elements = elements(batch);
    let prepare = quote_spanned! {Span::mixed_site()=>
        let __shared = #shared;
        let __prepared = match &__batch {
            ::core::option::Option::Some(__batch) => __batch.prepare(#elements, |#list: &_| {
                let (_, __secret) = (&#list, __batch.secret());
                #early
                (#plan, (#(#early_names,)*))
            }),
            ::core::option::Option::None => #private::Prepared::nothing(),
        };
    };
    let body = repeated(batch, function, body);
    let load = quote_spanned! {Span::mixed_site()=>
        #private::boxed(|| {
            let __typed = #private::Typed::new(__shape, __kind, __stored, __shared, #trouble);
            #private::load_batch(
                __batch,
                __typed,
                #elements,
                __prepared,
                |#list: &_, (#(#early_names,)*), __value, __decision: &mut #private::Decision| {
                    let _ = &#list;
                    let __shape = __element;
                    #private::decided(__shape, #decide, __value, __decision);
                },
                #body,
            )
        })
    };
    (prepare, load)
}

/// The list as a slice.
fn elements(batch: &Batch) -> TokenStream {
    let (private, list) = (private(), &batch.list);
    quote_spanned!(Span::mixed_site()=> #private::elements(&#list))
}

/// Statements that find out how the collection holds its values, and what those are.
fn types(batch: &Batch, function: &Signature) -> TokenStream {
    let private = private();
    let whole_span = generated_at(function.value_type().span());
    let value_span = generated_at(element(function.value_type()).span());
    let named = batch.by.as_ref().map(|by| {
        let span = generated_at(by.span());
        quote_spanned!(span=> let __kind = #private::named(&__kind, #by);)
    });
    let checked = quote_spanned!(whole_span=> #private::batched(&__kind););
    let stored = quote_spanned!(value_span=> #private::stored(__element));
    quote_spanned! {Span::mixed_site()=>
        let __kind = {
            use #private::Collected as _;
            (&&&#private::collection(__shape)).collected()
        };
        #named
        #checked
        let __element = #private::element(&__kind);
        let __stored = #stored;
    }
}

/// The type of a value, as far as the tokens of its collection tell; else that of the collection.
pub(super) fn element(whole: &Type) -> &Type {
    let Type::Path(path) = whole else { return whole };
    let Some(last) = path.path.segments.last() else { return whole };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return whole };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    });
    match (&*last.ident.to_string(), types.next(), types.next()) {
        ("Vec", Some(inner), None) => match inner {
            Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Option") => element(inner),
            _ => inner,
        },
        ("Option", Some(inner), None) | (_, Some(_), Some(inner)) => inner,
        _ => whole,
    }
}

/// The body for any list.
fn repeated(batch: &Batch, function: &Signature, body: &TokenStream) -> TokenStream {
    let (private, list, elements) = (private(), &batch.list, elements(batch));
    let mutability = batch.is_mut.then(|| quote!(mut));
    let rebound = match batch.list_is {
        List::Owned => quote_spanned! {Span::mixed_site()=>
            let #mutability #list = __list;
            let _ = &#list;
            #body
        },
        List::Slice | List::BorrowedVec => {
            let borrowed = match batch.list_is {
                List::Slice => quote_spanned!(Span::mixed_site()=> #private::elements(&__list)),
                List::Owned | List::BorrowedVec => quote_spanned!(Span::mixed_site()=> &__list),
            };
            quote_spanned! {Span::mixed_site()=>
                async move {
                    let #mutability #list = #borrowed;
                    let _ = &#list;
                    #body.await
                }
            }
        }
    };
    if !function.receiver_repeats {
        // `self` can be taken once.
        return quote_spanned!(Span::mixed_site()=> #private::body_once(#elements, move |__list| { #rebound }));
    }
    let others: Vec<_> = function.arguments.iter().filter(|argument| argument.name != *list).collect();
    let kept: Vec<_> =
        others.iter().map(|argument| format_ident!("__kept_{}", argument.name, span = Span::mixed_site())).collect();
    let keep = others.iter().zip(&kept).map(|(argument, kept)| keep(argument, kept));
    let next = others.iter().zip(&kept).map(|(Argument { name, is_mut, .. }, kept)| {
        let mutability = is_mut.then(|| quote!(mut));
        quote_spanned!(Span::mixed_site()=> let #mutability #name = #kept.take()?; let _ = &#name;)
    });
    quote_spanned! {Span::mixed_site()=> {
        #[allow(unused_imports, reason = "it is for arguments that cannot be copied")]
        use #private::KeptOnce as _;
        #(#keep)*
        let __repeats = true #(&& #kept.repeats())*;
        #private::Body::new(#elements, __repeats, move |__list| {
            #(#next)*
            ::core::option::Option::Some({ #rebound })
        })
    }}
}

fn keep(argument: &Argument, kept: &Ident) -> TokenStream {
    let (private, Argument { name, is_mut, .. }) = (private(), argument);
    let is_mut = is_mut.then(|| quote_spanned!(Span::mixed_site()=> let _ = &mut #name;));
    quote_spanned! {Span::mixed_site()=>
        #is_mut
        let mut #kept = #private::Argument::new(#name).keep();
    }
}
