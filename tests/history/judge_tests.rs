//! The judge finds each rule broken in histories that were made up, and nothing in those that keep them.

use std::time::Duration;

use crate::clock::Moment;
use crate::judge::{Rule, judge};
use crate::record::{Answered, Read, Way, Write};

const HERE: u8 = 1;
const THERE: u8 = 2;
const BOUND: Duration = Duration::from_millis(300);

fn at(millis: u64) -> Moment {
    Moment(millis * 1_000_000)
}

/// A read that takes 10 ms, of a key that another node has written.
fn read(version: u32, answered: Answered, start: u64) -> Read {
    Read { node: THERE, key: 7, version, answered, start: at(start), end: at(start + 10) }
}

/// A write that takes 10 ms, and is delivered at once.
fn write(version: u32, returned: u64) -> Write {
    let (start, returned) = (at(returned - 10), at(returned));
    Write { node: HERE, key: 7, version, way: Way::Key, start, returned, delivered: returned }
}

#[track_caller]
fn assert_found(reads: &[Read], writes: &[Write], expected: &[Rule]) {
    let found: Vec<Rule> = judge(reads, writes, BOUND).violations.iter().map(|violation| violation.rule).collect();
    assert_eq!(found, expected);
}

const STRICT: [Answered; 4] = [Answered::Remote, Answered::Load, Answered::LoadAlone, Answered::Shared];

#[test]
fn what_the_second_level_or_a_load_answers_may_miss_no_write_that_was_delivered_before() {
    for answered in STRICT {
        assert_found(&[read(1, answered, 101)], &[write(2, 100)], &[Rule::G1]);
        assert_found(&[read(2, answered, 101)], &[write(2, 100)], &[]);
    }
}

#[test]
fn a_read_that_began_before_a_write_had_returned_may_miss_it() {
    for answered in Answered::ALL {
        let own = Read { node: HERE, ..read(1, answered, 99) };
        assert_found(&[read(1, answered, 99), own], &[write(2, 100)], &[]);
    }
}

#[test]
fn a_node_may_not_miss_its_own_write_however_the_read_is_answered() {
    for answered in Answered::ALL {
        assert_found(&[Read { node: HERE, ..read(1, answered, 101) }], &[write(2, 100)], &[Rule::G2]);
    }
}

#[test]
fn a_node_may_not_miss_its_own_write_that_the_server_has_not_taken() {
    let undelivered = Write { delivered: Moment::NEVER, ..write(2, 100) };
    let own = Read { node: HERE, ..read(1, Answered::Memory, 101) };
    assert_found(&[own, read(1, Answered::Remote, 101)], &[undelivered], &[Rule::G2]);
}

#[test]
fn memory_may_miss_what_another_node_has_written_for_the_bound_and_no_longer() {
    for answered in [Answered::Memory, Answered::SharedOrMemory] {
        assert_found(&[read(1, answered, 400)], &[write(2, 100)], &[]);
        assert_found(&[read(1, answered, 401)], &[write(2, 100)], &[Rule::G3]);
    }
}

#[test]
fn the_time_counts_from_the_first_write_that_is_missed() {
    let writes = [write(4, 390), write(3, 100), write(2, 250)];
    assert_found(&[read(2, Answered::Memory, 401)], &writes, &[Rule::G3]);
    assert_found(&[read(3, Answered::Memory, 401)], &writes, &[]);
    let verdict = judge(&[read(2, Answered::Memory, 401)], &writes, BOUND);
    assert_eq!((verdict.violations[0].missed, verdict.violations[0].behind), (writes[1], at(301).since(at(0))));
}

/// Two writers overlap, and the later version's eviction has returned first.
#[test]
fn a_version_that_was_never_evicted_is_missed_through_a_later_one() {
    let late = Write { delivered: Moment::NEVER, returned: Moment::NEVER, ..write(2, 100) };
    assert_found(&[read(1, Answered::Remote, 101)], &[late, write(3, 100)], &[Rule::G1]);
    assert_found(&[read(1, Answered::Remote, 101)], &[late], &[]);
}

#[test]
fn other_keys_do_not_matter() {
    assert_found(&[Read { key: 8, ..read(1, Answered::Remote, 500) }], &[write(2, 100)], &[]);
}

#[test]
fn a_shared_load_of_a_node_without_its_server_is_judged_as_if_the_read_had_begun_with_it() {
    let (late, shared) = (read(1, Answered::Shared, 105), &[write(2, 100)]);
    let load = |start| Read { start: at(start), end: at(110), ..read(1, Answered::LoadAlone, 0) };
    assert_found(&[load(95), late], shared, &[]);
    assert_eq!(judge(&[load(95), late], shared, BOUND).excused, 1);
    // The load's own result is stale already, and so is what was shared of it.
    assert_found(&[load(101), late], shared, &[Rule::G1, Rule::G1]);
    for unlike in [
        Read { node: HERE, version: 0, ..load(95) },
        Read { key: 8, ..load(95) },
        Read { answered: Answered::Load, ..load(95) },
        Read { end: at(105), ..load(95) },
    ] {
        assert!(judge(&[unlike, late], shared, BOUND).violations.iter().any(|it| it.rule == Rule::G1), "{unlike:?}");
    }
}

#[test]
fn staleness_is_measured_from_the_delivery_to_the_beginning_of_the_read() {
    let late = Write { delivered: at(150), ..write(2, 100) };
    let reads = [read(1, Answered::Memory, 170), read(1, Answered::Memory, 140), read(2, Answered::Memory, 170)];
    let behind = judge(&reads, &[late], BOUND).behind;
    assert_eq!(behind.iter().map(|it| it.by).collect::<Vec<_>>(), [Duration::from_millis(20)]);
}

#[test]
fn writes_that_return_during_a_load_of_their_key_are_counted() {
    let long = Read { end: at(200), ..read(1, Answered::Load, 50) };
    let loads = [long, read(1, Answered::Load, 60), Read { key: 8, ..long }, read(1, Answered::Memory, 300)];
    let writes = [write(2, 40), write(3, 100), write(4, 199), write(5, 201), write(6, 305)];
    assert_eq!(judge(&loads, &writes, BOUND).overlapping, 2);
}

#[test]
fn hits_in_memory_on_the_nodes_own_puts_are_counted() {
    let put = Write { way: Way::Put, ..write(2, 100) };
    let own = Read { node: HERE, ..read(2, Answered::Memory, 110) };
    let reads =
        [own, Read { answered: Answered::Remote, ..own }, Read { node: THERE, ..own }, Read { version: 1, ..own }];
    assert_eq!(judge(&reads, &[put], BOUND).own_puts, 1);
    assert_eq!(judge(&reads, &[write(2, 100)], BOUND).own_puts, 0);
}

#[test]
fn loads_that_end_after_what_they_bring_is_too_old_are_counted() {
    let loads = [read(1, Answered::Load, 95), read(2, Answered::Load, 95), read(1, Answered::Load, 85)];
    assert_eq!(judge(&loads, &[write(2, 100)], BOUND).late_loads, 1);
}
