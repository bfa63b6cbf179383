//! One function from its attributes to its expansion.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, ItemFn, TraitItemFn};

use crate::diagnostics::Diagnostics;
use crate::signature::Signature;
use crate::stack::{self, Name};
use crate::{check, expand, fallback};

/// Expands an attribute together with those of ours below it, or reports everything that is wrong with them.
pub(crate) fn run(name: Name, arguments: TokenStream, item: TokenStream) -> TokenStream {
    if stack::is_merged(&arguments) {
        return item;
    }
    let mut errors = Diagnostics::default();
    let mut function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            report_misplaced(name, &item, error, &mut errors);
            return fallback::with_errors(&item, errors).unwrap_or(item);
        }
    };
    let written = stack::collect(name, arguments, &mut function.attrs, &mut errors);
    if let Some(token) = &function.sig.constness {
        errors.at(token, "a `const fn` cannot be cached");
        return fallback::with_errors(&function, errors).unwrap_or(item);
    }
    if names_runtime(function.block.to_token_stream()) {
        let message = format!("write `#[larder::{}(..)]` here: a renamed attribute cannot be merged", name.text());
        errors.at_span(proc_macro2::Span::call_site(), message);
        return fallback::with_errors(&function, errors).unwrap_or(item);
    }
    let signature = Signature::of(&function);
    let annotations = check::check(&written, &signature, &mut errors);
    match fallback::with_errors(&function, errors) {
        Some(errors) => errors,
        None => expand::expand(&annotations, &signature, function),
    }
}

/// Whether another attribute of ours has expanded this body: one above, which did not know this one by its name.
fn names_runtime(body: TokenStream) -> bool {
    body.into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == expand::RUNTIME,
        TokenTree::Group(group) => names_runtime(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Where an attribute for several methods goes.
const DEFAULTS: &str = ": put it on the methods; defaults for all go in `#[cache_config(..)]`";

/// Says what the attribute stands on, and where it goes instead.
fn report_misplaced(name: Name, item: &TokenStream, error: syn::Error, errors: &mut Diagnostics) {
    let name = name.text();
    if let Ok(method) = syn::parse2::<TraitItemFn>(item.clone()) {
        let message = format!(
            "`#[{name}]` does nothing here: put it on the method in the `impl`, or give the method a default body"
        );
        return errors.at(&method.sig.ident, message);
    }
    let (place, cure) = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Struct(_)) => ("a struct", ""),
        Ok(Item::Enum(_)) => ("an enum", ""),
        Ok(Item::Trait(_)) => ("a trait", DEFAULTS),
        Ok(Item::Impl(_)) => ("an impl", DEFAULTS),
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
