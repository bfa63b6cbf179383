//! The test kit, as the tests of a service use it.

mod apart;
mod asserts;
mod evicted;
mod faults;
mod global_scope;
mod holds;
mod page;
mod service;
mod time;
mod users;
