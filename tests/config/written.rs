//! How values are written, as settings say.

use std::sync::Arc;

use larder::testing::FakeRedis;
use larder::{Cache, Config};

/// A cache of these settings in front of a server of its own, which is in this process.
async fn cache(settings: &str) -> (FakeRedis, Cache) {
    let server = FakeRedis::new();
    let config = Config::new().or_toml(&format!("backend = \"memory\"\nprefix = \"erp\"\n{settings}")).expect(settings);
    let builder = config.choose().await.expect(settings).builder().expect(settings);
    (server.clone(), builder.redis(server).build().expect(settings))
}

/// The bytes under the key of a namespace, after this text was set there.
async fn bytes(settings: &str, namespace: &str, text: &str) -> Vec<u8> {
    let (server, cache) = cache(settings).await;
    cache.namespace(namespace).set("7", Arc::<str>::from(text)).await.expect("the server is there");
    server.bytes(format!("erp:global:{namespace}:7")).expect("it is stored")
}

/// How a text of three letters begins in MessagePack, and the text.
const PACKED: &[u8] = b"\xa3Ada";
const JSON: &[u8] = b"\"Ada\"";

#[tokio::test]
async fn the_codec_is_what_the_settings_say() {
    for settings in ["", "codec = \"messagepack\""] {
        assert!(bytes(settings, "users", "Ada").await.ends_with(PACKED), "{settings}");
    }
    assert!(bytes("codec = \"json\"", "users", "Ada").await.ends_with(JSON));
    let raw = bytes("codec = \"raw\"", "users", "Ada").await;
    assert!(raw.ends_with(b"Ada") && !raw.ends_with(PACKED));
}

#[tokio::test]
async fn a_namespace_has_a_codec_of_its_own() {
    let settings = "[namespaces.users]\ncodec = \"json\"";
    assert!(bytes(settings, "users", "Ada").await.ends_with(JSON));
    assert!(bytes(settings, "others", "Ada").await.ends_with(PACKED));
}

#[tokio::test]
async fn values_are_made_smaller_as_the_settings_say() {
    let text = "larder ".repeat(1_000);
    let off = bytes("compression = \"off\"", "users", &text).await.len();
    assert!(off > text.len());
    for settings in
        ["", "compression = \"lz4\"", "compression = \"zstd\"", "compression = { algorithm = \"zstd\", level = 9 }"]
    {
        assert!(bytes(settings, "users", &text).await.len() < off / 4, "{settings}");
    }
    let above = bytes("compression = { algorithm = \"lz4\", above = 100_000 }", "users", &text).await.len();
    assert_eq!(above, off);
}

#[tokio::test]
async fn a_namespace_is_made_smaller_as_its_settings_say() {
    let text = "larder ".repeat(1_000);
    let settings = "compression = \"off\"\n[namespaces.users]\ncompression = \"lz4\"";
    assert!(bytes(settings, "users", &text).await.len() < bytes(settings, "others", &text).await.len() / 4);
}
