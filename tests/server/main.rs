//! A cache's way to its server: encrypted, shared with the application, bounded, and left.
//!
//! | file | what |
//! |---|---|
//! | `bench.rs` | a small service, and who is connected to a server |
//! | `bounds.rs` | a cache that may hold few connections |
//! | `tls.rs` | a cache over encrypted connections |
//! | `shared.rs` | a client and a connection handed in, and one handed out |
//! | `shutdown.rs` | the end of a cache's part, before a server that a test holds in its hands |
//! | `left.rs` | the same before real servers |

mod bench;

mod bounds;
mod left;
#[cfg(feature = "redis-client")]
mod shared;
#[cfg(feature = "testing")]
mod shutdown;
#[cfg(feature = "tls")]
mod tls;
