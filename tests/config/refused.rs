//! What is no setting is refused with what to write instead.

use larder::Config;

#[track_caller]
fn refused(text: &str) -> String {
    let error = Config::new().or_toml(text).expect_err(text);
    assert!(error.is_config(), "{error}");
    error.to_string()
}

#[test]
fn an_unknown_name_is_refused_where_it_stands() {
    assert_eq!(
        refused("ttl = \"1m\"\ncapacty = 5"),
        "TOML, line 2: there is no setting `capacty` (did you mean `capacity`?)"
    );
    let server = refused("[redis]\nhots = \"a\"");
    assert!(server.contains("line 2") && server.contains("did you mean `host`?"), "{server}");
    let namespace = refused("[namespaces.users]\ntlt = \"1m\"");
    assert!(namespace.contains("line 2") && namespace.contains("did you mean `ttl`?"), "{namespace}");
}

#[test]
fn what_is_nothing_like_a_setting_is_told_what_there_is() {
    let told = refused("colour = \"red\"");
    assert!(told.contains("there are `backend`, `prefix`"), "{told}");
}

#[test]
fn settings_of_others_are_refused_with_what_there_is_instead() {
    for (setting, ours) in [
        ("[redis]\npool_size = 20", "`max_connections`"),
        ("[redis]\nmin_idle_conns = 5", "`max_connections`"),
        ("[redis]\nidle_timeout = \"10m\"", "`max_connections`"),
        ("[redis]\nmax_retries = 3", "`retry_delay`"),
        ("[redis]\ndb = 3", "`database`"),
        ("[redis]\nconnect_timeout = \"1s\"", "`timeout`"),
        ("key_prefix = \"erp\"", "`prefix`"),
        ("max_keys = 5000", "`capacity`"),
        ("default_ttl = \"1h\"", "`ttl`"),
        ("enable_compression = true", "`compression"),
        ("serializer = \"json\"", "`codec`"),
        ("enable_circuit_breaker = true", "`circuit_breaker"),
        ("require_tenant_context = true", "`tenancy"),
        ("memory_cache_cleanup_interval = \"1m\"", "`capacity`"),
    ] {
        let told = refused(setting);
        assert!(told.contains(ours), "{told}");
    }
}

#[test]
fn a_time_without_a_unit_is_refused_with_how_to_write_one() {
    for text in ["ttl = 300", "ttl = \"300\"", "ttl = \"soon\""] {
        let told = refused(text);
        assert!(told.contains("`ttl`") && told.contains("`5m`"), "{told}");
    }
}

#[test]
fn words_and_numbers_that_are_none_are_refused() {
    for (text, told) in [
        ("backend = \"reddis\"", "did you mean `redis`?"),
        ("tenancy = \"need\"", "`optional`, `required`, `none`"),
        ("capacity = \"many\"", "a whole number"),
        ("capacity = -1", "a whole number"),
        ("enabled = \"perhaps\"", "`true` or `false`"),
        ("unreachable = \"panic\"", "{ stale = \"30m\" }"),
        ("unreachable = { staled = \"30m\" }", "did you mean `stale`?"),
        ("codec = \"jsn\"", "did you mean `json`?"),
        ("compression = \"gzip\"", "`off`, `lz4`"),
        ("compression = { algorithm = \"lz4\", abvoe = 5 }", "did you mean `above`?"),
        ("compression = { algorithm = \"zstd\", level = 99 }", "from 1 to 22"),
        ("[redis]\nport = 70000", "from 0 to 65535"),
        ("redis = 5", "it is a table"),
        ("[redis]\npassword = 1.10", "between quotes"),
        ("[redis]\npassword = 1234", "between quotes"),
        ("key_secret = true", "between quotes"),
        ("capacity = [1]", "`capacity`: "),
    ] {
        let message = refused(text);
        assert!(message.contains(told), "{message}");
    }
}

#[tokio::test]
async fn what_can_be_read_and_not_used_is_told_when_the_cache_is_made() {
    for (text, told) in [
        ("prefix = \"a:b\"", "write `app.cache` for `app:cache:`"),
        ("prefix = \"my cache\"", "a `prefix` is 1 to 64"),
        ("backend = \"memory\"\n[namespaces.\"a b\"]\nttl = \"1m\"", "a namespace is"),
        ("backend = \"memory\"\ncapacity = 5\n[namespaces.users]\ncapacity = 6", "raise the cache's `capacity`"),
        ("backend = \"redis\"\n[redis]\nmax_connections = 2", "write 3 or more"),
        ("backend = \"redis\"\n[redis]\ncircuit_breaker = { threshold = 5 }", "write both"),
        ("backend = \"redis\"\n[redis]\ntls = { ca = \"/nowhere/ca.pem\" }", "/nowhere/ca.pem cannot be read"),
        ("backend = \"redis\"\n[redis]\ntls = { key = \"/nowhere/key.pem\" }", "write both"),
        ("backend = \"redis\"\n[redis]\nurl = \"http://:sesame@host\"", "write redis://"),
        ("[redis]\nurl = \"http://:sesame@host\"", "write redis://"),
        ("key_secret = \"opensesame\"\nbackend = \"memory\"", "at least 32 bytes"),
    ] {
        let error = Config::new().or_toml(text).expect(text).connect().await.expect_err(text);
        assert!(error.is_config() && error.to_string().contains(told), "{error}");
        assert!(!error.to_string().contains("sesame"), "{error}");
    }
}
