//! Warming: what is loaded, what is left, what fails, and how far it has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cache_core::testing::FakeRedis;
use futures::StreamExt;
use larder::recipes::Warming;
use larder::recipes::warming::{Existing, Warmed};
use larder::{Cache, ErrorKind, Lifetime, Namespace, Policy, Tenant, tenant};

use crate::backend::{on_every_backend, on_every_shared_backend};
use crate::following::Following;
use crate::support::{Gate, within};

const MINUTE: Duration = Duration::from_mins(1);

/// Items that count which of them run, and how many at a time.
#[derive(Default)]
struct Counted {
    started: AtomicUsize,
    running: AtomicUsize,
    most: AtomicUsize,
    /// Holds each of them.
    gate: Option<Gate>,
}

impl Counted {
    fn held() -> Arc<Self> {
        Arc::new(Self { gate: Some(Gate::closed()), ..Self::default() })
    }

    fn items(self: &Arc<Self>, cache: &Namespace, items: u64) -> Warming {
        (0..items).fold(Warming::new(cache), |warming, id| {
            let counted = Arc::clone(self);
            warming.item(("item", id), MINUTE, move || async move {
                counted.started.fetch_add(1, Ordering::Relaxed);
                let running = counted.running.fetch_add(1, Ordering::Relaxed) + 1;
                counted.most.fetch_max(running, Ordering::Relaxed);
                if let Some(gate) = &counted.gate {
                    gate.pass().await;
                }
                counted.running.fetch_sub(1, Ordering::Relaxed);
                Ok::<_, larder::Error>(id)
            })
        })
    }
}

on_every_backend! {
    async fn what_is_missing_is_loaded_and_what_is_there_stays(backend: Backend) {
        let lookups = backend.node().namespace("lookups");
        lookups.set("there", 1_u64).await.unwrap();
        let report = Warming::new(&lookups)
            .item("there", MINUTE, async || Ok::<_, larder::Error>(2_u64))
            .item("missing", Policy::new().for_ever(), async || Ok::<_, larder::Error>(3_u64))
            .item("text", MINUTE, async || Ok::<_, larder::Error>("other types too".to_owned()))
            .run()
            .await;
        assert_eq!((report.loaded, report.present, report.failed.len()), (2, 1, 0));
        assert_eq!(lookups.get::<u64>("there").await.unwrap(), Some(1));
        assert_eq!(lookups.get::<u64>("missing").await.unwrap(), Some(3));
        assert_eq!(lookups.ttl("missing").await.unwrap(), Some(Lifetime::ForEver));
        assert_eq!(lookups.get::<String>("text").await.unwrap().as_deref(), Some("other types too"));
    }

    async fn what_is_there_is_loaded_anew_where_that_is_wanted(backend: Backend) {
        let lookups = backend.node().namespace("lookups");
        lookups.set("a", 1_u64).await.unwrap();
        lookups.set("b", 1_u64).await.unwrap();
        let report = Warming::new(&lookups)
            .existing(Existing::Refreshed)
            .item("a", MINUTE, async || Ok::<_, larder::Error>(2_u64))
            .item("b", MINUTE, async || Err::<u64, _>("no row"))
            .run()
            .await;
        assert_eq!((report.loaded, report.present, report.failed.len()), (1, 0, 1));
        assert_eq!(lookups.get::<u64>("a").await.unwrap(), Some(2));
        assert_eq!(lookups.get::<u64>("b").await.unwrap(), Some(1), "what could not be loaded stays");
    }

    async fn an_item_that_fails_or_panics_does_not_stop_the_others(backend: Backend) {
        let cache = backend.node();
        let report = Warming::new(&cache)
            .item("before", MINUTE, async || Ok::<_, larder::Error>(1_u64))
            .item("fails", MINUTE, async || Err::<u64, _>("no row"))
            .item("panics", MINUTE, async || -> Result<u64, larder::Error> { panic!("on purpose") })
            .item("at once", MINUTE, || -> std::future::Ready<Result<u64, larder::Error>> { panic!("on purpose") })
            .item("behind", MINUTE, async || Ok::<_, larder::Error>(2_u64))
            .concurrency(1)
            .run()
            .await;
        assert_eq!((report.loaded, report.present), (2, 0));
        let failed: Vec<_> = report.failed.iter().map(|(item, why)| (*item, why.to_string())).collect();
        let panicked = "its loader panicked".to_owned();
        assert_eq!(failed, [(1, "no row".to_owned()), (2, panicked.clone()), (3, panicked)]);
        assert_eq!(cache.get::<u64>("behind").await.unwrap(), Some(2));
    }

    async fn no_more_loaders_run_at_a_time_than_was_said(backend: Backend) {
        for (said, most) in [(Some(3), 3), (Some(0), 1), (None, 8)] {
            let (cache, counted) = (backend.node(), Counted::held());
            let warming = counted.items(&cache, 20).existing(Existing::Refreshed);
            let warming = if let Some(said) = said { warming.concurrency(said) } else { warming };
            let running = tokio::spawn(warming.run());
            let gate = counted.gate.as_ref().unwrap();
            for _ in 0..most {
                gate.arrival().await;
            }
            gate.open();
            assert_eq!(within(running).await.unwrap().loaded, 20);
            assert_eq!(counted.most.load(Ordering::Relaxed), most);
        }
    }

    async fn progress_tells_of_each_item(backend: Backend) {
        let cache = backend.node();
        cache.set("there", 1_u64).await.unwrap();
        let steps: Vec<_> = Warming::new(&cache)
            .item("loaded", MINUTE, async || Ok::<_, larder::Error>(1_u64))
            .item("fails", MINUTE, async || Err::<u64, _>("no row"))
            .item("there", MINUTE, async || Ok::<_, larder::Error>(1_u64))
            .concurrency(1)
            .progress()
            .map(|step| (step.item, step.done, step.failed, step.total, step.outcome.ok()))
            .collect()
            .await;
        let told = [(0, 1, 0, 3, Some(Warmed::Loaded)), (1, 2, 1, 3, None), (2, 3, 1, 3, Some(Warmed::Present))];
        assert_eq!(steps, told);
    }

    async fn one_that_is_dropped_stops(backend: Backend) {
        let (cache, counted) = (backend.node(), Arc::new(Counted::default()));
        let mut progress = Box::pin(counted.items(&cache, 50).concurrency(2).progress());
        for done in 1..=3 {
            assert_eq!(within(progress.next()).await.unwrap().done, done);
        }
        drop(progress);
        let started = counted.started.load(Ordering::Relaxed);
        assert!((3..=5).contains(&started), "{started} of 50");
        let there = cache.contains_many((0..50).map(|id| ("item", id))).await.unwrap();
        assert!((3..=5).contains(&there), "what was loaded stays: {there}");
        // Nobody waits for what was given up.
        assert_eq!(within(counted.items(&cache, 50).run()).await.failed.len(), 0);
    }

    async fn the_entries_are_of_the_tenant_that_it_began_for(backend: Backend) {
        let cache = backend.node();
        let acme = Tenant::from_id("acme").unwrap();
        let warming = Warming::new(&cache).item("a", MINUTE, async || {
            Ok::<_, larder::Error>(tenant::current().map(|tenant| format!("{tenant:?}")))
        });
        let progress = tenant::scope(acme.clone(), async { warming.progress() }).await;
        assert_eq!(progress.count().await, 1);
        assert!(!cache.contains("a").await.unwrap());
        let seen = tenant::scope(acme.clone(), cache.get::<Option<String>>("a")).await.unwrap().unwrap();
        assert_eq!(seen, Some(format!("{acme:?}")));
    }

    async fn what_is_invalidated_while_it_is_loaded_has_failed(backend: Backend) {
        let (cache, gate) = (backend.node(), Arc::new(Gate::closed()));
        let held = Arc::clone(&gate);
        let warming = Warming::new(&cache).item("a", MINUTE, move || async move {
            held.pass().await;
            Ok::<_, larder::Error>(1_u64)
        });
        let removal = async {
            gate.arrival().await;
            cache.remove("a").await.unwrap();
            gate.open();
        };
        let (report, ()) = within(futures::future::join(warming.run(), removal)).await;
        assert_eq!((report.loaded, report.present, report.failed.len()), (0, 0, 1));
    }
}

on_every_shared_backend! {
    async fn what_another_node_has_warmed_is_there(backend: Backend) {
        let counted = Arc::new(Counted::default());
        assert_eq!(counted.items(&backend.node(), 20).run().await.loaded, 20);
        let report = counted.items(&backend.node(), 20).run().await;
        assert_eq!((report.loaded, report.present), (0, 20));
        assert_eq!(counted.started.load(Ordering::Relaxed), 20);
    }
}

#[tokio::test]
async fn what_the_server_does_not_take_has_failed() {
    let server = FakeRedis::new();
    let cache = Cache::builder("warming").redis(server.clone()).following();
    server.fail_with(Some(ErrorKind::Full));
    let report = Arc::new(Counted::default()).items(&cache, 3).run().await;
    assert_eq!((report.loaded, report.failed.len()), (0, 3));
}
