//! Every set of features is a whole: the library compiles with it, and warns of nothing.

use std::path::Path;
use std::process::Command;

/// Checks the library as users build it, with these features and no others.
fn check(features: &str) {
    // The folder of the tests themselves, in which what the library depends on is checked already.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a folder in the target's");
    let checked = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--package", "larder", "--lib", "--no-default-features", "--features", features])
        .arg("--target-dir")
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&checked.stderr);
    let is_clean = checked.status.success() && !said.contains("warning");
    assert!(is_clean, "`cargo check -p larder --no-default-features --features '{features}'`:\n{said}");
}

#[test]
fn each_set_of_features_compiles_without_a_warning() {
    for features in ["", "redis", "tls", "redis-client", "testing", "toml", "zstd"] {
        check(features);
    }
}
