//! Times that make no sense, or not together.

use std::time::Duration;

use crate::engine::Settings;
use crate::engine::level2::Limits;
use crate::model::error::Error;
use crate::model::unreachable::Unreachable;

const LEAST_STALENESS: Duration = Duration::from_millis(30);

pub(super) fn times(settings: &Settings, limits: &Limits) -> Result<(), Error> {
    if limits.budget.is_zero() {
        return Err(Error::config("a budget of zero reaches no second level: leave `redis` out instead"));
    }
    if settings.staleness < LEAST_STALENESS {
        return Err(Error::config(
            "a `max_staleness` below 30 ms asks the server all the time: raise it, or set `l1_ttl` to zero",
        ));
    }
    if let Unreachable::Stale(longest) = settings.unreachable
        && longest < settings.staleness
    {
        return Err(Error::config(
            "`Unreachable::Stale` is shorter than `max_staleness`, which memory may be behind anyway: raise it, or leave it out",
        ));
    }
    Ok(())
}
