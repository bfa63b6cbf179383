//! Limits: what was counted in a window, and when a debt is paid off.

use std::time::Duration;

use crate::decisions::limits::{self, Running};
use crate::ledger::keyspace::Keyspace;
use crate::model::rate::{Limited, Rate};
use crate::port::Limit;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
const NANOS_PER_MILLI: u64 = 1_000_000;
/// The longest text of a count, in digits: that of a server's script, which is exact so far.
const DIGITS: usize = 15;

/// The limits among the names that begin with a prefix.
#[derive(Debug)]
pub(crate) struct Limits<'a> {
    pub(crate) keys: &'a mut Keyspace,
    pub(crate) prefix: &'a [u8],
}

impl Limits<'_> {
    /// `now`: since 1970.
    pub(crate) fn limit(&mut self, limit: &Limit<'_>, now: Duration) -> Limited {
        let name = self.name(limit.key);
        match limit.rate {
            Rate::Window { limit: most, millis } => self.in_window(&name, (most, millis), limit.calls),
            Rate::Gcra { burst, interval } => self.by_debt(&name, (burst, interval), limit.calls, now),
        }
    }

    pub(crate) fn unlimit(&mut self, key: &[u8]) -> bool {
        let name = self.name(key);
        self.keys.remove(&name)
    }

    fn in_window(&mut self, name: &[u8], rate: (u64, u64), calls: u64) -> Limited {
        let count = self.keys.bytes(name).and_then(count);
        let running = count.map(|count| Running { count, left: self.keys.left(name).unwrap_or(u64::MAX) });
        let (limited, after) = limits::in_window(rate, running, calls);
        if let Some(Running { count, left }) = after.filter(|_| after != running) {
            self.keys.put(name, count.to_string().into_bytes(), Some(left));
        }
        limited
    }

    fn by_debt(&mut self, name: &[u8], rate: (u64, u64), calls: u64, now: Duration) -> Limited {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let debt = self.keys.bytes(name).and_then(moment).map_or(0, |paid_off| paid_off.saturating_sub(now));
        let (limited, after) = limits::by_debt(rate, debt, calls);
        if after > 0 && after != debt {
            let at = now.saturating_add(after);
            let record = format!("{} {}", at / NANOS_PER_SECOND, at % NANOS_PER_SECOND);
            // The millisecond that runs is told rounded up: a debt that ends in it must outlast it. Longer does no harm.
            let ends = (at.div_ceil(NANOS_PER_MILLI) + 1).saturating_sub(self.keys.now);
            self.keys.put(name, record.into_bytes(), Some(ends));
        }
        limited
    }

    fn name(&self, key: &[u8]) -> Vec<u8> {
        [self.prefix, b":#r:", key].concat()
    }
}

/// How many calls a window has counted; `None` where the record is none of ours.
fn count(record: &[u8]) -> Option<u64> {
    let is_ours = record.len() <= DIGITS && record.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(record).ok().filter(|_| is_ours)?.parse().ok()
}

/// When a debt is paid off, in nanoseconds since 1970; `None` where the record is none of ours.
fn moment(record: &[u8]) -> Option<u64> {
    let (seconds, nanos) = std::str::from_utf8(record).ok()?.split_once(' ')?;
    let is_ours = [seconds, nanos].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let number = |part: &str| part.parse::<u64>().ok().filter(|_| is_ours);
    Some(number(seconds)?.saturating_mul(NANOS_PER_SECOND).saturating_add(number(nanos)?))
}
