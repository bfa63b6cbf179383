//! [`TokenBlacklist`]: tokens that are valid by themselves, and are not to be any more.

use std::time::Duration;

use crate::recipes::digest::digest;
use crate::{Error, ErrorKind, Lifetime, Namespace};

/// Tokens that would still be valid by themselves, such as a JWT, and were revoked.
///
/// A cheap handle. They belong to the tenant around the call, and stand in the namespace `revoked` of what they are made with: as
/// hashes, which say nothing of a token that cannot be guessed.
///
/// # Consistency
/// The server decides each question: once [`revoke`](Self::revoke) has returned, every node is told `true`. It keeps what it is
/// told as long as it keeps anything; with a `maxmemory-policy` that lets it make room, it may forget a revocation. So does whatever
/// empties the cache: `clear`, a purge, and [`Events`](crate::Events) that were missed for too long; have a cache of its own for it then.
/// In memory alone, a cache that is full forgets what was not used for the longest time. Where none of that must happen, the database
/// has to know too.
///
/// ```
/// use std::time::Duration;
/// use larder::Cache;
/// use larder::recipes::TokenBlacklist;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let revoked = TokenBlacklist::new(&Cache::in_process());
/// revoked.revoke("eyJhbGciOi..", Duration::from_secs(15 * 60)).await?; // what the token still has to live
/// // Whoever cannot be asked does not say no: an error is no entry.
/// let may_enter = matches!(revoked.is_revoked("eyJhbGciOi..").await, Ok(false));
/// assert!(!may_enter);
/// # Ok::<(), larder::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct TokenBlacklist {
    revoked: Namespace,
}

impl TokenBlacklist {
    /// The revoked tokens of a cache, or of a namespace.
    pub fn new(namespace: &Namespace) -> Self {
        Self { revoked: namespace.namespace("revoked").without_copies() }
    }

    /// Revokes a token for as long as it would still be valid. One round trip; two more where it was revoked before, which this
    /// makes no shorter.
    ///
    /// # Errors
    /// As [`Set`](crate::Set): it may have been revoked or not, so try again.
    /// [`Config`](ErrorKind::Config) where the cache does not store: inside of [`bypass`](crate::bypass) and of a changed
    /// transaction, and of a [`disabled`](crate::Cache::disabled) one.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may have been revoked or not.
    pub async fn revoke(&self, token: &str, expires_in: Duration) -> Result<(), Error> {
        let key = digest(token);
        // Twice, for an earlier revocation may end between the steps.
        for _ in 0..2 {
            if expires_in.is_zero() || self.revoked.insert_if_absent(&key, true, expires_in).await? {
                return Ok(());
            }
            let is_revoked = match self.revoked.ttl(&key).await? {
                None => false,
                Some(Lifetime::For(left)) if left < expires_in => self.revoked.expire(&key, expires_in).await?,
                Some(_) => true,
            };
            if is_revoked {
                return Ok(());
            }
        }
        let nowhere = "the token is not revoked: inside of `bypass` and of a transaction nothing is stored, nor by a disabled cache";
        Err(Error::new(ErrorKind::Config, nowhere))
    }

    /// Whether a token was revoked. One round trip.
    ///
    /// # Errors
    /// As [`Namespace::contains`]: where the server cannot be asked nobody knows, so let nobody in. The same for a cache that is
    /// [switched off](crate::Cache::disabled) or was [shut down](crate::Cache::shutdown), as [`Config`](ErrorKind::Config).
    ///
    /// # Cancel safety
    /// It changes nothing.
    pub async fn is_revoked(&self, token: &str) -> Result<bool, Error> {
        let is_revoked = self.revoked.contains(digest(token)).await?;
        // Looked at last: it may have been shut down meanwhile.
        if is_revoked || self.revoked.is_enabled() {
            return Ok(is_revoked);
        }
        Err(Error::new(ErrorKind::Config, "nobody knows whether the token is revoked: the cache is switched off"))
    }
}
