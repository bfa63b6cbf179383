//! [`Preset`]: the policies that need no thought.

use std::time::Duration;

use crate::model::policy::Policy;

/// A policy with a name: how long an entry of this kind usually lives.
///
/// On a function it stands by its bare name, `preset = Lookup`; by hand it goes where a [`Policy`] is asked for. Own ones are
/// constants of that type. What a function says itself, such as `ttl = "10s"`, wins.
///
/// Costs no round trip.
///
/// ```
/// use cache_core::{Policy, Preset};
///
/// const SHORT_SESSION: Policy = Preset::Session.policy().ttl(std::time::Duration::from_mins(10));
/// # let _ = SHORT_SESSION;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// A session of a user: one hour.
    Session,
    /// Whether somebody may do something: 15 minutes.
    Auth,
    /// What is known of a user: 5 minutes.
    User,
    /// Settings, which change by hand: one day.
    Config,
    /// Whether a feature is on: 10 minutes.
    FeatureFlag,
    /// Reference data, such as countries and units: 2 hours.
    Lookup,
    /// The result of a search or a list: one minute.
    Query,
    /// What is expensive to compute and read by many: 30 minutes.
    Report,
}

impl Preset {
    /// The policy of that name.
    ///
    /// ```
    /// use cache_core::{Policy, Preset};
    ///
    /// /// One day, and in memory for a minute of it.
    /// const SETTINGS: Policy = Preset::Config.policy().l1_ttl(std::time::Duration::from_mins(1));
    /// # let _ = SETTINGS;
    /// ```
    #[must_use]
    pub const fn policy(self) -> Policy {
        Policy::new().ttl(match self {
            Self::Session => Duration::from_hours(1),
            Self::Auth => Duration::from_mins(15),
            Self::User => Duration::from_mins(5),
            Self::Config => Duration::from_hours(24),
            Self::FeatureFlag => Duration::from_mins(10),
            Self::Lookup => Duration::from_hours(2),
            Self::Query => Duration::from_mins(1),
            Self::Report => Duration::from_mins(30),
        })
    }
}
