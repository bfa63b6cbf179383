//! What `docs/coverage.md` says is there: each public path in its middle column, and each test in its last one.
//!
//! Paths are looked up in the sources, as `cargo fmt` lays them out. Beside each test that the page holds stands one that
//! what is not there is noticed.

use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../docs/coverage.md");
/// What users can name.
const FACADE: &str = include_str!("../src/lib.rs");
/// What users can name of its recipes.
const RECIPES: &str = include_str!("../src/recipes/mod.rs");
/// Where its modules are.
const CORE: &str = include_str!("../cache-core/src/lib.rs");

/// A row: what it is called, the paths and the tests.
fn rows() -> Vec<(String, Vec<String>, Vec<String>)> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| M")).map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 6, "no row of four cells: {row}");
        (cells[1].to_owned(), spans(cells[3]), spans(cells[4]))
    });
    rows.collect()
}

/// What stands between backquotes.
fn spans(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|other| other == word)
}

fn is_exported(name: &str) -> bool {
    exports(FACADE, name)
}

fn exports(module: &str, name: &str) -> bool {
    module.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next()).any(|names| has_word(names, name))
}

/// The text of every source that holds public types.
fn sources() -> Vec<String> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of ours") {
            let path = entry.expect("an entry of it").path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    for folder in ["cache-core/src", "cache-redis/src", "src/recipes", "src/config"] {
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    files.into_iter().map(|file| fs::read_to_string(file).expect("a source is text")).collect()
}

/// The lines of each top-level item whose first line `begins` accepts.
fn bodies(source: &str, begins: impl Fn(&str) -> bool) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if begins(line) {
            found.push(lines.by_ref().take_while(|line| *line != "}").collect());
        }
    }
    found
}

/// Whether the line begins an item of the type itself: what it is, or an `impl` of no trait.
fn is_of(line: &str, name: &str) -> bool {
    let own = match line.strip_prefix("impl") {
        Some(rest) => (!line.contains(" for ")).then(|| behind_parameters(rest)),
        None => ["pub enum ", "pub struct "].iter().find_map(|begin| line.strip_prefix(begin)),
    };
    own.is_some_and(|own| own.trim_start().split(['<', ' ']).next() == Some(name))
}

/// What stands behind the parameters of an `impl`.
fn behind_parameters(rest: &str) -> &str {
    let mut open = 0;
    for (at, letter) in rest.char_indices() {
        match letter {
            '<' => open += 1,
            '>' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return if at == 0 { rest } else { &rest[at + 1..] };
        }
    }
    rest
}

/// Whether the line begins a public method, a field or a variant of that name.
fn declares(line: &str, name: &str) -> bool {
    let Some(rest) = line.strip_prefix("    ").filter(|rest| !rest.starts_with([' ', '/', '#'])) else { return false };
    let public = rest.strip_prefix("pub ").unwrap_or(rest);
    let is_variant = public == rest && name.starts_with(char::is_uppercase);
    let named = public.trim_start_matches("const ").trim_start_matches("async ").trim_start_matches("fn ");
    let ends = named.strip_prefix(name).is_some_and(|behind| behind.starts_with(['(', '<', ':', ',', ' ']));
    (public != rest || is_variant) && ends
}

/// Whether a user can write this path, or an attribute with these arguments.
fn path_exists(path: &str) -> bool {
    if let Some(attribute) = path.strip_prefix("#[").and_then(|path| path.strip_suffix(")]")) {
        let Some((name, arguments)) = attribute.split_once('(') else { return false };
        let table = format!("{}/cache-macros/docs/{name}-arguments.md", env!("CARGO_MANIFEST_DIR"));
        let Ok(table) = fs::read_to_string(table) else { return false };
        let known =
            table.lines().filter_map(|row| row.strip_prefix("| ")?.split(" | ").next()).collect::<Vec<_>>().join(" ");
        return is_exported(name)
            && arguments.split(", ").all(|argument| known.split('`').any(|it| is_argument(it, argument)));
    }
    let segments: Vec<&str> = path.split("::").collect();
    match segments[..] {
        ["larder", name] => is_exported(name),
        ["larder", "recipes", name] => exports(RECIPES, name),
        ["larder", "recipes", of, name] => exports(RECIPES, of) && has_item(of, name),
        ["larder", "recipes", module, of, name] => {
            RECIPES.contains(&format!("pub mod {module};")) && has_item(of, name)
        }
        ["larder", module, name] if module.starts_with(char::is_lowercase) => {
            let inside = bodies(CORE, |line| line == format!("pub mod {module} {{"));
            is_exported(module) && inside.iter().flatten().any(|line| has_word(line, name))
        }
        ["larder", of, name] => is_exported(of) && has_item(of, name),
        ["larder", module, of, name] => path_exists(&format!("larder::{module}::{of}")) && has_item(of, name),
        _ => false,
    }
}

/// Whether a type has a public method, a field or a variant of that name.
fn has_item(of: &str, name: &str) -> bool {
    let sources = sources();
    let items = sources.iter().flat_map(|source| bodies(source, |line| is_of(line, of)));
    items.flatten().any(|line| declares(line, name))
}

/// Whether the text of a table's cell spells the argument.
fn is_argument(spelled: &str, name: &str) -> bool {
    spelled.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(']))
}

/// Whether there is a test `tests/values/bulk.rs::name`: with the attribute, or made for each kind of cache by a macro.
fn test_exists(test: &str) -> bool {
    let Some((path, name)) = test.split_once("::") else { return false };
    let Ok(source) = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)) else { return false };
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(at, line)| {
        let is_it =
            line.split("fn ").nth(1).and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with('('));
        let attributes = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        let is_made =
            ["Level)", "Backend)", "Processes)", "Kind)"].iter().any(|kind| line.contains(&format!(": {kind}")));
        is_it && (is_made || attributes.into_iter().any(|line| line.ends_with("test]") || line.contains("test(")))
    })
}

#[test]
fn every_path_is_there() {
    for (row, paths, _) in rows() {
        assert!(!paths.is_empty(), "{row} names no path");
        for path in paths {
            assert!(path_exists(&path), "{row} names `{path}`, which nobody can write");
        }
    }
}

#[test]
fn every_test_is_there() {
    for (row, _, tests) in rows() {
        assert!(!tests.is_empty(), "{row} names no test");
        for test in tests {
            assert!(test_exists(&test), "{row} names `{test}`, which is no test");
        }
    }
}

#[test]
fn every_row_is_there_once() {
    let rows: Vec<_> = rows().into_iter().map(|(row, ..)| row).collect();
    for row in (1..=25).chain(27..=30).chain(34..=39) {
        let row = format!("M{row}");
        assert_eq!(rows.iter().filter(|other| **other == row).count(), 1, "{row}");
    }
}

#[test]
fn a_path_that_is_not_there_is_noticed() {
    for path in [
        "larder::Cache",
        "larder::Cache::clear",
        "larder::Set::tags",
        "larder::Item::new",
        "larder::Policy::for_ever",
        "larder::Preset::Lookup",
        "larder::Stats::hits",
        "larder::tenant::scope",
        "larder::recipes::Sessions",
        "larder::recipes::Sessions::create",
        "larder::recipes::warming::Existing::Refreshed",
        "#[cacheable(tags, tenant)]",
    ] {
        assert!(path_exists(path), "`{path}` is there");
        let (at, _) = path.rmatch_indices(['(', ':', ' ']).next().expect("two pieces");
        let (before, name) = path.split_at(at + 1);
        for other in [format!("{before}no_{name}"), format!("{path}_"), format!("{before}{}", &name[1..])] {
            assert!(!path_exists(&other), "`{other}` is not there");
        }
    }
    assert!(!path_exists("larder::Namespace::engine"), "it is not public");
    assert!(!path_exists("larder::Cache::get"), "it is another type's");
    assert!(!path_exists("larder::runtime::load"), "it is not exported");
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    assert!(test_exists("tests/coverage.rs::every_test_is_there"));
    assert!(test_exists("tests/behavior/tenants.rs::a_task_that_is_spawned_has_no_tenant_unless_it_is_taken_along"));
    assert!(test_exists("tests/levels/tenants.rs::a_tenants_entries_are_its_own_on_every_node"));
    for none in ["tests/coverage.rs::every_test", "tests/coverage.rs::rows", "tests/none.rs::a", "tests/coverage.rs"] {
        assert!(!test_exists(none), "{none}");
    }
}
