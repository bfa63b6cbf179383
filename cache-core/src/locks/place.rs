//! [`Place`]: a lock by its name, and where it is asked for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::clock::Clock;
use crate::model::error::Error;
use crate::port::{Claim, Coordination, UnderWay};

/// A lock's place.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) coordination: Arc<dyn Coordination>,
    pub(crate) clock: Clock,
    /// How long one question may take.
    pub(crate) budget: Duration,
    /// What is given back there.
    pub(crate) chores: UnderWay,
    /// `<space>:<namespace>:<name>`.
    pub(crate) name: Arc<[u8]>,
}

impl Place {
    pub(crate) fn claim(&self, id: [u8; 16], ttl: Duration) -> Claim<'_> {
        Claim { name: &self.name, id, ttl }
    }

    /// Gives a claim back, whoever still waits for that. Where it cannot be, the claim ends by itself.
    pub(crate) fn free_in_the_background(&self, id: [u8; 16]) {
        let place = self.clone();
        self.coordination.spawn(self.chores.task(async move {
            let freed = place.coordination.free(place.claim(id, Duration::ZERO), place.budget).await;
            if let Err(error) = freed {
                tracing::debug!(%error, "a lock was not given back, and ends with its ttl");
            }
        }));
    }
}

/// A new id, which nobody can guess.
pub(crate) fn new_id() -> Result<[u8; 16], Error> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| Error::config("the system gives no random numbers"))?;
    Ok(id)
}

/// Without the name.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}
