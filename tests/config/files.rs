//! Files and their profiles, with golden results. `LARDER_WRITE_GOLDEN=1` writes them anew.

use std::path::{Path, PathBuf};
use std::{env, fs};

use larder::Config;

use crate::of;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/golden")
}

/// Compares what a configuration comes to with the text of that name.
#[track_caller]
fn is_golden(config: &Config, name: &str) {
    let path = folder().join(name).with_extension("txt");
    let described = config.describe().expect("the profile is known");
    if env::var_os("LARDER_WRITE_GOLDEN").is_some() {
        fs::write(&path, &described).expect("it can be written");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(described, golden, "{}", path.display());
}

/// The file of the documentation, under a name that is the same everywhere.
fn file(profile: Option<&str>, variables: &[(&str, &str)]) -> Config {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/larder.toml")).expect("it is there");
    let config = of(variables).or_toml(&text).expect("it can be read");
    match profile {
        Some(profile) => config.profile(profile),
        None => config,
    }
}

#[test]
fn without_a_profile_a_file_says_what_holds_for_all() {
    is_golden(&file(None, &[]), "no-profile");
}

#[test]
fn a_profile_stands_before_what_holds_for_all() {
    for profile in ["development", "test", "production"] {
        is_golden(&file(Some(profile), &[]), profile);
    }
}

#[test]
fn the_environment_names_the_profile_and_stands_before_the_file() {
    let variables = [("LARDER_PROFILE", "production"), ("REDIS_CACHE_TTL", "60"), ("REDIS_HOST", "cache-7.internal")];
    is_golden(&file(None, &variables), "production-with-environment");
}

#[test]
fn the_program_names_the_profile_before_the_environment() {
    is_golden(&file(Some("test"), &[("LARDER_PROFILE", "production")]), "test");
}

#[test]
fn a_profile_that_no_file_has_is_refused_with_those_there_are() {
    let error = file(Some("prodcution"), &[]).describe().expect_err("there is none");
    assert_eq!(error.to_string(), "there is no profile `prodcution`: did you mean `production`?");
    let error = file(Some("staging-eu"), &[]).describe().expect_err("there is none");
    assert!(error.to_string().contains("there are `development`, `production`, `test`"), "{error}");
    let error = Config::new().profile("production").describe().expect_err("there is none");
    assert!(error.to_string().contains("`[profiles.NAME]`"), "{error}");
}

#[tokio::test]
async fn a_profile_that_no_file_has_makes_no_cache() {
    let error = file(Some("prodcution"), &[]).connect().await.expect_err("there is none");
    assert!(error.is_config(), "{error}");
}

#[test]
fn a_profile_has_no_profiles() {
    let config = Config::new().or_toml("[profiles.a.profiles.b]\nttl = \"1m\"").expect("it can be read");
    assert!(config.describe().expect_err("nested").is_config());
}

#[test]
fn the_environment_names_the_file() {
    let folder = env::temp_dir().join(format!("larder-config-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("larder.toml");
    fs::write(&path, "capacity = 77").expect("a file");
    let config = of(&[("LARDER_CONFIG", path.to_str().expect("a path"))]);
    assert!(config.describe().expect("no profile").contains("capacity = 77"));
    fs::remove_dir_all(&folder).expect("it is ours");
    let error = Config::new().or_vars([("LARDER_CONFIG", path)]).expect_err("it is gone");
    assert!(error.is_config() && error.to_string().contains("larder.toml cannot be read"), "{error}");
}

/// The documentation's file names every setting there is, so that a new one is not forgotten there.
#[test]
fn the_file_of_the_documentation_names_every_setting() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/larder.toml")).expect("it is there");
    let error = Config::new().or_toml("nothing_of_the_sort = 1").expect_err("no setting").to_string();
    let of_server = Config::new().or_toml("[redis]\nnothing_of_the_sort = 1").expect_err("no setting").to_string();
    let of_namespace =
        Config::new().or_toml("[namespaces.a]\nnothing_of_the_sort = 1").expect_err("no setting").to_string();
    for error in [error, of_server, of_namespace] {
        let (_, names) = error.split_once("there are ").expect("it lists them");
        for name in names.split(", ").map(|name| name.trim_matches('`')) {
            assert!(text.contains(&format!("{name} =")) || text.contains(&format!("[{name}")), "{name}");
        }
    }
}
