//! Whether the second level answers, and what memory does while it does not.

use crate::engine::Engine;
use crate::model::clock::Timestamp;
use crate::model::unreachable::Unreachable;

/// What is known of the way to the second level.
#[derive(Debug, Default)]
pub(super) struct Contact {
    /// When the last question was sent that has been answered.
    answered: Option<Timestamp>,
    /// Whether a later one came to nothing.
    is_cut_off: bool,
    /// When memory was true for the last time that anybody knows of.
    confirmed: Option<Timestamp>,
}

impl Contact {
    /// A question that was sent then has been answered.
    pub(super) fn found(&mut self, engine: &Engine, sent: Timestamp) {
        (self.answered, self.is_cut_off) = (self.answered.max(Some(sent)), false);
        engine.fresh.relax();
    }

    /// A question that was sent then has come to nothing.
    pub(super) fn failed(&mut self, sent: Timestamp) {
        self.is_cut_off |= Some(sent) >= self.answered;
    }

    /// Whether the last question came to nothing.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    /// Memory was true then.
    pub(super) fn confirm(&mut self, engine: &Engine, sent: Timestamp) {
        self.confirmed = self.confirmed.max(Some(sent));
        engine.fresh.extend(sent.plus(engine.settings.staleness));
    }

    /// While nobody answers, memory is served as long as it was told to be.
    pub(super) fn serve_on(&self, engine: &Engine) {
        if let (true, Some(confirmed), Unreachable::Stale(longest)) =
            (self.is_cut_off, self.confirmed, engine.settings.unreachable)
        {
            engine.fresh.stretch(confirmed.plus(longest));
        }
    }
}
