//! Numbers that are counted together: exact, with an end from the step on that creates them.

use std::time::Duration;

use cache_core::ErrorKind;
use cache_core::port::{By, Count, Counted, Number};

use crate::bench::{Bench, LIMIT, Life};

const KEY: &[u8] = b"global:_:views";
const OTHER: &[u8] = b"global:_:views:7";
const TTL: Duration = Duration::from_mins(10);

crate::conformance! {
    a_counter_that_is_not_there_counts_from_zero
    whole_numbers_are_exact_from_end_to_end
    a_sum_beyond_the_range_is_refused_and_changes_nothing
    fractions_are_added_as_doubles
    a_sum_that_is_whole_is_counted_in_whole_numbers_again
    a_double_keeps_every_digit
    a_double_beyond_the_whole_numbers_is_none
    whole_numbers_are_not_added_to_a_fraction
    an_infinite_sum_is_refused_and_changes_nothing
    a_number_is_set_whatever_was_there
    what_is_no_number_is_told_and_stays
    a_whole_number_in_another_spelling_is_a_fraction
    the_first_step_gives_the_end
    later_steps_do_not_move_the_end
    a_counter_without_an_end_has_none
    a_counter_that_has_ended_begins_anew
    a_counter_is_removed
    counters_of_two_keys_do_not_meet
    the_bytes_of_a_counter_are_these
    what_begins_so_is_forgotten_and_nothing_else
    a_walk_forgets_more_than_a_page
    any_steps_are_counted_as_in_the_process
}

crate::conformance! { real: a_counter_of_another_type_is_told }

crate::conformance! { own: a_full_server_counts_nothing_and_says_so }

const fn count(by: By) -> Count<'static> {
    Count { key: KEY, by, lasts: None }
}

const fn whole(number: i64) -> Counted {
    Counted::Is(Number::Integer(number))
}

const fn fraction(number: f64) -> Counted {
    Counted::Is(Number::Float(number))
}

impl Bench {
    async fn count(&self, count: Count<'_>) -> Counted {
        self.store.count(count, LIMIT).await.expect("the server is there")
    }

    async fn counted(&self, key: &[u8]) -> Option<Counted> {
        self.store.counted(key, LIMIT).await.expect("the server is there")
    }

    pub(crate) fn counter(&self, key: &[u8]) -> Vec<u8> {
        [self.prefix.as_bytes(), b":#n:", key].concat()
    }

    /// Forgets all that begins so; says in how many pages.
    pub(crate) async fn forget(&self, head: &[u8]) -> usize {
        let (mut cursor, mut pages) = (0, 0);
        loop {
            cursor = self.store.forget(head, cursor, LIMIT).await.expect("the server is there");
            pages += 1;
            if cursor == 0 {
                return pages;
            }
        }
    }
}

async fn a_counter_that_is_not_there_counts_from_zero(bench: Bench) {
    assert_eq!(bench.counted(KEY).await, None);
    assert_eq!(bench.count(count(By::Integer(5))).await, whole(5));
    assert_eq!(bench.count(count(By::Integer(-7))).await, whole(-2));
    assert_eq!(bench.counted(KEY).await, Some(whole(-2)));
}

/// Two numbers beyond 2^53 that differ by one are the same double.
async fn whole_numbers_are_exact_from_end_to_end(bench: Bench) {
    for number in [(1 << 53) + 1, i64::MAX - 1, i64::MIN + 1, -(1 << 53) - 1] {
        assert_eq!(bench.count(count(By::Set(number))).await, whole(number));
        assert_eq!(bench.count(count(By::Integer(1))).await, whole(number + 1));
        assert_eq!(bench.count(count(By::Integer(-2))).await, whole(number - 1));
        assert_eq!(bench.counted(KEY).await, Some(whole(number - 1)));
    }
    bench.count(count(By::Set(i64::MAX))).await;
    assert_eq!(bench.count(count(By::Integer(i64::MIN))).await, whole(-1));
}

async fn a_sum_beyond_the_range_is_refused_and_changes_nothing(bench: Bench) {
    for (number, by) in [(i64::MAX, 1), (i64::MIN, -1), (1, i64::MAX), (-1, i64::MIN)] {
        bench.count(count(By::Set(number))).await;
        assert_eq!(bench.count(count(By::Integer(by))).await, Counted::Overflow);
        assert_eq!(bench.counted(KEY).await, Some(whole(number)));
    }
}

async fn fractions_are_added_as_doubles(bench: Bench) {
    assert_eq!(bench.count(count(By::Float(0.1))).await, fraction(0.1));
    assert_eq!(bench.count(count(By::Float(0.2))).await, fraction(0.1 + 0.2));
    assert_eq!(bench.count(count(By::Float(-1e-300))).await, fraction(0.1 + 0.2 - 1e-300));
}

async fn a_sum_that_is_whole_is_counted_in_whole_numbers_again(bench: Bench) {
    for (number, sum) in [(1.5, 3), (-1.5, -3), (4_503_599_627_370_495.5, 9_007_199_254_740_991)] {
        bench.count(count(By::Set(0))).await;
        assert_eq!(bench.count(count(By::Float(number))).await, fraction(number));
        assert_eq!(bench.count(count(By::Float(number))).await, whole(sum));
        assert_eq!(bench.count(count(By::Integer(1))).await, whole(sum + 1));
    }
    bench.count(count(By::Set(0))).await;
    assert_eq!(bench.count(count(By::Float(-0.0))).await, whole(0));
    assert_eq!(bench.count(count(By::Integer(1))).await, whole(1));
}

async fn a_double_keeps_every_digit(bench: Bench) {
    for number in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 1.0 / 3.0, 1e300 / 7.0, -0.1] {
        bench.count(count(By::Set(0))).await;
        assert_eq!(bench.count(count(By::Float(number))).await, fraction(number));
        assert_eq!(bench.counted(KEY).await, Some(fraction(number)));
    }
}

async fn a_double_beyond_the_whole_numbers_is_none(bench: Bench) {
    bench.count(count(By::Set(i64::MAX))).await;
    assert_eq!(bench.count(count(By::Float(0.0))).await, fraction(2_f64.powi(63)));
    assert_eq!(bench.count(count(By::Integer(-1))).await, Counted::Fraction);
    bench.count(count(By::Set(1 << 53))).await;
    assert_eq!(bench.count(count(By::Float(0.0))).await, fraction(2_f64.powi(53)));
}

async fn whole_numbers_are_not_added_to_a_fraction(bench: Bench) {
    bench.count(count(By::Float(0.5))).await;
    assert_eq!(bench.count(count(By::Integer(1))).await, Counted::Fraction);
    assert_eq!(bench.counted(KEY).await, Some(fraction(0.5)));
}

async fn an_infinite_sum_is_refused_and_changes_nothing(bench: Bench) {
    bench.count(count(By::Float(f64::MAX))).await;
    assert_eq!(bench.count(count(By::Float(f64::MAX))).await, Counted::Overflow);
    assert_eq!(bench.counted(KEY).await, Some(fraction(f64::MAX)));
}

async fn a_number_is_set_whatever_was_there(bench: Bench) {
    assert_eq!(bench.count(count(By::Set(3))).await, whole(3));
    bench.count(count(By::Float(0.5))).await;
    assert_eq!(bench.count(count(By::Set(-4))).await, whole(-4));
    bench.overwrite(&bench.counter(KEY), b"no number");
    assert_eq!(bench.count(count(By::Set(0))).await, whole(0));
}

async fn what_is_no_number_is_told_and_stays(bench: Bench) {
    for text in [&b"x"[..], b"", b"inf", b"nan", b"1e999", b" 1", b"0x10", b"1\0"] {
        bench.overwrite(&bench.counter(KEY), text);
        assert_eq!(bench.counted(KEY).await, Some(Counted::Foreign), "{text:?}");
        assert_eq!(bench.count(count(By::Integer(1))).await, Counted::Foreign, "{text:?}");
        assert_eq!(bench.count(count(By::Float(1.0))).await, Counted::Foreign, "{text:?}");
        assert_eq!(bench.get(&bench.counter(KEY)).as_deref(), Some(text));
    }
}

async fn a_whole_number_in_another_spelling_is_a_fraction(bench: Bench) {
    for (text, number) in [(&b"007"[..], 7.0), (b"-0", 0.0), (b"+5", 5.0), (b"9223372036854775808", 2_f64.powi(63))] {
        bench.overwrite(&bench.counter(KEY), text);
        assert_eq!(bench.counted(KEY).await, Some(fraction(number)));
        assert_eq!(bench.count(count(By::Integer(1))).await, Counted::Fraction);
    }
}

async fn the_first_step_gives_the_end(bench: Bench) {
    for by in [By::Integer(1), By::Float(0.5), By::Set(7)] {
        bench.count(Count { lasts: Some(TTL), ..count(by) }).await;
        let life = bench.life(&bench.counter(KEY));
        assert!(matches!(life, Life::For(left) if left <= TTL && left > TTL / 2), "{life:?}");
        bench.lose(&bench.counter(KEY));
    }
}

async fn later_steps_do_not_move_the_end(bench: Bench) {
    bench.count(Count { lasts: Some(TTL), ..count(By::Integer(1)) }).await;
    for by in [By::Integer(1), By::Float(0.5), By::Set(7)] {
        bench.count(Count { lasts: Some(TTL * 10), ..count(by) }).await;
        bench.count(count(by)).await;
        let life = bench.life(&bench.counter(KEY));
        assert!(matches!(life, Life::For(left) if left <= TTL), "{by:?}: {life:?}");
    }
}

async fn a_counter_without_an_end_has_none(bench: Bench) {
    for by in [By::Integer(1), By::Float(0.5), By::Set(7)] {
        bench.count(count(by)).await;
        bench.count(Count { lasts: Some(TTL), ..count(by) }).await;
        assert_eq!(bench.life(&bench.counter(KEY)), Life::Endless);
        bench.lose(&bench.counter(KEY));
    }
}

async fn a_counter_that_has_ended_begins_anew(bench: Bench) {
    let short = Duration::from_millis(30);
    let step = Count { lasts: Some(short), ..count(By::Integer(1)) };
    bench.count(step).await;
    bench.pass(short + Duration::from_millis(20));
    assert_eq!(bench.counted(KEY).await, None);
    assert_eq!(bench.count(step).await, whole(1));
}

async fn a_counter_is_removed(bench: Bench) {
    let remove = async || bench.store.uncount(KEY, LIMIT).await.expect("the server is there");
    assert!(!remove().await);
    bench.count(count(By::Integer(1))).await;
    assert!(remove().await);
    assert_eq!(bench.counted(KEY).await, None);
}

async fn counters_of_two_keys_do_not_meet(bench: Bench) {
    bench.count(count(By::Integer(1))).await;
    assert_eq!(bench.count(Count { key: OTHER, ..count(By::Integer(5)) }).await, whole(5));
    assert_eq!(bench.counted(KEY).await, Some(whole(1)));
}

async fn the_bytes_of_a_counter_are_these(bench: Bench) {
    bench.count(count(By::Integer(-12))).await;
    assert_eq!(bench.names(), [bench.counter(KEY)]);
    assert_eq!(bench.get(&bench.counter(KEY)).as_deref(), Some(&b"-12"[..]));
}

async fn what_begins_so_is_forgotten_and_nothing_else(bench: Bench) {
    let limit = |key: &[u8]| [bench.prefix.as_bytes(), b":#r:", key].concat();
    let goes = [&b"tenant:a*[x]:_:views"[..], b"tenant:a*[x]:api:login:7"];
    let stays = [&b"tenant:ab:_:views"[..], b"tenant:a*:_:views", b"tenant:a*x:_:views", b"global:_:views"];
    for key in goes.into_iter().chain(stays) {
        bench.overwrite(&bench.counter(key), b"1");
        bench.overwrite(&limit(key), b"1");
    }
    let others = [&b"#k:"[..], b"#f:", b"#t:", b"#l:", b""].map(|mark| [mark, goes[0]].concat());
    for name in &others {
        bench.overwrite(&bench.entry(name), b"1");
    }
    bench.forget(b"tenant:a*[x]:").await;
    let mut names: Vec<_> = stays.iter().flat_map(|key| [bench.counter(key), limit(key)]).collect();
    names.extend(others.iter().map(|name| bench.entry(name)));
    names.sort();
    assert_eq!(bench.names(), names);
    bench.forget(b"tenant:a*[x]:").await;
    assert_eq!(bench.names().len(), names.len());
}

async fn a_walk_forgets_more_than_a_page(bench: Bench) {
    for number in 0..3_000_u32 {
        let key = format!("tenant:acme:_:{number}");
        bench.overwrite(&bench.counter(key.as_bytes()), b"1");
    }
    assert!(bench.forget(b"tenant:acme:").await > 1);
    assert!(bench.names().is_empty());
}

/// The process counts with numbers, a server with text.
async fn any_steps_are_counted_as_in_the_process(bench: Bench) {
    let (process, mut random) = (Bench::fake(), fastrand::Rng::with_seed(7));
    let edges = [0, 1, -1, 1 << 53, -(1 << 53), (1 << 53) + 1, i64::MAX, i64::MIN];
    for round in 0..2_000 {
        let whole = match random.u8(..3) {
            0 => edges[random.usize(..edges.len())],
            1 => random.i64(-1_000..1_000),
            _ => random.i64(..),
        };
        #[allow(clippy::cast_precision_loss, reason = "any number will do")]
        let fraction = match random.u8(..4) {
            0 => whole as f64,
            1 => f64::from(random.i32(-100..100)) / 4.0,
            2 => f64::from_bits(random.u64(..)),
            _ => random.f64() * 10_f64.powi(random.i32(-320..308)),
        };
        let by = match random.u8(..8) {
            0 => By::Set(whole),
            1..4 if fraction.is_finite() => By::Float(fraction),
            _ => By::Integer(whole),
        };
        assert_eq!(bench.count(count(by)).await, process.count(count(by)).await, "{round}: {by:?}");
        assert_eq!(bench.counted(KEY).await, process.counted(KEY).await, "{round}: {by:?}");
    }
}

async fn a_counter_of_another_type_is_told(bench: Bench) {
    bench.put_list(&bench.counter(KEY));
    for by in [By::Integer(1), By::Float(0.5), By::Set(7)] {
        let error = bench.store.count(count(by), LIMIT).await.expect_err("it is none");
        assert_eq!(error.kind(), ErrorKind::Foreign);
    }
    assert_eq!(bench.store.counted(KEY, LIMIT).await.expect_err("it is none").kind(), ErrorKind::Foreign);
    assert!(bench.store.uncount(KEY, LIMIT).await.expect("the server is there"));
}

async fn a_full_server_counts_nothing_and_says_so(bench: Bench) {
    bench.count(count(By::Integer(3))).await;
    bench.fill_up();
    for by in [By::Integer(1), By::Float(0.5), By::Set(7)] {
        let error = bench.store.count(count(by), LIMIT).await.expect_err("there is no memory");
        assert_eq!(error.kind(), ErrorKind::Full);
    }
    assert_eq!(bench.counted(KEY).await, Some(whole(3)));
    bench.forget(b"tenant:acme:").await;
    assert!(bench.store.uncount(KEY, LIMIT).await.expect("the server is there"));
}
