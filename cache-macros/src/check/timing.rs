//! `timing`: when an eviction takes place, and what can be known then.

use syn::Expr;

use crate::check::policies;
use crate::diagnostics::Diagnostics;
use crate::model::of::OfValue;
use crate::model::{Annotation, Tags, Timing};
use crate::parse::arguments::Arguments;

/// Reads the word.
pub(super) fn parse(given: &Arguments, errors: &mut Diagnostics) -> Timing {
    let Some(timing) = given.expr("timing") else { return Timing::AfterOk };
    let word = match &timing {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    };
    match word.as_deref() {
        Some("before") => Timing::Before,
        Some("after_ok") => Timing::AfterOk,
        Some("always") => Timing::Always,
        Some("after_commit") => {
            check_after_commit(&timing, given, errors);
            Timing::AfterCommit
        }
        _ => {
            errors.at(&timing, "`timing` is one of `after_ok`, `before`, `always` and `after_commit`");
            Timing::AfterOk
        }
    }
}

/// The function has returned by then: there is no result any more that trouble could become. Said where the eviction
/// stands, for `fail` may be a default of the whole block.
fn check_after_commit(timing: &Expr, given: &Arguments, errors: &mut Diagnostics) {
    if policies::fails(given) {
        let message = "the function has returned before this evicts, so trouble cannot become its error: leave `on_cache_error = fail` out, or write `on_cache_error = bypass` here where `#[cache_config]` says `fail`";
        errors.at(timing, message);
    }
}

/// Before the body there is no result to look at. Templates are looked at with the others.
pub(super) fn check(annotation: &Annotation, errors: &mut Diagnostics) {
    if annotation.timing != Timing::Before {
        return;
    }
    if let Some(Tags::FromValue(closure)) = &annotation.tags {
        errors.at(closure, "the result does not exist yet when these tags are needed");
    }
    for argument in annotation.of.iter().flat_map(|of| &of.arguments) {
        if let OfValue::FromValue(closure) = &argument.value {
            errors.at(closure, "the result does not exist yet when this key is needed");
        }
    }
    if let Some(unless) = &annotation.unless {
        let message = "the result does not exist yet when this is asked: with `timing = before` use `condition`";
        errors.at(unless, message);
    }
}
