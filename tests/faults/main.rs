//! The service with trouble at its second level: it runs as if there were none, and says what is wrong.
//!
//! Each behaviour is two tests: on Redis and on Valkey.

#[path = "../behavior/support.rs"]
#[allow(dead_code, reason = "shared with the behaviour of one level, which uses all of it")]
mod support;

mod bench;
mod log;
mod metronome;
mod node;
mod sync;
mod trouble;

mod absent;
mod bytes;
mod failing;
mod hung;
mod limits;
mod network;
mod refused;
mod runtimes;
mod secrets;
mod undelivered;
mod values;
