//! Locks on the fake server.

use std::time::Duration;

use async_trait::async_trait;

use crate::fake::gate::Op;
use crate::fake::operations::Step;
use crate::fake::store::FakeStore;
use crate::ledger::locks;
use crate::model::error::Error;
use crate::port::{Claim, Claimed, Locks, Subscription};

impl Step<'_> {
    fn locks(&mut self) -> locks::Locks<'_> {
        locks::Locks { keys: &mut *self.keys, prefix: self.prefix, last: None }
    }
}

#[async_trait]
impl Locks for FakeStore {
    async fn claim(&self, claim: Claim<'_>, within: Duration) -> Result<Claimed, Error> {
        self.run(Op::Claim, within, |step| step.locks().claim(&claim, self.server.time().now())).await?
    }

    async fn extend(&self, claim: Claim<'_>, within: Duration) -> Result<bool, Error> {
        self.run(Op::Extend, within, |step| step.locks().extend(&claim)).await
    }

    async fn free(&self, claim: Claim<'_>, within: Duration) -> Result<bool, Error> {
        let freed = |step: &mut Step<'_>| {
            let was_held = step.locks().free(&claim);
            if was_held {
                (step.tell_freed)(claim.name.to_vec());
            }
            was_held
        };
        self.run(Op::Free, within, freed).await
    }

    async fn freed(&self, within: Duration) -> Result<Box<dyn Subscription>, Error> {
        self.run(Op::Subscribe, within, |_| ()).await?;
        Ok(Box::new(self.server.now(|state| state.freed.join(&self.prefix))))
    }
}
