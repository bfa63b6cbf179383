//! Misuses and the compiler's messages for them, one rule in each file, beside shapes that must compile.
//!
//! The messages were recorded with the minor version of `rustc` that `rust-version` names. With another one, whose
//! wording may differ, only the shapes are compiled. Record anew: `TRYBUILD=overwrite cargo test --test ui`.

#[path = "ui/messages.rs"]
mod messages;

use std::process::Command;

#[test]
fn misuses_are_explained_and_shapes_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/*/pass/*.rs");
    if rustc_minor() == recorded_minor() {
        cases.compile_fail("tests/ui/*/fail/*.rs");
    } else {
        eprintln!("compiler messages are not compared: they were recorded with rustc 1.{}", recorded_minor());
    }
}

/// The minor version of the compiler that runs.
fn rustc_minor() -> u32 {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8(output.stdout).expect("rustc prints text");
    minor(version.split_whitespace().nth(1).expect("`rustc 1.x.y`"))
}

/// The minor version of `rust-version`.
fn recorded_minor() -> u32 {
    minor(env!("CARGO_PKG_RUST_VERSION"))
}

fn minor(version: &str) -> u32 {
    version.split('.').nth(1).and_then(|minor| minor.parse().ok()).expect("a version has a minor part")
}
