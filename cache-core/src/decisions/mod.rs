//! Floor 2: the decisions of the consistency protocol, as pure functions: nothing else decides, and the scripts on the server
//! decide alike. The engine calls them, and so do the model of the protocol and the fake server.
//!
//! | what | file |
//! |---|---|
//! | whether memory may serve, keep or share something | `memory.rs` |
//! | what a message or an answer says about what memory holds | `history.rs` |
//! | whether what the server keeps may be served, and a load be stored there | `records.rs` |
//! | whether a call is within its rate | `limits.rs` |

pub(crate) mod history;
pub(crate) mod limits;
pub(crate) mod memory;
pub(crate) mod records;
