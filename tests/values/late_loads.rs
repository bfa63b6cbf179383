//! A load that runs while its key is changed by hand is returned and not stored, and nobody who comes later is given it.

use std::pin::Pin;
use std::time::Duration;

use larder::{Cache, Namespace, Preset};

use crate::backend::{on_every_backend, on_every_shared_backend};
use crate::support::within;
use crate::users::Users;

type Load<'a> = Pin<Box<dyn Future<Output = u64> + 'a>>;

/// A load that has begun and is held, of the key `42`.
async fn begun(node: &Users) -> Load<'_> {
    let mut load: Load<'_> = Box::pin(node.slow("42"));
    tokio::select! {
        biased;
        () = node.gate.arrival() => {}
        _ = &mut load => panic!("the gate is shut"),
    }
    load
}

/// A value of another version under the key: a miss for the function, and something to work with by hand.
async fn other_version(cache: &Cache) -> Namespace {
    let users = cache.namespace("users").version(9);
    users.set("42", 900_u64).tags(["team"]).await.unwrap();
    users
}

/// The load ends. What the key has then, and what a function returns that is called later.
async fn afterwards(node: &Users, load: Load<'_>) -> (Option<u64>, u64) {
    node.gate.open();
    assert_eq!(within(load).await, 1, "who waits for a load is given its value");
    let found = node.cache.namespace("users").get::<u64>("42").await.unwrap();
    (found, node.get("42").await)
}

on_every_backend! {
    async fn a_value_that_was_set_meanwhile_stays(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        node.cache.namespace("users").set("42", 7_u64).tags(["team"]).await.unwrap();
        assert_eq!(afterwards(&node, load).await, (Some(7), 7));
    }

    async fn of_many_a_value_that_was_set_meanwhile_stays(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        let item = larder::Item::new("42", 7_u64).policy(Preset::User.policy().tags(["team"]));
        node.cache.namespace("users").set_many([item]).await.unwrap();
        assert_eq!(afterwards(&node, load).await, (Some(7), 7));
    }

    async fn a_value_that_was_inserted_meanwhile_stays(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        let policy = Preset::User.policy().tags(["team"]);
        assert!(node.cache.namespace("users").insert_if_absent("42", 7_u64, policy).await.unwrap());
        assert_eq!(afterwards(&node, load).await, (Some(7), 7));
    }

    async fn a_value_that_was_put_meanwhile_ends_the_load(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        let policy = Preset::User.policy().tags(["team"]);
        node.cache.namespace("users").put_with("42", policy, async || Ok::<_, ()>(7_u64)).await.unwrap();
        assert_eq!(afterwards(&node, load).await, (Some(7), 7));
    }

    async fn a_key_that_was_removed_meanwhile_stays_empty(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        assert!(!node.cache.namespace("users").remove("42").await.unwrap());
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn a_key_that_was_set_to_live_not_at_all_stays_empty(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        node.cache.namespace("users").set("42", 7_u64).ttl(Duration::ZERO).await.unwrap();
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn a_namespace_that_was_cleared_meanwhile_stays_empty(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        node.cache.namespace("users").clear().await.unwrap();
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn keys_that_were_removed_by_pattern_meanwhile_stay_empty(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        node.cache.namespace("users").remove_matching("4*").await.unwrap();
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn a_key_whose_value_was_taken_meanwhile_stays_empty(backend: Backend) {
        let node = Users::new(backend.node());
        let other = other_version(&node.cache).await;
        let load = begun(&node).await;
        assert_eq!(other.take::<u64>("42").await.unwrap(), Some(900));
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn a_key_whose_value_was_renamed_meanwhile_stays_empty(backend: Backend) {
        let node = Users::new(backend.node());
        let other = other_version(&node.cache).await;
        let load = begun(&node).await;
        assert!(other.rename("42", "43").await.unwrap());
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn a_key_that_another_value_was_given_meanwhile_keeps_it(backend: Backend) {
        let node = Users::new(backend.node());
        let users = node.cache.namespace("users");
        users.set("41", 7_u64).tags(["team"]).await.unwrap();
        let load = begun(&node).await;
        assert!(users.rename("41", "42").await.unwrap());
        assert_eq!(afterwards(&node, load).await, (Some(7), 7));
    }

    async fn a_key_whose_value_has_ended_by_hand_meanwhile_stays_empty(backend: Backend) {
        let node = Users::new(backend.node());
        let other = other_version(&node.cache).await;
        let load = begun(&node).await;
        assert!(other.expire("42", Duration::ZERO).await.unwrap());
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn a_tag_that_was_invalidated_meanwhile_keeps_its_entries_away(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        node.cache.invalidate_tags(["team"]).await.unwrap();
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn a_space_that_was_purged_meanwhile_stays_empty(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        node.cache.purge_global().await.unwrap();
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn where_everything_was_purged_meanwhile_nothing_is(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        node.cache.purge_everything().await.unwrap();
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn what_is_called_after_a_removal_does_not_wait_for_the_load_before_it(backend: Backend) {
        let node = Users::new(backend.node());
        let load = begun(&node).await;
        node.cache.namespace("users").remove("42").await.unwrap();
        assert_eq!(within(node.get("42")).await, 2);
        assert_eq!(afterwards(&node, load).await, (Some(2), 2));
    }

    async fn a_load_by_hand_is_not_stored_either(backend: Backend) {
        let node = Users::new(backend.node());
        let users = node.cache.namespace("users");
        let slow = async || {
            node.gate.pass().await;
            Ok::<_, ()>(node.loads.next())
        };
        let mut load = Box::pin(users.get_or_load("42", Preset::User, slow));
        tokio::select! {
            biased;
            () = node.gate.arrival() => {}
            _ = &mut load => panic!("the gate is shut"),
        }
        users.set("42", 7_u64).tags(["team"]).await.unwrap();
        node.gate.open();
        assert_eq!((within(load).await, node.get("42").await), (Ok(1), 7));
    }
}

on_every_shared_backend! {
    /// Nobody is told: what another node does reaches the load by its lease on the server, and by nothing else.
    async fn what_another_node_changes_ends_the_load(backend: Backend) {
        let node = Users::new(backend.node());
        let there = backend.mute_node().namespace("users");
        let load = begun(&node).await;
        there.set("42", 7_u64).tags(["team"]).await.unwrap();
        assert_eq!(afterwards(&node, load).await, (Some(7), 7));
    }

    async fn what_another_node_inserts_ends_the_load(backend: Backend) {
        let node = Users::new(backend.node());
        let there = backend.mute_node().namespace("users");
        let load = begun(&node).await;
        assert!(there.insert_if_absent("42", 7_u64, Preset::User.policy().tags(["team"])).await.unwrap());
        assert_eq!(afterwards(&node, load).await, (Some(7), 7));
    }

    async fn what_another_node_gives_the_key_of_another_value_ends_the_load(backend: Backend) {
        let node = Users::new(backend.node());
        let there = backend.mute_node().namespace("users");
        there.set("41", 7_u64).tags(["team"]).await.unwrap();
        let load = begun(&node).await;
        assert!(there.rename("41", "42").await.unwrap());
        assert_eq!(afterwards(&node, load).await, (Some(7), 7));
    }

    async fn what_another_node_purges_ends_the_load(backend: Backend) {
        for everything in [false, true] {
            let node = Users::new(backend.node());
            let there = backend.mute_node();
            let load = begun(&node).await;
            if everything { there.purge_everything().await.unwrap() } else { there.purge_global().await.unwrap() }
            assert_eq!(afterwards(&node, load).await, (None, 2));
            there.purge_everything().await.unwrap();
        }
    }

    async fn what_another_node_takes_ends_the_load(backend: Backend) {
        let node = Users::new(backend.node());
        let there = other_version(&backend.mute_node()).await;
        let load = begun(&node).await;
        assert_eq!(there.take::<u64>("42").await.unwrap(), Some(900));
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn what_another_node_renames_ends_the_load(backend: Backend) {
        let node = Users::new(backend.node());
        let there = other_version(&backend.mute_node()).await;
        let load = begun(&node).await;
        assert!(there.rename("42", "43").await.unwrap());
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }

    async fn what_another_node_ends_ends_the_load(backend: Backend) {
        let node = Users::new(backend.node());
        let there = other_version(&backend.mute_node()).await;
        let load = begun(&node).await;
        assert!(there.expire("42", Duration::ZERO).await.unwrap());
        assert_eq!(afterwards(&node, load).await, (None, 2));
    }
}

/// The tests above are about the protection: in memory it can be left out, and then the load is stored.
mod without_the_fence_a_load_is_stored {
    use super::*;

    async fn after(change: impl AsyncFnOnce(Namespace)) {
        let node = Users::new(Cache::builder("unfenced").without_fence().build().expect("the name is valid"));
        let load = begun(&node).await;
        change(node.cache.namespace("users")).await;
        assert_eq!(afterwards(&node, load).await, (Some(1), 1));
    }

    async fn after_a_change_of_another_version(change: impl AsyncFnOnce(Namespace)) {
        let node = Users::new(Cache::builder("unfenced").without_fence().build().expect("the name is valid"));
        let other = other_version(&node.cache).await;
        let load = begun(&node).await;
        change(other).await;
        assert_eq!(afterwards(&node, load).await, (Some(1), 1));
    }

    #[tokio::test]
    async fn after_a_set() {
        after(async |users| users.set("42", 7_u64).await.unwrap()).await;
    }

    #[tokio::test]
    async fn after_an_insert() {
        after(async |users| assert!(users.insert_if_absent("42", 7_u64, Preset::User).await.unwrap())).await;
    }

    #[tokio::test]
    async fn after_a_removal() {
        after(async |users| assert!(!users.remove("42").await.unwrap())).await;
    }

    #[tokio::test]
    async fn after_a_take() {
        after_a_change_of_another_version(async |other| {
            assert!(other.take::<u64>("42").await.unwrap().is_some());
        })
        .await;
    }

    #[tokio::test]
    async fn after_a_rename() {
        after_a_change_of_another_version(async |other| assert!(other.rename("42", "43").await.unwrap())).await;
    }

    #[tokio::test]
    async fn after_an_end() {
        after_a_change_of_another_version(async |other| {
            assert!(other.expire("42", Duration::ZERO).await.unwrap());
        })
        .await;
    }
}
