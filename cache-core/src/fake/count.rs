//! How often each operation was asked for: the round trips.

use crate::fake::gate::Op;

/// So many of each operation, each of them one round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "each is named after the operation of the port that it counts")]
pub struct Operations {
    pub read: u64,
    pub acquire: u64,
    pub fill: u64,
    pub set: u64,
    pub inspect: u64,
    pub release: u64,
    pub touch: u64,
    pub evict: u64,
    pub take: u64,
    pub expire: u64,
    pub rename: u64,
    pub renew: u64,
    pub scan: u64,
    pub stamp: u64,
}

impl Operations {
    pub(crate) fn add(&mut self, op: Op) {
        let count = match op {
            Op::Read => &mut self.read,
            Op::Acquire => &mut self.acquire,
            Op::Fill => &mut self.fill,
            Op::Set => &mut self.set,
            Op::Inspect => &mut self.inspect,
            Op::Release => &mut self.release,
            Op::Touch => &mut self.touch,
            Op::Evict => &mut self.evict,
            Op::Take => &mut self.take,
            Op::Expire => &mut self.expire,
            Op::Rename => &mut self.rename,
            Op::Renew => &mut self.renew,
            Op::Scan => &mut self.scan,
            Op::Stamp => &mut self.stamp,
            // What a cache does by itself, whether it is called or not.
            Op::Poll | Op::Subscribe => return,
        };
        *count += 1;
    }
}
