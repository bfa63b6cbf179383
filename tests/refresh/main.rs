//! Values that are loaded anew every so often: that they are, by one node at a time, while somebody reads.
//!
//! | file | what |
//! |---|---|
//! | `alone.rs` | one node, by a clock that is moved by hand |
//! | `together.rs` | two nodes on one server, by the same |
//! | `everywhere.rs` | in memory, on the fake and on real servers, in real time |
//! | `processes.rs` | several processes on one server, of which one is killed |
//! | `world.rs` | the server, the clock, and what is loaded |

#![allow(clippy::unwrap_used, reason = "an error that nobody expects fails its test")]

#[path = "../behavior/support.rs"]
#[allow(dead_code, reason = "shared with the behaviour of the macros, which uses all of it")]
mod support;

#[path = "../values/backend.rs"]
#[allow(dead_code, unused_imports, unused_macros, reason = "shared with the tests of values, which use all of it")]
mod backend;
#[path = "../levels/following.rs"]
mod following;

mod alone;
mod everywhere;
mod processes;
mod together;
mod world;
