//! What is shown of settings and handles is no secret.

use larder::{Cache, Redis};
use larder_test_support::Kind;

use crate::bench::{Bench, PASSWORD, assert_discreet, fresh, on_every_server};
use crate::log;
use crate::support::{Gate, held, within};

on_every_server! {
    async fn no_handle_shows_a_secret(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        let (id, gate) = (fresh("arg"), Gate::closed());
        within(node.item(&id)).await;
        bench.server.stop();
        within(node.evict(&id)).await.expect("the body succeeds");
        let id = fresh("arg");
        let load = held(node.gated(&id, &gate)).await;
        assert_discreet(&format!("{0:?} {0:#?}", node.cache));
        assert_discreet(&format!("{:?} {:#?}", node.cache.stats(), node.cache.ready().await));
        drop(load);
        let redis = Redis::at(format!("redis://s3cr3tuser:{PASSWORD}@127.0.0.1:{}/3", bench.server.port()));
        assert_discreet(&format!("{redis:?} {redis:#?}"));
        let builder = Cache::builder("name").redis(redis);
        assert_discreet(&format!("{builder:?} {builder:#?}"));
        assert_discreet(&log::everything());
    }
}

/// A URL that cannot be read is not quoted, and neither is one with a typing error.
#[test]
fn no_error_of_a_setting_quotes_it() {
    for url in [
        "redis://s3cr3tuser:s3cr3tpassword@host:port",
        "redis://s3cr3tuser:s3cr3tpassword@host/database",
        "rediss://s3cr3tuser:s3cr3tpassword@host#insecure",
        "http://s3cr3tuser:s3cr3tpassword@host",
        "s3cr3tuser:s3cr3tpassword@host",
    ] {
        let redis = Redis::at(url);
        assert_discreet(&format!("{redis:?}"));
        let error = Cache::builder("name").redis(redis).build().expect_err("it cannot be read");
        assert!(error.is_config());
        assert_discreet(&format!("{error} {error:?}"));
    }
}
