//! [`Topics`]: what services tell each other, so that each hears all of it, however many nodes it has.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::error::Error;
use crate::port::remote::Subscription;

/// Something that is told.
#[derive(Debug, Clone, Copy)]
pub struct Publish<'a> {
    /// Where: a name that all services share.
    pub topic: &'a [u8],
    /// What.
    pub body: &'a [u8],
    /// So many are kept at least for services that are not there.
    pub keep: u64,
}

/// A question for what was told.
#[derive(Debug, Clone, Copy)]
pub struct Follow<'a> {
    /// Where.
    pub topic: &'a [u8],
    /// At most so many.
    pub count: u32,
    /// What was handed out longer ago than this, and is not done yet, is handed out again.
    pub idle: Duration,
}

/// One thing that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it is called when it is done.
    pub id: Box<[u8]>,
    /// What.
    pub body: Vec<u8>,
}

/// The answer to [`Topics::follow`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Followed {
    /// In the order in which they were told, but for what is handed out again.
    pub told: Vec<Told>,
    /// That some was lost, or that this service has not followed before: whatever was told so far may not have been heard. It
    /// is said again and again, until it is done.
    pub gap: Option<Box<[u8]>>,
}

/// What a service has dealt with.
#[derive(Debug, Clone, Copy)]
pub struct Done<'a> {
    /// Where.
    pub topic: &'a [u8],
    /// What was told.
    pub ids: &'a [Box<[u8]>],
    /// That some was lost.
    pub gap: Option<&'a [u8]>,
}

/// Topics, on which everything that is told is handed to one node of each service, and to another one where that does not say
/// in time that it is done. A service is a prefix.
#[async_trait]
pub trait Topics {
    /// Tells, in one step and one round trip. After an error it may have been told, and telling it again tells it twice.
    async fn publish(&self, publish: Publish<'_>, within: Duration) -> Result<(), Error>;

    /// Hands out what was told, in one step and one round trip.
    async fn follow(&self, follow: Follow<'_>, within: Duration) -> Result<Followed, Error>;

    /// Says what is done, in one round trip. Sending it again is safe.
    async fn done(&self, done: Done<'_>, within: Duration) -> Result<(), Error>;

    /// Hears that something was told, from the moment that this returns on.
    async fn told(&self, topic: &[u8], within: Duration) -> Result<Box<dyn Subscription>, Error>;
}
