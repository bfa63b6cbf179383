//! `preset`: which policy a function takes over.

use quote::ToTokens;
use syn::{Expr, ExprLit, Lit};

use crate::diagnostics::{Diagnostics, closest};
use crate::model::Preset;
use crate::parse::arguments::Arguments;
use crate::parse::duration;

/// The policies that need no path.
const BUILT_IN: [&str; 8] = ["Session", "Auth", "User", "Config", "FeatureFlag", "Lookup", "Query", "Report"];

/// Reads the name or the expression. A name that is not known is the compiler's to judge: it may be a constant.
pub(super) fn check(given: &Arguments, errors: &mut Diagnostics) -> Option<Preset> {
    match given.expr("preset")? {
        Expr::Path(path) if BUILT_IN.iter().any(|name| path.path.is_ident(name)) => {
            path.path.get_ident().cloned().map(Preset::BuiltIn)
        }
        Expr::Lit(literal) => {
            errors.at(&literal, no_preset(&literal));
            None
        }
        Expr::Closure(closure) => {
            let message =
                "no value decides the preset: `preset = Lookup` for all, and `ttl = |v| ..` for what the value decides";
            errors.at(&closure, message);
            None
        }
        expr => Some(Preset::Policy(expr)),
    }
}

/// What to write in place of a literal.
fn no_preset(ExprLit { lit, .. }: &ExprLit) -> String {
    let own = "`preset = presets::RATES` for one of your own";
    match lit {
        Lit::Str(text) if duration::parse(text).is_ok() => {
            format!("a preset is no time: write `ttl = {0}`, or `l1_ttl = {0}`", text.to_token_stream())
        }
        Lit::Str(text) => match closest(&text.value(), BUILT_IN) {
            Some(name) => format!("a preset is no text: write `preset = {name}`"),
            None => {
                format!("a preset is no text: write the name of one of `{}`, or {own}", BUILT_IN.join("`, `"))
            }
        },
        Lit::Int(_) | Lit::Float(_) => {
            let seconds = lit.to_token_stream();
            format!("a preset is no number: write `ttl = \"{seconds}s\"`, `preset = Lookup`, or {own}")
        }
        _ => format!("a preset is a policy: write `preset = Lookup`, or {own}"),
    }
}
