//! A tenant's share of the memory.

use larder::{Cache, HasCache, Tenant, cacheable, tenant};

use crate::support::Loads;

#[derive(HasCache)]
struct Users {
    #[cache]
    cache: Cache,
    loads: Loads,
}

impl Users {
    fn with_share(share: Option<usize>) -> Self {
        let builder = Cache::builder("test").capacity(100);
        let builder = match share {
            Some(share) => builder.tenant_share(share),
            None => builder,
        };
        Self { cache: builder.build().expect("a cache"), loads: Loads::default() }
    }

    #[cacheable("user:{id}")]
    async fn user(&self, id: u64) -> u64 {
        self.loads.next()
    }

    /// How many of a tenant's users are in memory.
    async fn kept(&self, tenant: &str, ids: std::ops::Range<u64>) -> usize {
        let mut kept = 0;
        for id in ids {
            kept += usize::from(of(tenant, self.cache.contains(format!("user:{id}"))).await.expect("in this process"));
        }
        kept
    }
}

async fn of<F: Future>(id: &str, call: F) -> F::Output {
    tenant::scope(Tenant::from_id(id).expect("a name"), call).await
}

/// Globex has a few users that it uses all the time, and Acme comes with very many.
async fn flooded(share: Option<usize>) -> Users {
    let users = Users::with_share(share);
    for id in 0..10 {
        of("globex", users.user(id)).await;
    }
    of("acme", async {
        for id in 0..5_000 {
            users.user(id).await;
            users.user(id).await;
        }
    })
    .await;
    users.cache.stats();
    users
}

#[tokio::test]
async fn a_tenant_that_stores_very_much_pushes_out_its_own_entries_only() {
    let users = flooded(Some(50)).await;
    assert_eq!(users.kept("globex", 0..10).await, 10);
    assert_eq!(users.kept("acme", 4_950..5_000).await, 50, "those that were stored last");
    assert_eq!(users.kept("acme", 0..4_950).await, 0);
}

#[tokio::test]
async fn without_a_share_others_are_pushed_out() {
    let users = flooded(None).await;
    assert!(users.kept("globex", 0..10).await + users.kept("acme", 0..5_000).await <= 100);
    assert!(users.kept("acme", 0..5_000).await > 50);
}

#[tokio::test]
async fn what_was_removed_makes_room_in_the_share() {
    let users = Users::with_share(Some(3));
    of("acme", async {
        for id in 0..3 {
            users.user(id).await;
        }
        users.cache.remove("user:1").await.expect("in this process");
        users.user(3).await;
        users.user(3).await;
    })
    .await;
    assert_eq!(users.kept("acme", 0..4).await, 3);
    of("acme", users.user(4)).await;
    assert_eq!(users.kept("acme", 0..1).await, 0, "that was stored first");
    assert_eq!(users.kept("acme", 2..5).await, 3);
}

#[tokio::test]
async fn what_belongs_to_no_tenant_has_no_share() {
    let users = Users::with_share(Some(3));
    for id in 0..20 {
        users.user(id).await;
    }
    assert_eq!(users.loads.count(), 20);
    for id in 0..20 {
        users.user(id).await;
    }
    assert_eq!(users.loads.count(), 20);
}
