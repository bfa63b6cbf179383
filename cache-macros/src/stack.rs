//! The attributes of ours on one item: the first that the compiler expands collects the others below it, so that one
//! expansion puts all of them into their fixed order.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use crate::diagnostics::{Diagnostics, did_you_mean};
use crate::parse::grammar::Macro;

/// An attribute's name: one macro, or a list of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    One(Macro),
    Caching,
}

/// One macro as it was written.
pub(crate) struct Written {
    pub(crate) kind: Macro,
    /// Its name where it stands; nothing for the attribute that is expanding.
    pub(crate) at: TokenStream,
    pub(crate) arguments: TokenStream,
}

impl Name {
    #[cfg(test)]
    pub(crate) const ALL: [Name; 4] =
        [Name::One(Macro::Cacheable), Name::One(Macro::CachePut), Name::One(Macro::CacheEvict), Name::Caching];

    /// The macro of this name.
    pub(crate) fn of(name: &Ident) -> Option<Self> {
        let name = name.unraw();
        if name == "caching" {
            return Some(Name::Caching);
        }
        Macro::FUNCTIONS.into_iter().find(|kind| name == kind.name()).map(Name::One)
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Name::One(kind) => kind.name(),
            Name::Caching => "caching",
        }
    }
}

/// Whether an attribute has been merged into another, and so has nothing left to do.
pub(crate) fn is_merged(arguments: &TokenStream) -> bool {
    let mut arguments = arguments.clone().into_iter();
    let first = arguments.next();
    matches!(first, Some(proc_macro2::TokenTree::Ident(word)) if word == "__merged") && arguments.next().is_none()
}

/// The expanding attribute and those of ours below it. They stay where they are, marked as merged: so an import of theirs
/// is used.
pub(crate) fn collect(
    name: Name,
    arguments: TokenStream,
    below: &mut [Attribute],
    errors: &mut Diagnostics,
) -> Vec<Written> {
    let mut written = Vec::new();
    add(name, TokenStream::new(), arguments, &mut written, errors);
    for attribute in below {
        let path = attribute.path();
        let Some(name) = path.segments.last().and_then(|last| Name::of(&last.ident)) else { continue };
        let at = path.to_token_stream();
        let arguments = match &attribute.meta {
            Meta::Path(_) => TokenStream::new(),
            Meta::List(list) => list.tokens.clone(),
            Meta::NameValue(_) => {
                errors.at(&attribute.meta, format!("write `#[{}(..)]`", name.text()));
                continue;
            }
        };
        attribute.meta = Meta::List(syn::parse_quote!(#path(__merged)));
        if !is_merged(&arguments) {
            add(name, at, arguments, &mut written, errors);
        }
    }
    written
}

fn add(name: Name, at: TokenStream, arguments: TokenStream, written: &mut Vec<Written>, errors: &mut Diagnostics) {
    match name {
        Name::One(kind) => written.push(Written { kind, at, arguments }),
        Name::Caching => match listed.parse2(arguments) {
            Ok(list) if list.is_empty() => {
                errors.at(&at, "say what to do: `cacheable(..)`, `cache_put(..)`, `cache_evict(..)`");
            }
            Ok(list) => written.extend(list),
            Err(error) => errors.push(error),
        },
    }
}

/// `cacheable(..), cache_put(..), ..`
fn listed(input: ParseStream<'_>) -> syn::Result<Vec<Written>> {
    let list = Punctuated::<Meta, Token![,]>::parse_terminated(input)?;
    let mut errors: Option<syn::Error> = None;
    let mut written = Vec::new();
    for meta in list {
        match one(&meta) {
            Ok(one) => written.push(one),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    errors.map_or(Ok(written), Err)
}

fn one(meta: &Meta) -> syn::Result<Written> {
    let path = meta.path();
    let kind = path.get_ident().and_then(|name| Macro::FUNCTIONS.into_iter().find(|kind| name == kind.name()));
    let Some(kind) = kind else {
        let text = path.to_token_stream().to_string();
        let hint = did_you_mean(&text, Macro::FUNCTIONS.map(Macro::name));
        let message = format!(
            "`{text}` does not belong in `#[caching]`{hint}; it takes `cacheable(..)`, `cache_put(..)` and `cache_evict(..)`"
        );
        return Err(syn::Error::new_spanned(path, message));
    };
    let arguments = match meta {
        Meta::Path(_) => quote!(),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(_) => return Err(syn::Error::new_spanned(meta, format!("write `{}(..)`", kind.name()))),
    };
    Ok(Written { kind, at: path.to_token_stream(), arguments })
}
