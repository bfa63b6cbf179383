//! One load: when it began, what it lies on, and what became of it.

use std::any::{Any, TypeId};
use std::sync::atomic::{AtomicU64 as Count, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};

use crate::model::entry::{Beginning, Entry, Floors};
use crate::model::error::Error;
use crate::model::inherited::Inherited;
use crate::sync::{AtomicBool, AtomicU64, Mutex};

/// How many of the calls whose leader failed with an error that cannot be shared run their own body at a time.
const OWN_ATTEMPTS: usize = 16;

/// A load that runs, or ran.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) id: LoadId,
    /// The type and version of the value that it loads: calls that want another one have nothing to wait for.
    pub(crate) value: (TypeId, u32),
    pub(crate) began: Beginning,
    pub(crate) floors: Floors,
    /// Whether the value will name tags that are not in `floors` yet.
    pub(crate) more_tags: bool,
    /// Whether it runs its body whatever is stored.
    pub(crate) refreshes: bool,
    /// Whether its leader needs no executor to go on: it has a thread of its own.
    pub(crate) is_sync: bool,
    key_invalidated: AtomicBool,
    waited_for: AtomicBool,
    /// Whether the second level has been asked for its last word, which a later call must not rely on.
    closed: AtomicBool,
    /// Whether the body runs: calls that begin from now on are younger than what it reads.
    body_runs: AtomicBool,
    /// Whether nobody has confirmed at its end that nothing was invalidated meanwhile.
    unconfirmed: AtomicBool,
    /// Whether the second level could not be asked about it at all.
    unasked: AtomicBool,
    /// Whether its body loads more than this: an error of it says nothing about this key alone.
    of_many: AtomicBool,
    /// How long it has waited for the second level, in microseconds.
    lost: AtomicU64,
    /// What it is made of, once its body has ended.
    made_of: OnceLock<Arc<Inherited>>,
    landing: Mutex<Option<Landing>>,
    changed: Notify,
    /// Turns for the calls that were told [`Landing::Unshared`].
    pub(crate) turns: Arc<Semaphore>,
}

/// Tells loads apart, across all caches of the process: a load of one may wait for a load of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LoadId(pub(crate) u64);

impl LoadId {
    /// A number that is higher than that of every load which began before.
    pub(crate) fn next() -> Self {
        static NEXT: Count = Count::new(0);
        Self(NEXT.fetch_add(1, Ordering::SeqCst))
    }
}

/// How a load ended, for the calls that waited.
#[derive(Debug, Clone)]
pub(crate) enum Landing {
    /// A value, stored or not.
    Value(Arc<Entry>),
    /// `None`.
    Absent,
    /// An error that can be copied.
    Failed(Arc<dyn Any + Send + Sync>),
    /// An error that cannot: every waiting call runs its own body.
    Unshared,
    /// Trouble with the cache, which the leading call took for its result.
    Troubled(Error),
    /// The body panicked: every waiting call does too.
    Panicked,
    /// The leading call was dropped: a waiting call takes over.
    Abandoned,
}

impl Load {
    pub(crate) fn new(value: (TypeId, u32), began: Beginning, floors: Floors, more_tags: bool) -> Self {
        Self {
            id: LoadId::next(),
            value,
            began,
            floors,
            more_tags,
            refreshes: false,
            is_sync: false,
            key_invalidated: AtomicBool::new(false),
            waited_for: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            body_runs: AtomicBool::new(false),
            unconfirmed: AtomicBool::new(false),
            unasked: AtomicBool::new(false),
            of_many: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            made_of: OnceLock::new(),
            landing: Mutex::new(None),
            changed: Notify::new(),
            turns: Arc::new(Semaphore::new(OWN_ATTEMPTS)),
        }
    }

    /// The same, but whatever is stored it runs its body.
    pub(crate) fn that_refreshes(self) -> Self {
        Self { refreshes: true, ..self }
    }

    /// The same, led by a call that is not asynchronous.
    pub(crate) fn that_is_sync(self) -> Self {
        Self { is_sync: true, ..self }
    }

    /// Marks the key as invalidated since the load began. Called under the key's stripe lock, as the read is.
    pub(crate) fn invalidate_key(&self) {
        self.key_invalidated.store(true, Ordering::Release);
    }

    pub(crate) fn is_key_invalidated(&self) -> bool {
        self.key_invalidated.load(Ordering::Acquire)
    }

    /// Whether a call waits, or waited, for this load.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.waited_for.load(Ordering::Acquire)
    }

    /// Notes that a call is going to wait. Called under the key's stripe lock, so that the leader cannot miss it.
    pub(crate) fn wait_for(&self) {
        self.waited_for.store(true, Ordering::Release);
    }

    /// Notes, before the load [lands](Self::land), which tags it is made of.
    pub(crate) fn note_made_of(&self, made_of: Arc<Inherited>) {
        self.made_of.get_or_init(|| made_of);
    }

    /// Which tags a load is made of whose body has ended.
    pub(crate) fn made_of(&self) -> Option<&Inherited> {
        self.made_of.get().map(|made_of| &**made_of)
    }

    /// Tells every waiting call how the load ended. The first word counts.
    pub(crate) fn land(&self, landing: Landing) {
        self.landing.lock().get_or_insert(landing);
        self.changed.notify_waiters();
    }

    /// Closes the load to later calls: what the second level says from now on was decided before they began.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Opens it again: whatever it brings will be decided later than now.
    pub(crate) fn open(&self) {
        self.closed.store(false, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    /// Opens it for the time of its body.
    pub(crate) fn open_for_body(&self) {
        self.begin_body();
        self.open();
    }

    /// Notes that the body is about to run.
    pub(crate) fn begin_body(&self) {
        self.body_runs.store(true, Ordering::SeqCst);
    }

    pub(crate) fn body_runs(&self) -> bool {
        self.body_runs.load(Ordering::SeqCst)
    }

    /// Notes, before the load [lands](Self::land), that the second level has not confirmed what it brought: another node
    /// may have invalidated it meanwhile, and a call that is younger than the body must not rely on it.
    pub(crate) fn mark_unconfirmed(&self) {
        self.unconfirmed.store(true, Ordering::SeqCst);
    }

    /// Notes that the second level cannot be reached: nobody can confirm anything then, and calls share all the same.
    pub(crate) fn mark_unasked(&self) {
        self.unasked.store(true, Ordering::SeqCst);
    }

    /// Whether a call may rely on how the load ended: the server has confirmed it, or the call is older than the body.
    /// `is_strict`: only then, also where the server cannot be reached.
    pub(crate) fn answers(&self, is_older_than_body: bool, is_strict: bool) -> bool {
        let is_doubtful = self.unconfirmed.load(Ordering::SeqCst) || is_strict && self.unasked.load(Ordering::SeqCst);
        is_older_than_body || !is_doubtful
    }

    /// Notes, before the load [lands](Self::land), that its body is that of a batch.
    pub(crate) fn mark_of_many(&self) {
        self.of_many.store(true, Ordering::Release);
    }

    pub(crate) fn is_of_many(&self) -> bool {
        self.of_many.load(Ordering::Acquire)
    }

    pub(crate) fn note_lost(&self, lost: Duration) {
        self.lost.store(u64::try_from(lost.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How long it has waited for the second level so far.
    pub(crate) fn lost(&self) -> Duration {
        Duration::from_micros(self.lost.load(Ordering::Relaxed))
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.closed.load(Ordering::SeqCst)
    }

    /// Waits for the end. Cancel safe: nothing is taken from the other waiters.
    pub(crate) async fn landing(&self) -> Landing {
        self.changed_to(|load| load.landing.lock().clone()).await
    }

    /// Waits until the load is open or has ended; says whether it goes on. Cancel safe.
    pub(crate) async fn reopened(&self) -> bool {
        self.changed_to(|load| {
            let ended = load.landing.lock().is_some();
            (ended || load.is_open()).then_some(!ended)
        })
        .await
    }

    async fn changed_to<T>(&self, look: impl Fn(&Self) -> Option<T>) -> T {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Registered before the look, so that a change in between wakes it.
            changed.as_mut().enable();
            if let Some(found) = look(self) {
                return found;
            }
            changed.await;
        }
    }
}
