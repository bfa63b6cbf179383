//! The second level of Larder over Redis and Valkey: [`Redis`] says where the server is, and a cache opens it.
//!
//! # Layout
//! | module | what |
//! |---|---|
//! | `settings`, `bounds` | the value that users hand to a cache: where the server is, and what may be asked of it |
//! | `tls` | whom encrypted connections trust |
//! | `opened`, `handed` | connections that an application and its cache share |
//! | `probe` | whether a server answers, before anything is built on it |
//! | `store` | the port's operations on entries: a command is built, sent and its reply decoded |
//! | `locks`, `counters`, `limits`, `topics` | those on locks, counters, limits, and what services tell each other |
//! | `names`, `scripts`, `sheet`, `reply` | how keys are named, what the server runs, one `MGET` for many, what is answered |
//! | `runtime` | the thread that drives the connection |
//! | `link`, `live`, `handshake` | the connection: made, used, given up, made again |
//! | `client` | the only module that knows the `redis` crate |

mod bounds;
mod client;
mod counters;
#[cfg(feature = "redis-client")]
mod handed;
mod handshake;
mod limits;
mod link;
mod live;
mod locks;
mod millis;
mod names;
mod opened;
mod probe;
mod random;
mod reply;
mod runtime;
mod scripts;
mod server_clock;
mod server_info;
mod settings;
mod sheet;
mod store;
#[cfg(feature = "tls")]
mod tls;
mod topics;

#[cfg(feature = "redis-client")]
pub use handed::redis_client;
pub use server_info::{ServerKind, ServerVersion};
pub use settings::Redis;
#[cfg(feature = "tls")]
pub use tls::Tls;
