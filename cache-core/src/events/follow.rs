//! Hearing what other services tell, and the other nodes of this one.

use std::time::Duration;

use futures_util::FutureExt as _;

use crate::events::subscriptions::{Events, check_name};
use crate::model::error::{Error, ErrorKind};
use crate::port::{Done, Follow};

/// So many at a time.
const COUNT: u32 = 32;
/// What a node has not done by then another one is given.
const IDLE: Duration = Duration::from_secs(5);
/// Who was told nothing asks this often.
const POLL: Duration = Duration::from_secs(1);
/// After an error.
const PAUSE: Duration = Duration::from_millis(250);

impl Events {
    /// Hears what is told on the topic, and applies it, until it is dropped: see [`Events`]. Run it on each node, in a task of its
    /// own.
    ///
    /// One connection to hear on, and a round trip a second; two for each batch of up to 32 events, beside those of what they invalidate.
    /// While the server cannot be reached it tries again four times a second. Without a second level it waits for ever, and so it does once the
    /// cache was shut down.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), at once, where the topic's name is none, or that of an event, or nobody has said with
    /// [`on`](Self::on) what an event of it means: it would take events from those who know. Otherwise it does not return.
    ///
    /// # Panics
    /// Where the function given to [`on`](Self::on) does; the event is then given to another node, or to this one when it runs again.
    ///
    /// # Cancel safety
    /// What it was at is handed out again.
    pub async fn run(&self) -> Result<(), Error> {
        let (name, engine) = (self.topic()?, self.cache.engine());
        let topic = name.as_bytes();
        let known = engine.meanings.events(name);
        if known.is_empty() {
            return Err(Error::config(
                "nothing is said of the events of this topic: say with `on` what they invalidate",
            ));
        }
        known.into_iter().try_for_each(check_name)?;
        let (clock, mut heard) = (&engine.settings.clock, None);
        let mut is_troubled = false;
        loop {
            if engine.level2.is_none() || !engine.is_on() {
                std::future::pending::<()>().await;
            }
            if heard.is_none() {
                // First this, so that what is told from now on is heard; without it, it is found later.
                heard = engine.coordination.told(topic, engine.patience()).await.ok();
            }
            let pause = match self.round(topic).await {
                Ok(true) => continue,
                Ok(false) => POLL,
                Err(error) => {
                    if !std::mem::replace(&mut is_troubled, true) {
                        tracing::warn!(%error, "events of other services cannot be heard or applied; this is tried again");
                    }
                    PAUSE
                }
            };
            is_troubled &= pause == PAUSE;
            let next = clock.now().plus(pause);
            match &mut heard {
                Some(told) if pause == POLL => {
                    let mut said = clock.or_until(next, told.next()).await;
                    // One question answers all that was said so far.
                    while let Some(Ok(_)) = said {
                        said = told.next().now_or_never();
                    }
                    if said.is_some() {
                        heard = None;
                        clock.sleep_until(clock.now().plus(PAUSE)).await;
                    }
                }
                _ => clock.sleep_until(next).await,
            }
        }
    }

    /// Applies what is there. Whether there may be more.
    async fn round(&self, topic: &[u8]) -> Result<bool, Error> {
        let engine = self.cache.engine();
        let (coordination, budget) = (&engine.coordination, engine.patience());
        let followed = engine.told(coordination.follow(Follow { topic, count: COUNT, idle: IDLE }, budget).await)?;
        let (mut ids, mut trouble) = (Vec::new(), Ok(()));
        if followed.gap.is_some() {
            tracing::warn!("events were missed, or are followed for the first time: everything is invalidated");
            self.cache.purge_everything().await?;
        }
        let is_full = followed.told.len() >= COUNT as usize;
        for told in followed.told {
            match self.apply(&told.body).await {
                Ok(()) => ids.push(told.id),
                Err(error) if is_final(&error) => {
                    tracing::warn!(%error, "what an event invalidates cannot be told: everything is invalidated");
                    match self.cache.purge_everything().await {
                        Ok(()) => ids.push(told.id),
                        Err(error) => trouble = Err(error),
                    }
                }
                // The others all the same.
                Err(error) => trouble = Err(error),
            }
        }
        if !engine.is_on() {
            // Since when is unknown, and what is applied by a cache that is shut down is not: another node is given all of it.
            return Ok(false);
        }
        if !ids.is_empty() || followed.gap.is_some() {
            coordination.done(Done { topic, ids: &ids, gap: followed.gap.as_deref() }, budget).await?;
        }
        trouble.map(|()| is_full)
    }
}

/// Whether it would fail the next time too. Where only the tenant is unknown, nothing of it is there to be invalidated, but who
/// knows why it is unknown.
fn is_final(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Codec | ErrorKind::Config | ErrorKind::TenantMissing)
}
