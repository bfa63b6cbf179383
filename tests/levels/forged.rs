//! Entries that somebody has forged who can write to the server and knows the format, checksum and all: a counted miss that is
//! overwritten, at the cost of no more memory than a value may have.

use std::time::Duration;

use allocation_counter::measure;
use larder::{Cache, Compression, HasCache, cacheable};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::support::{Loads, within};

const ENTRY: &str = "global:_:page";
/// How many bytes a value may have here.
const LIMIT: usize = 1 << 18;
/// Where the node's own part of an entry begins, and the checksum in front of it ends.
const BODY: usize = 67;
const SUMMED: usize = BODY + 8;

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Loads,
}

impl Node {
    #[cacheable("page")]
    async fn page(&self) -> String {
        self.loads.next();
        "some text, again and again, ".repeat(100)
    }
}

fn node(level: &Level) -> Node {
    let builder = level.builder().value_limit(LIMIT).l1_ttl(Duration::ZERO);
    Node { cache: builder.following(), loads: Loads::default() }
}

/// The entry with other flags and another payload, and the checksum that belongs to them.
fn forged(entry: &[u8], flags: u8, payload: &[u8]) -> Vec<u8> {
    let front = SUMMED + 16 + 2 + 4 + ENTRY.len();
    let mut bytes = [&entry[..front], payload].concat();
    bytes[2] = flags;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[flags]).update(&bytes[SUMMED..]);
    let mut sum = [0; 8];
    hasher.finalize_xof().fill(&mut sum);
    bytes[BODY..SUMMED].copy_from_slice(&sum);
    bytes
}

fn claiming(bytes: usize, packed: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes).expect("it is small").to_be_bytes()[..], packed].concat()
}

/// What lz4 makes of so many zeros; `larder` has written it.
async fn packed(level: &Level, how: Compression, bytes: usize) -> Vec<u8> {
    let cache = level.builder().compression(how).value_limit(1 << 30).following();
    within(cache.set("bomb", "\0".repeat(bytes)).into_future()).await.expect("it is stored");
    let entry = level.bytes("global:_:bomb").expect("it is stored");
    entry[SUMMED + 16 + 2 + 4 + "global:_:bomb".len() + 4..].to_vec()
}

/// How much memory this thread asked for to find nothing, within the time that a test waits. It was loaded anew and overwritten.
async fn is_a_miss(level: &Level, node: &Node, bytes: &[u8], what: &str) -> u64 {
    let (loads, troubles) = (node.loads.count(), troubles(node));
    level.overwrite(ENTRY, bytes);
    let mut asked = 0;
    let mut call = Box::pin(within(node.page()));
    // Each poll by itself, for another thread carries what comes and goes.
    std::future::poll_fn(|context| {
        let mut polled = std::task::Poll::Pending;
        asked += measure(|| polled = call.as_mut().poll(context)).bytes_total;
        polled
    })
    .await;
    assert_eq!((node.loads.count(), troubles + 1), (loads + 1, self::troubles(node)), "{what}");
    within(node.page()).await;
    assert_eq!(node.loads.count(), loads + 1, "{what}: it is overwritten");
    asked
}

fn troubles(node: &Node) -> u64 {
    let trouble = node.cache.stats().trouble;
    trouble.corrupt + trouble.mismatched + trouble.too_large + trouble.codec
}

/// Beside the value itself: what an entry, its load and its test take. JSON and MessagePack are not asked to unpack anything.
const PLENTY: u64 = 3 * LIMIT as u64;

on_every_level! {
    async fn forged_payloads_cost_no_more_than_a_value_and_are_counted_misses(level: Level) {
        let node = node(&level);
        within(node.page()).await;
        let ours = level.bytes(ENTRY).expect("it is stored");
        assert_eq!(ours[2], 0x11);
        let zeros = packed(&level, Compression::lz4(), 16 * LIMIT).await;
        assert!(zeros.len() < LIMIT / 10);
        let whole = &ours[SUMMED + 16 + 2 + 4 + ENTRY.len()..];
        let altered: Vec<u8> = whole.iter().enumerate().map(|(at, byte)| if at == 9 { byte ^ 0xff } else { *byte }).collect();
        let all: [(&str, u8, Vec<u8>); 11] = [
            ("a bomb that says what it is", 0x11, claiming(16 * LIMIT, &zeros)),
            ("a bomb that claims the limit", 0x11, claiming(LIMIT, &zeros)),
            ("a bomb that claims a byte", 0x11, claiming(1, &zeros)),
            ("a claim of 4 GiB", 0x11, [&[0xff; 4][..], b"x"].concat()),
            ("a claim that the bytes cannot keep", 0x11, claiming(LIMIT, b"xxxx")),
            ("no claim", 0x11, b"\0\0".to_vec()),
            ("cut", 0x11, whole[..whole.len() / 2].to_vec()),
            ("altered", 0x11, altered),
            ("a codec with no name", 0x0d, Vec::new()),
            ("a codec that nobody knows", 0x0d, b"\x05gzip2\x01".to_vec()),
            ("JSON without an end", 0x05, b"[".repeat(LIMIT / 4)),
        ];
        for (what, flags, payload) in all {
            let asked = is_a_miss(&level, &node, &forged(&ours, flags, &payload), what).await;
            assert!(asked < PLENTY, "{what}: {asked}");
        }
    }

    async fn a_claim_within_the_limit_that_is_kept_is_a_hit(level: Level) {
        let node = node(&level);
        within(node.page()).await;
        let ours = level.bytes(ENTRY).expect("it is stored");
        level.overwrite(ENTRY, &forged(&ours, 0x19, &claiming(5, b"\x50Hello")));
        assert_eq!((&*within(node.page()).await, node.loads.count()), ("Hello", 1), "so the forgeries above are read at all");
    }
}

#[cfg(feature = "zstd")]
on_every_level! {
    async fn a_bomb_of_zstd_costs_no_more_than_a_value(level: Level) {
        let node = node(&level);
        within(node.page()).await;
        let ours = level.bytes(ENTRY).expect("it is stored");
        let zeros = packed(&level, Compression::zstd(3), 16 * LIMIT).await;
        assert!(zeros.len() < 10_000);
        for (what, payload) in [
            ("a bomb that says what it is", claiming(16 * LIMIT, &zeros)),
            ("a bomb that claims the limit", claiming(LIMIT, &zeros)),
            ("a claim of 4 GiB", [&[0xff; 4][..], b"x"].concat()),
            ("cut", claiming(16 * LIMIT, &zeros[..zeros.len() / 2])),
        ] {
            let asked = is_a_miss(&level, &node, &forged(&ours, 0x21, &payload), what).await;
            assert!(asked < PLENTY, "{what}: {asked}");
        }
    }
}
