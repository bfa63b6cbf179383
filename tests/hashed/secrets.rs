//! Whose secret it is, and what happens without one.

use cache_core::testing::FakeRedis;
use larder::Cache;

use crate::level::on_every_level;
use crate::people::People;

on_every_level! {
    async fn nodes_with_one_secret_share_entries_and_those_with_another_do_not(level: Level) {
        let other = level.builder().key_secret([8; 32]).build().expect("the secret is long enough");
        let (one, same, other) = (People::node(&level), People::node(&level), People::on(other));
        assert_eq!((one.person("ada@x").await, same.person("ada@x").await, same.loads.count()), (1, 1, 0));
        other.person("ada@x").await;
        assert_eq!(other.loads.count(), 1);
    }
}

#[test]
fn a_second_level_without_a_secret_is_refused_by_the_name_of_a_function() {
    let error = Cache::builder("erp").redis(FakeRedis::new()).build().expect_err("functions here hash arguments");
    assert!(error.is_config());
    let text = error.to_string();
    assert!(text.starts_with("hashed::") && text.contains("tests/hashed/"), "{text}");
    assert!(text.contains("hashes an argument") && text.ends_with("give the cache a `key_secret`"), "{text}");
}

#[test]
fn what_has_no_second_level_needs_no_secret() {
    assert!(Cache::builder("erp").build().is_ok());
    assert!(Cache::builder("erp").redis(None::<FakeRedis>).build().is_ok());
    assert!(Cache::builder("erp").redis(FakeRedis::new()).disabled().build().is_ok());
}

#[tokio::test]
async fn caches_of_one_process_hash_alike_without_a_secret() {
    let people = People::on(Cache::in_process());
    assert_eq!((people.person("ada@x").await, people.person("ada@x").await), (1, 1));
    people.forget("ada@x".to_owned()).await;
    assert_eq!(people.person("ada@x").await, 2);
}
