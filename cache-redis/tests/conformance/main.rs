//! What every second level must do: one test for each behaviour and each server.
//!
//! The fake in the core's `testing` is held to the same as real servers, so that what is tested on it holds for them.
//!
//! | file | what |
//! |---|---|
//! | `bench.rs` | a server with a prefix of the test's own: its store, and its bytes behind the store's back |
//! | `steps.rs` | the operations in short |
//! | `record.rs` | the bytes of control record, tokens, leases and entries, and whether an entry may be served |
//! | the others | the behaviours, by subject |

mod bench;
mod record;
mod steps;

mod alterations;
mod fills;
mod invalidations;
mod leases;
mod losses;
mod prefixes;
mod reads;
mod scans;
mod sets;
mod tokens;
mod writes;

/// Makes each behaviour a test for each server: `<behaviour>::fake`, and so on.
#[macro_export]
macro_rules! conformance {
    ($($behaviour:ident)*) => {$(
        mod $behaviour {
            #[tokio::test]
            async fn fake() {
                super::$behaviour($crate::bench::Bench::fake()).await;
            }
        }
    )*};
}
