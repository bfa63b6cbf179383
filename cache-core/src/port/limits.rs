//! [`Limits`]: how often something may happen, whichever node it happens on.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::error::Error;
use crate::model::rate::{Limited, Rate};

/// So many calls that want to go on.
#[derive(Debug, Clone, Copy)]
pub struct Limit<'a> {
    /// What is limited: `<space>:<namespace>:<name>:<subject>`.
    pub key: &'a [u8],
    /// How many may come in which time.
    pub rate: Rate,
    /// How many come now; 0: nothing is counted. Never more than the rate has room for.
    pub calls: u64,
}

/// Calls in time, by name. By the server's clock alone.
#[async_trait]
pub trait Limits {
    /// Counts calls if they are within their rate, in one step and one round trip. After an error it is unknown whether it
    /// did, once at most.
    async fn limit(&self, limit: Limit<'_>, within: Duration) -> Result<Limited, Error>;

    /// Forgets what was counted, in one round trip, also where the server's memory is full. `false`: there was nothing.
    async fn unlimit(&self, key: &[u8], within: Duration) -> Result<bool, Error>;
}
