//! What is cached: a versioned source that all processes share, a server of its own.
//!
//! It is linearizable: a version is read and raised by one command each.

use std::cell::RefCell;

use fastrand::Rng;
use larder_test_support::{Client, Value};

/// How many keys there are. Most are quiet: their entries stay in memory for so long that it shows when they should not.
pub(crate) const KEYS: u8 = 64;

/// One of a few keys that are written and read all the time, so that calls meet.
pub(crate) fn hot_key(rng: &mut Rng) -> u8 {
    rng.u8(..8) * 8
}

/// The source, as a node sees it. A command takes a fraction of a millisecond, which the asking thread waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    pub(crate) port: u16,
}

thread_local! {
    static CONNECTION: RefCell<Option<Client>> = const { RefCell::new(None) };
}

impl Source {
    pub(crate) fn read(self, key: u8) -> u32 {
        match self.ask(&["GET", &key.to_string()]) {
            Value::Nil => 0,
            version => version.text().parse().expect("it is a number"),
        }
    }

    /// Raises the version, and says what it is now.
    pub(crate) fn write(self, key: u8) -> u32 {
        u32::try_from(self.ask(&["INCR", &key.to_string()]).int()).expect("nobody writes so often")
    }

    fn ask(self, parts: &[&str]) -> Value {
        CONNECTION.with_borrow_mut(|connection| {
            let client = connection.get_or_insert_with(|| Client::connect(self.port).expect("the source is there"));
            client.command(parts).expect("the source answers")
        })
    }
}
