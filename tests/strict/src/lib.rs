//! Every argument of every attribute, and every shape of function, in a crate that denies what a strict service denies.
//!
//! Nothing here is called: that it compiles, and that clippy is silent, is the test. `tests/every_argument.rs` sees
//! to it that no argument of the tables in the documentation is missing.
#![deny(warnings, clippy::all, clippy::pedantic, missing_docs, missing_debug_implementations, unreachable_pub, unused)]
#![deny(future_incompatible, let_underscore_drop, redundant_lifetimes, single_use_lifetimes, unused_qualifications)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::shadow_reuse, clippy::shadow_unrelated)]
#![allow(clippy::missing_errors_doc, reason = "it is about what users write, and nobody calls these")]
#![forbid(unsafe_code)]

pub mod batches;
pub mod defaults;
pub mod evicts;
pub mod puts;
pub mod reads;
pub mod shapes;
pub mod traits;
pub mod values;
