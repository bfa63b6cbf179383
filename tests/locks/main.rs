//! Locks: that there is one holder at a time, and that who has lost a lock learns it in time.
//!
//! | file | what |
//! |---|---|
//! | `holding.rs` | one holder at a time, on every backend |
//! | `losing.rs` | renewal, and its end, by a clock that is moved by hand |
//! | `network.rs` | the same on real servers behind a network that fails |
//! | `waiting.rs` | who waits, and what wakes it |
//! | `processes.rs` | several processes on one server, of which some are stopped and killed |
//! | `child.rs` | such a process |

#![allow(clippy::unwrap_used, reason = "an error that nobody expects fails its test")]

#[path = "../behavior/support.rs"]
#[allow(dead_code, reason = "shared with the behaviour of the macros, which uses all of it")]
mod support;

#[path = "../values/backend.rs"]
#[allow(dead_code, reason = "shared with the tests of values, which use all of it")]
mod backend;
#[path = "../levels/following.rs"]
mod following;

mod child;
mod holding;
mod losing;
mod network;
mod processes;
mod waiting;
