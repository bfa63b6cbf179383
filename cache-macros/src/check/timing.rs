//! `timing`: when an eviction takes place, and what can be known then.

use syn::Expr;

use crate::diagnostics::Diagnostics;
use crate::model::of::OfValue;
use crate::model::{Annotation, Tags, Timing};

/// Reads the word.
pub(super) fn parse(timing: Option<Expr>, errors: &mut Diagnostics) -> Timing {
    let Some(timing) = timing else { return Timing::AfterOk };
    let word = match &timing {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    };
    match word.as_deref() {
        Some("before") => Timing::Before,
        Some("after_ok") => Timing::AfterOk,
        Some("always") => Timing::Always,
        _ => {
            errors.at(&timing, "`timing` is one of `after_ok`, `before` and `always`");
            Timing::AfterOk
        }
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
