//! What an attribute on the type itself says: where `larder` is.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Path, Token};

use crate::diagnostics::{Diagnostics, did_you_mean};

/// The path to `larder`, where it is not `::larder`.
pub(super) struct Larder(Option<Path>);

impl Larder {
    /// The path, for generated tokens of this place in the source.
    pub(super) fn at(&self, span: Span) -> TokenStream {
        let path = self.0.as_ref().map_or_else(|| quote!(::larder), ToTokens::to_token_stream);
        let placed = path.into_iter().map(|mut token| {
            token.set_span(span.resolved_at(token.span()));
            token
        });
        placed.collect()
    }
}

/// Reads `#[cache_key(crate = path)]` on the type.
pub(super) fn larder(attribute: &str, attributes: &[Attribute], errors: &mut Diagnostics) -> Larder {
    let mut larder = None;
    for given in attributes.iter().filter(|given| given.path().is_ident(attribute)) {
        let parsed = given.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                let message = format!(
                    "unknown argument `{name}` for `#[{attribute}]` on a type{}; expected `crate = path`",
                    did_you_mean(&name, ["crate"])
                );
                return Err(meta.error(message));
            }
            meta.input.parse::<Token![=]>()?;
            let path = meta.input.call(Path::parse_mod_style)?;
            if larder.replace(path).is_some() {
                return Err(meta.error("`crate` is given twice"));
            }
            Ok(())
        });
        if let Err(error) = parsed {
            errors.push(error);
        }
    }
    Larder(larder)
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use crate::derive::{cache_key, has_cache};

    #[test]
    fn a_derive_names_nothing_but_the_given_path() {
        let key = cache_key::run(quote! {
            #[cache_key(crate = other::cache)]
            struct Key<T> { id: T, #[cache_key(with = path)] weight: f64 }
        });
        let cache = has_cache::run(quote! {
            #[cache(crate = other::cache)]
            struct Service { cache: Cache }
        });
        for expansion in [key.to_string(), cache.to_string()] {
            assert!(expansion.contains("impl") && expansion.contains("other :: cache ::"), "{expansion}");
            assert!(!expansion.contains("larder"), "{expansion}");
        }
    }
}
