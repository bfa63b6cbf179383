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
    pub claim: u64,
    pub extend: u64,
    pub free: u64,
    pub count: u64,
    pub limit: u64,
    pub forget: u64,
    pub publish: u64,
}

impl Operations {
    /// Nothing was asked for.
    pub const NONE: Self = Self {
        read: 0,
        acquire: 0,
        fill: 0,
        set: 0,
        inspect: 0,
        release: 0,
        touch: 0,
        evict: 0,
        take: 0,
        expire: 0,
        rename: 0,
        renew: 0,
        scan: 0,
        stamp: 0,
        claim: 0,
        extend: 0,
        free: 0,
        count: 0,
        limit: 0,
        forget: 0,
        publish: 0,
    };

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
            Op::Claim => &mut self.claim,
            Op::Extend => &mut self.extend,
            Op::Free => &mut self.free,
            Op::Count => &mut self.count,
            Op::Limit => &mut self.limit,
            Op::Forget => &mut self.forget,
            Op::Publish => &mut self.publish,
            // What a cache does by itself, whether it is called or not.
            Op::Poll | Op::Subscribe | Op::Follow | Op::Done => return,
        };
        *count += 1;
    }
}
