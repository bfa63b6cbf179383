//! Floor 3: a second level in this process, which keeps the bytes that a real server would keep.
//!
//! | what | file |
//! |---|---|
//! | names, bytes and their ends | `keyspace.rs` |
//! | control record and tokens: what every operation reads and writes | `history.rs` |
//! | the operations, each in one step | `operations.rs` |
//! | whether an entry may be served, as the server judges by itself | `judge.rs` |
//! | the operations that go by that | `judged.rs` |
//! | holding an operation before or after it is done | `gate.rs` |
//! | counting operations | `count.rs` |
//! | the channel that invalidations are told on | `channel.rs` |
//! | the server that caches share, and what tests may do to it | `server.rs` |
//! | one cache's way to it: the port | `store.rs` |
//! | the thread that background tasks run on | `background.rs` |

mod background;
mod channel;
mod count;
mod gate;
mod history;
mod judge;
mod judged;
mod keyspace;
mod operations;
mod server;
mod store;

pub use channel::Delivery;
pub use count::Operations;
pub use gate::{Gate, Moment, Op};
pub use server::{FakeRedis, Saved};
