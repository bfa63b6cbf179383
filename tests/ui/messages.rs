//! What the macros promise to say about each misuse, and the cases that show it: a message that changes, and a case that
//! goes, fail here, whatever compiler runs.

use std::fs;

/// A part of a message, and the cases in `tests/ui` whose golden text has it.
type Promise = (&'static str, &'static [&'static str]);

const PROMISES: &[Promise] = &[
    (
        "unknown argument `tll` for `#[cacheable]` (did you mean `ttl`?); expected one of: `key`,",
        &["cacheable/fail/unknown_argument", "cacheable/fail/several_at_once"],
    ),
    ("unknown argument `vlaue` for `#[cache_put]` (did you mean `value`?)", &["cache_put/fail/unknown_argument"]),
    ("unknown argument `kyes` for `#[cache_evict]` (did you mean `keys`?)", &["cache_evict/fail/unknown_argument"]),
    ("unknown argument `ttll` for `#[cache_config]` (did you mean `ttl`?)", &["cache_config/fail/arguments"]),
    (
        "unknown placeholder `{idd}` in cache key (did you mean `{id}`?); the arguments are: `id`",
        &["cacheable/fail/unknown_placeholder", "cache_put/fail/templates", "cache_evict/fail/templates"],
    ),
    (
        "`{` without `}` in cache key; write `{{` for a literal brace",
        &["cacheable/fail/unclosed_brace", "cache_put/fail/templates", "cache_evict/fail/templates"],
    ),
    (
        "format specs are not supported in cache keys; use `key = format!(\"{id:05}\")`",
        &["cacheable/fail/format_spec", "cache_put/fail/templates", "cache_evict/fail/templates"],
    ),
    (
        "only `arg` and `arg.field.0` are placeholders; use `key = <expression>` for anything else",
        &["cacheable/fail/expression_in_template", "cache_put/fail/templates", "cache_evict/fail/templates"],
    ),
    (
        "`NoKey` cannot be part of a cache key",
        &["cacheable/fail/not_a_key", "cache_put/fail/not_a_key", "cache_evict/fail/not_a_key"],
    ),
    ("this argument would be part of the key", &["cacheable/fail/not_a_key", "cache_put/fail/not_a_key"]),
    (
        "for a float write `key = x.to_bits()`; for a map use `BTreeMap`, whose order is fixed",
        &["cacheable/fail/float_and_map_in_key", "cache_put/fail/not_a_key"],
    ),
    (
        "`Service` does not say where its cache is",
        &["cacheable/fail/no_cache", "cache_put/fail/no_cache", "cache_evict/fail/no_cache"],
    ),
    (
        "`by_id` has no `self` to take the cache from: `#[cacheable(cache = <expr>)]` or `cache = global`",
        &["cacheable/fail/free_function_without_cache"],
    ),
    (
        "`without_cache` has no `self` to take the cache from: `#[cache_put(cache = <expr>)]` or `cache = global`",
        &["cache_put/fail/misplaced"],
    ),
    (
        "`without_cache` has no `self` to take the cache from: `#[cache_evict(cache = <expr>)]` or `cache = global`",
        &["cache_evict/fail/misplaced"],
    ),
    ("`NoSerde` cannot be stored in the cache", &["cacheable/fail/not_a_value", "cache_put/fail/not_a_value"]),
    ("`User` cannot be stored in the cache", &["batch/fail/not_a_value"]),
    (
        "`touch` returns nothing, so there is nothing to cache; did you mean `#[cache_evict]`?",
        &["cacheable/fail/returns_nothing"],
    ),
    (
        "a borrowed value cannot be stored in a cache: return an owned value (`String`, `Arc<T>`)",
        &["cacheable/fail/borrowed_value", "cache_put/fail/arguments"],
    ),
    (
        "`impl Trait` cannot be stored in a cache: name the type that is returned",
        &["cacheable/fail/impl_trait_value", "cache_put/fail/arguments"],
    ),
    ("`by_id` has no argument `con`; did you mean `conn`?", &["cacheable/fail/skip_unknown"]),
    ("`skips_nobody` has no argument `con`; did you mean `conn`?", &["cache_put/fail/arguments"]),
    ("`#[cacheable]` goes on a function or a method, not on a struct", &["cacheable/fail/not_on_a_function"]),
    ("`#[cache_put]` goes on a function or a method, not on a struct", &["cache_put/fail/misplaced"]),
    ("`#[cache_evict]` goes on a function or a method, not on a struct", &["cache_evict/fail/misplaced"]),
    (
        "put it on the methods; defaults for all go in `#[cache_config(..)]`",
        &["cacheable/fail/not_on_a_function", "cache_put/fail/misplaced", "cache_evict/fail/misplaced"],
    ),
    (
        "does nothing here: put it on the method in the `impl`, or give the method a default body",
        &["cacheable/fail/trait_method_without_body", "cache_put/fail/misplaced", "cache_evict/fail/misplaced"],
    ),
    (
        "a `const fn` cannot be cached",
        &["cacheable/fail/const_function", "cache_put/fail/misplaced", "cache_evict/fail/misplaced"],
    ),
    (
        "a bare number is ambiguous: write `ttl = \"300s\"` or `ttl = \"5m\"`",
        &["cacheable/fail/bare_number_as_ttl", "cache_put/fail/arguments"],
    ),
    (
        "cannot read `5 parsecs` as a duration; examples: \"90s\", \"5m\", \"1h30m\", \"2d\"",
        &["cacheable/fail/unreadable_ttl", "cache_put/fail/arguments"],
    ),
    (
        "`id` is in the key: leave it out of `skip(..)` or out of the key",
        &["cacheable/fail/skip_in_key", "cache_put/fail/arguments"],
    ),
    (
        "`unless` takes a closure over the value: `unless = |v| v.is_empty()`",
        &["cacheable/fail/unless_without_closure", "cache_put/fail/arguments", "cache_evict/fail/arguments"],
    ),
    ("a hit skips the body, so changes to `self` are skipped too", &["cacheable/fail/mut_self"]),
    (
        "say what to evict: `key = \"..\"`, `keys = ..`, `pattern = \"..\"`, `tags = [..]`, `of = ..` or `all`",
        &["cache_evict/fail/no_selector", "caching/fail/errors_of_all"],
    ),
    ("`all` already covers `key`", &["cache_evict/fail/all_covers", "cache_evict/fail/arguments"]),
    ("`all` already covers `keys`", &["cache_evict/fail/arguments"]),
    ("`all` already covers `pattern`", &["cache_evict/fail/arguments"]),
    (
        "`#[cache_put]` always runs the body, `#[cacheable]` skips it on a hit: keep one",
        &["caching/fail/reader_and_put"],
    ),
    ("mismatched types", &["cacheable/fail/body"]),
    (
        "two calls that differ only in `locale` share one entry; name it in the key or in `skip(..)`",
        &["cacheable/fail/left_out_argument"],
    ),
    ("mismatched types", &["cache_evict/fail/of_retyped"]),
    ("takes 5 arguments but 4 arguments were supplied", &["cache_evict/fail/of_missing"]),
    ("__larder_key_by_id__id", &["cache_evict/fail/of_renamed"]),
    (
        "the result does not exist yet when this cache key is needed",
        &["cacheable/fail/result_in_key", "cache_evict/fail/timing"],
    ),
    ("`timing` is one of `after_ok`, `before`, `always` and `after_commit`", &["cache_evict/fail/timing"]),
    (
        "the function has returned before this evicts, so trouble cannot become its error: leave `on_cache_error = fail` out, or write `on_cache_error = bypass` here where `#[cache_config]` says `fail`",
        &["cache_evict/fail/timing"],
    ),
    ("write `#[larder::cache_evict(..)]` here: a renamed attribute cannot be merged", &["caching/fail/renamed"]),
    (
        "a list in another order would put values under the wrong keys: return a map, `Vec<Option<V>>`, or add `by = |v| ..`",
        &["batch/fail/list_without_by"],
    ),
    ("reads use `self.users_cache`, this would evict in another cache", &["cache_evict/fail/of_in_another_cache"]),
    (
        "`on_cache_error = fail` needs `OfTheBody: From<larder::Error>`",
        &["cacheable/fail/on_cache_error", "cache_put/fail/on_cache_error", "cache_evict/fail/on_cache_error"],
    ),
    (
        "`on_cache_error = fail` needs a function that returns a `Result`",
        &["cacheable/fail/on_cache_error", "cache_put/fail/on_cache_error", "cache_evict/fail/on_cache_error"],
    ),
    ("`on_cache_error` is one of `bypass` and `fail`", &["cacheable/fail/on_cache_error_unreadable"]),
    ("a preset is no text: write `preset = Lookup`", &["cacheable/fail/preset", "cache_config/fail/preset"]),
    (
        "a preset is no number: write `ttl = \"300s\"`, `preset = Lookup`, or `preset = presets::RATES` for one of your own",
        &["cacheable/fail/preset", "cache_put/fail/preset"],
    ),
    ("a preset is no time: write `ttl = \"5m\"`, or `l1_ttl = \"5m\"`", &["cacheable/fail/preset"]),
    ("`tenant` is one of `required`, `optional` and `none` (did you mean `required`?)", &["cacheable/fail/tenant"]),
    (
        "`tenant` is one of `required`, `optional` and `none`",
        &["cacheable/fail/tenant", "cache_put/fail/tenant", "cache_evict/fail/tenant", "cache_config/fail/tenant"],
    ),
    (
        "the entry lies where the reader at `of` has put it: leave out `tenant`, which stands there",
        &["cache_evict/fail/tenant"],
    ),
    (
        "`span` is one of `off`, `debug` and `info`",
        &["cacheable/fail/span", "cache_put/fail/span", "cache_evict/fail/span", "cache_config/fail/span"],
    ),
    (
        "one span is around all attributes of a function: give them the same level",
        &["cacheable/fail/span", "caching/fail/span"],
    ),
    ("say which namespace to clear: `namespace = \"..\"`", &["cache_evict/fail/all_without_namespace"]),
];

/// The golden text of a case.
fn golden(case: &str) -> String {
    let path = format!("{}/tests/ui/{case}.stderr", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_promised_message_is_shown_by_its_cases() {
    for (message, cases) in PROMISES {
        for case in *cases {
            assert!(golden(case).contains(message), "`{case}` does not show: {message}");
        }
    }
}
