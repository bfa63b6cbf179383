//! The `redis` crate, wrapped: an address, a command, a connection. Nothing else knows it.

mod address;
mod command;
mod connection;
mod failure;

pub(crate) use address::Address;
pub(crate) use command::{Command, Script};
pub(crate) use connection::Connection;
pub(crate) use failure::{Failure, Then};
