//! What functions with `on_cache_error = fail` fail with, and the secret that a cache before a server needs in this program.

use larder::ErrorKind;

/// A function of another file in this program hashes an argument, which a cache with a second level needs a secret for.
pub(crate) const SECRET: &str = "open sesame, open sesame, open sesame";

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failed {
    Cache(ErrorKind),
    Body,
}

impl From<larder::Error> for Failed {
    fn from(error: larder::Error) -> Self {
        Failed::Cache(error.kind())
    }
}

pub(crate) const GONE: Result<u64, Failed> = Err(Failed::Cache(ErrorKind::Unavailable));
pub(crate) const FULL: Result<u64, Failed> = Err(Failed::Cache(ErrorKind::Full));
