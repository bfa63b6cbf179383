//! `#[derive(HasCache)]`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Field, Index, Member, Type};

use crate::derive::container;
use crate::diagnostics::Diagnostics;

/// Expands the derive.
pub(crate) fn run(item: TokenStream) -> TokenStream {
    expand(item).unwrap_or_else(|error| error.to_compile_error())
}

fn expand(item: TokenStream) -> syn::Result<TokenStream> {
    let input = syn::parse2::<DeriveInput>(item)?;
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(
            &input.ident,
            "only a struct has a field for its cache; for other types write `impl HasCache` by hand",
        ));
    };
    let fields: Vec<(Member, &Field)> = data
        .fields
        .iter()
        .enumerate()
        .map(|(at, field)| (field.ident.clone().map_or_else(|| Member::Unnamed(Index::from(at)), Member::Named), field))
        .collect();
    let mut errors = Diagnostics::default();
    let larder = container::larder("cache", &input.attrs, &mut errors);
    if let Some(errors) = errors.into_tokens() {
        return Ok(errors);
    }
    let larder = larder.at(Span::call_site());
    let member = choose(&input, &fields)?;
    let (name, (parameters, arguments, where_clause)) = (&input.ident, input.generics.split_for_impl());
    Ok(quote! {
        #[automatically_derived]
        impl #parameters #larder::HasCache for #name #arguments #where_clause {
            #[inline]
            fn cache(&self) -> &#larder::Cache {
                #larder::HasCache::cache(&self.#member)
            }
        }
    })
}

/// The marked field, or the only one of type `Cache`.
fn choose<'a>(input: &DeriveInput, fields: &'a [(Member, &Field)]) -> syn::Result<&'a Member> {
    let marked: Vec<_> = fields.iter().filter(|(_, field)| is_marked(field)).collect();
    match marked.as_slice() {
        [(member, _)] => return Ok(member),
        [] => {}
        [_, second, ..] => {
            return Err(syn::Error::new_spanned(second.1, "two fields are marked `#[cache]`: keep one"));
        }
    }
    let caches: Vec<_> = fields.iter().filter(|(_, field)| is_cache(&field.ty)).collect();
    match caches.as_slice() {
        [(member, _)] => Ok(member),
        [] => Err(syn::Error::new_spanned(
            &input.ident,
            "no field of type `Cache`: add `cache: larder::Cache`, or mark one with `#[cache]`",
        )),
        _ => Err(syn::Error::new_spanned(&input.ident, "several fields of type `Cache`: mark one with `#[cache]`")),
    }
}

fn is_marked(field: &Field) -> bool {
    field.attrs.iter().any(|attribute| attribute.path().is_ident("cache"))
}

fn is_cache(field: &Type) -> bool {
    matches!(field, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Cache"))
}
