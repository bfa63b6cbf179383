//! What the functions take and return.

use std::fmt;

use larder::CacheKey;
use serde::{Deserialize, Serialize};

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    /// The number.
    pub id: u64,
    /// The name.
    pub name: String,
}

/// What a search asks for.
#[derive(Debug, Clone, CacheKey)]
pub struct Query {
    /// The text.
    pub text: String,
    /// The page.
    pub page: u32,
    /// No part of the key.
    #[cache_key(skip)]
    pub trace: Trace,
}

/// No part of any key.
#[derive(Debug, Clone, Copy)]
pub struct Trace;

/// An error that can be copied and stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<larder::Error> for Failure {
    fn from(error: larder::Error) -> Self {
        Self(error.to_string())
    }
}

/// An alias, which hides the `Result`.
pub type Answer<T> = Result<T, Failure>;

/// An error that can neither be copied nor sent to another thread.
#[derive(Debug)]
pub struct Local(pub std::rc::Rc<str>);
