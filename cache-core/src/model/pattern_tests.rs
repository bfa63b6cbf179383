//! What patterns match, and what they must not.

use super::*;
use crate::model::key::{CacheKey, KeyWriter};
use crate::model::key_secret::OF_PROCESS;

fn value(text: &str) -> Vec<u8> {
    let mut key = KeyWriter::detached(&OF_PROCESS);
    text.write_key(&mut key);
    key.written().to_vec()
}

fn matches(pattern: &str, key: &str) -> bool {
    KeyPattern::parse(pattern).matches(key.as_bytes())
}

#[test]
fn wildcards_mean_what_they_mean_in_redis() {
    for (pattern, key, expected) in [
        ("user:*", "user:42", true),
        ("user:*", "users:42", false),
        ("user:*", "user:", true),
        ("*", "", true),
        ("", "", true),
        ("", "x", false),
        ("user:?", "user:4", true),
        ("user:?", "user:42", false),
        ("*:7:*", "a:7:b", true),
        ("*:7:*", "a:77:b", false),
        ("**b", "ab", true),
        ("[ab]x", "bx", true),
        ("[^ab]x", "bx", false),
        ("[a-c]x", "bx", true),
        ("[a-c]x", "dx", false),
        ("[c-a]x", "bx", true),
        ("[a", "a", true),
    ] {
        assert_eq!(matches(pattern, key), expected, "{pattern} on {key}");
    }
}

#[test]
fn an_escaped_wildcard_finds_the_character_as_keys_write_it() {
    assert!(matches("a\\*b", "a%2Ab"));
    assert!(!matches("a\\*b", "axb"));
}

#[test]
fn a_literal_finds_what_a_template_with_the_same_literal_wrote() {
    assert!(matches("user list:*", "user%20list:7"));
}

#[test]
fn a_value_full_of_wildcards_matches_only_itself() {
    for hostile in ["*", "?", "[a-z]", "\\", "{}", "a:b", "%", "#", "%2A"] {
        let mut pattern = KeyPattern::parse("user:");
        pattern.push_value(&value(hostile));
        pattern.push_glob(":*");
        let own = [b"user:".as_slice(), &value(hostile), b":x"].concat();
        assert!(pattern.matches(&own), "{hostile}");
        for other in ["user:42:x", "user:a:x", "user::x", "user:ab:x"] {
            assert!(!pattern.matches(other.as_bytes()), "{hostile} on {other}");
        }
    }
}

#[test]
fn a_value_is_found_though_its_place_called_for_an_escape() {
    // The template "{name}-{day}" writes the `-` of the name as %2D.
    let mut pattern = KeyPattern::default();
    pattern.push_value(&value("x-y"));
    pattern.push_glob("*");
    assert!(pattern.matches(b"x%2Dy-05"));
}

#[test]
fn a_hashed_key_matches_when_its_head_could() {
    let hashed = format!("user:{}#{}", "k".repeat(123), "0".repeat(64));
    assert!(matches("user:*:tail", &hashed));
    assert!(!matches("order:*", &hashed));
    let cut_in_an_escape = format!("user:{}%2#{}", "k".repeat(121), "0".repeat(64));
    assert!(matches("user:*", &cut_in_an_escape));
}

#[test]
fn a_pattern_of_many_stars_takes_no_exponential_time() {
    let pattern = KeyPattern::parse(&"*a".repeat(100));
    assert!(!pattern.matches(&b"a".repeat(99)));
    assert!(pattern.matches(&b"a".repeat(200)));
}
