//! Floor 3: what nodes agree on beside the entries, kept in this process: where there is no server, and in the fake one.
//!
//! Each operation is one function over the names and their bytes, and does what the script of a real server does, in the same
//! order.
//!
//! | what | file |
//! |---|---|
//! | names, bytes and their ends | `keyspace.rs` |
//! | the time that they end by | `time.rs` |
//! | locks | `locks.rs` |
//! | counters | `counters.rs` |
//! | limits | `limits.rs` |
//! | the thread that background tasks run on | `background.rs` |
//! | all of that behind the ports, for one process | `process.rs` |

pub(crate) mod background;
pub(crate) mod counters;
pub(crate) mod keyspace;
pub(crate) mod limits;
pub(crate) mod locks;
mod process;
pub(crate) mod time;

pub(crate) use process::Ledger;
