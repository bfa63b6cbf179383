//! [`CommitScope`]: what calls inside of a transaction invalidate waits for its commit.
//!
//! A change is invalidated once it may be there for others to read, and not before: an earlier invalidation would be undone
//! by the next reader, who still finds the old value in the database. So it is known at every moment what to do:
//!
//! | what became of the commit | then |
//! |---|---|
//! | it never began | nothing was committed: forgotten |
//! | it was polled to its end | invalidated, before the caller goes on; also after an error, which may have come too late |
//! | it was dropped, or panicked | nobody knows: invalidated, in the background |

mod waiting;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::commit::waiting::{Deferred, Waiting};
use crate::engine::invalidate::Invalidation;
use crate::model::around;
use crate::model::namespace::Namespace;
use crate::scope::transaction::Transaction;
use crate::scope::{self, Scope, Wish};

/// A database transaction, as the caches see it: what is evicted inside waits for the commit, and is forgotten without one.
///
/// Run everything that reads or writes in the transaction inside of [`run`](Self::run), and hand the database's commit to
/// [`commit`](Self::commit). Where an error comes first, drop the scope together with the transaction.
///
/// * `#[cache_evict(.., timing = after_commit)]` evicts after the commit. Evictions with another `timing` take place at once.
/// * `#[cache_put]` stores nothing, since its value is not committed yet: its key is evicted after the commit.
/// * From the first call of either on, `#[cacheable]` functions inside run their bodies and store nothing, as in
///   [`bypass`](crate::bypass): what is cached is older than the transaction's own writes, and those are nobody else's yet.
///
/// A scope reaches everything that the future awaits, however deep, and nothing that it spawns as a task of its own: run that
/// inside as well. Of scopes inside each other the innermost counts. What waits is kept in memory, each name once; of
/// one cache more than 1 024 keys, or 16 patterns, become their namespaces, and more than 1 024 tags everything.
///
/// The page `docs/transactions.md` says what is promised, and what a crash between the commit and the evictions leaves behind.
///
/// ```
/// # struct Database;
/// # impl Database {
/// #     async fn begin(&self) -> Result<Transaction, std::io::Error> { Ok(Transaction) }
/// # }
/// # struct Transaction;
/// # impl Transaction {
/// #     async fn commit(self) -> Result<(), std::io::Error> { Ok(()) }
/// # }
/// # struct Users; // `rename` is annotated with `#[cache_evict("user:{id}", timing = after_commit)]`
/// # impl Users {
/// #     async fn rename(&self, _: &mut Transaction, _: u64, _: &str) -> Result<(), std::io::Error> { Ok(()) }
/// # }
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// # let (database, users) = (Database, Users);
/// use cache_core::CommitScope;
///
/// let scope = CommitScope::new();
/// let mut transaction = database.begin().await?;
/// scope.run(users.rename(&mut transaction, 7, "Ada")).await?; // an error returns: nothing was committed, nothing is evicted
/// scope.commit(transaction.commit()).await?; // commits, then evicts
/// # Ok::<(), std::io::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "without `commit` everything that was to be evicted is forgotten"]
pub struct CommitScope {
    transaction: Arc<Transaction>,
}

impl CommitScope {
    /// A scope in which nothing waits yet.
    pub fn new() -> Self {
        Self { transaction: Transaction::new(Waiting::default()) }
    }

    /// Runs a future inside. It may be called again, for the next step of the transaction.
    ///
    /// Functions that are not asynchronous are inside as well, where the future calls them:
    /// `scope.run(async { users.rename(&transaction, 7, "Ada") })`.
    ///
    /// # Cancel safety
    /// As the future's. What it has evicted, and what its running calls may have written, waits for the commit.
    pub async fn run<F: Future>(&self, future: F) -> F::Output {
        self.around(Box::pin(future)).await
    }

    /// Runs the commit, and then what waits for it; gives back what the commit said.
    ///
    /// Whatever it said: an error may have come after the commit, and an eviction too many costs one miss. The commit
    /// itself is run inside of the scope, so a transaction that is one call, body and commit together, needs nothing else:
    /// `CommitScope::new().commit(database.transaction(|transaction| ..))`.
    ///
    /// Costs as much as one `#[cache_evict]` of all that waits, for each cache: with a second level one round trip for
    /// all keys and tags, and a walk for each pattern. What the second level does not take is delivered later, as ever; the
    /// commit's result is the same.
    ///
    /// # Cancel safety
    /// Before it is polled first, dropping it is dropping the scope: nothing was committed, and everything is forgotten.
    /// Afterwards nobody knows, so everything that waits is evicted in the background; the same after a panic.
    pub async fn commit<F: Future>(self, commit: F) -> F::Output {
        // Declared first and so dropped last: what the commit's own calls leave behind when they are dropped comes with it.
        let committing = Committing { transaction: &self.transaction, begun: Vec::new() };
        let result = self.around(Box::pin(commit)).await;
        committing.invalidate().await;
        result
    }

    /// On the heap: each future around another has room for it more than once.
    async fn around<F: Future>(&self, future: Pin<Box<F>>) -> F::Output {
        Scope::new(Wish::Commit(Arc::clone(&self.transaction))).around(future).await
    }
}

impl Default for CommitScope {
    fn default() -> Self {
        Self::new()
    }
}

/// Without what waits: keys and tags may be secret.
impl fmt::Debug for CommitScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommitScope").finish_non_exhaustive()
    }
}

impl Drop for CommitScope {
    /// Without a commit nothing was changed for anybody.
    fn drop(&mut self) {
        drop(waiting(&self.transaction).close());
    }
}

/// A commit that began: what waits for it will be invalidated, come what may.
struct Committing<'scope> {
    transaction: &'scope Transaction,
    /// What is on its turn.
    begun: Vec<Deferred>,
}

impl Committing<'_> {
    async fn invalidate(mut self) {
        self.begun = waiting(self.transaction).close();
        while let Some(deferred) = self.begun.pop() {
            deferred.invalidate().await;
        }
    }
}

impl Drop for Committing<'_> {
    fn drop(&mut self) {
        let waiting = waiting(self.transaction).close();
        self.begun.drain(..).chain(waiting).for_each(Deferred::invalidate_in_background);
    }
}

fn waiting(transaction: &Transaction) -> &Waiting {
    transaction.waiting().downcast_ref().unwrap_or_else(|| unreachable!("a transaction is made here, with what waits"))
}

/// The transaction that a call is about to write in, where it is in one.
pub(crate) fn join_transaction() -> Option<Arc<Transaction>> {
    let transaction = if around::is_plain() { None } else { scope::transaction() };
    transaction.inspect(|transaction| transaction.note_change())
}

/// Leaves an invalidation to a commit. Given back where that is over: by a call that was taken out of its scope.
///
/// `namespaces` are those of its keys.
pub(crate) fn defer(
    transaction: &Transaction,
    engine: &Arc<Engine>,
    invalidation: Invalidation,
    namespaces: &[Namespace],
) -> Option<Invalidation> {
    waiting(transaction).add(engine, invalidation, namespaces)
}
