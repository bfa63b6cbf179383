//! Recipes whose namespace has another rule for tenants than the cache.

use std::time::Duration;

use larder::recipes::{AuthCache, Sessions, UserValues};
use larder::{Cache, NamespaceSettings, Tenancy, Tenant, tenant};

const MINUTE: Duration = Duration::from_mins(1);

/// One with that rule, whose namespace has this one.
fn with(of_cache: Tenancy, namespace: &str, own: Tenancy) -> Cache {
    let settings = NamespaceSettings::new().tenancy(own);
    Cache::builder("shop").tenancy(of_cache).namespace(namespace, settings).build().unwrap()
}

/// Rules that put entries elsewhere than the cache's own.
const RULES: [(Tenancy, Tenancy); 3] =
    [(Tenancy::Optional, Tenancy::None), (Tenancy::Required, Tenancy::None), (Tenancy::None, Tenancy::Required)];

async fn in_a_tenant<F: Future>(work: F) -> F::Output {
    tenant::scope(Tenant::from_id("acme").unwrap(), work).await
}

#[tokio::test]
async fn all_sessions_of_a_user_are_deleted() {
    for (of_cache, own) in RULES {
        let sessions = Sessions::<u64>::new(&with(of_cache, "sessions", own), MINUTE);
        in_a_tenant(async {
            let id = sessions.create("ada", 1).await.unwrap();
            assert!(sessions.get(&id).await.unwrap().is_some());
            sessions.delete_all_of("ada").await.unwrap();
            assert!(sessions.get(&id).await.unwrap().is_none(), "{of_cache:?}, {own:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn what_tokens_of_a_user_stand_for_is_removed() {
    for (of_cache, own) in RULES {
        let auth = AuthCache::<u64>::new(&with(of_cache, "auth", own));
        in_a_tenant(async {
            auth.put("token", "ada", 1, MINUTE).await.unwrap();
            assert!(auth.get("token").await.unwrap().is_some());
            auth.remove_user("ada").await.unwrap();
            assert!(auth.get("token").await.unwrap().is_none(), "{of_cache:?}, {own:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn values_of_a_user_are_removed() {
    for (of_cache, own) in RULES {
        let values = UserValues::new(&with(of_cache, "user-values", own));
        in_a_tenant(async {
            let ada = values.for_user("ada");
            ada.set("theme", 1_u64, MINUTE).await.unwrap();
            assert_eq!(ada.get("theme").await.unwrap(), Some(1_u64));
            values.clear("ada").await.unwrap();
            assert_eq!(ada.get::<u64>("theme").await.unwrap(), None, "{of_cache:?}, {own:?}");
        })
        .await;
    }
}
