//! From arguments to the model: each argument becomes what it means, and every rule that joins several arguments, or an
//! argument and the signature, has its function here.

mod batch;
mod hash;
mod of;
mod policies;
mod preset;
mod span;
pub(crate) mod tenant;
mod timing;
mod together;

use quote::ToTokens;
use syn::{Expr, ExprClosure, ExprLit, Ident, Lit, LitStr, Path, Type};

use crate::diagnostics::{Diagnostics, closest};
use crate::model::{Annotation, Annotations, CacheAt, Key, Spaces, Tag, Tags, Timing, Ttl};
use crate::parse::arguments::Arguments;
use crate::parse::duration;
use crate::parse::grammar::Macro;
use crate::parse::template::Template;
use crate::signature::{Asynchrony, Signature, has_impl_trait, is_future};
use crate::stack::Written;

/// Builds the model. What is wrong is reported; the model then lacks it.
pub(crate) fn check(written: &[Written], function: &Signature, errors: &mut Diagnostics) -> Annotations {
    check_future(function, errors);
    let annotations = written.iter().enumerate().map(|(number, written)| {
        let given = Arguments::parse(written.kind, written.arguments.clone(), errors);
        check_one(written, number, &given, function, errors)
    });
    let annotations = annotations.collect();
    together::check(annotations, errors)
}

fn check_one(
    written: &Written,
    number: usize,
    given: &Arguments,
    function: &Signature,
    errors: &mut Diagnostics,
) -> Annotation {
    let kind = written.kind;
    let mut of = of::check_of(kind, given, errors);
    let batch = batch::check(given, function, of.as_mut(), errors);
    let mut annotation = Annotation {
        kind,
        number,
        at: written.at.clone(),
        key: given.expr("key").and_then(|key| check_key(key, errors)),
        keys: given.expr("keys"),
        tags: given.expr("tags").and_then(|tags| check_tags(tags, errors)),
        pattern: given.expr("pattern").and_then(|pattern| check_pattern(&pattern, errors)),
        all: check_all(given, errors),
        of,
        namespace: given.expr("namespace").and_then(|namespace| check_namespace(&namespace, errors)),
        cache: check_cache(kind, given.expr("cache"), function, errors),
        skip: given.list("skip"),
        hash: given.list("hash"),
        ttl: given.expr("ttl").and_then(|ttl| check_ttl(ttl, errors)),
        condition: given.expr("condition"),
        unless: given.expr("unless").and_then(|unless| check_closure("unless", "v.is_empty()", unless, errors)),
        value: given.expr("value").and_then(|value| check_closure("value", "v.user.clone()", value, errors)),
        krate: given.expr("crate").and_then(|path| check_crate(path, errors)),
        timing: timing::parse(given, errors),
        policies: policies::check(given, errors),
        batch,
        span: span::check(given, errors),
    };
    batch::check_key(&annotation, errors);
    check_placeholders(&annotation, function, errors);
    check_result_placeholders(&annotation, function, errors);
    check_skip(&annotation, function, errors);
    hash::check(&mut annotation, function, errors);
    timing::check(&annotation, errors);
    tenant::check_of(kind, given, errors);
    match kind {
        Macro::Cacheable => check_output(kind, function, errors),
        Macro::CachePut if annotation.value.is_none() => check_output(kind, function, errors),
        Macro::CachePut | Macro::CacheConfig => {}
        Macro::CacheEvict => check_selectors(&annotation, given, errors),
    }
    annotation
}

fn literal(expr: &Expr) -> Option<&LitStr> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => Some(literal),
        _ => None,
    }
}

fn check_template(literal: &LitStr, what: &str, errors: &mut Diagnostics) -> Option<Template> {
    Template::parse(literal, what).map_err(|error| errors.push(error)).ok()
}

/// A string is a template, everything else an expression.
fn check_key(key: Expr, errors: &mut Diagnostics) -> Option<Key> {
    match (literal(&key), &key) {
        (Some(literal), _) => check_template(literal, "cache key", errors).map(Key::Template),
        (None, Expr::Closure(closure)) => {
            errors.at(closure, "`key` takes a template or an expression over the arguments, not a closure");
            None
        }
        (None, _) => Some(Key::Expr(key)),
    }
}

fn check_tags(tags: Expr, errors: &mut Diagnostics) -> Option<Tags> {
    match tags {
        Expr::Closure(closure) => Some(Tags::FromValue(closure)),
        Expr::Array(list) => {
            Some(Tags::List(list.elems.into_iter().filter_map(|tag| check_tag(tag, errors)).collect()))
        }
        other => {
            let message =
                "`tags` takes a list or a closure over the value: `tags = [\"author:{id}\"]`, `tags = |v| vec![..]`";
            errors.at(&other, message);
            None
        }
    }
}

fn check_tag(tag: Expr, errors: &mut Diagnostics) -> Option<Tag> {
    match literal(&tag) {
        Some(literal) => check_template(literal, "tag", errors).map(|tag| Tag::Template(tag, Spaces::Own)),
        None => match across_tenants(&tag).as_deref() {
            Some([Expr::Lit(ExprLit { lit: Lit::Str(literal), .. })]) => {
                check_template(literal, "tag", errors).map(|tag| Tag::Template(tag, Spaces::Every))
            }
            Some(_) => {
                errors.at(&tag, "`across_tenants` takes a template: `tags = [across_tenants(\"rates\")]`");
                None
            }
            None => Some(Tag::Expr(tag)),
        },
    }
}

/// What stands between the parentheses of `across_tenants(..)`.
fn across_tenants(tag: &Expr) -> Option<Vec<Expr>> {
    let Expr::Call(call) = tag else { return None };
    let Expr::Path(path) = &*call.func else { return None };
    path.path.is_ident("across_tenants").then(|| call.args.iter().cloned().collect())
}

fn check_all(given: &Arguments, errors: &mut Diagnostics) -> Option<(Ident, Spaces)> {
    let all = given.name("all").cloned();
    match (&all, given.name("across_tenants")) {
        (None, Some(name)) => {
            let message = "`across_tenants` widens `all`: write `all, across_tenants`; a tag is `tags = [across_tenants(\"rates\")]`";
            errors.at(name, message);
            None
        }
        (_, across) => all.map(|all| (all, if across.is_some() { Spaces::Every } else { Spaces::Own })),
    }
}

fn check_pattern(pattern: &Expr, errors: &mut Diagnostics) -> Option<Template> {
    let Some(literal) = literal(pattern) else {
        errors.at(pattern, "`pattern` takes a glob as text: `pattern = \"user:{id}:*\"`");
        return None;
    };
    check_template(literal, "pattern", errors)
}

/// The alphabet of namespaces keeps them readable in keys and apart from everything else in a key.
fn check_namespace(namespace: &Expr, errors: &mut Diagnostics) -> Option<String> {
    let name = literal(namespace).map(LitStr::value);
    let is_level = |level: &str| {
        !level.is_empty()
            && level.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
    };
    match name {
        Some(name) if name.len() <= 64 && name.split('/').count() <= 4 && name.split('/').all(is_level) => Some(name),
        _ => {
            let message = "a namespace is text: 1 to 4 levels of ASCII letters, digits, `_`, `.` and `-`, joined by `/`, at most 64 bytes; as in `namespace = \"users/admins\"`";
            errors.at(namespace, message);
            None
        }
    }
}

fn check_cache(kind: Macro, cache: Option<Expr>, function: &Signature, errors: &mut Diagnostics) -> CacheAt {
    match (cache, function.receiver) {
        (Some(Expr::Path(path)), _) if path.path.is_ident("global") => CacheAt::Global,
        (Some(expr), _) => CacheAt::Expr(expr),
        (None, Some(receiver)) => CacheAt::Receiver(receiver),
        (None, None) => {
            let (function, kind) = (&function.name, kind.name());
            let message = format!(
                "`{function}` has no `self` to take the cache from: `#[{kind}(cache = <expr>)]` or `cache = global`"
            );
            errors.at(function, message);
            CacheAt::Global
        }
    }
}

fn check_ttl(ttl: Expr, errors: &mut Diagnostics) -> Option<Ttl> {
    match ttl {
        Expr::Closure(closure) => Some(Ttl::FromValue(closure)),
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            duration::parse(&text).map_err(|error| errors.push(error)).ok().map(Ttl::Fixed)
        }
        Expr::Lit(ExprLit { lit: number @ (Lit::Int(_) | Lit::Float(_)), .. }) => {
            let seconds = number.to_token_stream();
            errors.at(&number, format!("a bare number is ambiguous: write `ttl = \"{seconds}s\"` or `ttl = \"5m\"`"));
            None
        }
        expr => Some(Ttl::Expr(expr)),
    }
}

fn check_crate(path: Expr, errors: &mut Diagnostics) -> Option<Path> {
    match path {
        Expr::Path(path) if path.qself.is_none() => Some(path.path),
        other => {
            errors.at(&other, "`crate` takes the path to `larder`: `crate = other::larder`");
            None
        }
    }
}

fn check_closure(name: &str, example: &str, expr: Expr, errors: &mut Diagnostics) -> Option<ExprClosure> {
    match expr {
        Expr::Closure(closure) => Some(closure),
        other => {
            errors.at(&other, format!("`{name}` takes a closure over the value: `{name} = |v| {example}`"));
            None
        }
    }
}

/// A placeholder is an argument, `self` in a method, or the result where there is one.
fn check_placeholders(annotation: &Annotation, function: &Signature, errors: &mut Diagnostics) {
    for (template, what) in annotation.templates() {
        for root in template.roots() {
            let known = function.argument(root).is_some()
                || (root == "self" && function.receiver.is_some())
                || root == "result";
            if known {
                continue;
            }
            if root == "self" {
                let message = format!("`{{self}}` in {what}, but `{}` has no `self`", function.name);
                errors.at_span(template.span, message);
                continue;
            }
            let names = function.argument_names();
            let close = closest(root, names.iter().map(String::as_str));
            let hint = close.map_or_else(String::new, |close| format!(" (did you mean `{{{close}}}`?)"));
            let arguments = match names.as_slice() {
                [] => format!("`{}` has no arguments", function.name),
                names => format!("the arguments are: `{}`", names.join("`, `")),
            };
            errors.at_span(template.span, format!("unknown placeholder `{{{root}}}` in {what}{hint}; {arguments}"));
        }
    }
}

/// `{result..}` needs a result: the key of a look-up has none, and a pattern is settled before the body. There the name
/// is free for an argument.
fn check_result_placeholders(annotation: &Annotation, function: &Signature, errors: &mut Diagnostics) {
    if function.argument("result").is_some() {
        return;
    }
    for (template, what) in annotation.templates().filter(|(template, _)| template.names_result()) {
        let is_early = annotation.timing == Timing::Before
            || what == "pattern"
            || (what == "cache key" && annotation.kind == Macro::Cacheable);
        if is_early {
            errors.at_span(template.span, format!("the result does not exist yet when this {what} is needed"));
        }
    }
}

/// A name in a list is that of an argument.
fn check_named(name: &Ident, function: &Signature, errors: &mut Diagnostics) -> bool {
    let text = name.to_string();
    let is_argument = function.argument(&text).is_some();
    if !is_argument {
        let hint = closest(&text, function.argument_names().iter().map(String::as_str))
            .map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
        errors.at(name, format!("`{}` has no argument `{text}`{hint}", function.name));
    }
    is_argument
}

/// `skip` names arguments, and none that the key names.
fn check_skip(annotation: &Annotation, function: &Signature, errors: &mut Diagnostics) {
    for name in &annotation.skip {
        let text = name.to_string();
        check_named(name, function, errors);
        let in_key = match &annotation.key {
            Some(Key::Template(template)) => template.roots().any(|root| root == text),
            Some(Key::Expr(_)) | None => false,
        };
        if in_key {
            errors.at(name, format!("`{text}` is in the key: leave it out of `skip(..)` or out of the key"));
        }
    }
}

/// A function that is not asynchronous itself and returns a future has done nothing when it returns: what comes after the
/// body would come before what the future does.
fn check_future(function: &Signature, errors: &mut Diagnostics) {
    if function.asynchrony == Asynchrony::Sync && is_future(&function.output) {
        let name = &function.name;
        let message =
            format!("`{name}` returns a future, and is over before that has run: write `async fn {name}(..)`");
        errors.at(&function.output, message);
    }
}

/// What is stored must be a value of its own that has a name.
fn check_output(kind: Macro, function: &Signature, errors: &mut Diagnostics) {
    let value = function.value_type();
    match value {
        Type::Tuple(unit) if unit.elems.is_empty() && std::ptr::eq(value, &raw const function.output) => {
            let name = &function.name;
            let cure = match kind {
                Macro::CachePut => "say what to store: `value = |_| ..`",
                Macro::Cacheable | Macro::CacheEvict | Macro::CacheConfig => "did you mean `#[cache_evict]`?",
            };
            errors.at(name, format!("`{name}` returns nothing, so there is nothing to cache; {cure}"));
        }
        Type::Reference(_) => {
            errors
                .at(value, "a borrowed value cannot be stored in a cache: return an owned value (`String`, `Arc<T>`)");
        }
        _ if has_impl_trait(&function.output) && !is_future(&function.output) => {
            errors.at(value, "`impl Trait` cannot be stored in a cache: name the type that is returned");
        }
        _ => {}
    }
}

/// An eviction says what to evict, and `all` leaves nothing for the others.
fn check_selectors(annotation: &Annotation, given: &Arguments, errors: &mut Diagnostics) {
    const SELECTORS: [&str; 6] = ["key", "keys", "pattern", "tags", "of", "all"];
    if SELECTORS.iter().all(|selector| given.name(selector).is_none()) {
        let message =
            "say what to evict: `key = \"..\"`, `keys = ..`, `pattern = \"..\"`, `tags = [..]`, `of = ..` or `all`";
        errors.at(&annotation.at, message);
    }
    if let Some((all, _)) = &annotation.all {
        for covered in ["key", "keys", "pattern"] {
            if let Some(name) = given.name(covered) {
                errors.at(name, format!("`all` already covers `{covered}`"));
            }
        }
        if given.name("namespace").is_none() {
            errors.at(all, "say which namespace to clear: `namespace = \"..\"`");
        }
    }
}
