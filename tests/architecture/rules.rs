//! The rules: each a function from a file's path and text to what is wrong in it.

use crate::rust::{code, is_word, item_length, line, paths, signature, without_tests, words};

/// The top modules of `cache-core`. An import goes to the same module or to a lower floor; modules of floor 3 do not
/// know each other, those of [`HANDLE`] do.
const FLOORS: [(&str, i8); 25] = [
    ("sync", -1),
    ("model", 0),
    ("wire", 1),
    ("port", 2),
    ("decisions", 2),
    ("memory", 3),
    ("flight", 3),
    ("fence", 3),
    ("scope", 3),
    ("ledger", 3),
    ("locks", 3),
    ("gates", 3),
    ("fake", 4),
    ("engine", 4),
    ("audit", HANDLE),
    ("cache", HANDLE),
    ("builder", HANDLE),
    ("has_cache", HANDLE),
    ("namespace", HANDLE),
    ("coordination", HANDLE),
    ("events", HANDLE),
    ("purge", HANDLE),
    ("refresh", HANDLE),
    ("kit", HANDLE),
    ("global_cache", HANDLE),
];
const HANDLE: i8 = 5;

/// Imports that point up: the module, what it may name, and why.
pub(crate) const EXCEPTIONS: [(&str, &str, &str); 1] =
    [("engine", "cache::Cache", "the handle is a pointer to the engine, and what expansions hand in")];

/// What the core must not know: its adapters, its users, and what only those have to do with.
const ABOVE_CORE: [&str; 7] = ["cache_macros", "cache_redis", "larder", "redis", "http", "axum", "hyper"];

/// What each crate must not depend on, not even in its tests.
const FORBIDDEN_DEPENDENCIES: [(&str, &[&str]); 4] = [
    ("cache-core", &["cache-macros", "cache-redis", "larder", "redis", "http", "axum", "hyper"]),
    ("cache-macros", &["cache-core", "cache-redis", "larder"]),
    ("cache-redis", &["cache-macros", "larder"]),
    ("tests/support", &["cache-core", "cache-macros", "cache-redis", "larder"]),
];

/// What an adapter may use of the core.
const OPEN_TO_ADAPTERS: [&str; 3] = ["port", "Error", "ErrorKind"];

/// Crates whose types stay inside.
const INSIDE: [&str; 2] = ["moka", "redis"];

/// Where they are public all the same, behind a feature: an application that uses the crate itself shares its connections.
const SHARED: &str = "cache-redis/src/handed.rs";

const CLOCK: &str = "cache-core/src/model/clock.rs";
const TEMPLATES: &str = "cache-macros/src/expand/";
const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;
const TEMPLATE_LINES: usize = 150;

/// Imports of `cache-core` that do not go down.
pub(crate) fn floors(path: &str, text: &str) -> Vec<String> {
    let Some(file) = path.strip_prefix("cache-core/src/").filter(|file| *file != "lib.rs") else {
        return Vec::new();
    };
    let module = file.split(['/', '.']).next().unwrap_or(file);
    let Some(own) = floor(module) else {
        return vec![at(path, 1, &format!("give `{module}` a floor: in FLOORS and in cache-core/src/lib.rs"))];
    };
    let code = code(text);
    let mut wrong = Vec::new();
    for import in paths(&code, "crate") {
        let target = import.first();
        let allowed = floor(target).map(|floor| floor < own || floor == HANDLE && own == HANDLE);
        if target == module || allowed == Some(true) || excepted(module, &import.segments) {
            continue;
        }
        let cure = match allowed {
            Some(_) => format!("`{module}` must not know `{target}`: move what both need to a lower floor"),
            None => format!("name the module that `crate::{}` comes from", import.segments),
        };
        wrong.push(at(path, import.line, &cure));
    }
    // A test module sees what it tests through `super`.
    let code = if path.ends_with("_tests.rs") { String::new() } else { without_tests(&code) };
    wrong.extend(paths(&code, "super").iter().map(|import| at(path, import.line, "write `crate::…` for `super::…`")));
    wrong
}

/// Names in `cache-core` of what is above it.
pub(crate) fn foreign_names(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let named = ABOVE_CORE.iter().flat_map(|name| paths(&code, name).into_iter().map(move |found| (name, found.line)));
    named.map(|(name, line)| at(path, line, &format!("the core knows no `{name}`: put a trait into `port`"))).collect()
}

/// Entries of a `Cargo.toml` that its crate must not have.
pub(crate) fn dependencies(path: &str, text: &str) -> Vec<String> {
    let package = path.strip_suffix("/Cargo.toml").unwrap_or(path);
    let forbidden =
        FORBIDDEN_DEPENDENCIES.iter().find(|(name, _)| *name == package).map_or(&[][..], |(_, names)| names);
    let mut wrong = Vec::new();
    let mut section = "";
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with('[') {
            section = line;
        }
        if !section.contains("dependencies") {
            continue;
        }
        let key = line.split(['=', '.', ' ']).next();
        let renamed = line.split_once("package = \"").and_then(|(_, rest)| rest.split('"').next());
        let table = line.trim_matches(['[', ']']).split_once("dependencies.").map(|(_, name)| name);
        for name in [key, renamed, table].into_iter().flatten().filter(|name| forbidden.contains(name)) {
            wrong.push(at(path, number, &format!("`{package}` must not depend on `{name}`")));
        }
    }
    wrong
}

/// What an adapter uses of the core beyond the ports.
pub(crate) fn adapter_imports(path: &str, text: &str) -> Vec<String> {
    let imports = paths(&code(text), "cache_core").into_iter();
    let closed = imports.filter(|import| !OPEN_TO_ADAPTERS.contains(&import.first()));
    closed.map(|it| at(path, it.line, &format!("an adapter uses {OPEN_TO_ADAPTERS:?} of the core only"))).collect()
}

/// What a recipe uses that its readers could not.
pub(crate) fn recipe_imports(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let inner = ["cache_core", "cache_macros", "cache_redis"].iter().flat_map(|root| paths(&code, root));
    let hidden = paths(&code, "crate").into_iter().filter(|import| ["__private", "private"].contains(&import.first()));
    inner.chain(hidden).map(|it| at(path, it.line, "a recipe uses the public API of `larder`, by `crate::`")).collect()
}

/// Public signatures that name a type of moka or redis.
pub(crate) fn leaks(path: &str, text: &str) -> Vec<String> {
    if path == SHARED {
        return Vec::new();
    }
    let code = without_tests(&code(text));
    let imports = INSIDE.iter().flat_map(|root| paths(&code, root)).filter(|found| found.imported);
    let mut imported: Vec<String> = imports.map(|found| found.local_name().to_owned()).collect();
    // `use redis::{self, Commands as _}` gives a file no name but the root's.
    imported.retain(|name| name != "self" && name != "_");
    let mut wrong = Vec::new();
    for (start, _) in words(&code).filter(|(_, word)| *word == "pub") {
        let signature = signature(&code[start + "pub".len()..]);
        let named = INSIDE.iter().any(|root| !paths(signature, root).is_empty());
        let is_imported = |at: usize, word: &str| {
            imported.iter().any(|name| name == word) && !signature[..at].trim_end().ends_with("::")
        };
        if named || words(signature).any(|(at, word)| is_imported(at, word)) {
            wrong.push(at(path, line(&code, start), "a type of moka or redis is public: wrap it in one of ours"));
        }
    }
    wrong
}

/// Readings of a clock outside the one file.
pub(crate) fn clock_readings(path: &str, text: &str) -> Vec<String> {
    if path == CLOCK || path.ends_with("_tests.rs") {
        return Vec::new();
    }
    let code = without_tests(&code(text));
    let reads = |start: usize, word: &str| match word {
        "coarsetime" | "UNIX_EPOCH" => true,
        "Instant" | "SystemTime" => {
            let called = code[start + word.len()..].trim_start().strip_prefix("::");
            called.is_some_and(|name| name.trim_start().starts_with("now"))
        }
        _ => false,
    };
    let readings = words(&code).filter(|(start, word)| reads(*start, word));
    readings.map(|(start, _)| at(path, line(&code, start), &format!("take the time from a `Clock`: {CLOCK}"))).collect()
}

/// A file that does not say what it is for.
pub(crate) fn missing_header(path: &str, text: &str) -> Vec<String> {
    // A facade's documentation is its README.
    let opens = text.starts_with("//!") || text.starts_with("#![doc = include_str!");
    if opens { Vec::new() } else { vec![at(path, 1, "open the file with `//!` and one sentence: what is it for?")] }
}

/// A file that is too long.
pub(crate) fn long_file(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    if lines <= FILE_LINES {
        return Vec::new();
    }
    vec![at(path, FILE_LINES + 1, &format!("{lines} lines, at most {FILE_LINES}: split the file by concept"))]
}

/// Functions that are too long.
pub(crate) fn long_functions(path: &str, text: &str) -> Vec<String> {
    let limit = if path.starts_with(TEMPLATES) { TEMPLATE_LINES } else { FUNCTION_LINES };
    let code = code(text);
    let mut wrong = Vec::new();
    for (start, _) in words(&code).filter(|(_, word)| *word == "fn") {
        let function = &code[start..start + item_length(&code[start..])];
        let lines = function.lines().count();
        let name = words(function).nth(1).map_or("", |(_, name)| name);
        if lines > limit && function[2..].trim_start().starts_with(name) {
            let cure = format!("`{name}` has {lines} lines, at most {limit}: take a step out of it");
            wrong.push(at(path, line(&code, start), &cure));
        }
    }
    wrong
}

fn at(path: &str, line: usize, cure: &str) -> String {
    format!("{path}:{line}: {cure}")
}

fn floor(module: &str) -> Option<i8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

fn excepted(module: &str, segments: &str) -> bool {
    let named = |path: &str| segments.strip_prefix(path).is_some_and(|rest| !rest.starts_with(is_word));
    EXCEPTIONS.iter().any(|(from, path, _)| *from == module && named(path))
}
