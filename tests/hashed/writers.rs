//! Writers reach what readers keep under a hashed argument, on every level.

use larder::Hashed;

use crate::level::on_every_level;
use crate::people::People;

on_every_level! {
    async fn the_same_template_and_hash_name_the_same_entry(level: Level) {
        let (reader, writer) = (People::node(&level), People::node(&level));
        let person = async || (reader.person("ada@x").await, reader.person("bob@x").await);
        assert_eq!(person().await, (1, 2));
        reader.forget("ada@x".to_owned()).await;
        assert_eq!(person().await, (3, 2));
        reader.set("ada@x", 70).await;
        assert_eq!((person().await, writer.person("ada@x").await), ((70, 2), 70));
    }

    async fn of_hashes_on_its_own(level: Level) {
        let (reader, writer) = (People::node(&level), People::node(&level));
        assert_eq!((reader.person("ada@x").await, reader.person("bob@x").await), (1, 2));
        reader.forget_of("ada@x").await;
        assert_eq!((reader.person("ada@x").await, reader.person("bob@x").await), (3, 2));
        writer.set_of("carl@x", 70).await;
        assert_eq!(reader.person("carl@x").await, 70);
    }

    async fn tags_are_hashed_too(level: Level) {
        let reader = People::node(&level);
        assert_eq!((reader.person("ada@x").await, reader.tagged(1, "ada@x").await), (1, 2));
        reader.forget_tag("bob@x").await;
        assert_eq!((reader.person("ada@x").await, reader.tagged(1, "ada@x").await), (1, 2));
        reader.forget_tag("ada@x").await;
        assert_eq!((reader.person("ada@x").await, reader.tagged(1, "ada@x").await), (3, 2));
        reader.cache.invalidate_tags([("to", Hashed("ada@x"))]).await.expect("the server answers");
        assert_eq!(reader.tagged(1, "ada@x").await, 4);
    }

    async fn a_name_that_the_result_completes_is_hashed_before_the_body(level: Level) {
        let reader = People::node(&level);
        reader.set_late("ada@x".to_owned(), 7).await;
        assert_eq!((reader.late("ada@x", 7).await, reader.late("bob@x", 7).await), (7, 1));
        assert_eq!(reader.tagged(1, "ada@x").await, 2);
        reader.forget_late_tag("ada@x".to_owned(), 2).await;
        assert_eq!(reader.tagged(1, "ada@x").await, 3);
    }

    async fn a_pattern_matches_the_hash_of_its_argument(level: Level) {
        let reader = People::node(&level);
        assert_eq!((reader.person("ada@x").await, reader.person("bob@x").await), (1, 2));
        reader.forget_pattern("ada@x").await;
        assert_eq!((reader.person("ada@x").await, reader.person("bob@x").await), (3, 2));
    }
}
