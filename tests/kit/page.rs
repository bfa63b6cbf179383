//! `docs/testing.md` shows the tests that stand in `users.rs`, and they are short.

const PAGE: &str = include_str!("../../docs/testing.md");
const SHOWN: &str = include_str!("users.rs");

/// How many lines a service and its tests may have.
const LINES: usize = 80;

#[test]
fn the_page_shows_the_example_as_it_is_tested() {
    let (_, shown) = SHOWN.split_once("\n\n").expect("a line of its own says what the file is");
    assert!(PAGE.contains(&format!("```rust,no_run\n{shown}```\n")), "docs/testing.md shows something else");
}

#[test]
fn the_example_is_short() {
    let block = PAGE.split("```rust,no_run\n").nth(1).and_then(|rest| rest.split("```\n").next()).expect("a block");
    let lines = block.lines().count();
    assert!(lines < LINES, "{lines} lines");
    for shown in ["#[cacheable(", "#[cache_put(", "#[cache_evict(", "kit.advance(", "Fault::Down", "kit.hold("] {
        assert!(block.contains(shown), "the example lacks `{shown}`");
    }
}
