//! Who holds a lock, for how long, and with which token.

use std::time::Duration;

use cache_core::ErrorKind;
use cache_core::port::{Claim, Claimed};

use crate::bench::{Bench, LIMIT, Life};
use crate::steps::new_id;

const NAME: &[u8] = b"global:_:invoices";
const TTL: Duration = Duration::from_mins(10);
const SHORT: Duration = Duration::from_millis(50);

crate::conformance! {
    a_lock_that_nobody_holds_is_granted_for_the_time_asked
    a_lock_that_is_held_is_not_granted_and_says_for_how_long
    locks_of_two_names_do_not_meet
    a_claim_that_is_sent_again_is_granted_again_with_the_same_token
    a_claim_that_is_sent_again_stands_for_its_whole_time
    a_claim_that_has_ended_holds_nothing
    every_claim_has_a_larger_token
    a_token_is_larger_though_the_last_one_was_lost
    a_token_is_larger_though_the_last_one_was_altered
    a_token_is_larger_than_one_ahead_of_the_clock
    the_last_token_is_kept_for_an_hour
    an_extension_gives_the_whole_time
    an_extension_takes_no_time_away
    a_claim_that_is_sent_again_takes_no_time_away
    only_the_holder_extends
    only_the_holder_gives_back
    what_is_given_back_is_granted
    what_is_given_back_is_told
    what_is_not_given_back_is_not_told
    an_altered_lock_is_nobodys_and_is_not_granted
    a_lock_without_an_end_is_not_granted
    the_bytes_of_a_lock_are_these
}

crate::conformance! { own:
    a_full_server_grants_no_lock_and_says_so
    a_full_server_extends_a_lock_and_takes_it_back
}

fn claim(ttl: Duration) -> Claim<'static> {
    Claim { name: NAME, id: new_id(), ttl }
}

impl Bench {
    async fn claim(&self, claim: Claim<'_>) -> Claimed {
        self.store.claim(claim, LIMIT).await.expect("the server is there")
    }

    async fn granted(&self, claim: Claim<'_>) -> u64 {
        match self.claim(claim).await {
            Claimed::Granted(token) => token,
            held @ Claimed::Held(_) => panic!("the lock should be granted, but: {held:?}"),
        }
    }

    async fn held(&self, claim: Claim<'_>) -> Duration {
        match self.claim(claim).await {
            Claimed::Held(left) => left,
            granted @ Claimed::Granted(_) => panic!("the lock should be held, but: {granted:?}"),
        }
    }

    async fn extended(&self, claim: Claim<'_>) -> bool {
        self.store.extend(claim, LIMIT).await.expect("the server is there")
    }

    async fn freed(&self, claim: Claim<'_>) -> bool {
        self.store.free(claim, LIMIT).await.expect("the server is there")
    }

    fn owner(&self) -> Vec<u8> {
        [self.prefix.as_bytes(), b":#k:", NAME].concat()
    }

    fn fence(&self) -> Vec<u8> {
        [self.prefix.as_bytes(), b":#f:", NAME].concat()
    }
}

fn lasts_about(life: Life, time: Duration) -> bool {
    matches!(life, Life::For(left) if left <= time && left > time / 2)
}

async fn a_lock_that_nobody_holds_is_granted_for_the_time_asked(bench: Bench) {
    bench.granted(claim(TTL)).await;
    assert!(lasts_about(bench.life(&bench.owner()), TTL));
}

async fn a_lock_that_is_held_is_not_granted_and_says_for_how_long(bench: Bench) {
    bench.granted(claim(TTL)).await;
    let left = bench.held(claim(TTL)).await;
    assert!(left <= TTL && left > TTL / 2, "{left:?}");
}

async fn locks_of_two_names_do_not_meet(bench: Bench) {
    bench.granted(claim(TTL)).await;
    bench.granted(Claim { name: b"global:_:invoice", ..claim(TTL) }).await;
    bench.granted(Claim { name: b"tenant:acme:_:invoices", ..claim(TTL) }).await;
}

async fn a_claim_that_is_sent_again_is_granted_again_with_the_same_token(bench: Bench) {
    let claim = claim(TTL);
    assert_eq!(bench.granted(claim).await, bench.granted(claim).await);
}

async fn a_claim_that_is_sent_again_stands_for_its_whole_time(bench: Bench) {
    let claim = claim(TTL / 4);
    bench.granted(claim).await;
    bench.granted(Claim { ttl: TTL, ..claim }).await;
    assert!(lasts_about(bench.life(&bench.owner()), TTL));
}

async fn a_claim_that_has_ended_holds_nothing(bench: Bench) {
    let (first, second) = (claim(SHORT), claim(TTL));
    bench.granted(first).await;
    bench.pass(SHORT + Duration::from_millis(20));
    assert!(!bench.extended(first).await);
    assert!(!bench.freed(first).await);
    bench.granted(second).await;
    assert!(!bench.extended(first).await && !bench.freed(first).await);
    bench.held(first).await;
}

async fn every_claim_has_a_larger_token(bench: Bench) {
    let mut last = 0;
    for _ in 0..50 {
        let claim = claim(TTL);
        let token = bench.granted(claim).await;
        assert!(token > last, "{token} after {last}");
        last = token;
        assert!(bench.freed(claim).await);
    }
}

async fn a_token_is_larger_though_the_last_one_was_lost(bench: Bench) {
    let first = claim(TTL);
    let token = bench.granted(first).await;
    bench.lose(&bench.owner());
    bench.lose(&bench.fence());
    bench.pass(Duration::from_millis(2));
    assert!(bench.granted(claim(TTL)).await > token);
}

async fn a_token_is_larger_though_the_last_one_was_altered(bench: Bench) {
    let first = claim(TTL);
    let token = bench.granted(first).await;
    bench.freed(first).await;
    let too_large = [&b"9007199254740991"[..], b"99999999999999999999", b"999999999999999999999999999999"];
    for altered in [&b""[..], b"no number", b"-1", b"nan", b"1e300"].into_iter().chain(too_large) {
        bench.overwrite(&bench.fence(), altered);
        let mut last = token;
        for _ in 0..2 {
            bench.pass(Duration::from_millis(2));
            let next = claim(TTL);
            let larger = bench.granted(next).await;
            assert!((last + 1..1 << 53).contains(&larger), "{larger} after {last}");
            bench.freed(next).await;
            last = larger;
        }
    }
}

/// As after the server's clock was put back.
async fn a_token_is_larger_than_one_ahead_of_the_clock(bench: Bench) {
    let first = claim(TTL);
    bench.granted(first).await;
    bench.freed(first).await;
    bench.overwrite(&bench.fence(), b"8000000000000000");
    assert_eq!(bench.granted(claim(TTL)).await, 8_000_000_000_000_001);
}

async fn the_last_token_is_kept_for_an_hour(bench: Bench) {
    bench.granted(claim(TTL)).await;
    let hour = Duration::from_hours(1);
    assert!(matches!(bench.life(&bench.fence()), Life::For(left) if left > hour && left <= hour + TTL));
}

async fn an_extension_gives_the_whole_time(bench: Bench) {
    let claim = claim(TTL / 4);
    bench.granted(claim).await;
    assert!(bench.extended(Claim { ttl: TTL, ..claim }).await);
    assert!(lasts_about(bench.life(&bench.owner()), TTL));
}

async fn an_extension_takes_no_time_away(bench: Bench) {
    let claim = claim(TTL);
    bench.granted(claim).await;
    assert!(bench.extended(Claim { ttl: TTL / 4, ..claim }).await);
    assert!(lasts_about(bench.life(&bench.owner()), TTL));
}

async fn a_claim_that_is_sent_again_takes_no_time_away(bench: Bench) {
    let claim = claim(TTL / 4);
    bench.granted(claim).await;
    assert!(bench.extended(Claim { ttl: TTL, ..claim }).await);
    bench.granted(claim).await;
    assert!(lasts_about(bench.life(&bench.owner()), TTL));
}

async fn only_the_holder_extends(bench: Bench) {
    bench.granted(claim(TTL / 4)).await;
    assert!(!bench.extended(claim(TTL)).await);
    assert!(lasts_about(bench.life(&bench.owner()), TTL / 4));
}

async fn only_the_holder_gives_back(bench: Bench) {
    bench.granted(claim(TTL)).await;
    assert!(!bench.freed(claim(TTL)).await);
    bench.held(claim(TTL)).await;
}

async fn what_is_given_back_is_granted(bench: Bench) {
    let first = claim(TTL);
    bench.granted(first).await;
    assert!(bench.freed(first).await);
    bench.granted(claim(TTL)).await;
    assert!(!bench.freed(first).await);
}

async fn what_is_given_back_is_told(bench: Bench) {
    let mut freed = bench.store.freed(LIMIT).await.expect("the server is there");
    let first = claim(TTL);
    bench.granted(first).await;
    bench.freed(first).await;
    assert_eq!(freed.next().await.expect("the connection is there"), NAME);
}

async fn what_is_not_given_back_is_not_told(bench: Bench) {
    let mut freed = bench.store.freed(LIMIT).await.expect("the server is there");
    bench.granted(claim(TTL)).await;
    bench.freed(claim(TTL)).await;
    let last = Claim { name: b"the last word", ..claim(TTL) };
    bench.granted(last).await;
    bench.freed(last).await;
    assert_eq!(freed.next().await.expect("the connection is there"), last.name);
}

async fn an_altered_lock_is_nobodys_and_is_not_granted(bench: Bench) {
    let first = claim(TTL);
    bench.granted(first).await;
    let whole = bench.get(&bench.owner()).expect("it is held");
    let mut altered = whole.clone();
    altered[20] ^= 1;
    for bytes in [&altered[..], &whole[..31], b"", b"somebody else's"] {
        bench.overwrite(&bench.owner(), bytes);
        let error = bench.store.claim(claim(TTL), LIMIT).await.expect_err("it is no lock");
        assert_eq!(error.kind(), ErrorKind::Foreign);
    }
}

async fn a_lock_without_an_end_is_not_granted(bench: Bench) {
    let record = [&new_id()[..], &7_u64.to_be_bytes(), &7_u64.to_be_bytes()].concat();
    bench.overwrite(&bench.owner(), &record);
    let error = bench.store.claim(claim(TTL), LIMIT).await.expect_err("it is none of ours");
    assert_eq!(error.kind(), ErrorKind::Foreign);
}

async fn the_bytes_of_a_lock_are_these(bench: Bench) {
    let claim = claim(TTL);
    let token = bench.granted(claim).await;
    let record = [&claim.id[..], &token.to_be_bytes(), &token.to_be_bytes()].concat();
    assert_eq!(bench.get(&bench.owner()), Some(record));
    assert_eq!(bench.get(&bench.fence()), Some(token.to_string().into_bytes()));
    assert_eq!(bench.names(), [bench.fence(), bench.owner()]);
}

async fn a_full_server_grants_no_lock_and_says_so(bench: Bench) {
    bench.fill_up();
    let error = bench.store.claim(claim(TTL), LIMIT).await.expect_err("there is no memory");
    assert_eq!(error.kind(), ErrorKind::Full);
}

async fn a_full_server_extends_a_lock_and_takes_it_back(bench: Bench) {
    let claim = claim(TTL);
    bench.granted(claim).await;
    bench.fill_up();
    assert!(bench.extended(claim).await);
    assert!(bench.freed(claim).await);
}
