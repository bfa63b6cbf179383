//! What keeps memory true while other nodes invalidate: messages, and a poll that finds out when they were lost.
//!
//! | what | file |
//! |---|---|
//! | where the node stands, and what it has heard so far | `standing.rs` |
//! | the task that listens and polls | `follow.rs` |
//! | whether it has noticed how the server of a test is | `follow/settled.rs` |
//! | whether anybody answers, and what memory does if not | `contact.rs` |
//! | a message, in memory | `apply.rs` |
//!
//! What is decided is in `decisions/history.rs`, and whether memory may answer in `decisions/memory.rs`.

mod apply;
mod contact;
pub(crate) mod follow;
#[cfg(test)]
mod model_tests;
pub(crate) mod standing;
