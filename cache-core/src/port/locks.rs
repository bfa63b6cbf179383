//! [`Locks`]: mutual exclusion between nodes.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::error::Error;
use crate::port::remote::Subscription;

/// A claim to a lock.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The lock: `<space>:<namespace>:<name>`.
    pub name: &'a [u8],
    /// What proves the claim; random.
    pub id: [u8; 16],
    /// How long it stands from the moment on at which it is granted or extended.
    pub ttl: Duration,
}

/// The answer to [`Locks::claim`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// The lock is held by this claim. The fencing token is larger than that of every earlier claim to the lock.
    Granted(u64),
    /// Another claim holds it, for at most this long unless that is extended.
    Held(Duration),
}

/// Locks by name, each held by one claim at a time, which ends by itself.
#[async_trait]
pub trait Locks {
    /// Asks for a lock, in one step and one round trip. Sending it again is safe: a claim that holds the lock already is
    /// granted it with the same fencing token, and stands for its whole time again.
    async fn claim(&self, claim: Claim<'_>, within: Duration) -> Result<Claimed, Error>;

    /// Has a claim stand for its whole time from now on, or longer where it would anyway, in one step and one round trip, also where the server's memory is
    /// full. `false`: it does not hold the lock. Sending it again is safe.
    async fn extend(&self, claim: Claim<'_>, within: Duration) -> Result<bool, Error>;

    /// Gives a lock back, in one step and one round trip, also where the server's memory is full. `false`: the claim does not
    /// hold it. Sending it again is safe.
    async fn free(&self, claim: Claim<'_>, within: Duration) -> Result<bool, Error>;

    /// Hears the names of locks that are given back, from the moment that this returns on. Those that end by themselves are
    /// not told.
    async fn freed(&self, within: Duration) -> Result<Box<dyn Subscription>, Error>;
}
