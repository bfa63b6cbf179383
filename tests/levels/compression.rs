//! What is made smaller on its way to the server, and what is not: as the operation says, then the namespace, then the cache.

use std::collections::HashMap;
use std::time::Duration;

use larder::{
    Cache, CacheBuilder, Compress, Compression, HasCache, Item, NamespaceSettings, Policy, cache_put, cacheable,
};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::support::{Loads, within};

/// The flags of a value that is left as it is, and of one that lz4 has made smaller.
const PLAIN: u8 = 0x01;
const LZ4: u8 = 0x11;
#[cfg(feature = "zstd")]
const ZSTD: u8 = 0x21;

/// A text of so many bytes in which there is something to gain.
fn text(bytes: usize) -> String {
    "some text, again and again, ".chars().cycle().take(bytes).collect()
}

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Loads,
}

impl Node {
    fn load(&self, bytes: usize) -> String {
        self.loads.next();
        text(bytes)
    }

    #[cacheable("page:{bytes}", namespace = "pages")]
    async fn page(&self, bytes: usize) -> String {
        self.load(bytes)
    }

    #[cacheable("on", namespace = "pages", compress = on)]
    async fn on(&self) -> String {
        self.load(100)
    }

    #[cacheable("off", namespace = "pages", compress = off)]
    async fn off(&self) -> String {
        self.load(5000)
    }

    #[cacheable("preset", namespace = "pages", preset = Policy::new().compress(Compress::On))]
    async fn by_preset(&self) -> String {
        self.load(100)
    }

    #[cacheable("both", namespace = "pages", compress = off, preset = Policy::new().compress(Compress::On))]
    async fn against_its_preset(&self) -> String {
        self.load(5000)
    }

    #[cacheable("each:{ids}", namespace = "pages", batch, compress = on)]
    async fn each(&self, ids: &[u64]) -> HashMap<u64, String> {
        ids.iter().map(|id| (*id, self.load(100))).collect()
    }

    #[cache_put("put:on", namespace = "pages", compress = on)]
    async fn put_on(&self) -> String {
        self.load(100)
    }

    #[cache_put("put:off", namespace = "pages", compress = off)]
    async fn put_off(&self) -> String {
        self.load(5000)
    }
}

/// Without memory, so that every call asks the server.
fn node(builder: CacheBuilder) -> Node {
    Node { cache: builder.l1_ttl(Duration::ZERO).following(), loads: Loads::default() }
}

fn flags(level: &Level, key: &str) -> u8 {
    level.bytes(&format!("global:pages:{key}")).expect("it is stored")[2]
}

on_every_level! {
    async fn values_above_1_kib_are_made_smaller_and_read_by_whoever_makes_none_smaller(level: Level) {
        let (a, b) = (node(level.builder()), node(level.builder().compression(Compression::off())));
        for (bytes, expected) in [(1000, PLAIN), (5000, LZ4)] {
            within(a.page(bytes)).await;
            let key = format!("page:{bytes}");
            assert_eq!(flags(&level, &key), expected);
            let there = level.bytes(&format!("global:pages:{key}")).expect("it is stored").len();
            assert_eq!(there < bytes, expected == LZ4, "{there}");
            assert_eq!((within(b.page(bytes)).await, b.loads.count()), (text(bytes), 0));
        }
        within(b.page(5001)).await;
        assert_eq!(flags(&level, "page:5001"), PLAIN);
        assert_eq!((within(a.page(5001)).await, a.loads.count()), (text(5001), 2));
    }

    async fn a_function_says_whether(level: Level) {
        let a = node(level.builder());
        within(async { (a.on().await, a.off().await, a.by_preset().await, a.against_its_preset().await) }).await;
        within(async { (a.each(&[1, 2]).await, a.put_on().await, a.put_off().await) }).await;
        for key in ["on", "preset", "each:1", "each:2", "put:on"] {
            assert_eq!(flags(&level, key), LZ4, "{key}");
        }
        for key in ["off", "both", "put:off"] {
            assert_eq!(flags(&level, key), PLAIN, "{key}");
        }
        let loads = a.loads.count();
        assert_eq!((within(a.on()).await, within(a.off()).await, a.loads.count()), (text(100), text(5000), loads));
    }

    async fn a_call_by_hand_says_whether(level: Level) {
        let pages = node(level.builder()).cache.namespace("pages");
        let (on, off) = (|| Policy::new().compress(Compress::On), || Policy::new().compress(Compress::Off));
        within(async {
            pages.set("set:on", text(100)).compress(Compress::On).await?;
            pages.set("set:off", text(5000)).compress(Compress::Off).await?;
            pages.insert_if_absent("insert:on", text(100), on()).await?;
            pages.set_many([Item::new("many:on", text(100)).policy(on())]).await?;
            let (small, large) = (|| async { Ok(text(100)) }, || async { Ok::<_, larder::Error>(text(5000)) });
            pages.get_or_load("load:on", on(), small).await?;
            pages.get_or_load("load:off", off(), large).await?;
            pages.put_with("put_with:on", on(), small).await?;
            pages.put_with("put_with:off", off(), large).await?;
            Ok::<_, larder::Error>(())
        })
        .await
        .expect("the server is there");
        for operation in ["set", "insert", "many", "load", "put_with"] {
            assert_eq!(flags(&level, &format!("{operation}:on")), LZ4, "{operation}");
        }
        for operation in ["set", "load", "put_with"] {
            assert_eq!(flags(&level, &format!("{operation}:off")), PLAIN, "{operation}");
        }
    }

    async fn a_namespace_says_more_than_the_cache_and_less_than_the_operation(level: Level) {
        let off = NamespaceSettings::new().compression(Compression::off());
        let a = node(level.builder().namespace("pages", off));
        within(async { (a.page(5000).await, a.on().await) }).await;
        assert_eq!((flags(&level, "page:5000"), flags(&level, "on")), (PLAIN, LZ4));
        let small = NamespaceSettings::new().compression(Compression::lz4().above(500));
        let b = node(level.builder().compression(Compression::off()).namespace("pages", small));
        within(async { (b.page(400).await, b.page(600).await) }).await;
        assert_eq!((flags(&level, "page:400"), flags(&level, "page:600")), (PLAIN, LZ4));
    }

    async fn what_does_not_become_smaller_stays_as_it_is(level: Level) {
        let cache = level.node_without_memory();
        let random: Vec<u8> = (0..5000).map(|_| fastrand::u8(..)).collect();
        within(cache.namespace("pages").set("random", random.clone()).compress(Compress::On).into_future()).await.expect("the server is there");
        assert_eq!(flags(&level, "random"), PLAIN);
        assert_eq!(within(cache.namespace("pages").get::<Vec<u8>>("random")).await.expect("the server is there"), Some(random));
    }

    async fn the_limit_of_a_value_is_that_of_its_bytes_before(level: Level) {
        let a = node(level.builder().value_limit(5000));
        within(a.page(5000)).await;
        assert_eq!((level.bytes("global:pages:page:5000"), a.cache.stats().trouble.too_large), (None, 1));
        within(a.page(4990)).await;
        assert_eq!(flags(&level, "page:4990"), LZ4);
    }
}

#[cfg(feature = "zstd")]
on_every_level! {
    async fn zstd_makes_it_smaller_and_everybody_with_the_feature_reads_it(level: Level) {
        let (a, b) = (node(level.builder().compression(Compression::zstd(3))), node(level.builder()));
        let of_namespace = NamespaceSettings::new().compression(Compression::zstd(19));
        let c = node(level.builder().namespace("pages", of_namespace));
        within(async { (a.page(5000).await, c.on().await, a.off().await) }).await;
        assert_eq!(["page:5000", "on", "off"].map(|key| flags(&level, key)), [ZSTD, ZSTD, PLAIN]);
        assert_eq!((within(b.page(5000)).await, within(b.on()).await, b.loads.count()), (text(5000), text(100), 0));
    }
}

#[cfg(feature = "zstd")]
#[test]
fn a_level_that_there_is_not_is_refused() {
    for level in [0, -1, 23] {
        let error = Cache::builder("erp").compression(Compression::zstd(level)).build().expect_err("there is none");
        assert!(error.is_config() && error.to_string().contains("1 to 22"), "{error}");
        let of_namespace = NamespaceSettings::new().compression(Compression::zstd(level));
        assert!(Cache::builder("erp").namespace("pages", of_namespace).build().expect_err("nor here").is_config());
    }
}
