//! The `redis` crate, wrapped: an address, a command, a connection. Nothing else knows it.

mod address;
mod command;
mod connection;
#[cfg(feature = "tls")]
mod encryption;
mod failure;
mod subscription;

pub(crate) use redis::RedisConnectionInfo as Identity;
#[cfg(feature = "redis-client")]
pub(crate) use redis::aio::MultiplexedConnection as Shared;

pub(crate) use address::Address;
pub(crate) use command::{Command, Script};
pub(crate) use connection::Connection;
pub(crate) use failure::{Failure, Then};
pub(crate) use subscription::Channel;
