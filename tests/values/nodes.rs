//! Two nodes: what one changes by hand the other sees as soon as it is told.

use std::time::Duration;

use larder::{Cache, Lifetime, Tenant, tenant};

use crate::backend::on_every_shared_backend;
use crate::support::within;

/// Two nodes that both have `a` in memory.
async fn two(nodes: [Cache; 2]) -> [Cache; 2] {
    nodes[0].set("a", 1_u64).tags(["t"]).await.unwrap();
    for node in &nodes {
        sees(node, "a", Some(1)).await;
    }
    nodes
}

/// Waits until a node has that value for a key.
async fn sees(node: &Cache, key: &str, value: Option<u64>) {
    within(async {
        while node.get::<u64>(key).await.unwrap() != value {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

on_every_shared_backend! {
    async fn a_value_that_one_sets_the_other_finds(backend: Backend) {
        let [here, there] = two([backend.node(), backend.node()]).await;
        here.set("a", 2_u64).await.unwrap();
        sees(&there, "a", Some(2)).await;
        there.set_many([("a", 3_u64), ("b", 4)]).await.unwrap();
        sees(&here, "a", Some(3)).await;
        assert_eq!(here.get::<u64>("b").await.unwrap(), Some(4));
    }

    async fn a_value_that_one_removes_the_other_misses(backend: Backend) {
        let [here, there] = two([backend.node(), backend.node()]).await;
        assert!(here.remove("a").await.unwrap());
        sees(&there, "a", None).await;
        assert!(!there.remove("a").await.unwrap());
    }

    async fn a_value_that_one_takes_the_other_misses(backend: Backend) {
        let [here, there] = two([backend.node(), backend.node()]).await;
        assert_eq!(here.take::<u64>("a").await.unwrap(), Some(1));
        sees(&there, "a", None).await;
        assert_eq!(there.take::<u64>("a").await.unwrap(), None);
    }

    async fn a_value_that_one_renames_the_other_finds_under_its_new_key(backend: Backend) {
        let [here, there] = two([backend.node(), backend.node()]).await;
        here.set("b", 2_u64).await.unwrap();
        sees(&there, "b", Some(2)).await;
        assert!(here.rename("a", "b").await.unwrap());
        sees(&there, "a", None).await;
        sees(&there, "b", Some(1)).await;
    }

    async fn a_value_that_one_ends_the_other_misses(backend: Backend) {
        let [here, there] = two([backend.node(), backend.node()]).await;
        assert!(here.expire("a", Duration::ZERO).await.unwrap());
        sees(&there, "a", None).await;
    }

    /// A copy in memory must not outlive the value. A busy server's time is a little behind.
    async fn an_end_that_one_moves_earlier_holds_on_the_other(backend: Backend) {
        let [here, there] = two([backend.node(), backend.node()]).await;
        let ended = tokio::time::Instant::now() + Duration::from_millis(300);
        assert!(here.expire("a", Duration::from_millis(300)).await.unwrap());
        sees(&there, "a", None).await;
        assert!(tokio::time::Instant::now() + Duration::from_millis(100) > ended, "it was gone early");
    }

    async fn an_end_that_one_moves_later_holds_on_the_other(backend: Backend) {
        let [here, there] = two([backend.node(), backend.node()]).await;
        assert!(here.persist("a").await.unwrap());
        assert_eq!(there.ttl("a").await.unwrap(), Some(Lifetime::ForEver));
    }

    async fn what_one_clears_the_other_misses(backend: Backend) {
        let [here, there] = two([backend.node(), backend.node()]).await;
        here.clear().await.unwrap();
        sees(&there, "a", None).await;
        two([here.clone(), there.clone()]).await;
        here.remove_matching("a*").await.unwrap();
        sees(&there, "a", None).await;
        two([here.clone(), there.clone()]).await;
        here.invalidate_tags(["t"]).await.unwrap();
        sees(&there, "a", None).await;
    }

    async fn a_read_without_copies_sees_what_another_has_done_though_nobody_tells(backend: Backend) {
        let [here, there] = two([backend.mute_node(), backend.node()]).await;
        let asked = (*there).clone().without_copies();
        for value in 2_u64..5 {
            here.set("a", value).tags(["t"]).await.unwrap();
            assert_eq!(asked.get::<u64>("a").await.unwrap(), Some(value));
            assert_eq!(asked.get_many::<u64>(["a"]).await.unwrap().pop().unwrap().unwrap(), Some(value));
            let loaded = asked.get_or_load("a", larder::Preset::User, async || Ok::<_, ()>(0_u64)).await;
            assert_eq!(loaded, Ok(value));
        }
        assert_eq!(there.get::<u64>("a").await.unwrap(), Some(4), "nor is what memory had, which was found to be older");
        assert!(here.remove("a").await.unwrap());
        assert_eq!(asked.get::<u64>("a").await.unwrap(), None);
        asked.set("a", 7_u64).await.unwrap();
        here.set("a", 8_u64).await.unwrap();
        assert_eq!(asked.get::<u64>("a").await.unwrap(), Some(8), "what is set leaves no copy either");
        assert_eq!(there.get::<u64>("a").await.unwrap(), Some(8));
    }

    async fn of_many_nodes_that_insert_one_does(backend: Backend) {
        let nodes = [backend.node(), backend.node(), backend.node()];
        let inserts = (0_u64..).zip(&nodes).map(|(value, node)| node.insert_if_absent("a", value, larder::Preset::User));
        let done = futures::future::join_all(inserts).await;
        let won: Vec<_> = (0_u64..).zip(done).filter(|(_, done)| *done.as_ref().unwrap()).map(|(at, _)| at).collect();
        assert_eq!(won.len(), 1);
        for node in &nodes {
            sees(node, "a", Some(won[0])).await;
        }
    }

    async fn a_purge_reaches_the_other_node(backend: Backend) {
        let nodes = [backend.node(), backend.node()];
        let acme = || Tenant::from_id("acme").expect("a name that can be used");
        let fill = async || {
            let [here, there] = two(nodes.clone()).await;
            tenant::scope(acme(), here.set("a", 2_u64).into_future()).await.unwrap();
            tenant::scope(acme(), sees(&there, "a", Some(2))).await;
            [here, there]
        };
        let [here, there] = fill().await;
        here.purge_tenant(&acme()).await.unwrap();
        tenant::scope(acme(), sees(&there, "a", None)).await;
        sees(&there, "a", Some(1)).await;
        let [here, there] = fill().await;
        here.purge_global().await.unwrap();
        sees(&there, "a", None).await;
        tenant::scope(acme(), sees(&there, "a", Some(2))).await;
        let [here, there] = fill().await;
        here.purge_everything().await.unwrap();
        sees(&there, "a", None).await;
        tenant::scope(acme(), sees(&there, "a", None)).await;
        here.set("a", 3_u64).await.unwrap();
        sees(&there, "a", Some(3)).await;
    }
}
