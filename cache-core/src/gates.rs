//! Gates: a test holds what comes by, until it lets it go on.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::model::error::{Error, ErrorKind};

/// The gates of something, in the order in which they were set up. `K` says what each is for.
#[derive(Debug)]
pub(crate) struct Gates<K>(Mutex<Vec<Arc<Hold<K>>>>);

/// Who set a gate up. It holds the next one that it is for; dropped, nobody.
#[derive(Debug)]
pub(crate) struct Keeper<K>(Arc<Hold<K>>);

#[derive(Debug)]
struct Hold<K> {
    of: K,
    step: watch::Sender<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Open,
    Holding,
    Released,
    Failed(ErrorKind),
}

impl<K> Default for Gates<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K> Gates<K> {
    pub(crate) fn add(&self, of: K) -> Keeper<K> {
        let hold = Arc::new(Hold { of, step: watch::Sender::new(Step::Open) });
        self.0.lock().push(Arc::clone(&hold));
        Keeper(hold)
    }

    /// Where something comes by: it stops at the first gate set up for it, and takes that gate with it.
    pub(crate) async fn pass(&self, is_for: impl Fn(&K) -> bool) -> Result<(), Error> {
        let Some(hold) = self.take(is_for) else {
            return Ok(());
        };
        hold.step.send_if_modified(|step| {
            let is_open = *step == Step::Open;
            if is_open {
                *step = Step::Holding;
            }
            is_open
        });
        let mut step = hold.step.subscribe();
        let ended = step.wait_for(|step| matches!(step, Step::Released | Step::Failed(_))).await;
        match ended.map(|step| *step) {
            Ok(Step::Failed(kind)) => Err(Error::new(kind, "a gate of the fake server failed it")),
            _ => Ok(()),
        }
    }

    fn take(&self, is_for: impl Fn(&K) -> bool) -> Option<Arc<Hold<K>>> {
        let mut gates = self.0.lock();
        gates.retain(|hold| *hold.step.borrow() != Step::Released);
        let at = gates.iter().position(|hold| is_for(&hold.of))?;
        Some(gates.remove(at))
    }
}

impl<K> Keeper<K> {
    /// Waits until something is held here.
    pub(crate) async fn arrived(&self) {
        let mut step = self.0.step.subscribe();
        // The sender is in `self`, so it lives as long as this waits.
        let _ = step.wait_for(|step| *step != Step::Open).await;
    }

    /// Whether something is held here.
    pub(crate) fn has_arrived(&self) -> bool {
        *self.0.step.borrow() == Step::Holding
    }

    /// Ends what is held with an error, now or when it comes.
    pub(crate) fn fail(&self, kind: ErrorKind) {
        self.0.step.send_replace(Step::Failed(kind));
    }
}

impl<K> Drop for Keeper<K> {
    fn drop(&mut self) {
        self.0.step.send_if_modified(|step| {
            let holds = matches!(step, Step::Open | Step::Holding);
            if holds {
                *step = Step::Released;
            }
            holds
        });
    }
}
