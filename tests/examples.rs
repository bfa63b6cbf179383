//! The examples: each that ends by itself runs, and asserts what it prints; each is listed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LIST: &str = include_str!("../examples/README.md");

/// Runs an example, which `cargo test` has built, and gives what it prints.
fn printed(name: &str) -> String {
    printed_with(name, &[])
}

fn printed_with(name: &str, arguments: &[&str]) -> String {
    let test = std::env::current_exe().expect("a test knows where it is");
    let profile = test.parent().and_then(Path::parent).expect("it stands in `deps`");
    let program = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let ended = Command::new(&program).args(arguments).output();
    let ended = ended.unwrap_or_else(|error| panic!("{}: {error}; run `cargo build --examples`", program.display()));
    assert!(ended.status.success(), "{name}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).expect("it prints text")
}

#[test]
fn cache_aside_asks_the_database_once() {
    assert!(printed("cache_aside").contains("100 readers of a cup at once: 1 query"));
}

#[test]
fn write_through_finds_what_was_written_without_a_query() {
    assert!(printed("write_through").contains("renamed, and found without a query: Some(\"Grace\")"));
}

#[test]
fn multi_level_is_answered_by_each_level() {
    assert!(printed("multi_level").contains("the second node again: 450 cents, from Memory"));
}

#[test]
fn tags_take_along_what_shows_a_change() {
    assert!(printed("tags").contains("customer 7 has changed: 3 loads"));
}

#[test]
fn sessions_end() {
    assert!(printed("sessions").contains("two hours after the log-in: nobody"));
}

#[test]
fn invoice_numbers_have_no_gap_and_no_double() {
    let printed = printed("invoice_numbers");
    assert!(printed.contains("who comes too late writes it: false"));
    assert!(printed.contains("201 invoices of 4 nodes have 201 numbers, from 1 to 201"));
}

#[test]
fn rate_limited_tells_who_is_refused_when_to_come_again() {
    assert!(printed_with("rate_limited", &["--self-test"]).contains("ada: 429"));
}

/// Also where there is no terminal for a bar, as here.
#[test]
fn warming_tells_what_it_has_done() {
    assert!(printed("warming").contains("once more: 39 were there, 1 failed again"));
}

#[test]
fn every_example_is_listed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples");
    for entry in fs::read_dir(folder).expect("a folder of ours") {
        let name = entry.expect("an entry of it").file_name().into_string().expect("a name of ours");
        assert!(name == "README.md" || LIST.contains(&format!("| `{name}")), "{name} is not listed");
    }
}
