//! A cache's settings from the program, the environment and a file.

mod environment;
mod files;
#[path = "../faults/log.rs"]
#[allow(dead_code, reason = "shared with the tests of faults, which use all of it")]
mod log;
mod on_servers;
mod precedence;
mod refused;
mod secrets;
mod told;
mod written;

use larder::Config;

/// What the environment says, and nothing else.
pub(crate) fn of(variables: &[(&str, &str)]) -> Config {
    said(variables).expect("these can be used")
}

pub(crate) fn said(variables: &[(&str, &str)]) -> Result<Config, larder::Error> {
    Config::new().or_vars(variables.iter().copied())
}

/// A setting's line in the description, without its name.
#[track_caller]
pub(crate) fn line(config: &Config, setting: &str) -> String {
    let described = config.describe().expect("the profile is known");
    let found = described.lines().find_map(|line| line.strip_prefix(setting)?.strip_prefix(" = "));
    found.map_or_else(|| panic!("no {setting} in:\n{described}"), str::to_owned)
}

/// Whether a description says anything of a setting.
pub(crate) fn has(config: &Config, setting: &str) -> bool {
    config.describe().expect("the profile is known").lines().any(|line| line.starts_with(&format!("{setting} = ")))
}
