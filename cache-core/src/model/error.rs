//! The one error type of the workspace.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// What went wrong with the cache itself.
///
/// A miss is not an error, and trouble with the cache does not change what an annotated method returns, unless that says
/// `on_cache_error = fail`; this type is what the explicit API reports, and those methods. Its message never carries a key, a value or a secret.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`Error`], for matching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting, a name or a pattern cannot be used; the message says what to write instead.
    Config,
    /// Something that can be set once was set already.
    AlreadySet,
    /// The second level cannot be reached.
    Unavailable,
    /// The second level did not answer in time.
    Timeout,
    /// The second level refuses us: a wrong password, or a command that we are not permitted.
    Denied,
    /// The second level is too old, or is used by nodes of another format.
    Unsupported,
    /// The second level has no memory left.
    Full,
    /// Something under our names on the second level is not ours: it has another type.
    Foreign,
    /// The second level answered with an error, or with what is no answer.
    Server,
    /// A value is larger than the limit.
    TooLarge,
    /// A number is beyond what is counted with, or has a fraction where there can be none.
    OutOfRange,
    /// The call needs a tenant, and there is none around it, or one that the cache's resolver does not know.
    TenantMissing,
    /// A value cannot be written as bytes, or bytes cannot be read as the value.
    Codec,
    /// Another holds the lock.
    NotAcquired,
    /// The lock is not held any more: it has ended, or was lost.
    NotHeld,
}

impl Error {
    /// An error of a kind. For adapters of a second level; the message must carry no secret, no key and no value.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same error with what it came from, as [`source`](std::error::Error::source). That must carry no secret either.
    ///
    /// ```
    /// use std::error::Error as _;
    /// use cache_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Unavailable, "cannot reach it").caused_by(std::io::Error::other("cut"));
    /// assert_eq!(error.source().unwrap().to_string(), "cut");
    /// ```
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    pub(crate) fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    pub(crate) fn already_set(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::AlreadySet, message)
    }

    pub(crate) fn tenant_missing() -> Self {
        let message =
            "this needs a tenant, and there is none around it that the cache knows: run it inside of `tenant::scope`";
        Self::new(ErrorKind::TenantMissing, message)
    }

    /// Which kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether a setting, a name or a pattern cannot be used.
    pub fn is_config(&self) -> bool {
        self.kind == ErrorKind::Config
    }

    /// Whether something that can be set once was set already.
    pub fn is_already_set(&self) -> bool {
        self.kind == ErrorKind::AlreadySet
    }

    /// Whether the second level cannot be reached, or does not take what it is asked for now.
    pub fn is_unavailable(&self) -> bool {
        self.kind == ErrorKind::Unavailable
    }

    /// Whether the second level did not answer in time.
    pub fn is_timeout(&self) -> bool {
        self.kind == ErrorKind::Timeout
    }

    /// Whether the second level refuses us.
    pub fn is_denied(&self) -> bool {
        self.kind == ErrorKind::Denied
    }

    /// Whether the second level is one that cannot be used.
    pub fn is_unsupported(&self) -> bool {
        self.kind == ErrorKind::Unsupported
    }

    /// Whether the second level has no memory left.
    pub fn is_full(&self) -> bool {
        self.kind == ErrorKind::Full
    }

    /// Whether something under our names on the second level is not ours.
    pub fn is_foreign(&self) -> bool {
        self.kind == ErrorKind::Foreign
    }

    /// Whether the second level answered with an error, or with what is no answer.
    pub fn is_server(&self) -> bool {
        self.kind == ErrorKind::Server
    }

    /// Whether a value is larger than the limit.
    pub fn is_too_large(&self) -> bool {
        self.kind == ErrorKind::TooLarge
    }

    /// Whether a value cannot be written as bytes, or bytes cannot be read as the value.
    pub fn is_codec(&self) -> bool {
        self.kind == ErrorKind::Codec
    }

    /// Whether another holds the lock that was asked for.
    pub fn is_not_acquired(&self) -> bool {
        self.kind == ErrorKind::NotAcquired
    }

    /// Whether the lock is not held any more.
    pub fn is_not_held(&self) -> bool {
        self.kind == ErrorKind::NotHeld
    }

    /// Whether a number is beyond what is counted with, or has a fraction where there can be none.
    pub fn is_out_of_range(&self) -> bool {
        self.kind == ErrorKind::OutOfRange
    }

    /// Whether a tenant was needed and none was there.
    pub fn is_tenant_missing(&self) -> bool {
        self.kind == ErrorKind::TenantMissing
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| -> &(dyn std::error::Error + 'static) { source })
    }
}
