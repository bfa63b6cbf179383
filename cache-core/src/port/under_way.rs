//! [`UnderWay`]: how much is on its way to a second level that must not be left alone.

use std::sync::Arc;

use tokio::sync::watch;

use crate::port::coordination::Task;

/// How much is under way. A clone counts the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnderWay(Arc<watch::Sender<usize>>);

/// One that is under way. Dropped, it is done, or will never be.
#[derive(Debug)]
pub(crate) struct Step(Arc<watch::Sender<usize>>);

impl UnderWay {
    /// Something sets out.
    pub(crate) fn begin(&self) -> Step {
        self.0.send_modify(|count| *count += 1);
        Step(Arc::clone(&self.0))
    }

    /// The same for a task: from now on until it has ended or was dropped.
    pub(crate) fn task(&self, task: impl Future<Output = ()> + Send + 'static) -> Task {
        let step = self.begin();
        Box::pin(async move {
            task.await;
            drop(step);
        })
    }

    pub(crate) fn count(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until nothing is under way.
    pub(crate) async fn none_left(&self) {
        // The sender is in `self`, so it lives as long as this waits.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn it_waits_for_all_that_have_not_ended() {
        let under_way = UnderWay::default();
        assert!(under_way.none_left().now_or_never().is_some());
        let (step, task) = (under_way.begin(), under_way.task(std::future::pending()));
        assert_eq!(under_way.count(), 2);
        drop(step);
        assert!(under_way.none_left().now_or_never().is_none());
        drop(task);
        assert!(under_way.none_left().now_or_never().is_some());
        assert!(under_way.clone().task(async {}).now_or_never().is_some());
        assert_eq!(under_way.count(), 0);
    }
}
