//! Calls within their rate: what is allowed, what is counted, and until when.

use std::time::Duration;

use cache_core::ErrorKind;
use cache_core::port::{Limit, Limited, Rate};

use crate::bench::{Bench, LIMIT, Life};

const KEY: &[u8] = b"global:_:api:7";
const MINUTE: Duration = Duration::from_mins(1);
/// Three in a minute.
const WINDOW: Rate = Rate::Window { limit: 3, millis: 60_000 };
/// Three at once, and one each minute.
const GCRA: Rate = Rate::Gcra { burst: 3, interval: 60_000_000_000 };

crate::conformance! {
    as_many_go_on_as_the_rate_says
    a_refused_call_consumes_nothing
    many_calls_are_counted_at_once_or_not_at_all
    a_look_counts_nothing_and_leaves_nothing
    what_is_limited_is_forgotten
    subjects_do_not_meet
    a_window_begins_with_its_first_call_and_ends_by_itself
    a_window_that_is_over_lets_calls_through
    a_window_longer_than_the_rates_is_cut
    a_window_without_an_end_is_given_one
    a_limit_below_what_was_counted_leaves_nothing
    a_debt_grows_by_an_interval_for_each_call
    a_debt_is_paid_off_by_the_time
    a_record_of_a_debt_lasts_as_long_as_the_debt
    a_debt_beyond_a_burst_is_cut
    the_longest_debt_is_exact
    an_interval_of_nanoseconds_is_exact
    a_record_of_the_other_kind_counts_as_none
    a_record_that_was_altered_counts_as_none
    the_bytes_of_a_window_are_these
    the_bytes_of_a_debt_are_these
    any_calls_are_decided_as_in_the_process
}

crate::conformance! { real: a_limit_of_another_type_is_told }

crate::conformance! { own: a_full_server_allows_nothing_and_says_so }

const fn limit(rate: Rate, calls: u64) -> Limit<'static> {
    Limit { key: KEY, rate, calls }
}

impl Bench {
    async fn limit(&self, limit: Limit<'_>) -> Limited {
        self.store.limit(limit, LIMIT).await.expect("the server is there")
    }

    /// How many of so many single calls go on.
    async fn allowed(&self, rate: Rate, calls: usize) -> usize {
        let mut allowed = 0;
        for _ in 0..calls {
            allowed += usize::from(self.limit(limit(rate, 1)).await.is_allowed);
        }
        allowed
    }

    fn record(&self) -> Vec<u8> {
        [self.prefix.as_bytes(), b":#r:", KEY].concat()
    }
}

/// A real server's time goes on between two calls, but not for long.
fn is_about(time: Duration, expected: Duration) -> bool {
    time <= expected && time + MINUTE / 2 > expected
}

async fn as_many_go_on_as_the_rate_says(bench: Bench) {
    for rate in [WINDOW, GCRA] {
        for remaining in [2, 1, 0] {
            let limited = bench.limit(limit(rate, 1)).await;
            assert_eq!((limited.is_allowed, limited.remaining), (true, remaining), "{rate:?}");
            assert_eq!(limited.retry_after, Duration::ZERO);
        }
        let limited = bench.limit(limit(rate, 1)).await;
        assert_eq!((limited.is_allowed, limited.remaining), (false, 0));
        assert!(is_about(limited.retry_after, MINUTE), "{limited:?}");
        bench.lose(&bench.record());
    }
}

async fn a_refused_call_consumes_nothing(bench: Bench) {
    for rate in [WINDOW, GCRA] {
        bench.limit(limit(rate, 2)).await;
        let (before, life) = (bench.get(&bench.record()), bench.life(&bench.record()));
        for _ in 0..3 {
            let limited = bench.limit(limit(rate, 2)).await;
            assert_eq!((limited.is_allowed, limited.remaining), (false, 1));
        }
        assert_eq!(bench.get(&bench.record()), before);
        assert!(
            matches!((bench.life(&bench.record()), life), (Life::For(after), Life::For(before)) if after <= before)
        );
        assert!(bench.limit(limit(rate, 1)).await.is_allowed);
        bench.lose(&bench.record());
    }
}

async fn many_calls_are_counted_at_once_or_not_at_all(bench: Bench) {
    for rate in [WINDOW, GCRA] {
        assert_eq!(bench.limit(limit(rate, 2)).await.remaining, 1);
        assert!(!bench.limit(limit(rate, 3)).await.is_allowed);
        assert_eq!(bench.limit(limit(rate, 1)).await.remaining, 0);
        bench.lose(&bench.record());
    }
}

async fn a_look_counts_nothing_and_leaves_nothing(bench: Bench) {
    for rate in [WINDOW, GCRA] {
        let limited = bench.limit(limit(rate, 0)).await;
        assert_eq!((limited.is_allowed, limited.remaining, limited.reset_after), (true, 3, Duration::ZERO));
        assert!(bench.names().is_empty());
        bench.limit(limit(rate, 3)).await;
        let limited = bench.limit(limit(rate, 0)).await;
        assert_eq!((limited.is_allowed, limited.remaining), (true, 0));
        bench.lose(&bench.record());
    }
}

async fn what_is_limited_is_forgotten(bench: Bench) {
    let forget = async || bench.store.unlimit(KEY, LIMIT).await.expect("the server is there");
    for rate in [WINDOW, GCRA] {
        assert!(!forget().await);
        bench.limit(limit(rate, 3)).await;
        assert!(forget().await);
        assert!(bench.limit(limit(rate, 3)).await.is_allowed);
        assert!(forget().await);
    }
}

async fn subjects_do_not_meet(bench: Bench) {
    for rate in [WINDOW, GCRA] {
        bench.limit(limit(rate, 3)).await;
        for key in [&b"global:_:api:8"[..], b"global:_:api", b"tenant:acme:_:api:7"] {
            assert!(bench.limit(Limit { key, ..limit(rate, 3) }).await.is_allowed);
        }
        bench.lose_everything();
    }
}

async fn a_window_begins_with_its_first_call_and_ends_by_itself(bench: Bench) {
    assert!(is_about(bench.limit(limit(WINDOW, 1)).await.reset_after, MINUTE));
    bench.pass(Duration::from_millis(20));
    let limited = bench.limit(limit(WINDOW, 1)).await;
    assert!(limited.reset_after <= Duration::from_millis(59_980), "{limited:?}");
    assert!(matches!(bench.life(&bench.record()), Life::For(left) if is_about(left, MINUTE)));
}

async fn a_window_that_is_over_lets_calls_through(bench: Bench) {
    let rate = Rate::Window { limit: 3, millis: 40 };
    let first = bench.limit(limit(rate, 3)).await;
    bench.pass(first.reset_after);
    let limited = bench.limit(limit(rate, 1)).await;
    assert_eq!((limited.is_allowed, limited.remaining), (true, 2));
}

async fn a_window_longer_than_the_rates_is_cut(bench: Bench) {
    bench.limit(limit(Rate::Window { limit: 3, millis: 60_000 * 100 }, 3)).await;
    let limited = bench.limit(limit(WINDOW, 1)).await;
    assert!(!limited.is_allowed && is_about(limited.retry_after, MINUTE), "{limited:?}");
    assert!(matches!(bench.life(&bench.record()), Life::For(left) if is_about(left, MINUTE)));
}

async fn a_window_without_an_end_is_given_one(bench: Bench) {
    bench.overwrite(&bench.record(), b"2");
    assert_eq!(bench.life(&bench.record()), Life::Endless);
    assert_eq!(bench.allowed(WINDOW, 3).await, 1);
    assert!(matches!(bench.life(&bench.record()), Life::For(left) if is_about(left, MINUTE)));
}

async fn a_limit_below_what_was_counted_leaves_nothing(bench: Bench) {
    bench.limit(limit(Rate::Window { limit: 100, millis: 60_000 }, 70)).await;
    for calls in [0, 1] {
        let limited = bench.limit(limit(WINDOW, calls)).await;
        assert_eq!((limited.is_allowed, limited.remaining), (false, 0));
    }
}

async fn a_debt_grows_by_an_interval_for_each_call(bench: Bench) {
    assert!(is_about(bench.limit(limit(GCRA, 1)).await.reset_after, MINUTE));
    assert!(is_about(bench.limit(limit(GCRA, 2)).await.reset_after, MINUTE * 3));
    let limited = bench.limit(limit(GCRA, 2)).await;
    assert!(!limited.is_allowed && is_about(limited.retry_after, MINUTE * 2), "{limited:?}");
}

async fn a_debt_is_paid_off_by_the_time(bench: Bench) {
    let rate = Rate::Gcra { burst: 2, interval: 40_000_000 };
    assert!(bench.limit(limit(rate, 2)).await.is_allowed);
    bench.pass(bench.limit(limit(rate, 1)).await.retry_after);
    assert!(bench.limit(limit(rate, 1)).await.is_allowed);
    bench.pass(Duration::from_millis(80));
    assert_eq!(bench.limit(limit(rate, 0)).await.remaining, 2);
}

/// The record of a debt may outlast it by so much.
const ROUNDED: Duration = Duration::from_millis(1);

async fn a_record_of_a_debt_lasts_as_long_as_the_debt(bench: Bench) {
    bench.limit(limit(GCRA, 2)).await;
    assert!(
        matches!(bench.life(&bench.record()), Life::For(left) if is_about(left.saturating_sub(ROUNDED), MINUTE * 2))
    );
    bench.lose(&bench.record());
    bench.limit(limit(Rate::Gcra { burst: 1, interval: 1 }, 1)).await;
    bench.pass(Duration::from_millis(10));
    assert_eq!(bench.life(&bench.record()), Life::Gone);
}

/// As after another policy, or after the server's clock was put back. What is cut stays cut: the time pays it off.
async fn a_debt_beyond_a_burst_is_cut(bench: Bench) {
    bench.limit(limit(Rate::Gcra { burst: 3, interval: 60_000_000_000 * 100 }, 3)).await;
    let limited = bench.limit(limit(GCRA, 1)).await;
    assert!(!limited.is_allowed && is_about(limited.retry_after, MINUTE), "{limited:?}");
    assert!(is_about(limited.reset_after, MINUTE * 3));
    assert!(
        matches!(bench.life(&bench.record()), Life::For(left) if is_about(left.saturating_sub(ROUNDED), MINUTE * 3))
    );
    for altered in [&b"99999999999 0"[..], b"9999999999999999999999999999 99999999999999999999"] {
        bench.overwrite(&bench.record(), altered);
        let rate = Rate::Gcra { burst: 2, interval: 20_000_000 };
        bench.pass(bench.limit(limit(rate, 1)).await.retry_after);
        assert!(bench.limit(limit(rate, 1)).await.is_allowed);
    }
}

async fn the_longest_debt_is_exact(bench: Bench) {
    let (burst, interval) = (1 << 10, 1 << 42);
    let rate = Rate::Gcra { burst, interval };
    for calls in [1, burst - 2, 1] {
        assert!(bench.limit(limit(rate, calls)).await.is_allowed);
    }
    let limited = bench.limit(limit(rate, burst)).await;
    assert_eq!((limited.is_allowed, limited.remaining), (false, 0));
    assert!(is_about(limited.reset_after, Duration::from_nanos(1 << 52) + Duration::from_micros(1)), "{limited:?}");
    assert!(is_about(limited.retry_after, Duration::from_nanos(1 << 52) + Duration::from_micros(1)), "{limited:?}");
}

async fn an_interval_of_nanoseconds_is_exact(bench: Bench) {
    let (burst, interval) = (999_999_999, 60_001);
    let rate = Rate::Gcra { burst, interval };
    assert!(bench.limit(limit(rate, burst - 1)).await.is_allowed);
    let debt = Duration::from_nanos((burst - 1) * interval) + Duration::from_micros(1);
    assert!(is_about(bench.limit(limit(rate, 0)).await.reset_after, debt));
    assert!(!bench.limit(limit(rate, burst)).await.is_allowed);
}

async fn a_record_of_the_other_kind_counts_as_none(bench: Bench) {
    for (rate, other) in [(WINDOW, GCRA), (GCRA, WINDOW)] {
        bench.limit(limit(rate, 3)).await;
        assert_eq!(bench.limit(limit(other, 1)).await.remaining, 2);
        bench.lose(&bench.record());
    }
}

async fn a_record_that_was_altered_counts_as_none(bench: Bench) {
    for altered in [&b""[..], b"x", b"-1", b"1.5", b"9999999999999999", b"1 2 3", b"1 -2", b"\xff 1", b" "] {
        for rate in [WINDOW, GCRA] {
            bench.overwrite(&bench.record(), altered);
            assert_eq!(bench.allowed(rate, 4).await, 3, "{altered:?}");
            bench.lose(&bench.record());
        }
    }
}

async fn the_bytes_of_a_window_are_these(bench: Bench) {
    bench.limit(limit(WINDOW, 1)).await;
    bench.limit(limit(WINDOW, 1)).await;
    assert_eq!(bench.get(&bench.record()).as_deref(), Some(&b"2"[..]));
    assert_eq!(bench.names(), [bench.record()]);
}

async fn the_bytes_of_a_debt_are_these(bench: Bench) {
    bench.limit(limit(GCRA, 1)).await;
    let first = paid_off(&bench);
    bench.limit(limit(GCRA, 2)).await;
    assert_eq!(paid_off(&bench) - first, 120_000_000_000);
    assert_eq!(bench.names(), [bench.record()]);
}

/// When the debt is paid off, in nanoseconds.
fn paid_off(bench: &Bench) -> u64 {
    let record = String::from_utf8(bench.get(&bench.record()).expect("there is a debt")).expect("it is text");
    let (seconds, nanos) = record.split_once(' ').expect("two numbers");
    let nanos: u64 = nanos.parse().expect("a number");
    assert!(nanos < 1_000_000_000, "{record}");
    seconds.parse::<u64>().expect("a number") * 1_000_000_000 + nanos
}

/// By the same rules, one written in Rust and one in Lua: of rates so slow that no time seems to pass.
async fn any_calls_are_decided_as_in_the_process(bench: Bench) {
    let (process, mut random) = (Bench::fake(), fastrand::Rng::with_seed(7));
    let hour = 60 * 60 * 1_000;
    for round in 0..2_000 {
        let (most, long) = (random.u64(1..20), hour * random.u64(1..20));
        let rate = if random.u8(..10) == 0 || round % 200 < 100 {
            Rate::Window { limit: most, millis: long }
        } else {
            Rate::Gcra { burst: most, interval: long * 1_000_000 }
        };
        let (here, there) = (limit(rate, random.u64(..=most)), random.u8(..20) == 0);
        if there {
            let forgotten = bench.store.unlimit(KEY, LIMIT).await.expect("the server is there");
            assert_eq!(forgotten, process.store.unlimit(KEY, LIMIT).await.expect("it is here"));
        }
        let (real, expected) = (bench.limit(here).await, process.limit(here).await);
        let counts = |it: Limited| (it.is_allowed, it.remaining);
        assert_eq!(counts(real), counts(expected), "{round}: {here:?}");
        for (real, expected) in [(real.reset_after, expected.reset_after), (real.retry_after, expected.retry_after)] {
            assert!(real.abs_diff(expected) < MINUTE, "{round}: {here:?}: {real:?}, {expected:?}");
        }
    }
}

async fn a_limit_of_another_type_is_told(bench: Bench) {
    bench.put_list(&bench.record());
    for rate in [WINDOW, GCRA] {
        let error = bench.store.limit(limit(rate, 1), LIMIT).await.expect_err("it is none");
        assert_eq!(error.kind(), ErrorKind::Foreign);
    }
    assert!(bench.store.unlimit(KEY, LIMIT).await.expect("the server is there"));
}

async fn a_full_server_allows_nothing_and_says_so(bench: Bench) {
    bench.limit(limit(WINDOW, 1)).await;
    bench.fill_up();
    for rate in [WINDOW, GCRA] {
        let error = bench.store.limit(limit(rate, 1), LIMIT).await.expect_err("there is no memory");
        assert_eq!(error.kind(), ErrorKind::Full);
    }
    assert!(bench.store.unlimit(KEY, LIMIT).await.expect("the server is there"));
}
