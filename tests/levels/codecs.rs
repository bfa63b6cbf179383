//! How values stand on the server, and that entries are read by the codec that wrote them, whoever reads.

use std::io;
use std::time::Duration;

use larder::codec::{CodecError, CustomCodec, Incoming, Outgoing};
use larder::{Cache, CacheBuilder, Codec, Compression, HasCache, NamespaceSettings, cacheable};
use serde::{Deserialize, Serialize};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::support::{Loads, within};

const ENTRY: &str = "global:_:user:1";

/// JSON with line breaks: a codec of one's own.
struct Pretty;

impl CustomCodec for Pretty {
    fn name(&self) -> &'static str {
        "pretty"
    }
    fn encode(&self, value: Outgoing<'_>, into: &mut dyn io::Write) -> Result<(), CodecError> {
        Ok(serde_json::to_writer_pretty(into, &value)?)
    }
    fn decode(&self, bytes: &[u8], value: Incoming<'_>) -> Result<(), CodecError> {
        Ok(value.read(&mut serde_json::Deserializer::from_slice(bytes))?)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct User {
    id: u64,
    load: u64,
}

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Loads,
}

impl Node {
    #[cacheable("user:{id}")]
    async fn user(&self, id: u64) -> User {
        User { id, load: self.loads.next() }
    }

    #[cacheable("page", namespace = "pages/small")]
    async fn page(&self) -> String {
        format!("page {}", self.loads.next())
    }

    #[cacheable("users", namespace = "pages")]
    async fn user_among_pages(&self) -> User {
        User { id: 7, load: self.loads.next() }
    }

    #[cacheable("error", cache_err = |_| Some(Duration::from_mins(1)))]
    async fn fails(&self) -> Result<u64, String> {
        Err(format!("load {}", self.loads.next()))
    }

    #[cacheable("none", cache_none)]
    async fn nothing(&self) -> Option<User> {
        self.loads.next();
        None
    }
}

/// Without memory, so that every call asks the server.
fn node(builder: CacheBuilder) -> Node {
    Node { cache: builder.l1_ttl(Duration::ZERO).following(), loads: Loads::default() }
}

fn json(level: &Level) -> Node {
    node(level.builder().codec(Codec::Json))
}

on_every_level! {
    async fn a_value_stands_there_as_its_cache_writes_it_and_is_read_by_a_node_that_writes_otherwise(level: Level) {
        let (a, b) = (json(&level), node(level.builder()));
        within(a.user(1)).await;
        let bytes = level.bytes(ENTRY).expect("it is stored");
        assert!(bytes.ends_with(br#"{"id":1,"load":1}"#) && bytes[2] == 0x05, "{bytes:x?}");
        assert_eq!((within(b.user(1)).await, b.loads.count()), (User { id: 1, load: 1 }, 0));
        within(b.user(2)).await;
        let bytes = level.bytes("global:_:user:2").expect("it is stored");
        assert!(bytes.ends_with(b"\x82\xa2id\x02\xa4load\x01") && bytes[2] == 0x01, "{bytes:x?}");
        assert_eq!((within(a.user(2)).await, a.loads.count()), (User { id: 2, load: 1 }, 1));
    }

    async fn another_default_still_reads_what_is_there(level: Level) {
        let codecs = [Codec::MessagePack, Codec::Json, Codec::custom(Pretty), Codec::MessagePack];
        for (id, codec) in (1..).zip(codecs) {
            // What a restart with another setting is: nothing of the last one is in memory.
            let node = node(level.builder().codec(codec).reads(Pretty));
            within(node.user(id)).await;
            for id in 1..=id {
                assert_eq!(within(node.user(id)).await, User { id, load: 1 });
            }
            assert_eq!((node.loads.count(), node.cache.stats().trouble.mismatched), (1, 0));
        }
    }

    async fn a_codec_of_ones_own_is_named_in_the_entry_and_unknown_it_is_a_counted_miss(level: Level) {
        let a = node(level.builder().codec(Codec::custom(Pretty)));
        let (knows, knows_not) = (node(level.builder().reads(Pretty)), node(level.builder()));
        within(a.user(1)).await;
        let bytes = level.bytes(ENTRY).expect("it is stored");
        assert!(bytes.ends_with(b"\x06pretty{\n  \"id\": 1,\n  \"load\": 1\n}") && bytes[2] == 0x0d, "{bytes:x?}");
        assert_eq!((within(knows.user(1)).await.load, knows.loads.count()), (1, 0));
        within(knows_not.user(1)).await;
        assert_eq!((knows_not.loads.count(), knows_not.cache.stats().trouble.mismatched), (1, 1));
        within(knows_not.user(1)).await;
        assert_eq!(knows_not.loads.count(), 1, "it has been overwritten");
    }

    async fn text_stands_there_as_it_is_and_the_nearest_namespace_says_so(level: Level) {
        let raw = NamespaceSettings::new().codec(Codec::Raw);
        let a = node(level.builder().codec(Codec::Json).namespace("pages", raw));
        within(a.page()).await;
        let bytes = level.bytes("global:pages/small:page").expect("it is stored");
        assert!(bytes.ends_with(b"\0\0\0\x17global:pages/small:pagepage 1"), "behind the key nothing but the text");
        let (raw, json) = (NamespaceSettings::new().codec(Codec::Raw), NamespaceSettings::new().codec(Codec::Json));
        let b = node(level.builder().namespace("pages", raw).namespace("pages/small", json));
        assert_eq!(within(b.page()).await, "page 1");
        within(a.user(1)).await;
        assert_eq!(level.bytes(ENTRY).expect("it is stored")[2], 0x05, "no other namespace is touched");
    }

    async fn a_codec_of_a_namespace_is_known(level: Level) {
        let pretty = || NamespaceSettings::new().codec(Codec::custom(Pretty));
        let a = node(level.builder().namespace("_", pretty()));
        let b = node(level.builder().namespace("elsewhere", pretty()));
        within(a.user(1)).await;
        assert_eq!((within(b.user(1)).await.load, b.loads.count()), (1, 0));
    }

    async fn what_is_neither_text_nor_bytes_is_returned_and_not_stored_as_such(level: Level) {
        let a = node(level.builder().namespace("pages", NamespaceSettings::new().codec(Codec::Raw)));
        for load in 1..3 {
            assert_eq!(within(a.user_among_pages()).await, User { id: 7, load });
        }
        assert_eq!((level.bytes("global:pages:users"), a.cache.stats().trouble.codec), (None, 2));
        let error = within(a.cache.namespace("pages").set("7", 7_u64).into_future()).await.expect_err("it is refused");
        assert!(error.is_codec() && error.to_string().contains("codec `raw`"), "{error}");
    }

    async fn errors_and_nones_are_as_they_were(level: Level) {
        let (a, b) = (json(&level), node(level.builder().codec(Codec::custom(Pretty))));
        within(a.fails()).await.expect_err("it always fails");
        let bytes = level.bytes("global:_:error").expect("it is stored");
        assert!(bytes.ends_with(b"\xa6load 1") && bytes[2] == 0x02, "{bytes:x?}");
        assert_eq!((within(b.fails()).await, b.loads.count()), (Err("load 1".to_owned()), 0));
        within(a.nothing()).await;
        assert_eq!(level.bytes("global:_:none").expect("it is stored")[2], 0x00);
        assert_eq!((within(b.nothing()).await, b.loads.count()), (None, 0));
    }

    async fn entries_of_any_codec_are_counted_renamed_and_taken(level: Level) {
        let codecs = [Codec::MessagePack, Codec::Json, Codec::Raw, Codec::custom(Pretty)];
        let b = level.builder().reads(Pretty).l1_ttl(Duration::ZERO).following();
        for codec in codecs {
            for how in [Compression::off(), Compression::lz4()] {
                let a = level.builder().codec(codec.clone()).compression(how).following();
                let text = "some text, again and again, ".repeat(100);
                within(a.set("old", text.clone()).into_future()).await.expect("the server is there");
                assert!(within(b.contains("old")).await.expect("the server is there"));
                assert!(within(b.rename("old", "new")).await.expect("the server is there"));
                assert_eq!(within(b.get::<String>("new")).await.expect("the server is there").as_ref(), Some(&text));
                assert_eq!(within(b.take::<String>("new")).await.expect("the server is there"), Some(text));
                assert!(!within(b.contains("new")).await.expect("the server is there"));
            }
        }
    }
}

#[test]
fn a_codec_without_a_usable_name_is_refused() {
    struct Nameless;
    impl CustomCodec for Nameless {
        fn name(&self) -> &'static str {
            "no name"
        }
        fn encode(&self, _: Outgoing<'_>, _: &mut dyn io::Write) -> Result<(), CodecError> {
            Ok(())
        }
        fn decode(&self, _: &[u8], _: Incoming<'_>) -> Result<(), CodecError> {
            Ok(())
        }
    }
    let of_namespace = NamespaceSettings::new().codec(Codec::custom(Nameless));
    for builder in [
        Cache::builder("erp").codec(Codec::custom(Nameless)),
        Cache::builder("erp").reads(Nameless),
        Cache::builder("erp").namespace("users", of_namespace),
    ] {
        let error = builder.build().expect_err("the name has a blank");
        assert!(error.is_config() && error.to_string().contains("codec's name"), "{error}");
    }
}

#[test]
fn two_codecs_of_one_name_are_refused_and_one_twice_is_not() {
    struct Other;
    impl CustomCodec for Other {
        fn name(&self) -> &'static str {
            Pretty.name()
        }
        fn encode(&self, _: Outgoing<'_>, _: &mut dyn io::Write) -> Result<(), CodecError> {
            Ok(())
        }
        fn decode(&self, _: &[u8], _: Incoming<'_>) -> Result<(), CodecError> {
            Ok(())
        }
    }
    let of_namespace =
        |codec| Cache::builder("erp").reads(Pretty).namespace("pages", NamespaceSettings::new().codec(codec));
    let error = of_namespace(Codec::custom(Other)).build().expect_err("entries would be read by either");
    assert!(error.is_config() && error.to_string().contains("give each its own"), "{error}");
    of_namespace(Codec::custom(Pretty)).build().expect("it is one");
}
