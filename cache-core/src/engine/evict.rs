//! `#[cache_evict]`: after the body has succeeded, what was named is invalidated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use smallvec::SmallVec;

use crate::cache::Cache;
use crate::engine::Switch;
use crate::engine::commit;
use crate::engine::failing::OnTrouble;
use crate::engine::invalidate::Invalidation;
use crate::engine::look_up::Call;
use crate::model::around;
use crate::model::error::Error;
use crate::model::key::{CacheKey, KeyWriter};
use crate::model::key_secret::KeySecret;
use crate::model::namespace::Namespace;
use crate::model::operation::Operation;
use crate::model::pattern::KeyPattern;
use crate::model::reader::Reader;
use crate::model::returned::Shape;
use crate::scope::trace::Evicted;
use crate::scope::transaction::Transaction;
use crate::scope::{self, Use};

/// Whether the body of a call began. A call that a hit or another call's load answers ran no body, and has nothing to
/// invalidate.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Begun(AtomicBool);

impl Begun {
    /// Not yet.
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Notes that it began.
    pub fn note(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_noted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What a `#[cache_evict]` call is going to invalidate, settled before its body runs.
#[doc(hidden)]
#[derive(Debug)]
pub struct Eviction<'call> {
    pub(crate) call: Call,
    begun: &'call Begun,
    /// Whether a failed body's writes count too.
    is_for_failures: bool,
    on_trouble: OnTrouble,
    /// The transaction whose commit it waits for.
    transaction: Option<Arc<Transaction>>,
    /// The namespace of the reader whose key it names.
    of: Option<Namespace>,
    /// `None` once it is on its way, or called off.
    reached: Option<Invalidation>,
}

/// Puts a pattern together from glob syntax and values.
#[doc(hidden)]
#[derive(Debug)]
pub struct PatternWriter<'secret> {
    pattern: KeyPattern,
    secret: &'secret KeySecret,
}

impl PatternWriter<'_> {
    /// Adds glob syntax.
    pub fn glob(&mut self, text: &str) {
        self.pattern.push_glob(text);
    }

    /// Adds a value, which matches only itself.
    pub fn value<K: CacheKey + ?Sized>(&mut self, value: &K) {
        let mut writer = KeyWriter::detached(self.secret);
        value.write_key(&mut writer);
        self.pattern.push_value(writer.written());
    }
}

impl<'call> Eviction<'call> {
    /// Begins an eviction. `None`: the cache is switched off.
    pub fn begin(cache: &Cache, operation: &'static Operation, begun: &'call Begun) -> Option<Self> {
        (cache.engine().settings.switch == Switch::On).then(|| {
            let call = Call::new(cache, operation);
            let reached = Some(Invalidation::new(call.space));
            let (transaction, of) = (None, None);
            Self { call, begun, is_for_failures: false, on_trouble: OnTrouble::GoOn, transaction, of, reached }
        })
    }

    /// Has it invalidate after a body that failed as well; what needs the value then reaches nothing.
    pub fn whatever_comes(&mut self) {
        self.is_for_failures = true;
    }

    /// Has it wait for the commit of the transaction around the call, where there is one.
    pub fn after_commit(&mut self) {
        self.transaction = commit::join_transaction();
    }

    /// Has the function fail where there is trouble, unless the cache is not to be used.
    pub fn fail_on_trouble(&mut self) {
        if around::is_plain() || scope::wished() != Use::None {
            self.on_trouble = OnTrouble::Fail;
        }
    }

    fn reach(&mut self, add: impl FnOnce(&Call, &mut Invalidation)) {
        if let Some(reached) = &mut self.reached {
            add(&self.call, reached);
        }
    }

    /// Adds a key.
    pub fn key(&mut self, write: impl FnOnce(&mut KeyWriter<'_>)) {
        self.reach(|call, reached| reached.keys.extend(call.usable_key(write)));
    }

    /// Adds the key of a reader, in its namespace.
    pub fn key_of(&mut self, reader: &'static Reader, write: impl FnOnce(&mut KeyWriter<'_>)) {
        self.of = Some(reader.operation().namespace());
        self.reach(|call, reached| {
            let reader = Call { operation: reader.operation(), ..call.clone() };
            reached.keys.extend(reader.usable_key(write));
        });
    }

    /// Adds several keys.
    pub fn keys<K: CacheKey>(&mut self, keys: impl IntoIterator<Item = K>) {
        for key in keys {
            self.key(|writer| key.write_whole_key(writer));
        }
    }

    /// Adds a tag given by a template.
    pub fn tag_template(&mut self, write: impl FnOnce(&mut KeyWriter<'_>)) {
        self.reach(|call, reached| reached.tags.write(call.secret(), write));
    }

    /// Adds a tag given by a template, which belongs to no tenant.
    pub fn tag_across_tenants(&mut self, write: impl FnOnce(&mut KeyWriter<'_>)) {
        self.reach(|call, reached| reached.tags.write_across_tenants(call.secret(), write));
    }

    /// Adds a tag given by an expression.
    pub fn tag<T: CacheKey + ?Sized>(&mut self, tag: &T) {
        self.reach(|call, reached| reached.tags.push(call.secret(), tag));
    }

    /// Adds the tags that a closure named.
    pub fn tags<T: CacheKey>(&mut self, tags: impl IntoIterator<Item = T>) {
        self.reach(|call, reached| reached.tags.extend(call.secret(), tags));
    }

    /// Adds a pattern.
    pub fn pattern(&mut self, write: impl FnOnce(&mut PatternWriter<'_>)) {
        self.reach(|call, reached| {
            let mut writer = PatternWriter { pattern: KeyPattern::default(), secret: call.secret() };
            write(&mut writer);
            reached.patterns.push((call.operation.namespace(), writer.pattern));
        });
    }

    /// Adds the whole namespace.
    pub fn all(&mut self) {
        self.reach(|call, reached| reached.namespaces.push(call.operation.namespace()));
    }

    /// Adds the whole namespace, in the space of every tenant.
    pub fn all_across_tenants(&mut self) {
        self.reach(|call, reached| reached.everywhere.push(call.operation.namespace()));
    }

    /// Adds what the value names, or calls the eviction off where no body ran, where there is an error or `unless` objects.
    pub fn settle<S: Shape>(
        &mut self,
        _: S,
        (value, failed): (Option<&S::Value>, Option<&S::Return>),
        unless: impl FnOnce(&S::Value) -> bool,
        add: impl FnOnce(&S::Value, &mut Self),
    ) {
        if !self.begun.is_noted() {
            self.reached = None;
            return;
        }
        match value {
            Some(value) if !unless(value) => add(value, self),
            None if failed.is_none() || self.is_for_failures => {}
            _ => self.reached = None,
        }
    }

    /// Takes over what another one reaches, where one invalidation can reach both.
    fn absorb(&mut self, other: &mut Self) -> bool {
        let is_beside = Arc::ptr_eq(&self.call.engine, &other.call.engine) && self.call.space == other.call.space;
        if is_beside {
            match (&mut self.reached, other.reached.take()) {
                (Some(reached), Some(more)) => reached.absorb(more),
                (reached, more) => *reached = reached.take().or(more),
            }
            if other.on_trouble == OnTrouble::Fail {
                self.on_trouble = OnTrouble::Fail;
            }
        }
        is_beside
    }

    /// Leaves it to the commit that it waits for. Where there is none to come, it is done at once like any other.
    fn defer(&mut self) {
        let Some(transaction) = self.transaction.take() else { return };
        let Some(reached) = self.reached.take().filter(|reached| !reached.is_empty()) else { return };
        let Call { engine, operation, .. } = &self.call;
        engine.is_without_secret(operation, || reached.tags.lack_secret());
        let namespaces = [Some(operation.namespace()), self.of];
        let namespaces: SmallVec<[Namespace; 2]> = namespaces.into_iter().flatten().collect();
        self.reached = commit::defer(&transaction, engine, reached, &namespaces);
        if self.reached.is_none() {
            self.show(Evicted::Deferred);
        }
    }

    /// Shows what became of it in the span of the call, where there is one.
    fn show(&self, evicted: Evicted) {
        if !around::is_plain() {
            scope::show(self.call.operation, |trace| trace.evicted(&self.call.engine.name, evicted));
        }
    }

    /// Says what trouble the function fails with.
    async fn invalidate(mut self) -> Option<Error> {
        let reached = self.reached.take().filter(|reached| !reached.is_empty())?;
        let engine = &self.call.engine;
        engine.count_invalidation(&reached);
        engine.is_without_secret(self.call.operation, || reached.tags.lack_secret());
        // Trouble is counted and said there; what was not delivered will be.
        let trouble = engine.invalidate(reached, engine.allowance()).await.err();
        self.show(if trouble.is_none() { Evicted::Delivered } else { Evicted::Undelivered });
        trouble.filter(|_| self.on_trouble == OnTrouble::Fail)
    }
}

/// Invalidates what the evictions of one call reach, in memory and on the second level: in one step for each cache. Says
/// what trouble the function fails with.
///
/// # Cancel safety
/// Once polled it goes on, though nobody waits for it.
#[doc(hidden)]
pub async fn invalidate<const N: usize>(evictions: [Option<Eviction<'_>>; N]) -> Option<Error> {
    let mut together: Vec<Eviction<'_>> = Vec::with_capacity(N);
    for mut eviction in evictions.into_iter().flatten() {
        eviction.defer();
        if !together.iter_mut().any(|other| other.absorb(&mut eviction)) {
            together.push(eviction);
        }
    }
    let mut failure = None;
    for eviction in together {
        let trouble = eviction.invalidate().await;
        failure = failure.or(trouble);
    }
    failure
}

impl Drop for Eviction<'_> {
    /// A body that was cancelled or panicked may have written, so it counts as one that succeeded: what was settled before
    /// it is invalidated.
    fn drop(&mut self) {
        if !self.begun.is_noted() {
            return;
        }
        self.defer();
        if let Some(reached) = self.reached.take().filter(|reached| !reached.is_empty()) {
            let engine = &self.call.engine;
            engine.count_invalidation(&reached);
            Arc::clone(engine).invalidate_in_background(reached);
        }
    }
}
