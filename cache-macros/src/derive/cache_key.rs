//! `#[derive(CacheKey)]`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Fields, Generics, Path, Token, Type, WherePredicate};

use crate::derive::container::{self, Larder};
use crate::diagnostics::{Diagnostics, did_you_mean};

/// Expands the derive.
pub(crate) fn run(item: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Diagnostics::default();
    let larder = container::larder("cache_key", &input.attrs, &mut errors);
    let mut bounds = Vec::new();
    let body = match &input.data {
        Data::Struct(data) => {
            let fields = written_fields(&data.fields, &mut errors);
            bounds.extend(fields.iter().filter_map(|field| bound(field, &input.generics, &larder)));
            let (pattern, writes) = (pattern(&data.fields), writes(&fields, true, &larder));
            quote!(let Self #pattern = self; #writes)
        }
        Data::Enum(data) => {
            let arms = data.variants.iter().map(|variant| {
                let fields = written_fields(&variant.fields, &mut errors);
                bounds.extend(fields.iter().filter_map(|field| bound(field, &input.generics, &larder)));
                let (name, pattern) = (&variant.ident, pattern(&variant.fields));
                let writes = writes(&fields, false, &larder);
                let text = name.to_string();
                quote!(Self::#name #pattern => { key.push_str(#text); #writes })
            });
            let arms: Vec<TokenStream> = arms.collect();
            if arms.is_empty() { quote!(match *self {}) } else { quote!(match self { #(#arms)* }) }
        }
        Data::Union(data) => {
            errors
                .at(&data.union_token, "a union cannot be part of a cache key: it does not know which field it holds");
            TokenStream::new()
        }
    };
    let implementation = implement(&input, bounds, &body, &larder);
    match errors.into_tokens() {
        Some(errors) => errors,
        None => implementation,
    }
}

fn implement(input: &DeriveInput, bounds: Vec<WherePredicate>, body: &TokenStream, larder: &Larder) -> TokenStream {
    let (name, mut generics) = (&input.ident, input.generics.clone());
    if !bounds.is_empty() {
        generics.make_where_clause().predicates.extend(bounds);
    }
    let larder = larder.at(Span::call_site());
    let (parameters, arguments, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters #larder::CacheKey for #name #arguments #where_clause {
            #[allow(unused_variables, reason = "fields may be skipped, and there may be none")]
            fn write_key(&self, key: &mut #larder::KeyWriter<'_>) {
                #body
            }
        }
    }
}

/// What a field asks of its type, where that depends on a type parameter.
fn bound(field: &Field, generics: &Generics, larder: &Larder) -> Option<WherePredicate> {
    let parameters: Vec<&Ident> = generics.type_params().map(|parameter| &parameter.ident).collect();
    if !names_any(field.ty.to_token_stream(), &parameters) {
        return None;
    }
    let (ty, larder) = (&field.ty, larder.at(Span::call_site()));
    match field.how {
        How::AsIs | How::Hash => Some(syn::parse_quote!(#ty: #larder::CacheKey)),
        How::Display => Some(syn::parse_quote!(#ty: ::core::fmt::Display)),
        How::With(_) => None,
    }
}

fn names_any(tokens: TokenStream, names: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains(&&ident),
        TokenTree::Group(group) => names_any(group.stream(), names),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// A field that enters the key, under the name it is bound to.
struct Field {
    binding: Ident,
    how: How,
    ty: Type,
}

enum How {
    AsIs,
    Hash,
    Display,
    With(Path),
}

fn pattern(fields: &Fields) -> TokenStream {
    let bindings: Vec<Ident> = (0..fields.len()).map(binding).collect();
    match fields {
        Fields::Named(fields) => {
            let names = fields.named.iter().map(|field| &field.ident);
            quote!({ #(#names: #bindings),* })
        }
        Fields::Unnamed(_) => quote!((#(#bindings),*)),
        Fields::Unit => quote!(),
    }
}

fn binding(at: usize) -> Ident {
    format_ident!("__field{at}")
}

fn written_fields(fields: &Fields, errors: &mut Diagnostics) -> Vec<Field> {
    let mut written = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        if let Some(how) = how(&field.attrs, errors) {
            written.push(Field { binding: binding(at), how, ty: field.ty.clone() });
        }
    }
    written
}

/// How a field is written; `None`: not at all.
fn how(attributes: &[Attribute], errors: &mut Diagnostics) -> Option<How> {
    const KNOWN: [&str; 4] = ["skip", "hash", "display", "with"];
    let mut how = Some(How::AsIs);
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("cache_key")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("skip") {
                how = None;
            } else if meta.path.is_ident("hash") {
                how = Some(How::Hash);
            } else if meta.path.is_ident("display") {
                how = Some(How::Display);
            } else if meta.path.is_ident("with") {
                meta.input.parse::<Token![=]>()?;
                how = Some(How::With(meta.input.parse()?));
            } else {
                let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                let message = format!(
                    "unknown argument `{name}` for `#[cache_key]`{}; expected one of: `skip`, `hash`, `display`, `with = path`",
                    did_you_mean(&name, KNOWN)
                );
                return Err(meta.error(message));
            }
            Ok(())
        });
        if let Err(error) = parsed {
            errors.push(error);
        }
    }
    how
}

fn writes(fields: &[Field], first_is_head: bool, larder: &Larder) -> TokenStream {
    let mut writes = TokenStream::new();
    for (at, Field { binding, how, ty }) in fields.iter().enumerate() {
        if at > 0 || !first_is_head {
            writes.extend(quote!(key.separator();));
        }
        writes.extend(match how {
            How::AsIs => {
                let larder = larder.at(ty.span());
                quote_spanned!(ty.span()=> #larder::CacheKey::write_key(#binding, key);)
            }
            How::Hash => {
                let larder = larder.at(ty.span());
                quote_spanned!(ty.span()=> #larder::CacheKey::write_key(&#larder::Hashed(#binding), key);)
            }
            How::Display => quote_spanned!(ty.span()=> key.push_display(#binding);),
            How::With(path) => {
                let larder = larder.at(path.span());
                quote_spanned!(path.span()=> #larder::CacheKey::write_key(&#path(#binding), key);)
            }
        });
    }
    writes
}
