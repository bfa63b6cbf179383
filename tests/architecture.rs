//! The rules of the workspace that the compiler does not know, checked by reading the sources.
//!
//! Beside each test that the sources keep a rule stands one that a snippet which breaks it is caught, at those lines
//! and no others.

#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/rust.rs"]
mod rust;

use std::fs;
use std::path::{Path, PathBuf};

/// From a file's path and text to what is wrong in it, each as `path:line: what to do`.
type Rule = fn(&str, &str) -> Vec<String>;

#[test]
fn imports_of_the_core_point_down() {
    assert_kept(rules::floors, &sources("cache-core/src"));
}

#[test]
fn an_import_that_points_up_or_aside_is_caught() {
    let memory = "\
use crate::memory::shard::Shard;
use crate::model::{clock::Clock, entry::{Entry, Floors}};
use crate::flight::table::Table;
use crate::{model::key, engine::Engine};
use crate::Cache;
use super::engine;
use crate as core;
/// See [`crate::engine`].
const TEXT: &str = r#\"crate::engine\"#; // crate::engine
fn here(_: &crate::fence::tags::Tags) {}
macro_rules! hit { () => { $crate::testing::hit() } }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::global_cache::global;
}
";
    assert_caught(rules::floors, "cache-core/src/memory/mod.rs", memory, &[3, 4, 5, 6, 7, 10, 16]);
    assert_caught(rules::floors, "cache-core/src/new.rs", "", &[1]);
    assert_caught(
        rules::floors,
        "cache-core/src/builder.rs",
        "use crate::cache::Cache;\nuse crate::engine::Engine;",
        &[],
    );
}

#[test]
fn only_a_listed_import_of_the_engine_points_up() {
    let engine = "use crate::cache::Cache;\nuse crate::cache::CacheInner;\nuse crate::builder::CacheBuilder;\n";
    assert_caught(rules::floors, "cache-core/src/engine/put.rs", engine, &[2, 3]);
    assert_caught(rules::floors, "cache-core/src/flight/load.rs", "use crate::cache::Cache;", &[1]);
}

#[test]
fn every_listed_exception_is_needed() {
    for (module, path, reason) in rules::EXCEPTIONS {
        let files = sources(&format!("cache-core/src/{module}"));
        let needed = files.iter().any(|(_, text)| text.contains(&format!("crate::{path}")));
        assert!(needed, "`{module}` does not name `crate::{path}` any more: remove the exception ({reason})");
    }
}

#[test]
fn the_core_knows_no_server_and_no_macro() {
    assert_kept(rules::foreign_names, &sources("cache-core/src"));
}

#[test]
fn a_server_in_the_core_is_caught() {
    let port = "\
use redis::Client;
use std::sync::Arc;
use {http, serde::Serialize};
fn wildcards_as_in_redis(redis: usize) -> usize { redis }
fn answer() -> ::axum::Json<()> { crate::model::http::answer() }
// use hyper::Body;
";
    assert_caught(rules::foreign_names, "cache-core/src/port/remote.rs", port, &[1, 3, 5]);
}

#[test]
fn dependencies_point_down() {
    let manifests = packages().map(|package| read(&package.join("Cargo.toml"))).collect::<Vec<_>>();
    assert_kept(rules::dependencies, &manifests);
}

#[test]
fn a_dependency_that_points_up_is_caught() {
    let manifest = "\
[package]
name = \"cache-core\"
keywords = [\"redis\"]
[dependencies]
moka.workspace = true
redis = \"1\"
server = { package = \"redis\", version = \"1\" }
# axum = \"0.8\"
[target.'cfg(unix)'.dev-dependencies]
larder = { path = \"..\" }
[dependencies.http]
version = \"1\"
";
    assert_caught(rules::dependencies, "cache-core/Cargo.toml", manifest, &[6, 7, 10, 11]);
    assert_caught(
        rules::dependencies,
        "cache-macros/Cargo.toml",
        "[dependencies]\ncache-core.workspace = true\n",
        &[2],
    );
    assert_caught(rules::dependencies, "cache-redis/Cargo.toml", "[dependencies]\ncache-core.workspace = true\n", &[]);
    assert_caught(rules::dependencies, "tests/support/Cargo.toml", "[dependencies]\nlarder.path = \"../..\"\n", &[2]);
}

#[test]
fn adapters_use_the_ports_only() {
    assert_kept(rules::adapter_imports, &sources("cache-redis/src"));
}

#[test]
fn an_adapter_that_calls_the_engine_is_caught() {
    let adapter = "\
use cache_core::port::{RemoteStore, Stamp};
use cache_core::{Error, ErrorKind};
use cache_core::runtime::load;
use cache_core::{Cache, Error};
fn load(plan: cache_core::runtime::Plan) {}
use cache_core as core;
";
    assert_caught(rules::adapter_imports, "cache-redis/src/store.rs", adapter, &[3, 4, 5, 6]);
}

#[test]
fn recipes_use_what_users_can_name() {
    assert_kept(rules::recipe_imports, &sources("src/recipes"));
}

#[test]
fn a_recipe_that_uses_more_is_caught() {
    let recipe = "\
use crate::{Cache, Error};
use crate::recipes::SessionId;
use cache_core::Cache;
use crate::__private::Plan;
fn load(plan: cache_core::runtime::Plan) {}
/// See `cache_core::Cache`.
fn here(_: &Cache) {}
";
    assert_caught(rules::recipe_imports, "src/recipes/sessions.rs", recipe, &[3, 4, 5]);
}

#[test]
fn no_type_of_moka_or_redis_is_public() {
    assert_kept(rules::leaks, &all_sources());
}

#[test]
fn a_public_type_of_moka_or_redis_is_caught() {
    let module = "\
use moka::sync::{self, Cache as Map, ConcurrentCacheExt as _};
pub struct Memory(moka::sync::Cache<u64, u64>);
pub struct Open {
    pub redis: Config,
    pub map: Map<u64, u64>,
    inner: redis::Client,
}
pub fn map(
    capacity: [u64; 2],
) -> moka::sync::Cache<u64, u64> { Map::new(capacity[0]) }
pub(crate) fn inner() -> Map<u64, u64> { Map::new(1) }
pub const fn plain() -> u64 { Map::<u64, u64>::new(1).len() }
pub enum Failure {
    Server(redis::RedisError),
}
pub trait Store {
    fn client(&self) -> redis::Client;
}
pub type Alias = Map<u64, u64>;
pub use redis::Client;
pub fn ignored(&self, _: std::sync::Arc<u64>) {}
pub fn by_module() -> sync::Cache<u64, u64> { sync::Cache::new(1) }
";
    assert_caught(rules::leaks, "cache-core/src/memory/mod.rs", module, &[5, 8, 13, 16, 19, 20, 22]);
}

#[test]
fn the_clock_is_read_in_one_place() {
    assert_kept(rules::clock_readings, &all_sources());
}

#[test]
fn a_second_reading_of_the_clock_is_caught() {
    let file = "\
use std::time::{Duration, Instant};
fn now() -> Instant { Instant::now() }
fn wall() -> Duration { std::time::SystemTime :: now().duration_since(UNIX_EPOCH).unwrap() }
fn coarse() -> u64 { coarsetime::Instant::recent().as_ticks() }
fn since(begin: Instant, end: Instant) -> Duration { end - begin }
#[cfg(test)]
mod tests {
    fn now() -> Instant { Instant::now() }
}
";
    assert_caught(rules::clock_readings, "cache-core/src/engine/load.rs", file, &[2, 3, 3, 4]);
    assert_caught(rules::clock_readings, "cache-core/src/model/clock.rs", file, &[]);
}

#[test]
fn every_file_says_what_it_is_for() {
    assert_kept(rules::missing_header, &all_sources());
}

#[test]
fn a_file_that_does_not_say_what_it_is_for_is_caught() {
    assert_caught(rules::missing_header, "src/a.rs", "// Floor 0: keys.\n", &[1]);
    assert_caught(rules::missing_header, "src/a.rs", "//! Floor 0: keys.\n", &[]);
}

#[test]
fn files_are_short() {
    assert_kept(rules::long_file, &all_sources());
}

#[test]
fn a_long_file_is_caught() {
    assert_caught(rules::long_file, "src/a.rs", &"\n".repeat(400), &[]);
    assert_caught(rules::long_file, "src/a.rs", &"\n".repeat(401), &[401]);
}

#[test]
fn functions_are_short() {
    assert_kept(rules::long_functions, &all_sources());
}

#[test]
fn a_long_function_is_caught() {
    let function = |lines: usize| {
        let body = "    let _ = ('{', '\\'', \"{\", b\"\\\"{\", r#\"{\"#); /* { /* */ */\n".repeat(lines - 2);
        format!("struct A<'a>(fn(&'a u8) -> [u8; 4]);\nfn long(_: [u8; 4]) {{\n{body}}}\n")
    };
    assert_caught(rules::long_functions, "src/a.rs", &function(60).repeat(2), &[]);
    assert_caught(rules::long_functions, "src/a.rs", &function(61), &[2]);
    assert_caught(rules::long_functions, "cache-macros/src/expand/key.rs", &function(150), &[]);
    assert_caught(rules::long_functions, "cache-macros/src/expand/key.rs", &function(151), &[2]);
}

/// Asserts that no file breaks a rule.
#[track_caller]
fn assert_kept(rule: Rule, files: &[(String, String)]) {
    let wrong: Vec<String> = files.iter().flat_map(|(path, text)| rule(path, text)).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Asserts that a rule finds what is wrong at these lines, and nothing else.
#[track_caller]
fn assert_caught(rule: Rule, path: &str, text: &str, lines: &[usize]) {
    let wrong = rule(path, text);
    let place = format!("{path}:");
    let numbers =
        wrong.iter().map(|wrong| wrong.strip_prefix(&place).and_then(|rest| rest.split(':').next()?.parse().ok()));
    let mut found: Vec<usize> = numbers.map(|number| number.expect("a violation begins with `path:line:`")).collect();
    found.sort_unstable();
    assert_eq!(found, lines, "{wrong:#?}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders that hold a package with sources of its own.
fn packages() -> impl Iterator<Item = PathBuf> {
    let folders = entries(root()).into_iter().chain(entries(&root().join("tests")));
    let is_package = |path: &PathBuf| path.join("Cargo.toml").exists() && path.join("src").exists();
    std::iter::once(root().to_owned()).chain(folders.filter(is_package))
}

fn all_sources() -> Vec<(String, String)> {
    packages().flat_map(|package| sources(&relative(&package.join("src")))).collect()
}

/// The Rust files under a folder, by path from the root, with `/` on every system.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut folders = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(read(&path));
            }
        }
    }
    assert!(!files.is_empty(), "no sources in {folder}");
    files
}

fn read(path: &Path) -> (String, String) {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (relative(path), text)
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}
