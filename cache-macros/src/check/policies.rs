//! The rules of the arguments that change how the engine treats entries.

use std::time::Duration;

use quote::ToTokens;
use syn::{Expr, ExprLit, Ident, Lit};

use crate::check::{preset, tenant};
use crate::diagnostics::Diagnostics;
use crate::model::{CacheErr, CacheNone, Compress, Flights, Life, Policies};
use crate::parse::arguments::Arguments;
use crate::parse::duration;

pub(super) fn check(given: &Arguments, errors: &mut Diagnostics) -> Policies {
    check_levels(given, errors);
    Policies {
        preset: preset::check(given, errors),
        cache_none: check_cache_none(given, errors),
        cache_err: check_cache_err(given, errors),
        l1_ttl: given.expr("l1_ttl").and_then(|life| check_life("l1_ttl", life, errors)),
        without_l1: check_off("l1", given, errors),
        without_l2: check_off("l2", given, errors),
        compress: given.expr("compress").and_then(|wish| check_compress(&wish, errors)),
        idle: check_idle(given, errors),
        jitter: given.expr("jitter").and_then(|jitter| check_jitter(&jitter, errors)),
        version: given.expr("version").and_then(|version| check_version(&version, errors)),
        flights: given.expr("single_flight").and_then(|flights| check_flights(&flights, errors)),
        without_inherited_tags: check_inherit_tags(given, errors),
        fails: check_on_cache_error(given, errors),
        tenancy: tenant::check(given, errors),
    }
}

fn check_cache_err(given: &Arguments, errors: &mut Diagnostics) -> Option<CacheErr> {
    if let (Some(name), Some(_)) = (given.name("cache_err"), given.name("batch")) {
        errors.at(name, "the error of a `batch` belongs to no element of its list: leave `cache_err` out");
    }
    match given.expr("cache_err")? {
        Expr::Closure(life) => Some(CacheErr { name: given.name("cache_err")?.clone(), life }),
        other => {
            let message = "`cache_err` takes a closure over the error, which says for how long it is stored: `cache_err = |e| e.is_permanent().then_some(Duration::from_secs(30))`";
            errors.at(&other, message);
            None
        }
    }
}

/// An entry that nobody reads ends before its time is over, else `idle` says nothing.
fn check_idle(given: &Arguments, errors: &mut Diagnostics) -> Option<Duration> {
    let value = given.expr("idle")?;
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &value else {
        errors.at(&value, "`idle` takes a duration as text: `idle = \"10m\"`");
        return None;
    };
    let idle = duration::parse(text).map_err(|error| errors.push(error)).ok()?;
    // What is wrong with `ttl` is said where it stands.
    let ttl = match given.expr("ttl") {
        Some(Expr::Lit(ExprLit { lit: Lit::Str(ttl), .. })) => {
            duration::parse(&ttl).ok().map(|life| (life, ttl.value()))
        }
        _ => None,
    };
    if let Some((_, ttl)) = ttl.filter(|(life, _)| idle > *life) {
        let message = format!("every entry ends after its `ttl` of {ttl}, read or not: `idle` must be shorter");
        errors.at(&value, message);
    }
    Some(idle)
}

fn check_inherit_tags(given: &Arguments, errors: &mut Diagnostics) -> bool {
    let Some(value) = given.expr("inherit_tags") else { return false };
    if !matches!(&value, Expr::Lit(ExprLit { lit: Lit::Bool(inherits), .. }) if !inherits.value) {
        errors.at(&value, "tags are inherited unless you say otherwise: write `inherit_tags = false`, or leave it out");
    }
    true
}

/// Whether trouble becomes the function's error.
pub(super) fn fails(given: &Arguments) -> bool {
    given.expr("on_cache_error").is_some_and(|value| is_word(&value, "fail"))
}

fn check_on_cache_error(given: &Arguments, errors: &mut Diagnostics) -> Option<Ident> {
    let value = given.expr("on_cache_error")?;
    if is_word(&value, "fail") {
        return given.name("on_cache_error").cloned();
    }
    if !is_word(&value, "bypass") {
        errors.at(&value, "`on_cache_error` is one of `bypass` and `fail`");
    }
    None
}

/// Something must be left to keep entries in, and what is off has no lifetime.
fn check_levels(given: &Arguments, errors: &mut Diagnostics) {
    if let (Some(_), Some(l2)) = (given.name("l1"), given.name("l2")) {
        errors.at(l2, "with both levels off nothing is cached: leave `l1 = off` or `l2 = off` out");
    }
    if let (Some(_), Some(l1_ttl)) = (given.name("l1"), given.name("l1_ttl")) {
        errors.at(l1_ttl, "`l1 = off` keeps nothing in memory: leave one of the two out");
    }
    if let (Some(_), Some(compress)) = (given.name("l2"), given.name("compress")) {
        errors
            .at(compress, "`l2 = off` leaves values in memory, where nothing is compressed: leave one of the two out");
    }
}

/// `name = off`; anything else is on, as it is without the argument.
fn check_off(name: &str, given: &Arguments, errors: &mut Diagnostics) -> bool {
    let Some(value) = given.expr(name) else { return false };
    if !is_word(&value, "off") {
        errors.at(&value, format!("a level is on unless it is switched off: write `{name} = off`, or leave it out"));
    }
    true
}

fn is_word(value: &Expr, word: &str) -> bool {
    matches!(value, Expr::Path(path) if path.path.is_ident(word))
}

fn check_flights(value: &Expr, errors: &mut Diagnostics) -> Option<Flights> {
    let words = [("cluster", Flights::Cluster), ("local", Flights::Local), ("off", Flights::Off)];
    let found = words.into_iter().find(|(word, _)| is_word(value, word)).map(|(_, flights)| flights);
    if found.is_none() {
        errors.at(value, "`single_flight` is one of `cluster`, `local` and `off`");
    }
    found
}

fn check_compress(value: &Expr, errors: &mut Diagnostics) -> Option<Compress> {
    let words = [("on", Compress::On), ("off", Compress::Off)];
    let found = words.into_iter().find(|(word, _)| is_word(value, word)).map(|(_, wish)| wish);
    if found.is_none() {
        errors.at(value, "`compress` is one of `on` and `off`; how is for the cache to say");
    }
    found
}

fn check_version(value: &Expr, errors: &mut Diagnostics) -> Option<u32> {
    let version = match value {
        Expr::Lit(ExprLit { lit: Lit::Int(version), .. }) => version.base10_parse().ok(),
        _ => None,
    };
    if version.is_none() {
        errors.at(value, "a version is a number from 0 to 4294967295: `version = 2`");
    }
    version
}

/// Percent as text, for a bare number could be a share or a time.
fn check_jitter(value: &Expr, errors: &mut Diagnostics) -> Option<u8> {
    let percent = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            text.value().strip_suffix('%').and_then(|percent| percent.trim().parse().ok())
        }
        _ => None,
    };
    let percent = percent.filter(|percent| (1..=90).contains(percent));
    if percent.is_none() {
        errors.at(value, "`jitter` takes whole percent as text, 1 to 90: `jitter = \"10%\"`");
    }
    percent
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
