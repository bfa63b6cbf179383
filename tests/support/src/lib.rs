//! Real servers, faults of the network and wrong servers, for tests of the second level.
//!
//! | file | what |
//! |---|---|
//! | `server.rs` | [`Server`]: a Redis or Valkey of the test's own, which can be killed, restarted and stopped |
//! | `options.rs` | [`Options`]: password, memory, a Unix socket, encryption, any other setting |
//! | `certificates.rs` | [`Authority`]: certificates, good and bad |
//! | `kind.rs`, `binary.rs` | which server, and where its program is |
//! | `process.rs` | the server's process, which never outlives the test's |
//! | `folder.rs`, `port.rs` | a folder and a port that nobody else has |
//! | `proxy/` | [`Proxy`]: a network in front of a server, and its [`Fault`]s |
//! | `scripted.rs` | [`OldServer`] and [`ScriptedServer`]: servers that are not what they should be |
//! | `acceptor.rs` | what listens for both |
//! | `client.rs`, `resp.rs` | [`Client`]: raw commands and their [`Value`]s |
//!
//! Nothing is skipped: a test that cannot have its server fails, and says how to get it.

#![allow(clippy::missing_panics_doc, reason = "a test that cannot go on has failed, and panics wherever it is")]

mod acceptor;
mod binary;
mod certificates;
mod client;
mod folder;
mod kind;
mod options;
mod port;
mod process;
mod proxy;
mod resp;
mod scripted;
mod server;

pub use certificates::{Authority, Certificate};
pub use client::Client;
pub use kind::Kind;
pub use options::Options;
pub use proxy::{Fault, Proxy};
pub use resp::Value;
pub use scripted::{OldServer, ScriptedServer};
pub use server::Server;
