//! What every second level must do: one test for each behaviour and each server.
//!
//! The fake in the core's `testing` is held to the same as real servers, so that what is tested on it holds for them.
//!
//! | file | what |
//! |---|---|
//! | `bench.rs` | a server with a prefix of the test's own: its store, and its bytes behind the store's back |
//! | `steps.rs` | the operations in short |
//! | `whole.rs` | entries as nodes seal them, for operations that look into them |
//! | `record.rs` | the bytes of control record, tokens, leases and entries, and whether an entry may be served |
//! | the others | the behaviours, by subject |

mod bench;
mod record;
mod steps;
mod whole;

mod alterations;
mod closing;
mod counts;
mod expirations;
mod fills;
mod foreign;
mod full;
mod invalidations;
mod judgements;
mod leases;
mod limits;
mod locks;
mod losses;
mod many;
mod polls;
mod prefixes;
mod reads;
mod renames;
mod renewals;
mod scans;
mod sets;
mod subscriptions;
mod takes;
mod tokens;
mod topics;
mod touches;
mod writes;

/// Makes each behaviour a test for each server: `<behaviour>::fake`, and so on.
///
/// `real` behaviours are none of the fake's, which keeps bytes and nothing else, and never runs out of memory. `own`
/// gives each a server of its own, which costs a start; `fake_and_own` is that and the fake.
#[macro_export]
macro_rules! conformance {
    (@bench) => { $crate::bench::Bench::fake() };
    (@bench $kind:ident $whose:ident) => { $crate::bench::Bench::$whose(larder_test_support::Kind::$kind) };
    (real: $($behaviour:ident)*) => { $($crate::conformance! { @ $behaviour redis Redis real, valkey Valkey real })* };
    (own: $($behaviour:ident)*) => { $($crate::conformance! { @ $behaviour redis Redis own, valkey Valkey own })* };
    (fake_and_own: $($behaviour:ident)*) => {
        $($crate::conformance! { @ $behaviour fake, redis Redis own, valkey Valkey own })*
    };
    ($($behaviour:ident)*) => { $($crate::conformance! {
        @ $behaviour fake, redis Redis real, valkey Valkey real, redis_resp3 Redis third, valkey_resp3 Valkey third
    })* };
    (@ $behaviour:ident $($server:ident $($kind:ident $whose:ident)?),*) => {
        mod $behaviour {$(
            #[tokio::test]
            async fn $server() {
                let bench = $crate::conformance!(@bench $($kind $whose)?);
                super::$behaviour(bench).await;
            }
        )*}
    };
}
