//! The rules of `batch`: which argument is the list, and what its elements need.

use quote::ToTokens;
use syn::{Expr, Ident, Type};

use crate::check::{check_closure, check_named};
use crate::diagnostics::Diagnostics;
use crate::model::of::{Of, OfArgument, OfValue};
use crate::model::{Annotation, Batch, Key, List};
use crate::parse::arguments::Arguments;
use crate::signature::{Argument, Signature};
use crate::uses::uses;

pub(super) fn check(
    given: &Arguments,
    function: &Signature,
    of: Option<&mut Of>,
    errors: &mut Diagnostics,
) -> Option<Batch> {
    let by = given.expr("by").and_then(|by| check_closure("by", "v.id", by, errors));
    let Some(batch) = given.name("batch") else {
        if let Some(by) = given.name("by") {
            errors.at(by, "`by` says which element of a `batch` a value belongs to: add `batch`, or leave it out");
        }
        return None;
    };
    let list = match given.list("batch").as_slice() {
        [] => only_list(batch, function, of.as_deref(), errors)?,
        [name] => named_list(name, function, errors)?,
        [_, second, ..] => {
            errors.at(second, "a batch goes through one list: name one");
            return None;
        }
    };
    if let Some(of) = of {
        check_arguments(of, list, errors);
    }
    let list_is = list.declared.as_ref().and_then(kind).unwrap_or(List::Owned);
    Some(Batch { list: list.name.clone(), list_is, is_mut: list.is_mut, by })
}

/// The elements of the list must be told apart by the key.
pub(super) fn check_key(annotation: &Annotation, errors: &mut Diagnostics) {
    let Some(batch) = &annotation.batch else { return };
    if let Some(skipped) = annotation.skip.iter().find(|skipped| **skipped == batch.list) {
        errors.at(skipped, format!("`{skipped}` tells the entries of a `batch` apart: leave it out of `skip(..)`"));
    }
    if let Some(Key::Template(template)) = &annotation.key
        && !template.roots().any(|root| batch.list == root)
    {
        let list = &batch.list;
        let message =
            format!("all elements of `{list}` would share one entry: name `{{{list}}}`, which is one element here");
        errors.at_span(template.span, message);
    }
}

/// The arguments of the reader for one element. Among them the list's name is one element, and alone it is a place.
fn check_arguments(of: &mut Of, list: &Argument, errors: &mut Diagnostics) {
    let name = &list.name;
    if !of.arguments.iter().any(|argument| names(argument, list)) {
        let message = format!(
            "all elements of `{name}` would share one entry: name it in `args(id = {name})`, where it is one element"
        );
        errors.at_span(of.arguments_span, message);
    }
    for argument in &mut of.arguments {
        match &mut argument.value {
            OfValue::Expr(Expr::Path(path)) if path.path.is_ident(name) => {
                let element = syn::parse_quote_spanned!(name.span()=> *#path);
                argument.value = OfValue::Expr(element);
            }
            OfValue::Expr(_) => {}
            OfValue::FromValue(closure) => {
                errors.at(&*closure, "the result does not exist yet when this key is needed");
            }
        }
    }
}

/// Whether an argument of the reader is made of the list.
fn names(argument: &OfArgument, list: &Argument) -> bool {
    match &argument.value {
        OfValue::Expr(expr) => uses(&expr.to_token_stream(), &list.name.to_string()),
        // Wrong for another reason.
        OfValue::FromValue(_) => true,
    }
}

fn only_list<'a>(
    batch: &Ident,
    function: &'a Signature,
    of: Option<&Of>,
    errors: &mut Diagnostics,
) -> Option<&'a Argument> {
    let is_named = |list: &Argument| of.is_none_or(|of| of.arguments.iter().any(|argument| names(argument, list)));
    let is_list = |argument: &&Argument| argument.declared.as_ref().and_then(kind).is_some();
    let lists: Vec<_> = function.arguments.iter().filter(is_list).collect();
    match lists.as_slice() {
        [list] => Some(list),
        several if several.iter().filter(|list| is_named(list)).count() == 1 => {
            several.iter().copied().find(|list| is_named(list))
        }
        [] => {
            let message = format!(
                "`batch` goes through a list, and `{}` has none: it takes an argument `ids: &[K]` or `ids: Vec<K>`; one whose type has another name is named, `batch(ids)`",
                function.name
            );
            errors.at(batch, message);
            None
        }
        several => {
            let names: Vec<_> = several.iter().map(|list| format!("`batch({})`", list.name)).collect();
            errors.at(batch, format!("say which list the entries are for: {}", names.join(" or ")));
            None
        }
    }
}

fn named_list<'a>(name: &Ident, function: &'a Signature, errors: &mut Diagnostics) -> Option<&'a Argument> {
    check_named(name, function, errors).then(|| function.argument(&name.to_string())).flatten()
}

/// How a type spells a list; `None`: it does not, or in another way.
fn kind(declared: &Type) -> Option<List> {
    match declared {
        Type::Path(_) => is_vec(declared).then_some(List::Owned),
        Type::Reference(reference) if reference.mutability.is_none() => match &*reference.elem {
            Type::Slice(_) => Some(List::Slice),
            elem => is_vec(elem).then_some(List::BorrowedVec),
        },
        Type::Paren(inner) => kind(&inner.elem),
        Type::Group(inner) => kind(&inner.elem),
        _ => None,
    }
}

fn is_vec(declared: &Type) -> bool {
    matches!(declared, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Vec"))
}
