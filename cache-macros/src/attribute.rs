//! One attribute from its tokens to its expansion.

use proc_macro2::TokenStream;
use syn::{Item, ItemFn, TraitItemFn};

use crate::diagnostics::Diagnostics;
use crate::parse::arguments::Arguments;
use crate::parse::grammar::Macro;
use crate::signature::Signature;
use crate::{check, expand, fallback};

/// Expands an attribute, or reports everything that is wrong with it.
pub(crate) fn run(kind: Macro, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            report_misplaced(kind, &item, error, &mut errors);
            return fallback::with_errors(&item, errors).unwrap_or(item);
        }
    };
    if let Some(token) = &function.sig.constness {
        errors.at(token, "a `const fn` cannot be cached");
        return fallback::with_errors(&item, errors).unwrap_or(item);
    }
    let given = Arguments::parse(kind, arguments, &mut errors);
    let signature = Signature::of(&function);
    let annotation = check::check(kind, &given, &signature, &mut errors);
    match fallback::with_errors(&item, errors) {
        Some(errors) => errors,
        None => expand::expand(&annotation, &signature, function),
    }
}

/// Says what the attribute stands on, and where it goes instead.
fn report_misplaced(kind: Macro, item: &TokenStream, error: syn::Error, errors: &mut Diagnostics) {
    let name = kind.name();
    if let Ok(method) = syn::parse2::<TraitItemFn>(item.clone()) {
        let message = format!(
            "`#[{name}]` does nothing here: put it on the method in the `impl`, or give the method a default body"
        );
        return errors.at(&method.sig.ident, message);
    }
    let (place, cure) = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Struct(_)) => ("a struct", ""),
        Ok(Item::Enum(_)) => ("an enum", ""),
        Ok(Item::Trait(_)) => ("a trait", ": put it on the methods"),
        Ok(Item::Impl(_)) => ("an impl", ": put it on the methods"),
        Ok(Item::Mod(_)) => ("a module", ""),
        Ok(Item::Static(_) | Item::Const(_)) => ("a constant", ""),
        Ok(Item::Type(_)) => ("a type alias", ""),
        Ok(_) => ("this item", ""),
        Err(_) => return errors.push(error),
    };
    errors.at_span(
        proc_macro2::Span::call_site(),
        format!("`#[{name}]` goes on a function or a method, not on {place}{cure}"),
    );
}
