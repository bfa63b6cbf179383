//! Limits on the fake server.

use std::time::Duration;

use async_trait::async_trait;

use crate::fake::gate::Op;
use crate::fake::operations::Step;
use crate::fake::store::FakeStore;
use crate::ledger::limits;
use crate::model::error::Error;
use crate::model::rate::Limited;
use crate::port::{Limit, Limits};

impl Step<'_> {
    fn limits(&mut self) -> limits::Limits<'_> {
        limits::Limits { keys: &mut *self.keys, prefix: self.prefix }
    }
}

#[async_trait]
impl Limits for FakeStore {
    async fn limit(&self, limit: Limit<'_>, within: Duration) -> Result<Limited, Error> {
        self.run(Op::Limit, within, |step| step.limits().limit(&limit, self.server.time().now())).await
    }

    async fn unlimit(&self, key: &[u8], within: Duration) -> Result<bool, Error> {
        self.run(Op::Limit, within, |step| step.limits().unlimit(key)).await
    }
}
