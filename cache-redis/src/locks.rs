//! Locks on the server.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::Error;
use cache_core::port::{Claim, Claimed, Locks, Stopwatch, Subscription};

use crate::client::{Command, Script};
use crate::millis;
use crate::reply::Reply;
use crate::scripts::{ALWAYS, WHERE_THERE_IS_MEMORY};
use crate::store::Store;

/// How long the last token of a lock is kept after the claim that it was given to: an hour, in milliseconds. Whoever comes
/// later is given the time, which is larger.
const REMEMBERED: u64 = 60 * 60 * 1000;

static CLAIM: LazyLock<Script> =
    LazyLock::new(|| Script::new([WHERE_THERE_IS_MEMORY, include_str!("scripts/claim.lua")].concat()));
static EXTEND: LazyLock<Script> = LazyLock::new(|| Script::new([ALWAYS, include_str!("scripts/extend.lua")].concat()));
static FREE: LazyLock<Script> = LazyLock::new(|| Script::new([ALWAYS, include_str!("scripts/free.lua")].concat()));

#[async_trait]
impl Locks for Store {
    async fn claim(&self, claim: Claim<'_>, within: Duration) -> Result<Claimed, Error> {
        let called = Stopwatch::start();
        let command = Command::script(&CLAIM, &[self.names.owner(claim.name), self.names.fence(claim.name)])
            .arg(&claim.id)
            .number(millis::bounded(claim.ttl))
            .number(REMEMBERED);
        self.run(command, called, within, claimed).await
    }

    async fn extend(&self, claim: Claim<'_>, within: Duration) -> Result<bool, Error> {
        let called = Stopwatch::start();
        let command =
            Command::script(&EXTEND, &[self.names.owner(claim.name)]).arg(&claim.id).number(millis::bounded(claim.ttl));
        self.run(command, called, within, |reply| reply.int()).await.map(|held| held == 1)
    }

    async fn free(&self, claim: Claim<'_>, within: Duration) -> Result<bool, Error> {
        let called = Stopwatch::start();
        let command = Command::script(&FREE, &[self.names.owner(claim.name)])
            .arg(&claim.id)
            .arg(&self.names.freed())
            .arg(claim.name);
        self.run(command, called, within, |reply| reply.int()).await.map(|held| held == 1)
    }

    async fn freed(&self, within: Duration) -> Result<Box<dyn Subscription>, Error> {
        self.listen_too(self.names.freed(), within).await
    }
}

fn claimed(reply: Reply) -> Option<Claimed> {
    let mut list = reply.list()?.into_iter();
    let answer = match list.next()?.bytes()?.as_slice() {
        b"granted" => Claimed::Granted(list.next()?.text()?.parse().ok()?),
        b"held" => Claimed::Held(Duration::from_millis(list.next()?.int()?)),
        _ => return None,
    };
    list.next().is_none().then_some(answer)
}
