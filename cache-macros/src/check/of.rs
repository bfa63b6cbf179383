//! The rules of `of` and `args`.

use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Ident};

use crate::check::tenant;
use crate::diagnostics::Diagnostics;
use crate::model::of::{Of, OfArgument, OfValue};
use crate::parse::arguments::Arguments;
use crate::parse::grammar::Macro;

/// `of` and `args` together.
pub(crate) fn check_of(kind: Macro, given: &Arguments, errors: &mut Diagnostics) -> Option<Of> {
    let (name, example) = match kind {
        Macro::Cacheable => ("batch", "`batch = Self::user, args(id = ids)`"),
        Macro::CachePut | Macro::CacheEvict | Macro::CacheConfig => ("of", "`of = Self::get_user, args(id = user.id)`"),
    };
    let Some(of) = given.expr(name) else {
        if let Some(args) = given.name("args") {
            errors.at(args, format!("`args` goes with `{name}`: {example}"));
        }
        return None;
    };
    if kind != Macro::CacheEvict {
        alone(name, given, errors);
    }
    let Expr::Path(path) = of else {
        errors.at(&of, format!("`{name}` takes the path of the function that reads: {example}"));
        return None;
    };
    let arguments_span = given.name("args").map_or_else(|| path.span(), Ident::span);
    let (mut receiver, mut arguments) = (None, Vec::new());
    for (name, value) in given.pairs("args") {
        if name == "self" {
            receiver = Some(value);
        } else if let Some(value) = check_value(value, errors) {
            arguments.push(OfArgument { name, value });
        }
    }
    arguments.sort_by_key(|argument| argument.name.unraw());
    let is_alone = tenant::is_the_readers(kind, given);
    Some(Of { path, receiver, arguments, arguments_span, is_alone })
}

/// What stores takes everything about the entry's name from the reader.
fn alone(of: &str, given: &Arguments, errors: &mut Diagnostics) {
    for name in ["key", "namespace", "version", "skip", "tenant"] {
        if let Some(name) = given.name(name) {
            let message = format!("`{of}` takes the reader's key, namespace, version and tenant: leave out `{name}`");
            errors.at(name, message);
        }
    }
}

fn check_value(value: Expr, errors: &mut Diagnostics) -> Option<OfValue> {
    match value {
        Expr::Closure(closure) if closure.inputs.len() == 1 => Some(OfValue::FromValue(closure)),
        Expr::Closure(closure) => {
            errors.at(&closure, "a closure in `args` takes the value: `args(id = |user| user.id)`");
            None
        }
        other => Some(OfValue::Expr(other)),
    }
}
