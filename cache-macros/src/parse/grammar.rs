//! The one table of arguments: names, values, which macro takes them, and what they mean. The parser, the error
//! messages and the tables in the documentation are made from it.

/// The attribute macros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Macro {
    Cacheable,
    CachePut,
    CacheEvict,
    CacheConfig,
}

impl Macro {
    /// Those that go on functions.
    pub(crate) const FUNCTIONS: [Macro; 3] = [Macro::Cacheable, Macro::CachePut, Macro::CacheEvict];

    #[cfg(test)]
    pub(crate) const ALL: [Macro; 4] = [Macro::Cacheable, Macro::CachePut, Macro::CacheEvict, Macro::CacheConfig];

    /// The name of the attribute.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Macro::Cacheable => "cacheable",
            Macro::CachePut => "cache_put",
            Macro::CacheEvict => "cache_evict",
            Macro::CacheConfig => "cache_config",
        }
    }
}

/// How an argument is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `name`
    Flag,
    /// `name = value`
    Value,
    /// `name` or `name = value`
    FlagOrValue,
    /// `name(a, b)`
    List,
    /// `name(a = value, b = value)`
    Pairs,
    /// `name`, `name(a, b)` or `name = value`
    Any,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) name: &'static str,
    pub(crate) spelling: Spelling,
    /// The value as the documentation shows it.
    pub(crate) shown: &'static str,
    pub(crate) on: &'static [Macro],
    #[cfg_attr(not(test), expect(dead_code, reason = "only the tables in the documentation show it"))]
    pub(crate) help: &'static str,
}

use Macro::{CacheConfig, CacheEvict, CachePut, Cacheable};

/// Every argument there is.
pub(crate) const TABLE: &[Argument] = &[
    Argument {
        name: "key",
        spelling: Spelling::Value,
        shown: "`\"TEMPLATE\"`, `key = \"TEMPLATE\"`, `key = EXPR`",
        on: &[Cacheable, CachePut, CacheEvict],
        help: "the key: a template, or an expression over the arguments whose type is `CacheKey`; without one it is made from the function and all its arguments",
    },
    Argument {
        name: "keys",
        spelling: Spelling::Value,
        shown: "`keys = EXPR`",
        on: &[CacheEvict],
        help: "several keys: anything that iterates over `CacheKey`s",
    },
    Argument {
        name: "tags",
        spelling: Spelling::Value,
        shown: "`tags = [\"TEMPLATE\", EXPR, across_tenants(\"TEMPLATE\")]`, `tags = |v| EXPR`",
        on: &[Cacheable, CachePut, CacheEvict, CacheConfig],
        help: "the tags that the entry carries, or that are invalidated, of the current tenant or across all; the closure gets the value and returns owned tags",
    },
    Argument {
        name: "pattern",
        spelling: Spelling::Value,
        shown: "`pattern = \"GLOB\"`",
        on: &[CacheEvict],
        help: "every key of the namespace that matches the glob; a `{placeholder}` in it matches only its value",
    },
    Argument {
        name: "of",
        spelling: Spelling::Value,
        shown: "`of = PATH`",
        on: &[CachePut, CacheEvict],
        help: "the entry of the reader at this path: its key, its namespace; `Self::get_user`, `users::get_user`",
    },
    Argument {
        name: "args",
        spelling: Spelling::Pairs,
        shown: "`args(id = user.id)`, `args(id = |v| v.id)`, `args(self = &self.users, ..)`",
        on: &[Cacheable, CachePut, CacheEvict],
        help: "what stands for the arguments of that reader which are in its key; after `of` a closure gets the value",
    },
    Argument {
        name: "all",
        spelling: Spelling::Flag,
        shown: "`all`",
        on: &[CacheEvict],
        help: "the whole namespace and those below it, in one step",
    },
    Argument {
        name: "across_tenants",
        spelling: Spelling::Flag,
        shown: "`all, across_tenants`",
        on: &[CacheEvict],
        help: "with `all`: the namespace of every tenant",
    },
    Argument {
        name: "namespace",
        spelling: Spelling::Value,
        shown: "`namespace = \"users\"`",
        on: &[Cacheable, CachePut, CacheEvict, CacheConfig],
        help: "the cache's name, a segment of every key; `_` without one",
    },
    Argument {
        name: "cache",
        spelling: Spelling::Value,
        shown: "`cache = EXPR`, `cache = global`",
        on: &[Cacheable, CachePut, CacheEvict, CacheConfig],
        help: "where the cache is; without it a method asks `HasCache` of `Self`",
    },
    Argument {
        name: "skip",
        spelling: Spelling::List,
        shown: "`skip(a, b)`",
        on: &[Cacheable, CachePut],
        help: "arguments that the default key leaves out; beside an explicit key: arguments that it leaves out knowingly",
    },
    Argument {
        name: "hash",
        spelling: Spelling::List,
        shown: "`hash(email)`",
        on: &[Cacheable, CachePut, CacheEvict],
        help: "arguments that enter keys, tags and patterns only as a hash, keyed by the cache's `key_secret`; a reader and a writer with the same template both say it, a writer with `of` does not",
    },
    Argument {
        name: "ttl",
        spelling: Spelling::Value,
        shown: "`ttl = \"5m\"`, `ttl = EXPR`, `ttl = |v| EXPR`",
        on: &[Cacheable, CachePut, CacheConfig],
        help: "how long the entry lives: a duration as text, an expression over the arguments, or a closure over the value; one hour without it",
    },
    Argument {
        name: "preset",
        spelling: Spelling::Value,
        shown: "`preset = Lookup`, `preset = EXPR`",
        on: &[Cacheable, CachePut, CacheConfig],
        help: "a policy with a name (`Session`, `Auth`, `User`, `Config`, `FeatureFlag`, `Lookup`, `Query`, `Report`), or any expression that is `Into<Policy>`: a constant of your own, a `Duration`; what the method says itself wins, and its tags are added",
    },
    Argument {
        name: "cache_none",
        spelling: Spelling::FlagOrValue,
        shown: "`cache_none`, `cache_none = \"30s\"`, `cache_none = EXPR`",
        on: &[Cacheable, CacheConfig],
        help: "a `None` is stored too, for so long or as long as `ttl` says; a hit on it is a `None` that runs no body",
    },
    Argument {
        name: "cache_err",
        spelling: Spelling::Value,
        shown: "`cache_err = |e| OPTION`",
        on: &[Cacheable],
        help: "an `Err` is stored too, for the `Option<Duration>` that the closure makes of it; the second level has it where its type is serde's",
    },
    Argument {
        name: "l1_ttl",
        spelling: Spelling::Value,
        shown: "`l1_ttl = \"10s\"`, `l1_ttl = EXPR`",
        on: &[Cacheable, CachePut, CacheConfig],
        help: "how long a copy stays in memory at most, and never longer than the entry lives; without it the cache's own `l1_ttl`",
    },
    Argument {
        name: "l1",
        spelling: Spelling::Value,
        shown: "`l1 = off`",
        on: &[Cacheable, CachePut, CacheConfig],
        help: "memory is not looked into and keeps nothing; concurrent calls still share a load",
    },
    Argument {
        name: "l2",
        spelling: Spelling::Value,
        shown: "`l2 = off`",
        on: &[Cacheable, CachePut, CacheConfig],
        help: "the second level is neither read nor written; the cache's own `l1_ttl` does not count then",
    },
    Argument {
        name: "compress",
        spelling: Spelling::Value,
        shown: "`compress = on`, `compress = off`",
        on: &[Cacheable, CachePut],
        help: "whether the value is made smaller on its way to the second level, however small it is; as the namespace or the cache says without it",
    },
    Argument {
        name: "idle",
        spelling: Spelling::Value,
        shown: "`idle = \"10m\"`",
        on: &[Cacheable, CachePut, CacheConfig],
        help: "the entry ends when nobody reads it for so long, and at the latest after its `ttl`; so does a `None`",
    },
    Argument {
        name: "jitter",
        spelling: Spelling::Value,
        shown: "`jitter = \"10%\"`",
        on: &[Cacheable, CachePut, CacheConfig],
        help: "every lifetime is shortened by a random share, so much at most, and so is that of a `None`",
    },
    Argument {
        name: "version",
        spelling: Spelling::Value,
        shown: "`version = 2`",
        on: &[Cacheable, CachePut, CacheConfig],
        help: "goes up when the meaning of the value changes and its type does not: entries of another version are misses, evictions reach all",
    },
    Argument {
        name: "single_flight",
        spelling: Spelling::Value,
        shown: "`single_flight = cluster`, `single_flight = local`, `single_flight = off`",
        on: &[Cacheable, CacheConfig],
        help: "who runs the body when several calls miss: one of all nodes (the default), one of this process, or each",
    },
    Argument {
        name: "inherit_tags",
        spelling: Spelling::Value,
        shown: "`inherit_tags = false`",
        on: &[Cacheable, CacheConfig],
        help: "the entry does not take the tags of cached functions that the body awaits",
    },
    Argument {
        name: "batch",
        spelling: Spelling::Any,
        shown: "`batch`, `batch(ids)`, `batch = PATH`",
        on: &[Cacheable],
        help: "each element of the list `ids` has an entry of its own, and the body gets those that are missing; everywhere but in `condition` the list's name is one element then; without a name the only `Vec<K>` or `&[K]` among the arguments. With a path the key is that of the reader for one element: `batch = Self::user, args(id = ids)`",
    },
    Argument {
        name: "by",
        spelling: Spelling::Value,
        shown: "`by = |v| EXPR`",
        on: &[Cacheable],
        help: "which element a value of a `batch` belongs to, where it returns `Vec<V>`",
    },
    Argument {
        name: "condition",
        spelling: Spelling::Value,
        shown: "`condition = BOOL`",
        on: &[Cacheable, CachePut, CacheEvict],
        help: "evaluated before the body over the arguments; `false`: as if the attribute were not there",
    },
    Argument {
        name: "unless",
        spelling: Spelling::Value,
        shown: "`unless = |v| BOOL`",
        on: &[Cacheable, CachePut, CacheEvict],
        help: "evaluated after the body over the value; `true`: nothing is stored, nothing is invalidated by `#[cache_evict]`",
    },
    Argument {
        name: "value",
        spelling: Spelling::Value,
        shown: "`value = |v| EXPR`",
        on: &[CachePut],
        help: "what is stored, made from what the method returns; without it that itself",
    },
    Argument {
        name: "timing",
        spelling: Spelling::Value,
        shown: "`timing = after_ok`, `timing = before`, `timing = always`, `timing = after_commit`",
        on: &[CacheEvict],
        help: "when it is invalidated: after the body succeeded, as without it; before the body; after the body, also where that failed; after the commit of the `CommitScope` around a body that succeeded",
    },
    Argument {
        name: "on_cache_error",
        spelling: Spelling::Value,
        shown: "`on_cache_error = bypass`, `on_cache_error = fail`",
        on: &[Cacheable, CachePut, CacheEvict, CacheConfig],
        help: "what trouble with the second level does: nothing, as without it, or it becomes the method's `Err`, whose type is `From<larder::Error>`",
    },
    Argument {
        name: "tenant",
        spelling: Spelling::Value,
        shown: "`tenant = required`, `tenant = optional`, `tenant = none`",
        on: &[Cacheable, CachePut, CacheEvict, CacheConfig],
        help: "whose entries it works with: the tenant's, and without one the cache is left out; the tenant's, and without one those of nobody; always those of nobody. As the cache's `tenancy` says without it; in place of a reader that reader's",
    },
    Argument {
        name: "span",
        spelling: Spelling::Value,
        shown: "`span = off`, `span = debug`, `span = info`",
        on: &[Cacheable, CachePut, CacheEvict, CacheConfig],
        help: "a `tracing` span of this level around each call, which says how that ended; none without it",
    },
    Argument {
        name: "crate",
        spelling: Spelling::Value,
        shown: "`crate = PATH`",
        on: &[Cacheable, CachePut, CacheEvict, CacheConfig],
        help: "where `larder` is, for crates that know it through another one; `::larder` without it",
    },
];

/// The row of an argument.
pub(crate) fn find(name: &str) -> Option<&'static Argument> {
    TABLE.iter().find(|argument| argument.name == name)
}

/// The names of the arguments that a macro takes.
pub(crate) fn names(kind: Macro) -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(move |argument| argument.on.contains(&kind)).map(|argument| argument.name)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn documentation(kind: Macro) -> String {
        let mut table = String::from("\n# Arguments\n\n| argument | meaning |\n|---|---|\n");
        for argument in TABLE.iter().filter(|argument| argument.on.contains(&kind)) {
            let shown = argument.shown.replace('|', "\\|");
            writeln!(table, "| {shown} | {} |", argument.help).expect("writing to a string");
        }
        table
    }

    #[test]
    fn the_documentation_shows_this_table() {
        for kind in Macro::ALL {
            let path = format!("{}/docs/{}-arguments.md", env!("CARGO_MANIFEST_DIR"), kind.name());
            let expected = documentation(kind);
            if std::env::var_os("LARDER_WRITE_DOCS").is_some() {
                std::fs::write(&path, &expected).expect("the documentation can be written");
            }
            let found = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(found, expected, "write it anew: LARDER_WRITE_DOCS=1 cargo test -p cache-macros");
        }
    }

    #[test]
    fn no_argument_stands_twice_and_each_belongs_to_a_macro() {
        for (at, argument) in TABLE.iter().enumerate() {
            assert!(!argument.on.is_empty());
            assert!(TABLE[at + 1..].iter().all(|other| other.name != argument.name));
        }
    }
}
