//! No secret is shown, wherever it was said and whatever goes wrong.

use std::error::Error;

use larder::Config;

const SECRET: &str = "sesame-sesame-sesame-sesame-sesame";

#[track_caller]
fn is_not_shown(shown: &str) {
    assert!(!shown.contains("sesame"), "{shown}");
}

fn texts(error: &larder::Error) -> String {
    let source = error.source().map(|source| format!("{source:?} {source}")).unwrap_or_default();
    format!("{error} {error:?} {source}")
}

#[tokio::test]
async fn nothing_shows_what_the_environment_says_in_confidence() {
    let url = format!("redis://{SECRET}:{SECRET}@localhost:1/2");
    let config = Config::new()
        .or_vars([
            ("CACHE_BACKEND", "redis"),
            ("REDIS_URL", &url),
            ("REDIS_USERNAME", SECRET),
            ("REDIS_PASSWORD", SECRET),
            ("LARDER_KEY_SECRET", SECRET),
        ])
        .expect("these can be used");
    is_not_shown(&format!("{config:?} {config:#?} {}", config.describe().expect("no profile")));
    let choice = config.choose().await.expect("no server is asked");
    is_not_shown(&format!("{choice:?}"));
    let builder = choice.builder().expect("a builder");
    is_not_shown(&format!("{builder:?}"));
    is_not_shown(&format!("{:?}", builder.build().expect("a cache")));
}

#[test]
fn no_error_of_a_file_shows_what_stands_beside() {
    for text in [
        format!("[redis]\npassword = \"{SECRET}\" x"),
        format!("[redis]\npassword = [\"{SECRET}\"]"),
        format!("[redis]\npassword = {{ text = \"{SECRET}\" }}"),
        format!("[redis]\nport = \"{SECRET}\""),
        format!("backend = \"{SECRET}\""),
        format!("ttl = \"{SECRET}\""),
        format!("capacity = \"{SECRET}\""),
        format!("unreachable = \"{SECRET}\""),
        format!("key_secret = \"{SECRET}"),
        format!("redis = \"redis://:{SECRET}@host\""),
        format!("[redis]\nhost = \"redis://:{SECRET}@host\""),
        format!("[redis]\nhost = \"{SECRET}@host\""),
        format!("namespaces = \"{SECRET}\""),
    ] {
        let error = Config::new().or_toml(&text).expect_err(&text);
        is_not_shown(&texts(&error));
    }
}

#[test]
fn no_error_of_a_variable_shows_its_value() {
    for name in [
        "REDIS_PORT",
        "REDIS_DB",
        "REDIS_SSL",
        "REDIS_TIMEOUT",
        "REDIS_CACHE_TTL",
        "CACHE_BACKEND",
        "VALKEY_MAX_CONNECTIONS",
    ] {
        let error = Config::new().or_vars([(name, SECRET)]).expect_err(name);
        is_not_shown(&texts(&error));
    }
}

#[test]
fn a_url_in_place_of_a_host_is_refused_and_not_shown() {
    for name in ["REDIS_HOST", "VALKEY_HOST"] {
        let error = Config::new().or_vars([(name, format!("redis://:{SECRET}@host"))]).expect_err(name);
        is_not_shown(&texts(&error));
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[tokio::test]
async fn a_url_that_cannot_be_read_is_not_shown() {
    for url in [SECRET.to_owned(), format!("redis://:{SECRET}@host:99999"), format!("http://:{SECRET}@host")] {
        let config = Config::new().or_vars([("REDIS_URL", &url)]).expect("read when it is used");
        is_not_shown(&format!("{config:?}"));
        is_not_shown(&texts(&config.connect().await.expect_err("no URL")));
    }
}
