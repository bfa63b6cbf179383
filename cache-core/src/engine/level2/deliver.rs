//! An invalidation on its way to the other nodes.
//!
//! It is a task of the adapter's own: a caller that is dropped does not undo it. Memory is cleared *after* the server has
//! answered, for what is read from the server before that may still be old; a load that began before finds itself
//! refused. Where the server does not take it, it is kept and delivered later, and until then this node reads nothing
//! from the server.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::engine::Engine;
use crate::engine::invalidate::{Invalidation, Removed};
use crate::engine::level2::kept::Names;
use crate::engine::level2::undelivered::Carrier;
use crate::engine::level2::{Allowance, Level2};
use crate::model::clock::{self, Timestamp};
use crate::model::error::{Error, ErrorKind};
use crate::model::namespace::Namespace;
use crate::port::{Evict, Evicted};
use crate::scope::stamps;
use crate::wire::message::Operation;
use crate::wire::names;

/// How long to wait before the second attempt, and before the first delivery of what was kept.
const PAUSE: Duration = Duration::from_millis(50);
/// How long at most between two deliveries.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

impl Engine {
    /// Invalidates in memory and on the second level; says what was there, and whoever wants to know where it stands in the
    /// history.
    ///
    /// Cancel safe: once begun it is done.
    pub(crate) async fn invalidate(
        self: &Arc<Self>,
        invalidation: Invalidation,
        mut allowance: Allowance,
    ) -> Result<Removed, Error> {
        let Some(level) = &self.level2 else { return Ok(invalidation.apply(self)) };
        let invalidation = Arc::new(invalidation);
        let (sender, outcome) = oneshot::channel();
        let (engine, delivered) = (Arc::clone(self), Arc::clone(&invalidation));
        level.store.spawn(level.deliveries.task(async move {
            let delivery = engine.deliver(&delivered, &mut allowance).await;
            // The caller clears the memory: a walk over it would hold up everything else on the adapter's thread. Where
            // the caller was dropped before, this does.
            if sender.send(delivery).is_err() {
                delivered.apply(&engine);
            }
        }));
        let mut here = Here { engine: self, invalidation: &invalidation, is_done: false };
        let delivery = outcome.await;
        let removed = here.apply();
        let delivery = delivery.unwrap_or_else(|_| Err(shut_down()));
        stamp(&delivery);
        delivery.map(|there| Removed { matched: there.removed.max(removed.matched), valid: there.valid })
    }

    /// Invalidates on the second level only. Trouble is counted, said and made good.
    ///
    /// Cancel safe: once begun it is done.
    pub(crate) async fn invalidate_there(
        self: &Arc<Self>,
        invalidation: Invalidation,
        mut allowance: Allowance,
    ) -> Result<(), Error> {
        let Some(level) = &self.level2 else { return Ok(()) };
        let (sender, done) = oneshot::channel();
        let engine = Arc::clone(self);
        level.store.spawn(level.deliveries.task(async move {
            let delivery = engine.deliver(&invalidation, &mut allowance).await;
            // Whoever waited may be gone.
            drop(sender.send(delivery));
        }));
        // Ends when the sender goes, whether the adapter goes on or not.
        let delivery = done.await.unwrap_or_else(|_| Err(shut_down()));
        stamp(&delivery);
        delivery.map(drop)
    }

    /// Invalidates in memory at once, and on the second level in the background.
    pub(crate) fn invalidate_in_background(self: &Arc<Self>, invalidation: Invalidation) {
        invalidation.apply(self);
        if let Some(level) = &self.level2 {
            stamps::note(Err(&Error::new(ErrorKind::Unavailable, IN_BACKGROUND)));
            let engine = Arc::clone(self);
            // Trouble is counted, said and made good there.
            let mut allowance = level.allowance();
            level.store.spawn(level.deliveries.task(async move {
                drop(engine.deliver(&invalidation, &mut allowance).await);
                invalidation.apply(&engine);
            }));
        }
    }

    /// Invalidates on the second level, or keeps what is to be invalidated there. Memory is to be cleared afterwards.
    async fn deliver(
        self: &Arc<Self>,
        invalidation: &Invalidation,
        allowance: &mut Allowance,
    ) -> Result<Evicted, Error> {
        let Some(level) = &self.level2 else { return Err(shut_down()) };
        let delivery = level.evict(invalidation, allowance).await;
        match &delivery {
            Ok(_) => level.recent.note(self.settings.clock.now(), invalidation.names()),
            Err(error) => {
                level.troubles.note(error);
                self.keep(level, invalidation.names());
            }
        }
        delivery
    }

    /// Keeps what is to be invalidated on the second level, until that has been done.
    fn keep(self: &Arc<Self>, level: &Level2, names: Names) {
        if level.undelivered.leave(names) == Carrier::Needed {
            level.store.spawn(self.chores.task(carry(Arc::downgrade(self))));
        }
    }

    /// Invalidates once more what this node had invalidated lately when the second level answered for the last time: it may
    /// have lost it.
    pub(crate) fn replay(self: &Arc<Self>, level: &Level2, last: Timestamp) {
        let recent = level.recent.take(last);
        if !recent.is_empty() {
            tracing::warn!(
                "cache `{}`: the second level has begun again or was replaced, and may have lost the latest invalidations: those of this process are repeated",
                self.name
            );
        }
        if !recent.is_empty() {
            self.keep(level, recent);
        }
    }
}

/// Why an invalidation in the background has no place in the history yet.
const IN_BACKGROUND: &str = "a call inside was dropped or failed, and what it may have written is being invalidated in the background: until that is done, other nodes may serve what is older";

/// Tells whoever wants to know where an invalidation stands in the history.
fn stamp(delivery: &Result<Evicted, Error>) {
    stamps::note(delivery.as_ref().map(|evicted| evicted.stamp));
}

/// Nobody has delivered it.
fn shut_down() -> Error {
    Error::new(ErrorKind::Unavailable, "the second level has been shut down: only this process was reached")
}

/// An invalidation's part in this process. Should the caller be dropped once the server has answered, it is done then.
struct Here<'a> {
    engine: &'a Engine,
    invalidation: &'a Invalidation,
    is_done: bool,
}

impl Here<'_> {
    fn apply(&mut self) -> Removed {
        self.is_done = true;
        self.invalidation.apply(self.engine)
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            self.apply();
        }
    }
}

/// Delivers what waits, until nothing does or the cache is gone.
async fn carry(engine: Weak<Engine>) {
    let mut pause = PAUSE;
    loop {
        clock::sleep(pause).await;
        let Some(engine) = engine.upgrade() else { return };
        let Some(level) = &engine.level2 else { return };
        let Some(waiting) = level.undelivered.take() else { return };
        if let Err(error) = level.send(&waiting).await {
            level.troubles.note(&error);
            pause = LONGEST_PAUSE.min(2 * pause);
            level.undelivered.settle(Some(waiting));
        } else {
            level.recent.note(engine.settings.clock.now(), waiting);
            pause = PAUSE;
            level.undelivered.settle(None);
        }
    }
}

impl Level2 {
    /// Everything that an invalidation reaches, within the allowance; a walk over the keys within a budget for each step.
    async fn evict(&self, invalidation: &Invalidation, allowance: &mut Allowance) -> Result<Evicted, Error> {
        if invalidation.renews {
            let message = self.message(&[Operation::Everything]);
            let stamp = allowance.spend(|within| self.store.renew(&message, within)).await?;
            return Ok(Evicted { stamp, removed: 0, valid: Vec::new() });
        }
        let (keys, tokens) = (invalidation.key_names(), invalidation.token_names());
        let barriers: Vec<_> =
            invalidation.patterns.iter().map(|(namespace, _)| invalidation.token_of(namespace)).collect();
        let operations: Vec<_> =
            operations(&keys, &tokens).chain(barriers.iter().map(|name| Operation::Pattern(name))).collect();
        let message = self.message(&operations);
        let evict =
            Evict { keys: &keys, tokens: &tokens, barriers: &barriers, message: &message, judges: invalidation.judges };
        let mut evicted = Evicted { removed: 0, ..self.evict_twice(evict, allowance).await? };
        for (namespace, pattern) in &invalidation.patterns {
            let swept = self.sweep(invalidation, namespace, pattern).await?;
            evicted = Evicted { removed: evicted.removed + swept.removed, stamp: swept.stamp, ..evicted };
        }
        Ok(evicted)
    }

    /// One attempt, and another where there is time left for it.
    async fn evict_twice(&self, evict: Evict<'_>, allowance: &mut Allowance) -> Result<Evicted, Error> {
        let evicted = allowance.spend(|within| self.store.evict(evict, within)).await;
        let Err(error) = evicted else { return evicted };
        if allowance.left() <= PAUSE {
            return Err(error);
        }
        allowance.lose(PAUSE);
        clock::sleep(PAUSE).await;
        allowance.spend(|within| self.store.evict(evict, within)).await
    }

    /// What was kept.
    async fn send(&self, kept: &Names) -> Result<(), Error> {
        if kept.everything {
            let message = self.message(&[Operation::Everything]);
            return self.store.renew(&message, self.limits.budget).await.map(drop);
        }
        let (keys, tokens): (Vec<_>, Vec<_>) =
            (kept.keys.iter().cloned().collect(), kept.tokens.iter().cloned().collect());
        let message = self.message(&operations(&keys, &tokens).collect::<Vec<_>>());
        let evict = Evict { keys: &keys, tokens: &tokens, message: &message, ..Evict::default() };
        self.store.evict(evict, self.limits.budget).await.map(drop)
    }
}

fn operations<'a>(keys: &'a [Box<[u8]>], tokens: &'a [Box<[u8]>]) -> impl Iterator<Item = Operation<'a>> {
    keys.iter().map(|name| Operation::Key(name)).chain(tokens.iter().map(|name| Operation::Token(name)))
}

impl Invalidation {
    fn key_names(&self) -> Vec<Box<[u8]>> {
        self.keys.iter().map(|key| key.bytes().into()).collect()
    }

    fn token_of(&self, namespace: &Namespace) -> Box<[u8]> {
        names::of_namespace(&self.space, namespace.as_str())
    }

    fn token_names(&self) -> Vec<Box<[u8]>> {
        let tags = self.tags.iter().map(|tag| names::of_tag(&self.space, tag));
        let namespaces = self.namespaces.iter().map(|namespace| self.token_of(namespace));
        let everywhere = self.everywhere.iter().map(|namespace| names::of_namespace_everywhere(namespace.as_str()));
        let space = self.everything.then(|| names::of_space(&self.space));
        tags.chain(namespaces).chain(everywhere).chain(space).collect()
    }

    /// What is kept where it was not delivered: a pattern becomes its whole namespace, which needs no walk.
    fn names(&self) -> Names {
        let mut tokens: HashSet<_> = self.token_names().into_iter().collect();
        tokens.extend(self.patterns.iter().map(|(namespace, _)| self.token_of(namespace)));
        Names { keys: self.key_names().into_iter().collect(), tokens, everything: self.renews }
    }
}
