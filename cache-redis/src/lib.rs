//! The second level of Larder over Redis and Valkey: [`Redis`] says where the server is, and a cache opens it.
//!
//! # Layout
//! | module | what |
//! |---|---|
//! | `settings` | the value that users hand to a cache |
//! | `store` | the port's operations: a command is built, sent and its reply decoded |
//! | `names`, `scripts`, `sheet`, `reply` | how keys are named, what the server runs, one `MGET` for many, what is answered |
//! | `runtime` | the thread that drives the connection |
//! | `link`, `live`, `handshake` | the connection: made, used, given up, made again |
//! | `client` | the only module that knows the `redis` crate |

mod client;
mod handshake;
mod link;
mod live;
mod millis;
mod names;
mod random;
mod reply;
mod runtime;
mod scripts;
mod server_clock;
mod server_info;
mod settings;
mod sheet;
mod store;

pub use settings::Redis;
