//! Whether the task has noticed how the server of a test is.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::Engine;
use crate::engine::coherence::follow::Follower;
use crate::engine::level2::Level2;
use crate::model::stamp::Position;

/// How the server of a test is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ServerIs {
    /// There, and its history stands so.
    At(Position),
    Gone,
}

impl Follower {
    /// Whether it has noticed how the server is, and nothing is on the way; sees to it otherwise.
    pub(super) fn is_settled(&mut self, engine: &Arc<Engine>, level: &Level2, server: ServerIs) -> bool {
        if self.subscribes || self.asking > 0 {
            return false;
        }
        let has_noticed = match server {
            ServerIs::Gone => !self.hears && self.contact.is_cut_off(),
            ServerIs::At(position) => {
                let is_there = position.is_none_or(|stamp| level.standing.has_heard(stamp));
                let is_true = engine.fresh.confirmed_until() > engine.settings.clock.now();
                self.hears && is_there && is_true
            }
        };
        match server {
            _ if has_noticed => {}
            ServerIs::At(_) if !self.hears => self.subscribe(engine, Duration::ZERO),
            _ => self.ask(engine, level),
        }
        has_noticed
    }
}
