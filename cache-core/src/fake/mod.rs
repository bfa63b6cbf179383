//! Floor 4: a second level in this process, which keeps the bytes that a real server would keep.
//!
//! | what | file |
//! |---|---|
//! | control record and tokens: what every operation reads and writes | `history.rs` |
//! | the operations, each in one step | `operations.rs` |
//! | whether an entry may be served, as the server judges by itself | `judge.rs` |
//! | the operations that go by that | `judged.rs` |
//! | locks, counters, limits | `locks.rs`, `counters.rs`, `limits.rs` |
//! | what services tell each other | `topics.rs` |
//! | holding an operation before or after it is done | `gate.rs` |
//! | what goes wrong on the way | `fault.rs` |
//! | counting operations | `count.rs` |
//! | the channel that invalidations are told on | `channel.rs` |
//! | the server that caches share, and what tests may do to it | `server.rs` |
//! | one cache's way to it: the port | `store.rs` |

mod channel;
mod count;
mod counters;
mod fault;
mod gate;
mod history;
mod judge;
mod judged;
mod limits;
mod locks;
mod operations;
mod server;
mod store;
mod topics;

pub use channel::Delivery;
pub use count::Operations;
pub use fault::Fault;
pub use gate::{Gate, Moment, Op};
pub use server::{FakeRedis, Saved};
