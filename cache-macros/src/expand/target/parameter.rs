//! The arguments that a key is made of, as parameters of the function that writes it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::{FnArg, GenericArgument, ItemFn, Pat, PatType, PathArguments, Type};

use crate::model::{Annotation, Key};
use crate::signature::Signature;
use crate::uses::uses;

/// An argument of the key, taken by reference.
pub(super) struct Parameter {
    pub(super) name: Ident,
    /// The type that it has in the reader.
    whole: Type,
    /// Whether an expression gets a copy on the heap: the reader itself does without.
    pub(super) is_copied: bool,
    /// Whether it is one element of a batch's list, which expressions know as a reference.
    is_element: bool,
}

/// The arguments of the key, sorted by name; `None` where one cannot be written again as a parameter.
pub(super) fn of_key(annotation: &Annotation, function: &Signature, item: &ItemFn) -> Option<Vec<Parameter>> {
    let mut parameters = Vec::new();
    for argument in &function.arguments {
        let name = argument.name.to_string();
        let in_key = match &annotation.key {
            None => !annotation.skip.contains(&argument.name),
            Some(Key::Template(template)) => template.roots().any(|root| root == name),
            Some(Key::Expr(expr)) => uses(&expr.to_token_stream(), &name),
        };
        if in_key {
            let is_element = annotation.batch.as_ref().is_some_and(|batch| batch.list == argument.name);
            let declared = plain_type(item, &argument.name)?;
            let whole = if is_element { element_type(declared)? } else { declared }.clone();
            let is_expr = matches!(annotation.key, Some(Key::Expr(_)));
            let is_copied = is_expr && !is_element && is_string(&whole);
            let is_as_declared = if is_element { is_taken_by_reference(&whole) } else { is_copied || is_copy(&whole) };
            if is_expr && !is_as_declared {
                return None;
            }
            parameters.push(Parameter { name: argument.name.clone(), whole, is_copied, is_element });
        }
    }
    parameters.sort_by_key(|parameter| parameter.name.unraw());
    Some(parameters)
}

/// The type of an argument that is a plain name.
fn plain_type<'a>(item: &'a ItemFn, name: &Ident) -> Option<&'a Type> {
    item.sig.inputs.iter().find_map(|input| match input {
        FnArg::Typed(PatType { attrs, pat, ty, .. }) if attrs.is_empty() => match &**pat {
            Pat::Ident(pat) if pat.ident == *name && pat.by_ref.is_none() && pat.subpat.is_none() => Some(&**ty),
            _ => None,
        },
        _ => None,
    })
}

/// The type of a list's elements, where its tokens show that.
fn element_type(list: &Type) -> Option<&Type> {
    match list {
        Type::Reference(reference) => match &*reference.elem {
            Type::Slice(slice) => Some(&slice.elem),
            elem => element_type(elem),
        },
        Type::Path(path) => match &path.path.segments.last().filter(|last| last.ident == "Vec")?.arguments {
            PathArguments::AngleBracketed(inner) => match inner.args.first()? {
                GenericArgument::Type(element) => Some(element),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Whether the parameter is a reference to that type itself.
fn is_taken_by_reference(whole: &Type) -> bool {
    !is_string(whole) && !is_shared_reference(whole)
}

/// `String`, which is taken as `&str`: a writer has either.
fn is_string(whole: &Type) -> bool {
    matches!(whole, Type::Path(path) if path.path.is_ident("String"))
}

fn is_shared_reference(whole: &Type) -> bool {
    matches!(whole, Type::Reference(reference) if reference.mutability.is_none())
}

/// What can be copied out of a reference, as far as the names tell.
fn is_copy(whole: &Type) -> bool {
    const COPIED: [&str; 15] =
        ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "bool", "char", "f64"];
    match whole {
        Type::Reference(_) => is_shared_reference(whole),
        Type::Array(array) => is_copy(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_copy),
        Type::Path(path) if path.qself.is_none() && path.path.segments.len() == 1 => {
            let last = &path.path.segments[0];
            match &last.arguments {
                PathArguments::None => COPIED.iter().any(|name| last.ident == name),
                PathArguments::AngleBracketed(inner) if last.ident == "Option" => {
                    matches!(inner.args.first(), Some(GenericArgument::Type(inner)) if is_copy(inner))
                }
                _ => false,
            }
        }
        _ => false,
    }
}

impl Parameter {
    /// What brings the parameter to the type that an expression expects.
    pub(super) fn rebound(&self) -> TokenStream {
        let name = &self.name;
        if self.is_copied {
            quote_spanned!(Span::mixed_site()=> let #name = ::std::string::String::from(#name);)
        } else if self.is_element || is_shared_reference(&self.whole) {
            TokenStream::new()
        } else {
            quote_spanned!(Span::mixed_site()=> let #name = *#name;)
        }
    }

    /// What the reader passes.
    pub(super) fn argument(&self) -> TokenStream {
        let name = &self.name;
        if is_shared_reference(&self.whole) {
            name.to_token_stream()
        } else {
            quote_spanned!(Span::mixed_site()=> &#name)
        }
    }
}

/// The parameter as it is declared.
impl ToTokens for Parameter {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (name, whole) = (&self.name, &self.whole);
        tokens.extend(if is_string(whole) {
            quote_spanned!(Span::mixed_site()=> #name: &::core::primitive::str)
        } else if is_shared_reference(whole) {
            quote_spanned!(Span::mixed_site()=> #name: #whole)
        } else {
            quote_spanned!(Span::mixed_site()=> #name: &#whole)
        });
    }
}
