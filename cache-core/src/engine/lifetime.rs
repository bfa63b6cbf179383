//! How long an entry lives, on which level.

use std::time::Duration;

use crate::engine::level2::Level2;
use crate::engine::look_up::Call;
use crate::model::plan::Plan;

impl Call {
    /// The second level, where there is one and the function uses it.
    pub(crate) fn level2(&self) -> Option<&Level2> {
        self.engine.level2_of(self.operation)
    }

    /// Waits, once in a cache's life, until memory follows what others invalidate: else it could not keep what this call
    /// brings. Says how long that took. Cancel safe.
    pub(crate) async fn settled(&self) -> Duration {
        match self.level2() {
            // The rest is for its own question, whose failure says more.
            Some(level) => level.standing.settled(level.limits.budget / 2).await,
            None => Duration::ZERO,
        }
    }

    /// Whether anything is kept anywhere.
    pub(crate) fn is_kept(&self) -> bool {
        self.operation.uses_l1 || self.level2().is_some()
    }

    /// How long an entry lives: what was asked for, or the cache's own time, less a random share where the function says
    /// so. Never longer than asked.
    pub(crate) fn life(&self, ttl: Option<Duration>) -> Duration {
        let ttl = ttl.unwrap_or_else(|| self.engine.settings.ttl(&self.namespace));
        match self.operation.jitter {
            0 => ttl,
            percent => ttl.saturating_sub(ttl.mul_f64(fastrand::f64() * f64::from(percent) / 100.0)),
        }
    }

    /// How long an entry that lives so long may stay in memory.
    pub(crate) fn l1_life(&self, life: Duration, plan: &Plan) -> Duration {
        life.min(self.l1_limit(plan))
    }

    /// How long anything may stay in memory. The cache's own limit is for copies of what the second level has.
    pub(crate) fn l1_limit(&self, plan: &Plan) -> Duration {
        if !self.operation.uses_l1 {
            return Duration::ZERO;
        }
        let level = || self.level2().map(|level| self.namespace_l1_ttl().unwrap_or(level.limits.l1_ttl));
        plan.l1_ttl.or_else(level).unwrap_or(Duration::MAX)
    }

    fn namespace_l1_ttl(&self) -> Option<Duration> {
        self.engine.settings.namespaces.of(self.namespace.as_str(), |settings| settings.l1_ttl)
    }
}
