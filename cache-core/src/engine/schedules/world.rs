//! One cache in memory, a row behind it, and the calls on both.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64 as Count, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use shuttle::future::{JoinHandle, spawn_local, yield_now};

use crate::cache::Cache;
use crate::engine::invalidate::Invalidation;
use crate::engine::load::load;
use crate::engine::look_up::{Call, Look, look_up};
use crate::engine::on_error::OnError;
use crate::engine::put::{self, Put};
use crate::engine::{Engine, Fence, Settings, Switch};
use crate::model::clock::{Clock, Freshness, ManualClock};
use crate::model::entry_key::EntryKey;
use crate::model::key::{KeyWriter, Literal};
use crate::model::key_secret::KeySecret;
use crate::model::namespace_settings::NamespaceRules;
use crate::model::operation::Operation;
use crate::model::plan::Plan;
use crate::model::returned::Plain;
use crate::model::space::Space;
use crate::model::tenancy::Tenancy;
use crate::model::unreachable::Unreachable;
use crate::sync::{AtomicBool, AtomicU64};
use crate::wire::value::Stored;

static READ: Operation = Operation::new(module_path!(), "read", Some("rows"));
static PUT: Operation = Operation::new(module_path!(), "put", Some("rows"));

/// What an invalidation reaches the row's entry by.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    Key,
    Tag,
    Namespace,
    Space,
    Pattern,
}

impl By {
    pub(super) const ALL: [Self; 5] = [By::Key, By::Tag, By::Namespace, By::Space, By::Pattern];
}

/// The cache, and what is behind it.
pub(super) struct World {
    pub(super) engine: Arc<Engine>,
    cache: Cache,
    /// The truth.
    pub(super) row: AtomicU64,
    /// Below this nothing may be answered any more to a call that begins now.
    pub(super) least: AtomicU64,
    /// How many bodies have run; to the schedules no step.
    pub(super) bodies: Count,
    /// Whether the next body panics.
    pub(super) panics: AtomicBool,
}

impl World {
    /// A row of 1, and a cache that has not seen it.
    pub(super) fn new() -> Arc<Self> {
        Self::with(Fence::On, Freshness::unlimited())
    }

    /// The same, with less to protect it.
    pub(super) fn with(fence: Fence, fresh: Freshness) -> Arc<Self> {
        let settings = Settings {
            switch: Switch::on(),
            tenancy: Tenancy::Optional,
            same_tenancy: Some(Tenancy::Optional),
            clock: ManualClock::new().clock(),
            ttl: Duration::from_hours(1),
            tenant_share: None,
            namespaces: NamespaceRules::default(),
            capacity: 100,
            // Real time, which no schedule lets pass.
            lease: Duration::from_hours(1),
            // So that nothing is served but what is confirmed.
            staleness: Duration::ZERO,
            unreachable: Unreachable::Bypass,
            fence,
            secret: Arc::new(KeySecret::default()),
            probe: None,
        };
        let engine = Arc::new(Engine { fresh, ..Engine::new("schedules", settings, None) });
        let cache = Cache::from_parts(Arc::clone(&engine));
        let (row, least, panics) = (AtomicU64::new(1), AtomicU64::new(0), AtomicBool::new(false));
        Arc::new(Self { engine, cache, row, least, bodies: Count::new(0), panics })
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.engine.settings.clock
    }

    /// A call that reads the row through the cache.
    pub(super) async fn read(&self) -> u64 {
        let (shape, stored) = (Plain::<u64>::new(), Stored::new());
        let miss = match look_up(&self.cache, &READ, shape, &stored, None, write) {
            Some(Look::Hit(value)) => return value,
            Some(Look::Miss(miss)) => Some(miss),
            None => None,
        };
        load(miss, shape, stored, OnError::not_stored(None, None), plan(), |_, _| (), self.body()).await
    }

    /// The same; what it is given must not be older than what was the oldest when it began.
    pub(super) async fn read_checked(&self) {
        let least = self.least.load(Ordering::SeqCst);
        let value = self.read().await;
        assert!(value >= least, "a call was given {value}, after {least} was the least that might be answered");
    }

    async fn body(&self) -> u64 {
        self.bodies.fetch_add(1, Ordering::SeqCst);
        yield_now().await;
        // Not by a panic of the usual way, which would tell of a schedule that has failed.
        if self.panics.swap(false, Ordering::SeqCst) {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
        let value = self.row.load(Ordering::SeqCst);
        yield_now().await;
        value
    }

    /// How many bodies have run.
    pub(super) fn bodies(&self) -> u64 {
        self.bodies.load(Ordering::SeqCst)
    }

    /// What memory would answer now.
    pub(super) fn in_memory(&self) -> Option<u64> {
        let entry = self.engine.find(&self.key())?;
        (Stored::<u64>::new().open)(&entry)
    }

    /// A put of a new row; says nothing of what is stored then.
    pub(super) async fn put(&self, value: u64) {
        let (shape, stored) = (Plain::<u64>::new(), Stored::new());
        let mut puts = [Put::begin(&self.cache, &PUT, |_| plan())];
        puts.iter_mut().flatten().for_each(|put| put.key(write));
        put::intend(&mut puts).await;
        yield_now().await;
        self.row.store(value, Ordering::SeqCst);
        yield_now().await;
        let no_key = None::<fn(&u64, &mut KeyWriter<'_>)>;
        puts.iter_mut().flatten().for_each(|put| put.settle(shape, &stored, &value, no_key, |value| *value, |_, _| ()));
        put::deliver(puts).await;
    }

    /// A new row, and after it an invalidation of this process.
    pub(super) async fn write(&self, value: u64, by: By) {
        self.row.store(value, Ordering::SeqCst);
        self.invalidate(by).await;
    }

    pub(super) async fn invalidate(&self, by: By) {
        let call = Call::new(&self.cache, &READ, Space::Global);
        let mut invalidation = Invalidation::new(&call.space);
        match by {
            By::Key => invalidation.keys.push(self.key()),
            By::Tag => invalidation.tags.write(call.secret(), tag),
            By::Namespace => invalidation.namespaces.push(READ.namespace().clone()),
            By::Space => invalidation.everything = true,
            By::Pattern => {
                let mut pattern = crate::model::pattern::KeyPattern::default();
                pattern.push_glob("ro*");
                invalidation.patterns.push((READ.namespace().clone(), pattern));
            }
        }
        self.engine.invalidate(invalidation, self.engine.allowance()).await.expect("there is no second level");
    }

    pub(super) fn key(&self) -> EntryKey {
        Call::new(&self.cache, &READ, Space::Global).usable_key(write).expect("nothing of it is hashed")
    }
}

fn write(key: &mut KeyWriter<'_>) {
    key.push_literal(const { Literal::new("row") });
}

fn tag(tag: &mut KeyWriter<'_>) {
    tag.push_literal(const { Literal::new("books") });
}

fn plan() -> Plan {
    let mut plan = Plan::new(None);
    plan.tag_template(tag);
    plan
}

/// Begins a task. Ended, it is waited for with [`all`].
pub(super) fn task<F: Future<Output = ()> + 'static>(
    world: &Arc<World>,
    run: impl FnOnce(Arc<World>) -> F,
) -> JoinHandle<()> {
    spawn_local(run(Arc::clone(world)))
}

/// Waits until all tasks have ended, or were aborted.
pub(super) fn all(tasks: impl IntoIterator<Item = JoinHandle<()>>) {
    shuttle::future::block_on(async {
        for task in tasks {
            // Aborted, it is an error.
            let _ = task.await;
        }
    });
}

/// Whether a call panics; a panic that is expected must not end the schedule.
pub(super) async fn panics<T>(call: impl Future<Output = T>) -> bool {
    AssertUnwindSafe(call).catch_unwind().await.is_err()
}
