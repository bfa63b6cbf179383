//! Whose counters and limits these are.

use std::time::Duration;

use larder::{Decision, RateLimit, Tenancy, Tenant, tenant};

use crate::backend::on_every_backend;

/// Names that mean something to patterns, to servers or to our own records.
const HOSTILE: [&str; 12] = ["*", "?", "[ab]", ":", "a:b", "{a}", "%", "%2A", "#", "#n:x", "\\", "\u{1f600}"];
const MINUTE: Duration = Duration::from_mins(1);

fn named(id: &str) -> Tenant {
    Tenant::from_id(id).expect("a name that can be used")
}

async fn of<F: Future>(id: &str, call: F) -> F::Output {
    tenant::scope(named(id), call).await
}

fn left(decision: Decision) -> u64 {
    decision.remaining()
}

on_every_backend! {
    async fn a_tenant_has_counters_and_limits_of_its_own(backend: Backend) {
        let cache = backend.node();
        let (counter, limiter) = (cache.counter("a"), cache.rate_limiter("api", RateLimit::fixed_window(3, MINUTE)));
        assert_eq!(counter.increment().await.unwrap(), 1);
        assert_eq!(left(limiter.check("ada").await.unwrap()), 2);
        // The handles are the same: the tenant is that of the step.
        assert_eq!(of("acme", counter.increment()).await.unwrap(), 1);
        assert_eq!(of("acme", counter.increment()).await.unwrap(), 2);
        assert_eq!(left(of("acme", limiter.check("ada")).await.unwrap()), 2);
        assert_eq!(of("globex", counter.get()).await.unwrap(), None);
        assert!(!of("globex", counter.reset()).await.unwrap());
        assert!(!of("globex", limiter.reset("ada")).await.unwrap());
        assert_eq!((counter.get().await.unwrap(), of("acme", counter.get()).await.unwrap()), (Some(1), Some(2)));
    }

    async fn tenants_of_hostile_names_do_not_meet(backend: Backend) {
        let cache = backend.node();
        let (counter, limiter) = (cache.counter("a"), cache.rate_limiter("api", RateLimit::gcra(3, MINUTE)));
        for (name, number) in HOSTILE.into_iter().zip(1..) {
            assert_eq!(of(name, counter.increment_by(number)).await.unwrap(), number, "{name:?}");
            assert_eq!(left(of(name, limiter.check("ada")).await.unwrap()), 2, "{name:?}");
        }
        for name in HOSTILE.into_iter().step_by(2) {
            cache.purge_tenant(&named(name)).await.unwrap();
        }
        for ((at, name), number) in HOSTILE.into_iter().enumerate().zip(1..) {
            let stays = at % 2 == 1;
            assert_eq!(of(name, counter.get()).await.unwrap(), stays.then_some(number), "{name:?}");
            assert_eq!(left(of(name, limiter.check_n("ada", 0)).await.unwrap()), if stays { 2 } else { 3 });
        }
    }

    async fn a_tenant_that_is_required_is_missing(backend: Backend) {
        let strict = backend.node().namespace("strict").tenancy(Tenancy::Required);
        let (counter, limiter) = (strict.counter("a"), strict.rate_limiter("api", RateLimit::gcra(3, MINUTE)));
        assert!(counter.increment().await.unwrap_err().is_tenant_missing());
        assert!(counter.get().await.unwrap_err().is_tenant_missing());
        assert!(counter.reset().await.unwrap_err().is_tenant_missing());
        assert!(limiter.check("ada").await.unwrap_err().is_tenant_missing());
        assert!(limiter.reset("ada").await.unwrap_err().is_tenant_missing());
        assert_eq!(of("acme", counter.increment()).await.unwrap(), 1);
    }

    async fn a_namespace_without_tenants_counts_for_all_of_them(backend: Backend) {
        let common = backend.node().namespace("common").tenancy(Tenancy::None);
        let counter = common.counter("a");
        of("acme", counter.increment()).await.unwrap();
        assert_eq!(of("globex", counter.increment()).await.unwrap(), 2);
        assert_eq!(counter.get().await.unwrap(), Some(2));
    }

    async fn a_purge_of_a_tenant_takes_its_counters_and_limits_in_all_namespaces(backend: Backend) {
        let cache = backend.node();
        let names: Vec<_> = (0..30).map(|number| cache.namespace(format!("n{number}"))).collect();
        let limiters = |of: usize| names[of].rate_limiter("api", RateLimit::fixed_window(3, MINUTE));
        for (at, namespace) in names.iter().enumerate() {
            for tenant in ["acme", "acme-corp"] {
                of(tenant, namespace.counter("a").increment()).await.unwrap();
                assert!(of(tenant, limiters(at).check("ada")).await.unwrap().is_allowed());
            }
            namespace.counter("a").increment().await.unwrap();
        }
        cache.purge_tenant(&named("acme")).await.unwrap();
        cache.purge_tenant(&named("acme")).await.unwrap();
        for (at, namespace) in names.iter().enumerate() {
            let counter = namespace.counter("a");
            assert_eq!(of("acme", counter.get()).await.unwrap(), None);
            assert_eq!(left(of("acme", limiters(at).check_n("ada", 0)).await.unwrap()), 3);
            assert_eq!(of("acme-corp", counter.get()).await.unwrap(), Some(1));
            assert_eq!(left(of("acme-corp", limiters(at).check_n("ada", 0)).await.unwrap()), 2);
            assert_eq!(counter.get().await.unwrap(), Some(1));
        }
    }

    async fn a_purge_of_what_belongs_to_nobody_leaves_tenants_alone(backend: Backend) {
        let cache = backend.node();
        let (counter, limiter) = (cache.counter("a"), cache.rate_limiter("api", RateLimit::gcra(3, MINUTE)));
        counter.increment().await.unwrap();
        assert!(limiter.check("ada").await.unwrap().is_allowed());
        of("acme", counter.increment()).await.unwrap();
        cache.purge_global().await.unwrap();
        assert_eq!((counter.get().await.unwrap(), of("acme", counter.get()).await.unwrap()), (None, Some(1)));
        assert_eq!(left(limiter.check_n("ada", 0).await.unwrap()), 3);
    }

    async fn a_purge_of_everything_leaves_limits_alone(backend: Backend) {
        let cache = backend.node();
        let limiter = cache.rate_limiter("api", RateLimit::fixed_window(3, MINUTE));
        assert!(limiter.check("ada").await.unwrap().is_allowed());
        cache.clear().await.unwrap();
        cache.purge_everything().await.unwrap();
        assert_eq!(left(limiter.check_n("ada", 0).await.unwrap()), 2);
    }
}
