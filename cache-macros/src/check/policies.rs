//! The rules of the arguments that change how the engine treats entries.

use quote::ToTokens;
use syn::{Expr, ExprLit, Lit};

use crate::diagnostics::Diagnostics;
use crate::model::{CacheNone, Life, Policies};
use crate::parse::arguments::Arguments;
use crate::parse::duration;

pub(super) fn check(given: &Arguments, errors: &mut Diagnostics) -> Policies {
    Policies { cache_none: check_cache_none(given, errors) }
}

fn check_cache_none(given: &Arguments, errors: &mut Diagnostics) -> Option<CacheNone> {
    let name = given.name("cache_none")?.clone();
    let life = given.expr("cache_none").and_then(|life| check_life("cache_none", life, errors));
    let ttl_of_value = given.expr("ttl").filter(|ttl| matches!(ttl, Expr::Closure(_)));
    if given.expr("cache_none").is_none() && ttl_of_value.is_some() {
        errors.at(&name, "there is no value to ask for the `ttl` of a `None`: say how long, `cache_none = \"30s\"`");
    }
    Some(CacheNone { name, life })
}

/// A duration as text, or an expression over the arguments.
fn check_life(name: &str, life: Expr, errors: &mut Diagnostics) -> Option<Life> {
    match life {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            duration::parse(&text).map_err(|error| errors.push(error)).ok().map(Life::Fixed)
        }
        Expr::Lit(ExprLit { lit: number @ (Lit::Int(_) | Lit::Float(_)), .. }) => {
            let seconds = number.to_token_stream();
            errors.at(
                &number,
                format!("a bare number is ambiguous: write `{name} = \"{seconds}s\"` or `{name} = \"5m\"`"),
            );
            None
        }
        Expr::Closure(closure) => {
            errors.at(&closure, format!("`{name}` takes a duration as text or an expression over the arguments"));
            None
        }
        expr => Some(Life::Expr(expr)),
    }
}
