//! Limits on the server.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::Error;
use cache_core::port::{Limit, Limited, Limits, Rate, Stopwatch};

use crate::client::{Command, Script};
use crate::reply::Reply;
use crate::scripts::WHERE_THERE_IS_MEMORY;
use crate::store::Store;

static WINDOW: LazyLock<Script> =
    LazyLock::new(|| Script::new([WHERE_THERE_IS_MEMORY, include_str!("scripts/window.lua")].concat()));
static GCRA: LazyLock<Script> =
    LazyLock::new(|| Script::new([WHERE_THERE_IS_MEMORY, include_str!("scripts/gcra.lua")].concat()));

#[async_trait]
impl Limits for Store {
    async fn limit(&self, limit: Limit<'_>, within: Duration) -> Result<Limited, Error> {
        let called = Stopwatch::start();
        let keys = [self.names.limit(limit.key)];
        match limit.rate {
            Rate::Window { limit: most, millis } => {
                let command = Command::script(&WINDOW, &keys).number(limit.calls).number(most).number(millis);
                self.run(command, called, within, in_window).await
            }
            Rate::Gcra { burst, interval } => {
                let command = Command::script(&GCRA, &keys).number(limit.calls).number(burst).number(interval);
                self.run(command, called, within, by_debt).await
            }
        }
    }

    async fn unlimit(&self, key: &[u8], within: Duration) -> Result<bool, Error> {
        let called = Stopwatch::start();
        let command = Command::new("UNLINK").arg(&self.names.limit(key));
        self.run(command, called, within, |reply| reply.int()).await.map(|gone| gone == 1)
    }
}

/// Of the script `window`.
fn in_window(reply: Reply) -> Option<Limited> {
    let [fits, remaining, left] = reply.array()?;
    let (is_allowed, left) = (is_one(fits)?, Duration::from_millis(left.int()?));
    let retry_after = if is_allowed { Duration::ZERO } else { left };
    Some(Limited { is_allowed, remaining: remaining.int()?, reset_after: left, retry_after })
}

/// Of the script `gcra`. The server's clock shows microseconds: whoever waits so long is not too early.
fn by_debt(reply: Reply) -> Option<Limited> {
    let [fits, remaining, debt, lacking] = reply.array()?;
    let micros = |nanos: u64| Duration::from_micros(nanos.div_ceil(1_000));
    let (reset_after, retry_after) = (micros(debt.int()?), micros(lacking.int()?));
    Some(Limited { is_allowed: is_one(fits)?, remaining: remaining.int()?, reset_after, retry_after })
}

fn is_one(reply: Reply) -> Option<bool> {
    match reply.bytes()?.as_slice() {
        b"1" => Some(true),
        b"0" => Some(false),
        _ => None,
    }
}
