//! Counters on the fake server.

use std::time::Duration;

use async_trait::async_trait;

use crate::fake::gate::Op;
use crate::fake::operations::Step;
use crate::fake::store::FakeStore;
use crate::ledger::counters;
use crate::model::error::Error;
use crate::port::{Count, Counted, Counters};

impl Step<'_> {
    fn counters(&mut self) -> counters::Counters<'_> {
        counters::Counters { keys: &mut *self.keys, prefix: self.prefix }
    }
}

#[async_trait]
impl Counters for FakeStore {
    async fn count(&self, count: Count<'_>, within: Duration) -> Result<Counted, Error> {
        self.run(Op::Count, within, |step| step.counters().count(&count)).await
    }

    async fn counted(&self, key: &[u8], within: Duration) -> Result<Option<Counted>, Error> {
        self.run(Op::Count, within, |step| step.counters().counted(key)).await
    }

    async fn uncount(&self, key: &[u8], within: Duration) -> Result<bool, Error> {
        self.run(Op::Count, within, |step| step.counters().uncount(key)).await
    }

    async fn forget(&self, head: &[u8], cursor: u64, within: Duration) -> Result<u64, Error> {
        self.run(Op::Forget, within, |step| step.counters().forget(head, cursor)).await
    }
}
