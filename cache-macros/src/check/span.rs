//! `span`: the level of the span around a call.

use syn::Expr;

use crate::diagnostics::Diagnostics;
use crate::model::{Annotation, Shown, Visibility};
use crate::parse::arguments::Arguments;

/// Reads the word.
pub(super) fn check(given: &Arguments, errors: &mut Diagnostics) -> Option<Shown> {
    let value = given.expr("span")?;
    let word = match &value {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    };
    let level = match word.as_deref() {
        Some("off") => Visibility::Off,
        Some("debug") => Visibility::Debug,
        Some("info") => Visibility::Info,
        _ => {
            errors.at(&value, "`span` is one of `off`, `debug` and `info`");
            return None;
        }
    };
    Some(Shown { name: given.name("span")?.clone(), level })
}

/// One span is around all that a call does.
pub(super) fn check_together(annotations: &[Annotation], errors: &mut Diagnostics) {
    let mut said = annotations.iter().filter_map(|annotation| annotation.span.as_ref());
    let Some(first) = said.next() else { return };
    for other in said.filter(|other| other.level != first.level) {
        errors.at(&other.name, "one span is around all attributes of a function: give them the same level");
    }
}
