//! `span = debug | info`: the call inside a span.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::expand::{local, private};
use crate::model::{Annotations, Visibility};
use crate::signature::{Asynchrony, Signature};

/// The statements of a call, inside their span where one is wanted.
pub(super) fn around(annotations: &Annotations, function: &Signature, call: TokenStream) -> TokenStream {
    let level = annotations.iter().find_map(|annotation| annotation.span.as_ref()).map(|span| span.level);
    let level = match level {
        None | Some(Visibility::Off) => return call,
        Some(Visibility::Debug) => local("Debug"),
        Some(Visibility::Info) => local("Info"),
    };
    let (private, shown) = (private(), shown(annotations, function, &level));
    match function.asynchrony {
        Asynchrony::Async | Asynchrony::Boxed => quote_spanned! {Span::mixed_site()=>
            #shown
            #private::traced(&__LARDER_SHOWN, async move { #call }).await
        },
        Asynchrony::Sync => quote_spanned! {Span::mixed_site()=>
            #shown
            #private::traced_sync(&__LARDER_SHOWN, move || { #call })
        },
    }
}

/// What is constant about the span, as a `static`.
fn shown(annotations: &Annotations, function: &Signature, level: &proc_macro2::Ident) -> TokenStream {
    let (private, name) = (private(), function.name.to_string());
    let operations: Vec<_> = annotations.iter().map(|annotation| annotation.kind.name()).collect();
    let operations = operations.join(" ");
    let namespace = annotations.iter().find_map(|annotation| annotation.namespace.as_deref()).unwrap_or("_");
    let is_batch = annotations.reader.as_ref().is_some_and(|reader| reader.batch.is_some());
    let elements = local(if is_batch { "Many" } else { "One" });
    let function = quote!((::core::module_path!(), #name));
    quote_spanned! {Span::mixed_site()=>
        static __LARDER_SHOWN: #private::Shown = #private::Shown::new(
            #private::Visibility::#level,
            #operations,
            #function,
            #namespace,
            #private::Elements::#elements,
        );
    }
}
