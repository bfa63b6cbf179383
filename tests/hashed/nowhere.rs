//! An argument under `hash(..)` appears nowhere in clear.

use larder::{Cache, audit, observe};

use crate::level::{on_every_level, on_every_server};
use crate::people::{People, Query, SECRET};
use crate::{log, support};

/// What must not be seen, in ways in which it might be written.
const CLEAR: [&str; 4] = ["grace.hopper", "6772616365", "103, 114, 97, 99, 101", "Z3JhY2U"];
const EMAIL: &str = "grace.hopper@navy.mil";

fn assert_hidden(shown: &str) {
    for clear in CLEAR {
        assert!(!shown.contains(clear), "{clear} in {shown}");
    }
}

/// Uses the argument in every way there is.
async fn everything(people: &People) {
    people.person(EMAIL).await;
    people.person(EMAIL).await;
    people.search(&Query { email: EMAIL.to_owned(), page: 1 }).await;
    people.default_key(EMAIL, 1).await;
    people.tagged(1, EMAIL).await;
    people.set(EMAIL, 70).await;
    people.set_late(EMAIL.to_owned(), 70).await;
    people.set_of(EMAIL, 71).await;
    people.forget_tag(EMAIL).await;
    people.forget_late_tag(EMAIL.to_owned(), 70).await;
    people.forget_pattern(EMAIL).await;
    people.forget_of(EMAIL).await;
    people.forget(EMAIL.to_owned()).await;
    people.person(EMAIL).await;
}

on_every_level! {
    async fn not_on_the_server_not_in_the_log_and_not_in_what_is_shown(level: Level) {
        log::record();
        let people = People::node(&level);
        let observed = observe(everything(&people)).await;
        let names = level.names();
        assert!(names.iter().any(|name| name.contains("person:")), "the server was used: {names:?}");
        for name in &names {
            assert_hidden(name);
            assert_hidden(&String::from_utf8_lossy(&level.bytes(name).unwrap_or_default()));
        }
        assert_hidden(&format!("{observed:?} {:?} {:?}", people.cache, people.cache.stats()));
        assert_hidden(&format!("{} {:?}", audit(), audit()));
        assert_hidden(&log::everything());
    }
}

on_every_server! {
    /// Scripts and channels included.
    async fn not_in_what_the_server_is_told_and_tells_others(level: Level) {
        let watch = level.watch();
        support::within(everything(&People::node(&level))).await;
        let commands = watch.commands().await;
        assert!(commands.iter().any(|command| command.contains("person:")), "{commands:?}");
        assert!(commands.iter().any(|command| command.to_lowercase().contains("publish")), "{commands:?}");
        assert_hidden(&commands.join("\n"));
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_makes_no_log_tell_it() {
    log::record();
    let builder = Cache::builder("unreachable").redis(larder::Redis::at("redis://127.0.0.1:1")).key_secret(SECRET);
    assert_hidden(&format!("{builder:?}"));
    let people = People::on(builder.build().expect("the settings are valid"));
    everything(&people).await;
    assert!(!log::warnings("cache", "unreachable").is_empty(), "it was said that the server is not there");
    assert_hidden(&log::everything());
    assert_hidden(&format!("{:?}", people.cache));
}
