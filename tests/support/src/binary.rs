//! Where a server's program is: named by a variable, brought by `tests/run`, or in the path.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::kind::Kind;

/// The program of this kind of server.
#[track_caller]
pub(crate) fn program(kind: Kind) -> PathBuf {
    let named = env::var_os(kind.variable()).filter(|path| !path.is_empty());
    let searched = env::var_os("PATH").unwrap_or_default();
    let brought = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/servers");
    let folders = std::iter::once(brought).chain(env::split_paths(&searched));
    found(kind, named.as_ref(), look_up(kind, named.as_ref(), folders))
}

/// The named program, otherwise the first in these folders.
///
/// The path stays as it was found, with its symbolic links: Debian's `redis-server` is one, and knows what it is by
/// the name that it was called by.
fn look_up(kind: Kind, named: Option<&OsString>, folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let mut places: Box<dyn Iterator<Item = PathBuf>> = match named {
        Some(path) => Box::new(std::iter::once(PathBuf::from(path))),
        None => Box::new(folders.map(|folder| folder.join(kind.program()))),
    };
    places.find(|path| path.is_file())
}

/// What was found, or a panic that says how to get it.
#[track_caller]
fn found(kind: Kind, named: Option<&OsString>, program: Option<PathBuf>) -> PathBuf {
    match (program, named) {
        (Some(program), _) => program,
        (None, Some(path)) => panic!("{} names no file: {}", kind.variable(), path.display()),
        (None, None) => panic!("{} is missing: run `{}`", kind.program(), kind.cure()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "redis-server is missing: run `apt-get install -y redis-server`")]
    fn a_missing_redis_fails_the_test_and_says_what_to_run() {
        found(Kind::Redis, None, look_up(Kind::Redis, None, std::iter::empty()));
    }

    #[test]
    #[should_panic(expected = "valkey-server is missing: run `tests/run servers`")]
    fn a_missing_valkey_fails_the_test_and_says_what_to_run() {
        found(Kind::Valkey, None, look_up(Kind::Valkey, None, std::iter::empty()));
    }

    #[test]
    #[should_panic(expected = "LARDER_VALKEY_SERVER names no file: /nowhere")]
    fn a_variable_that_names_no_program_is_told() {
        let named = OsString::from("/nowhere");
        let folders = std::iter::once(PathBuf::from("/usr/bin"));
        found(Kind::Valkey, Some(&named), look_up(Kind::Valkey, Some(&named), folders));
    }

    #[test]
    fn a_variable_goes_before_the_folders() {
        let named = OsString::from(file!());
        let named = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(named).into_os_string();
        let program = look_up(Kind::Redis, Some(&named), std::iter::once(PathBuf::from("/usr/bin")));
        assert_eq!(program, Some(PathBuf::from(&named)));
    }
}
