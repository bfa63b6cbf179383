//! Every argument of the tables in the documentation is used by the crate, for each macro in every way that the table shows.

use std::fs;
use std::path::{Path, PathBuf};

const MACROS: [&str; 4] = ["cacheable", "cache_put", "cache_evict", "cache_config"];

#[test]
fn every_argument_is_used_in_every_way_that_the_documentation_shows() {
    let sources: String = files("src").iter().map(|file| read(file)).collect();
    for name in MACROS {
        let forms = forms(&read(&root().join(format!("../../cache-macros/docs/{name}-arguments.md"))));
        assert!(forms.len() > 10, "the table of `{name}` is not read any more");
        let missing = missing(name, &forms, &sources);
        assert!(missing.is_empty(), "use with `{name}` in tests/strict/src: {missing:?}");
    }
}

#[test]
fn an_argument_that_is_not_used_is_found() {
    let table = "
| argument | meaning |
|---|---|
| `\"TEMPLATE\"`, `key = EXPR` | the `key` |
| `tags = [\"TEMPLATE\"]`, `tags = \\|v\\| EXPR` | tags |
| `all, across_tenants` | all |
| `cache_none`, `cache_none = \"30s\"` | absence |
| `hash(email)` | secrets |
| `l1 = off` | memory |
";
    let forms = forms(table);
    let source = r#"
/// `#[cacheable(hash(name))]`, as a comment.
#[cacheable("a, {b}", tags = |v| [v.len(), 1], cache_none, all)]
#[cacheable(key = (a, "b)"), l1 = on)]
#[cache_put(cache_none = "1s", all, across_tenants)]
#[caching(cache_put("x"), cacheable(l1 = off))]
"#;
    let expected = ["tags = [\"TEMPLATE\"]", "all, across_tenants", "cache_none = \"30s\"", "hash(email)"];
    assert_eq!(missing("cacheable", &forms, source), expected);
    assert_eq!(missing("cache_put", &forms, source)[..2], ["key = EXPR", "tags = [\"TEMPLATE\"]"]);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
    entries.map(|entry| entry.expect("the folder can be read").path()).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between backticks in the first column: `name`, `name = value`, `name(..)`, or several of them.
fn forms(table: &str) -> Vec<String> {
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| {
        let row = row.replace("\\|", "\0");
        let column = row.split('|').nth(1).unwrap_or_default().replace('\0', "|");
        column.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    })
    .collect()
}

/// The forms that no use of the macro has.
fn missing<'a>(name: &str, forms: &'a [String], sources: &str) -> Vec<&'a str> {
    let uses = uses(name, sources);
    let has = |arguments: &[String], form: &str| arguments.iter().any(|argument| matches(argument, form));
    let is_used = |form: &str| uses.iter().any(|arguments| list(form).iter().all(|form| has(arguments, form)));
    forms.iter().map(String::as_str).filter(|form| !is_used(form)).collect()
}

/// The arguments of each use of a macro, also inside of `caching`.
fn uses(name: &str, sources: &str) -> Vec<Vec<String>> {
    let code: String =
        sources.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ");
    let begins = code.match_indices(&format!("{name}(")).map(|(at, found)| at + found.len()).collect::<Vec<_>>();
    begins.into_iter().map(|begin| list(&code[begin..])).collect()
}

/// Splits at commas, up to the end or the parenthesis that closes what surrounds it.
fn list(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut in_text) = (vec![String::new()], 0, false);
    for character in text.chars() {
        match character {
            '"' => in_text = !in_text,
            _ if in_text => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("there is always one").push(character);
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Whether an argument is of the form: the same name, and the same kind of value. In capitals stands anything else.
fn matches(argument: &str, form: &str) -> bool {
    let name_ends = form.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(form.len());
    let (name, shown) = form.split_at(name_ends);
    let Some(given) = argument.strip_prefix(name) else { return false };
    let Some(shown) = shown.strip_prefix(" = ") else {
        return given.chars().next() == shown.chars().next();
    };
    let Some(given) = given.trim_start().strip_prefix('=').map(str::trim) else { return false };
    let kind = |text: &str| text.chars().next().filter(|first| "\"|[".contains(*first));
    let is_word = shown.starts_with(|first: char| first.is_ascii_lowercase());
    if is_word { given == shown } else { kind(given) == kind(shown) }
}
