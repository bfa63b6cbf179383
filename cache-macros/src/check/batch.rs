//! The rules of `batch`: which argument is the list, and what its elements need.

use syn::{Ident, Type};

use crate::check::check_closure;
use crate::diagnostics::{Diagnostics, closest};
use crate::model::{Annotation, Batch, Key, List};
use crate::parse::arguments::Arguments;
use crate::signature::{Argument, Signature};

pub(super) fn check(given: &Arguments, function: &Signature, errors: &mut Diagnostics) -> Option<Batch> {
    let by = given.expr("by").and_then(|by| check_closure("by", "v.id", by, errors));
    let Some(batch) = given.name("batch") else {
        if let Some(by) = given.name("by") {
            errors.at(by, "`by` says which element of a `batch` a value belongs to: add `batch`, or leave it out");
        }
        return None;
    };
    let list = match given.list("batch").as_slice() {
        [] => only_list(batch, function, errors)?,
        [name] => named_list(name, function, errors)?,
        [_, second, ..] => {
            errors.at(second, "a batch goes through one list: name one");
            return None;
        }
    };
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

fn only_list<'a>(batch: &Ident, function: &'a Signature, errors: &mut Diagnostics) -> Option<&'a Argument> {
    let is_list = |argument: &&Argument| argument.declared.as_ref().and_then(kind).is_some();
    let lists: Vec<_> = function.arguments.iter().filter(is_list).collect();
    match lists.as_slice() {
        [list] => Some(list),
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
    let text = name.to_string();
    let list = function.argument(&text);
    if list.is_none() {
        let hint = closest(&text, function.argument_names().iter().map(String::as_str))
            .map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
        errors.at(name, format!("`{}` has no argument `{text}`{hint}", function.name));
    }
    list
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
