//! `#[cache_evict]`: after the body has succeeded, what was named is invalidated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use smallvec::{SmallVec, smallvec};

use crate::cache::Cache;
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
    /// Whether it needs a tenant, and has none.
    lacks_tenant: bool,
    /// `None` once it is on its way, or called off. In its own space first; the key of a reader may lie in another.
    reached: Option<SmallVec<[Invalidation; 1]>>,
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
        cache.engine().is_on().then(|| {
            let space = cache.engine().space_of(operation);
            let lacks_tenant = space.is_none();
            let call = Call::new(cache, operation, space.unwrap_or_default());
            let reached = Some(smallvec![Invalidation::new(&call.space)]);
            let (transaction, of, is_for_failures, on_trouble) = (None, None, false, OnTrouble::GoOn);
            Self { call, begun, is_for_failures, on_trouble, transaction, of, lacks_tenant, reached }
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
        if let (Some(reached), false) = (&mut self.reached, self.lacks_tenant) {
            add(&self.call, &mut reached[0]);
        }
    }

    /// Adds a key.
    pub fn key(&mut self, write: impl FnOnce(&mut KeyWriter<'_>)) {
        self.reach(|call, reached| reached.keys.extend(call.usable_key(write)));
    }

    /// Adds the key of a reader, where that stores it: in its namespace, and with its tenant or none.
    pub fn key_of(&mut self, reader: &'static Reader, write: impl FnOnce(&mut KeyWriter<'_>)) {
        let operation = reader.operation();
        // Where the rule is the same it was asked already, and a tenant that lacks is counted once.
        let space = if operation.tenancy() == self.call.operation.tenancy() {
            (!self.lacks_tenant).then(|| self.call.space.clone())
        } else {
            self.call.engine.space_of(operation)
        };
        let Some(space) = space else {
            self.lacks_tenant = true;
            return;
        };
        self.of = Some(operation.namespace().clone());
        let reader = Call { operation, space, namespace: operation.namespace().clone(), ..self.call.clone() };
        let Some(reached) = &mut self.reached else { return };
        let at = reached.iter().position(|reached| reached.space == reader.space).unwrap_or_else(|| {
            reached.push(Invalidation::new(&reader.space));
            reached.len() - 1
        });
        reached[at].keys.extend(reader.usable_key(write));
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
            reached.patterns.push((call.namespace.clone(), writer.pattern));
        });
    }

    /// Adds the whole namespace.
    pub fn all(&mut self) {
        self.reach(|call, reached| reached.namespaces.push(call.namespace.clone()));
    }

    /// Adds the whole namespace, in the space of every tenant.
    pub fn all_across_tenants(&mut self) {
        self.reach(|call, reached| reached.everywhere.push(call.namespace.clone()));
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
        let is_beside = Arc::ptr_eq(&self.call.engine, &other.call.engine);
        if is_beside {
            for more in other.reached.take().into_iter().flatten() {
                let reached = self.reached.get_or_insert_default();
                match reached.iter_mut().find(|reached| reached.space == more.space) {
                    Some(reached) => reached.absorb(more),
                    None => reached.push(more),
                }
            }
            self.lacks_tenant |= other.lacks_tenant;
            if other.on_trouble == OnTrouble::Fail {
                self.on_trouble = OnTrouble::Fail;
            }
        }
        is_beside
    }

    /// Leaves it to the commit that it waits for. Where there is none to come, it is done at once like any other.
    fn defer(&mut self) {
        let Some(transaction) = self.transaction.take() else { return };
        let Some(reached) = self.take() else { return };
        let Call { engine, operation, namespace, .. } = &self.call;
        let namespaces = [Some(namespace), self.of.as_ref()];
        let namespaces: SmallVec<[Namespace; 2]> = namespaces.into_iter().flatten().cloned().collect();
        let defer = |reached: Invalidation| {
            engine.is_without_secret(operation, || reached.tags.lack_secret());
            commit::defer(&transaction, engine, reached, &namespaces)
        };
        let left: SmallVec<_> = reached.into_iter().filter_map(defer).collect();
        if left.is_empty() {
            self.show(Evicted::Deferred);
        } else {
            self.reached = Some(left);
        }
    }

    /// What it reaches, where that is anything.
    fn take(&mut self) -> Option<SmallVec<[Invalidation; 1]>> {
        let mut reached = self.reached.take()?;
        reached.retain(|reached| !reached.is_empty());
        (!reached.is_empty()).then_some(reached)
    }

    /// Shows what became of it in the span of the call, where there is one.
    fn show(&self, evicted: Evicted) {
        if !around::is_plain() {
            scope::show(self.call.operation, |trace| trace.evicted(&self.call.engine.name, evicted));
        }
    }

    /// Says what trouble the function fails with.
    async fn invalidate(mut self) -> Option<Error> {
        let mut trouble = self.lacks_tenant.then(Error::tenant_missing);
        let Some(reached) = self.take() else { return trouble.filter(|_| self.on_trouble == OnTrouble::Fail) };
        let engine = &self.call.engine;
        for reached in reached {
            engine.count_invalidation(&reached);
            engine.is_without_secret(self.call.operation, || reached.tags.lack_secret());
            // Trouble is counted and said there; what was not delivered will be.
            let failed = engine.invalidate(reached, engine.allowance()).await.err();
            trouble = trouble.or(failed);
        }
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
        for reached in self.take().into_iter().flatten() {
            let engine = &self.call.engine;
            engine.count_invalidation(&reached);
            Arc::clone(engine).invalidate_in_background(reached);
        }
    }
}
