//! Tests of `reply.rs`: the shapes that are taken, and that any other is refused without harm.

use proptest::prelude::*;

use crate::names::Shards;

use super::*;

const STAMP: Stamp = Stamp { generation: *b"0123456789abcdef", sequence: 7 };

fn text(text: &str) -> Reply {
    Reply::Bytes(text.into())
}

fn list<const N: usize>(list: [Reply; N]) -> Reply {
    Reply::List(list.into())
}

fn generation() -> Reply {
    text("0123456789abcdef")
}

fn names() -> Names {
    Names::new("shop", Shards::ONE, 0).expect("a prefix that can be used")
}

#[test]
fn answers_to_acquire_are_read() {
    let id = [9; 16];
    let granted = acquired(list([text("granted"), generation(), Reply::Int(7)]), id);
    assert_eq!(granted, Some(Acquired::Granted(Lease { id, granted: STAMP })));
    let busy = acquired(list([text("busy"), Reply::Int(1500), text("W")]), id);
    assert_eq!(busy, Some(Acquired::Busy(Duration::from_millis(1500), Kind::Write)));
    assert_eq!(acquired(list([text("changed")]), id), Some(Acquired::Changed));
    assert_eq!(acquired(list([text("changed"), Reply::Nil]), id), None);
    assert_eq!(acquired(list([text("granted"), text("short"), Reply::Int(7)]), id), None);
    assert_eq!(acquired(list([text("granted"), generation(), Reply::Int(-1)]), id), None);
}

#[test]
fn answers_to_fill_set_and_evict_are_read() {
    assert_eq!(filled(list([text("stored"), generation(), Reply::Int(7)])), Some(Filled::Stored(STAMP)));
    let refused = list([text("refused"), generation(), Reply::Int(7), text("tag")]);
    assert_eq!(filled(refused), Some(Filled::Refused(STAMP)));
    assert_eq!(filled(list([text("refused"), generation(), Reply::Int(7)])), None);
    assert_eq!(filled(list([text("present")])), Some(Filled::Present));
    assert_eq!(filled(list([text("present"), generation()])), None);
    let answer = list([generation(), Reply::Int(7), Reply::Int(2), text("10")]);
    assert_eq!(evicted(answer.clone(), 2), Some(Evicted { stamp: STAMP, removed: 2, valid: vec![true, false] }));
    assert_eq!(evicted(answer, 1), None);
    assert_eq!(stamp(list([generation(), Reply::Int(7)])), Some(STAMP));
}

#[test]
fn answers_to_inspect_are_read() {
    let answer = list([Reply::Nil, list([text("k"), Reply::Int(5)]), list([text("l"), Reply::Int(0)])]);
    let entry = |key: &str, left| Some(Inspected { key: key.as_bytes().into(), left });
    let entries = vec![None, entry("k", Some(Duration::from_millis(5))), entry("l", None)];
    assert_eq!(inspected(answer.clone(), 3), Some(entries));
    assert_eq!(inspected(answer, 2), None);
    assert_eq!(inspected(list([list([text("k")])]), 1), None);
}

#[test]
fn answers_to_take_expire_and_rename_are_read() {
    let stamped = |what| list([text(what), generation(), Reply::Int(7)]);
    let bytes = list([text("taken"), generation(), Reply::Int(7), text("entry")]);
    assert_eq!(taken(bytes), Some(Taken::Entry(STAMP, b"entry".to_vec())));
    assert_eq!(taken(list([text("nothing")])), Some(Taken::Nothing));
    assert_eq!(taken(stamped("taken")), None);
    assert_eq!(moved(stamped("earlier")), Some(Moved::Earlier(STAMP)));
    assert_eq!(
        (moved(list([text("later")])), moved(list([text("missing")]))),
        (Some(Moved::Later), Some(Moved::Missing))
    );
    assert_eq!((moved(stamped("later")), moved(list([text("earlier")]))), (None, None));
    assert_eq!(renamed(stamped("done")), Some(Renamed::Done(STAMP)));
    assert_eq!(renamed(list([text("changed")])), Some(Renamed::Changed));
    assert_eq!((renamed(list([text("missing")])), renamed(stamped("missing"))), (Some(Renamed::Missing), None));
}

#[test]
fn a_scan_leaves_out_what_is_no_entry() {
    let found = list([text("shop:global:a:1"), text("shop:#c"), text("other:x"), Reply::Bytes(b"shop:\xff".to_vec())]);
    let scanned = super::scanned(list([text("18446744073709551615"), found]), &names()).expect("a piece");
    assert_eq!(scanned.next, u64::MAX);
    assert_eq!(scanned.keys, [Box::from(&b"global:a:1"[..]), Box::from(&b"\xff"[..])]);
}

#[test]
fn a_time_has_microseconds() {
    assert_eq!(time(list([text("12"), text("345678")])), Some(12_345_678));
    assert_eq!(time(list([text("18446744073709551615"), text("0")])), None);
    assert_eq!(time(list([text("12")])), None);
}

fn any_reply() -> impl Strategy<Value = Reply> {
    let words = prop::sample::select(vec![
        "granted",
        "busy",
        "changed",
        "stored",
        "refused",
        "taken",
        "earlier",
        "done",
        "0123456789abcdef",
        "0",
    ]);
    let leaf = prop_oneof![
        Just(Reply::Nil),
        any::<i64>().prop_map(Reply::Int),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Reply::Bytes),
        words.prop_map(text),
        Just(Reply::Other),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| prop::collection::vec(inner, 0..5).prop_map(Reply::List))
}

proptest! {
    #[test]
    fn any_reply_is_read_without_harm(reply in any_reply()) {
        let _ = crate::sheet::Sheet::new(&names(), &[]).snapshots(reply.clone(), 0);
        let _ = (acquired(reply.clone(), [0; 16]), filled(reply.clone()), evicted(reply.clone(), 0));
        let _ = (inspected(reply.clone(), 1), taken(reply.clone()), moved(reply.clone()), renamed(reply.clone()));
        let _ = (stamp(reply.clone()), super::scanned(reply.clone(), &names()), time(reply));
    }
}
