//! The check that the cache of a writer with `of` is the reader's.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;

use crate::expand::origin::origin;
use crate::expand::{generated_at, local, of};
use crate::model::of::Of;
use crate::model::{Annotation, CacheAt};
use crate::parse::grammar::Macro;
use crate::placement::Placement;
use crate::signature::Signature;
use crate::uses::uses;

/// The check: an item beside the writer, and a statement in it.
///
/// The compiler looks at a constant of a module in any case, and at one of an `impl` where a pattern names it; but that
/// must not depend on parameters, so where there may be some, it looks when the writer is compiled for them.
pub(super) struct SameCache {
    pub(super) item: TokenStream,
    pub(super) statement: TokenStream,
}

pub(super) fn check(annotation: &Annotation, function: &Signature, placement: Placement) -> Option<SameCache> {
    let of = annotation.of.as_ref()?;
    let span = generated_at(of.path.span());
    let (reader, origin) = (of::reader(of), origin_of(annotation, function, of));
    let check = match annotation.kind {
        Macro::CachePut => quote_spanned!(span=> #reader.stores_in(#origin)),
        Macro::CacheEvict | Macro::Cacheable | Macro::CacheConfig => quote_spanned!(span=> #reader.evicts_in(#origin)),
    };
    let nothing = TokenStream::new();
    Some(match placement {
        Placement::Module => SameCache { item: quote_spanned!(span=> const _: () = #check;), statement: nothing },
        Placement::Inherent { generic: false } => {
            let name = name(annotation, function);
            let item = quote_spanned! {span=>
                #[doc(hidden)]
                #[allow(non_upper_case_globals, reason = "named after the function")]
                const #name: () = #check;
            };
            SameCache { item, statement: quote_spanned!(span=> match () { Self::#name => () }) }
        }
        Placement::Inherent { generic: true } | Placement::Trait | Placement::Unknown => {
            SameCache { item: nothing, statement: quote_spanned!(span=> const { #check };) }
        }
    })
}

/// A name that several `of` on one function do not share.
fn name(annotation: &Annotation, function: &Signature) -> Ident {
    let name = function.name.to_string();
    local(&format!("__larder_of_{}_{}", name.strip_prefix("r#").unwrap_or(&name), annotation.number))
}

/// Where the writer's cache is, in the reader's words; empty where that cannot be told.
fn origin_of(annotation: &Annotation, function: &Signature, of: &Of) -> String {
    match &annotation.cache {
        // Its `self` is another than the reader's.
        CacheAt::Expr(cache) if of.receiver.is_some() && uses(&cache.to_token_stream(), "self") => String::new(),
        _ => origin(annotation, function).name,
    }
}
