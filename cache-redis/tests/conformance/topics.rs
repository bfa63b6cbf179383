//! What services tell each other: that each is handed all of it, and is told where some was lost.

use std::time::Duration;

use cache_core::port::{Done, Follow, Followed, Publish};

use crate::bench::{Bench, LIMIT};

const IDLE: Duration = Duration::from_mins(10);
const SHORT: Duration = Duration::from_millis(30);

crate::conformance! {
    who_follows_for_the_first_time_has_a_gap_and_is_handed_nothing_older
    what_is_told_is_handed_out_once_in_order
    at_most_as_many_are_handed_out_as_were_asked_for
    every_service_is_handed_all
    two_topics_do_not_meet
    what_is_not_done_is_handed_out_again_after_a_while
    what_is_done_is_not_handed_out_again
    what_is_never_done_keeps_nothing_else_back
    a_gap_is_said_until_it_is_done
    a_gap_that_came_meanwhile_is_said_on
    what_was_cut_off_before_it_was_read_is_a_gap
    what_was_cut_off_before_it_was_done_is_a_gap
    what_was_kept_is_no_gap
    a_topic_that_was_lost_is_a_gap
    that_something_was_told_is_heard
    any_bytes_are_told
}

impl Bench {
    fn topic(&self) -> Vec<u8> {
        format!("{}.topic", self.prefix).into_bytes()
    }

    async fn publish_keeping(&self, body: &[u8], keep: u64) {
        let topic = self.topic();
        self.store.publish(Publish { topic: &topic, body, keep }, LIMIT).await.expect("the server is there");
    }

    async fn publish(&self, body: &[u8]) {
        self.publish_keeping(body, 1_000).await;
    }

    async fn follow_after(&self, topic: &[u8], count: u32, idle: Duration) -> Followed {
        self.store.follow(Follow { topic, count, idle }, LIMIT).await.expect("the server is there")
    }

    async fn follow(&self, topic: &[u8]) -> Followed {
        self.follow_after(topic, 1_000, IDLE).await
    }

    async fn done(&self, topic: &[u8], followed: &Followed) {
        let ids: Vec<_> = followed.told.iter().map(|told| told.id.clone()).collect();
        let done = Done { topic, ids: &ids, gap: followed.gap.as_deref() };
        self.store.done(done, LIMIT).await.expect("the server is there");
    }

    /// Follows from now on.
    async fn begin_to_follow(&self, topic: &[u8]) {
        let first = self.follow(topic).await;
        self.done(topic, &first).await;
    }
}

fn bodies(followed: &Followed) -> Vec<&[u8]> {
    followed.told.iter().map(|told| &*told.body).collect()
}

async fn who_follows_for_the_first_time_has_a_gap_and_is_handed_nothing_older(bench: Bench) {
    let topic = bench.topic();
    bench.publish(b"older").await;
    let first = bench.follow(&topic).await;
    assert!(first.gap.is_some() && first.told.is_empty(), "{first:?}");
}

async fn what_is_told_is_handed_out_once_in_order(bench: Bench) {
    let topic = bench.topic();
    bench.begin_to_follow(&topic).await;
    bench.publish(b"a").await;
    bench.publish(b"b").await;
    let followed = bench.follow(&topic).await;
    assert_eq!((bodies(&followed), &followed.gap), (vec![&b"a"[..], b"b"], &None));
    assert_eq!(bench.follow(&topic).await, Followed::default());
}

async fn at_most_as_many_are_handed_out_as_were_asked_for(bench: Bench) {
    let topic = bench.topic();
    bench.begin_to_follow(&topic).await;
    for body in [b"a", b"b", b"c"] {
        bench.publish(body).await;
    }
    assert_eq!(bodies(&bench.follow_after(&topic, 2, IDLE).await), [b"a", b"b"]);
    assert_eq!(bodies(&bench.follow_after(&topic, 2, IDLE).await), [b"c"]);
}

async fn every_service_is_handed_all(bench: Bench) {
    let (topic, other) = (bench.topic(), bench.beside(&format!("{}-other", bench.prefix)));
    bench.begin_to_follow(&topic).await;
    other.begin_to_follow(&topic).await;
    bench.publish(b"a").await;
    for service in [&bench, &other] {
        let followed = service.follow(&topic).await;
        assert_eq!((bodies(&followed), &followed.gap), (vec![&b"a"[..]], &None));
        service.done(&topic, &followed).await;
    }
}

async fn two_topics_do_not_meet(bench: Bench) {
    let (topic, other) = (bench.topic(), format!("{}.other", bench.prefix));
    bench.begin_to_follow(&topic).await;
    bench.begin_to_follow(other.as_bytes()).await;
    bench.publish(b"a").await;
    assert_eq!(bench.follow(other.as_bytes()).await, Followed::default());
    assert_eq!(bodies(&bench.follow(&topic).await), [b"a"]);
}

async fn what_is_not_done_is_handed_out_again_after_a_while(bench: Bench) {
    let topic = bench.topic();
    bench.begin_to_follow(&topic).await;
    bench.publish(b"a").await;
    let first = bench.follow(&topic).await;
    bench.pass(SHORT * 2);
    let again = bench.follow_after(&topic, 10, SHORT).await;
    assert_eq!(again, first);
    assert_eq!(bodies(&again), [b"a"]);
    // It has just been handed out.
    assert_eq!(bench.follow_after(&topic, 10, IDLE).await, Followed::default());
}

async fn what_is_done_is_not_handed_out_again(bench: Bench) {
    let topic = bench.topic();
    bench.begin_to_follow(&topic).await;
    bench.publish(b"a").await;
    bench.publish(b"b").await;
    let mut followed = bench.follow(&topic).await;
    followed.told.truncate(1);
    bench.done(&topic, &followed).await;
    bench.done(&topic, &followed).await;
    bench.pass(SHORT * 2);
    assert_eq!(bodies(&bench.follow_after(&topic, 10, SHORT).await), [b"b"]);
}

async fn what_is_never_done_keeps_nothing_else_back(bench: Bench) {
    let topic = bench.topic();
    bench.begin_to_follow(&topic).await;
    for number in 0..700_u32 {
        bench.publish(&number.to_be_bytes()).await;
    }
    assert_eq!(bench.follow(&topic).await.told.len(), 700);
    bench.pass(SHORT * 2);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..200 {
        seen.extend(bench.follow_after(&topic, 10, SHORT).await.told.into_iter().map(|told| told.body));
    }
    assert_eq!(seen.len(), 700);
}

async fn a_gap_is_said_until_it_is_done(bench: Bench) {
    let topic = bench.topic();
    let first = bench.follow(&topic).await;
    let again = bench.follow(&topic).await;
    assert_eq!((again.gap.is_some(), &again.gap), (true, &first.gap));
    bench.done(&topic, &again).await;
    assert_eq!(bench.follow(&topic).await.gap, None);
}

async fn a_gap_that_came_meanwhile_is_said_on(bench: Bench) {
    let topic = bench.topic();
    let first = bench.follow(&topic).await;
    for _ in 0..300 {
        bench.publish_keeping(b"much", 1).await;
    }
    let second = bench.follow(&topic).await;
    assert_ne!(first.gap, second.gap);
    bench.done(&topic, &first).await;
    assert_eq!(bench.follow(&topic).await.gap, second.gap);
    bench.done(&topic, &second).await;
    assert_eq!(bench.follow(&topic).await.gap, None);
}

/// More than the server cuts off at a time.
async fn what_was_cut_off_before_it_was_read_is_a_gap(bench: Bench) {
    let topic = bench.topic();
    bench.begin_to_follow(&topic).await;
    for _ in 0..300 {
        bench.publish_keeping(b"much", 1).await;
    }
    let followed = bench.follow(&topic).await;
    assert!(followed.gap.is_some() && followed.told.len() < 300);
}

async fn what_was_cut_off_before_it_was_done_is_a_gap(bench: Bench) {
    let topic = bench.topic();
    bench.begin_to_follow(&topic).await;
    bench.publish(b"a").await;
    assert_eq!(bodies(&bench.follow(&topic).await), [b"a"]);
    // Everything else is done at once.
    for _ in 0..300 {
        bench.publish_keeping(b"much", 1).await;
        let mut followed = bench.follow(&topic).await;
        followed.told.retain(|told| told.body == b"much");
        followed.gap = None;
        bench.done(&topic, &followed).await;
    }
    bench.pass(SHORT * 2);
    let again = bench.follow_after(&topic, 10, SHORT).await;
    assert!(again.gap.is_some() && again.told.is_empty(), "{again:?}");
}

async fn what_was_kept_is_no_gap(bench: Bench) {
    let topic = bench.topic();
    bench.begin_to_follow(&topic).await;
    for _ in 0..300 {
        bench.publish_keeping(b"much", 300).await;
    }
    let followed = bench.follow(&topic).await;
    assert_eq!((followed.told.len(), followed.gap), (300, None));
}

async fn a_topic_that_was_lost_is_a_gap(bench: Bench) {
    let topic = bench.topic();
    bench.begin_to_follow(&topic).await;
    bench.publish(b"a").await;
    bench.flush();
    let followed = bench.follow(&topic).await;
    assert!(followed.gap.is_some() && followed.told.is_empty());
    bench.done(&topic, &followed).await;
    bench.publish(b"b").await;
    let followed = bench.follow(&topic).await;
    assert_eq!((bodies(&followed), &followed.gap), (vec![&b"b"[..]], &None));
}

async fn that_something_was_told_is_heard(bench: Bench) {
    let topic = bench.topic();
    let mut heard = bench.store.told(&topic, LIMIT).await.expect("the server is there");
    bench.publish(b"a").await;
    heard.next().await.expect("the connection is there");
}

async fn any_bytes_are_told(bench: Bench) {
    let topic = bench.topic();
    bench.begin_to_follow(&topic).await;
    let bodies: [&[u8]; 4] = [b"", b"\0\xff\r\n", b"n", &vec![7; 70_000]];
    for body in bodies {
        bench.publish(body).await;
    }
    let followed = bench.follow(&topic).await;
    assert_eq!(followed.told.iter().map(|told| &*told.body).collect::<Vec<_>>(), bodies);
}
