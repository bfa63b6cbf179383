//! What went wrong with the second level: one counter for each kind, and one line in the log, not one for each call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::model::error::{Error, ErrorKind};
use crate::model::stats::Trouble;
use crate::port::Stopwatch;
use crate::wire::envelope::Flaw;

/// How long a kind of trouble is only counted after it has been said.
const QUIET: Duration = Duration::from_secs(10);

/// The kinds, in the order of their counters. An error of any other kind counts as [`ErrorKind::Server`].
const KINDS: [ErrorKind; 9] = [
    ErrorKind::Unavailable,
    ErrorKind::Timeout,
    ErrorKind::Denied,
    ErrorKind::Unsupported,
    ErrorKind::Full,
    ErrorKind::Foreign,
    ErrorKind::Server,
    ErrorKind::TooLarge,
    ErrorKind::Codec,
];

/// Counters, and when each kind was said last.
#[derive(Debug)]
pub(crate) struct Troubles {
    cache: Box<str>,
    kinds: [Said; KINDS.len()],
    corrupt: Said,
    mismatched: Said,
    behind: Said,
}

#[derive(Debug, Default)]
struct Said {
    count: AtomicU64,
    last: Mutex<Option<(Stopwatch, u64)>>,
}

impl Troubles {
    pub(crate) fn new(cache: &str) -> Self {
        let (kinds, corrupt, mismatched, behind) = Default::default();
        Self { cache: cache.into(), kinds, corrupt, mismatched, behind }
    }

    /// A question that failed.
    pub(crate) fn note(&self, error: &Error) {
        let at = KINDS.iter().position(|kind| *kind == error.kind());
        let server = KINDS.iter().position(|kind| *kind == ErrorKind::Server).unwrap_or_default();
        self.say(&self.kinds[at.unwrap_or(server)], &error.to_string());
    }

    /// An entry whose bytes are none, or not ours.
    pub(crate) fn corrupt(&self, what: &str) {
        self.say(
            &self.corrupt,
            &format!("an entry was not used, because {what}; it counts as a miss, and is loaded anew"),
        );
    }

    /// An entry that cannot be read.
    pub(crate) fn flawed(&self, flaw: Flaw) {
        match flaw {
            Flaw::Format => self.mismatched(&flaw.to_string()),
            Flaw::Corrupt => self.corrupt(&flaw.to_string()),
            Flaw::TooLarge => self.note(&Error::new(
                ErrorKind::TooLarge,
                "an entry's value is larger than the limit, or claims to be: it counts as a miss",
            )),
        }
    }

    /// An entry of another build of the program.
    pub(crate) fn mismatched(&self, what: &str) {
        self.say(
            &self.mismatched,
            &format!("an entry was not used, because {what}; it counts as a miss, and is loaded anew"),
        );
    }

    /// Memory that was behind; counted elsewhere.
    pub(crate) fn behind(&self, what: &str) {
        self.say(&self.behind, what);
    }

    fn say(&self, said: &Said, message: &str) {
        let count = said.count.fetch_add(1, Ordering::Relaxed) + 1;
        let mut last = said.last.lock();
        let before = match &*last {
            Some((since, _)) if since.elapsed() < QUIET => return,
            Some((_, before)) => *before,
            None => 0,
        };
        *last = Some((Stopwatch::start(), count));
        drop(last);
        let times = count - before;
        tracing::warn!(cache = &*self.cache, times, "second level: {message}");
    }

    pub(crate) fn read(&self) -> Trouble {
        let count = |kind: ErrorKind| {
            let at = KINDS.iter().position(|known| *known == kind);
            at.map_or(0, |at| self.kinds[at].count.load(Ordering::Relaxed))
        };
        Trouble {
            unavailable: count(ErrorKind::Unavailable),
            timeout: count(ErrorKind::Timeout),
            denied: count(ErrorKind::Denied),
            unsupported: count(ErrorKind::Unsupported),
            full: count(ErrorKind::Full),
            foreign: count(ErrorKind::Foreign),
            server: count(ErrorKind::Server),
            too_large: count(ErrorKind::TooLarge),
            codec: count(ErrorKind::Codec),
            corrupt: self.corrupt.count.load(Ordering::Relaxed),
            mismatched: self.mismatched.count.load(Ordering::Relaxed),
        }
    }
}

/// Whether trouble of this kind passes by itself.
pub(super) fn is_passing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unavailable | ErrorKind::Timeout)
}
