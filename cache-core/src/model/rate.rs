//! How many calls may come in which time, and what becomes of one.

use std::time::Duration;

/// How many calls may come in which time, in numbers that are exact wherever they are counted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// So many in a window, which the first of them begins.
    Window {
        /// How many: below 10^15.
        limit: u64,
        /// How long a window is, in milliseconds: below 2^52.
        millis: u64,
    },
    /// So many at once, and one more for each interval that passes: the generic cell rate algorithm.
    Gcra {
        /// How many at once.
        burst: u64,
        /// In nanoseconds. As many as the burst are below 2^52.
        interval: u64,
    },
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// Whether it may go on. Only then it is counted.
    pub is_allowed: bool,
    /// How many more might come at once.
    pub remaining: u64,
    /// How long it is until nothing of what was counted counts any more.
    pub reset_after: Duration,
    /// How long it is until a call that is refused might be allowed; zero where it is.
    pub retry_after: Duration,
}
