//! [`RefreshStatus`]: what became of the refreshes on this node.

use parking_lot::Mutex;

/// What became of the refreshes on this node, since the [`Refresh`](crate::Refresh) was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RefreshStatus {
    /// Those that brought a new value.
    pub refreshed: u64,
    /// Those whose loader failed or panicked: the old value was left.
    pub failed: u64,
    /// Those that this node left out: the value was loaded in this period already, here or elsewhere, another node was at it, or the
    /// server did not answer.
    pub skipped: u64,
    /// Why the last one brought nothing, until one does: the loader's error, its panic, or the trouble with the server. That
    /// another node was at it is no reason to say something.
    pub last_error: Option<String>,
}

/// How one ended.
pub(super) enum End {
    Refreshed,
    Failed(String),
    /// With the trouble, where that was the reason.
    Skipped(Option<String>),
}

#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<RefreshStatus>);

impl Counts {
    pub(super) fn note(&self, end: End) {
        let mut status = self.0.lock();
        match end {
            End::Refreshed => {
                status.refreshed += 1;
                status.last_error = None;
            }
            End::Failed(error) => {
                status.failed += 1;
                status.last_error = Some(error);
            }
            End::Skipped(trouble) => {
                status.skipped += 1;
                status.last_error = trouble.or(status.last_error.take());
            }
        }
    }

    pub(super) fn status(&self) -> RefreshStatus {
        self.0.lock().clone()
    }
}
