//! What [`Cache::stats`](crate::Cache::stats) reports.

use std::time::Duration;

/// Counts since the cache was built.
///
/// One call of a `#[cacheable]` function is exactly one of `hits`, `remote_hits`, `collapsed` and `misses`; inside of
/// [`bypass`](crate::bypass), and where it is one of `without_secret`, it is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Calls answered from memory.
    pub hits: u64,
    /// Calls answered from the second level.
    pub remote_hits: u64,
    /// Calls that ran their body.
    pub misses: u64,
    /// Calls that were given the result of another call's load.
    pub collapsed: u64,
    /// Values stored, by a load or by `#[cache_put]`.
    pub stored: u64,
    /// Values not stored because their key, a tag, a pattern or their namespace was invalidated while they were loaded.
    pub refused: u64,
    /// Values not stored because another node loads or writes the key, because they are beyond a limit, or because the
    /// second level did not answer.
    pub unstored: u64,
    /// Values not stored because they inherit more than 64 tags from the cached calls that they are made of, or tags that
    /// are not known: of a value that `unless` objected to, before its own `tags = |v|` was asked.
    pub untracked: u64,
    /// Calls and invalidations that left the cache out, because a piece of a key is hashed and the cache has no
    /// [`key_secret`](crate::CacheBuilder::key_secret).
    pub without_secret: u64,
    /// Calls that were to have a tenant and had none, or one that the resolver does not know: they left the cache out.
    pub tenant_missing: u64,
    /// Whether tenants were named in more than one way, by id, slug or subdomain, without a
    /// [`tenant_resolver`](crate::CacheBuilder::tenant_resolver): a tenant that is named in two ways has two spaces.
    pub mixed_tenants: bool,
    /// Invalidations asked for: one for each key, tag, pattern, namespace or space.
    pub invalidations: u64,
    /// Entries in memory; an estimate, for eviction is not immediate.
    pub entries: u64,
    /// Keys and tags whose invalidation the second level has not taken yet. Until it does, nothing is read from it.
    pub undelivered: u64,
    /// What went wrong with the second level.
    pub trouble: Trouble,
    /// How memory follows what other nodes invalidate.
    pub coherence: Coherence,
    /// What became of the hits that were verified: see [`verify_hits`](crate::CacheBuilder::verify_hits).
    pub verified: Verified,
}

/// What a cache has counted of one tenant since it last heard of it: see [`Cache::tenant_stats`](crate::Cache::tenant_stats).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TenantStats {
    /// Calls answered from memory.
    pub hits: u64,
    /// Calls answered from the second level.
    pub remote_hits: u64,
    /// Calls that ran their body.
    pub misses: u64,
    /// Values stored.
    pub stored: u64,
    /// Invalidations asked for.
    pub invalidations: u64,
}

/// Hits in memory that were compared with what the second level had in their place a moment later.
///
/// Each one that was drawn is one of `dropped` and `checked`; each of `checked` is one of the four between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Verified {
    /// Hits that were compared.
    pub checked: u64,
    /// The second level had the same entry, and would have served it.
    pub confirmed: u64,
    /// Another node had invalidated what was served, and 50 ms later this one had not heard of it and served it still. Each
    /// is within [`max_staleness`](crate::CacheBuilder::max_staleness); many mean that messages are late or lost.
    pub stale: u64,
    /// The second level had something else, and memory has dropped what it had served meanwhile.
    pub overtaken: u64,
    /// Nobody can tell: the entry is not there, has ended or was lost and loaded anew, or the second level did not answer.
    pub unknown: u64,
    /// Hits that were drawn and not compared, for too many waited.
    pub dropped: u64,
    /// The longest time after which a stale entry was still served since it was last known to be current: memory was behind
    /// for no longer.
    pub oldest_stale: Duration,
}

/// How the memory of this process follows what others invalidate, where there is a second level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Coherence {
    /// Whether it follows at the moment. Where it does not, what memory holds is served for
    /// [`max_staleness`](crate::CacheBuilder::max_staleness) after it was loaded, and no longer.
    pub is_following: bool,
    /// Messages that came, of this process's own invalidations too.
    pub messages: u64,
    /// How often messages were missing, and everything in memory was dropped.
    pub gaps: u64,
    /// How often it had to begin anew: the connection broke, or the server had lost its control data.
    pub losses: u64,
}

/// How often something went wrong with the second level, by kind; each kind is also said in the log, once in 10 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Trouble {
    /// It could not be reached: [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    pub unavailable: u64,
    /// It did not answer in time.
    pub timeout: u64,
    /// It refused us: a wrong password, or a command that we are not permitted.
    pub denied: u64,
    /// It is too old, or is used by nodes of another format.
    pub unsupported: u64,
    /// It had no memory left.
    pub full: u64,
    /// Something under our names was not ours.
    pub foreign: u64,
    /// It answered with another error, or with what is no answer.
    pub server: u64,
    /// A value was larger than the limit.
    pub too_large: u64,
    /// A value could not be written as bytes, or bytes could not be read as the value.
    pub codec: u64,
    /// An entry had been altered, or was none of ours.
    pub corrupt: u64,
    /// An entry came from another build: its type had another shape, its code gave it fewer tags, or this build does not know its
    /// codec or compression.
    pub mismatched: u64,
}

impl Stats {
    /// The share of calls that were hits on either level, between 0 and 1; 0 where there was no call.
    pub fn hit_ratio(&self) -> f64 {
        let (hits, all) = (self.hits + self.remote_hits, self.misses + self.collapsed);
        #[allow(clippy::cast_precision_loss, reason = "a ratio of counts needs no more than 52 bits")]
        let (hits, calls) = (hits as f64, (hits + all) as f64);
        if calls == 0.0 { 0.0 } else { hits / calls }
    }
}
