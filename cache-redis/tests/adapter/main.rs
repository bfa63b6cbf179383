//! What the adapter does with real servers, and with servers and networks that fail.
//!
//! What every second level must do is tested in `conformance`; here stands what only this one meets.
//!
//! | file | what |
//! |---|---|
//! | `bench.rs` | a server of the test's own, and the operations in short |
//! | `operations.rs` | each operation, on each kind of server |
//! | `refusals.rs` | what is not stored, and records that count as missing |
//! | `round_trips.rs` | a thousand questions at once |
//! | `walks.rs` | walks over odd names, among other prefixes |
//! | `foreign.rs`, `memory.rs` | what is not ours under our names; a full server |
//! | `greeting.rs` | passwords, versions, formats, roles: what is settled before a connection is used |
//! | `outages.rs` | servers that go and come back, or hang |
//! | `networks.rs` | networks that swallow, cut and garble |
//! | `bounds.rs` | how long and how often a server is tried, over how many connections; addresses in pieces |
//! | `tls.rs` | encrypted connections |
//! | `probe.rs` | whether a server answers |

mod bench;

mod bounds;
mod foreign;
mod greeting;
mod memory;
mod networks;
mod operations;
mod outages;
mod probe;
mod refusals;
mod round_trips;
#[cfg(feature = "tls")]
mod tls;
mod walks;

/// Makes each behaviour a test for each kind of server: `<behaviour>::redis` and `<behaviour>::valkey`.
#[macro_export]
macro_rules! each_kind {
    ($($behaviour:ident)*) => {$(
        mod $behaviour {
            #[tokio::test]
            async fn redis() {
                super::$behaviour(&$crate::bench::Bench::start(larder_test_support::Kind::Redis)).await;
            }

            #[tokio::test]
            async fn valkey() {
                super::$behaviour(&$crate::bench::Bench::start(larder_test_support::Kind::Valkey)).await;
            }
        }
    )*};
}
