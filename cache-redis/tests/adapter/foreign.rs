//! What is not ours under our names: it has another type.

use cache_core::ErrorKind;
use cache_core::port::{Evict, Filled, Kind, Release};

use crate::bench::{Bench, KEY, LONG, names};
use crate::each_kind;

each_kind! {
    an_entry_of_another_type_is_a_miss_and_gives_way
    a_lease_of_another_type_is_told
    a_token_of_another_type_is_told_and_gives_way_to_an_invalidation
    a_control_record_of_another_type_is_told
}

async fn an_entry_of_another_type_is_a_miss_and_gives_way(bench: &Bench) {
    let entry = "shop:global:users:7";
    bench.server.command(&["LPUSH", entry, "x"]);
    assert_eq!(bench.read(&[]).await.entry, None);
    let lease = bench.lease(&[]).await;
    assert!(!bench.exists(entry));
    bench.server.command(&["LPUSH", entry, "x"]);
    assert!(matches!(bench.fill(&lease, &[]).await, Filled::Stored(_)));
    bench.server.command(&["DEL", entry]);
    bench.server.command(&["LPUSH", entry, "x"]);
    bench.evict(Evict { keys: &names(["global:users:7"]), message: b"", ..Evict::default() }).await;
    assert!(!bench.exists(entry));
}

async fn a_lease_of_another_type_is_told(bench: &Bench) {
    let lease = bench.lease(&[]).await;
    bench.server.command(&["DEL", "shop:#l:global:users:7"]);
    bench.server.command(&["LPUSH", "shop:#l:global:users:7", "x"]);
    let error = bench.try_acquire(Kind::Load, &[], b"").await.expect_err("foreign");
    assert_eq!(error.kind(), ErrorKind::Foreign);
    assert!(!error.to_string().contains("users"), "{error}");
    assert_eq!(bench.try_fill(&lease, &[], None).await.expect_err("foreign").kind(), ErrorKind::Foreign);
    let released = bench.store.release_many(&[Release { key: KEY, id: &lease.id }], LONG).await;
    assert_eq!(released.expect_err("foreign").kind(), ErrorKind::Foreign);
    bench.set(None).await.expect("a write by hand takes its place");
}

async fn a_token_of_another_type_is_told_and_gives_way_to_an_invalidation(bench: &Bench) {
    let tokens = names(["global:#users"]);
    for barrier in [false, true] {
        bench.server.command(&["LPUSH", "shop:#t:global:#users", "x"]);
        assert_eq!(bench.read(&tokens).await.tokens, [None]);
        let error = bench.try_acquire(Kind::Load, &tokens, b"").await.expect_err("foreign");
        assert_eq!(error.kind(), ErrorKind::Foreign);
        let (gone, raised) = if barrier { (&[][..], &tokens[..]) } else { (&tokens[..], &[][..]) };
        bench.evict(Evict { tokens: gone, barriers: raised, message: b"", ..Evict::default() }).await;
        assert!(!bench.exists("shop:#t:global:#users"));
    }
    bench.lease(&tokens).await;
}

async fn a_control_record_of_another_type_is_told(bench: &Bench) {
    let lease = bench.lease(&[]).await;
    bench.server.command(&["DEL", "shop:#c"]);
    bench.server.command(&["LPUSH", "shop:#c", "x"]);
    assert_eq!(bench.read(&[]).await.control, None);
    assert_eq!(bench.store.stamp(LONG).await.expect_err("foreign").kind(), ErrorKind::Foreign);
    assert_eq!(bench.try_fill(&lease, &[], None).await.expect_err("foreign").kind(), ErrorKind::Foreign);
    assert_eq!(bench.set(None).await.expect_err("foreign").kind(), ErrorKind::Foreign);
    let evict = Evict { keys: &names(["global:users:7"]), message: b"", ..Evict::default() };
    assert_eq!(bench.store.evict(evict, LONG).await.expect_err("foreign").kind(), ErrorKind::Foreign);
    bench.server.command(&["DEL", "shop:#c"]);
    bench.store.stamp(LONG).await.expect("it is mended");
}
