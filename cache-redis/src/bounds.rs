//! [`Bounds`]: how long and how often a server is tried, and over how many connections.

use std::time::Duration;

use cache_core::{Error, ErrorKind};

use crate::settings::Redis;

/// A server on the same network has accepted a connection by then.
const CONNECTING: Duration = Duration::from_millis(300);
/// Pauses between attempts: the first, and from attempt to attempt twice as long until the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// So many commands without an answer, with none answered in between, and the connection is given up: behind a router
/// that drops its packets it would stay silent for a quarter of an hour.
const SILENT: u32 = 3;
/// What a cache holds from its beginning to its end: for calls, for the poll, and for messages.
const CONNECTIONS: usize = 3;

/// How long and how often a server is tried, and over how many connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// How long an attempt to connect may take.
    connecting: Option<Duration>,
    connections: Option<usize>,
    /// So many silences in a row end a connection.
    pub(crate) silences: u32,
    first_pause: Duration,
    longest_pause: Duration,
    after_silence: AfterSilence,
}

/// When a server is tried again that did not answer an attempt to connect in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AfterSilence {
    /// As after every failure.
    Soon,
    Late,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connecting: None,
            connections: None,
            silences: SILENT,
            first_pause: FIRST_PAUSE,
            longest_pause: LONGEST_PAUSE,
            after_silence: AfterSilence::Soon,
        }
    }
}

impl Bounds {
    /// An error where they cannot be kept.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let message = if self.connecting.is_some_and(|limit| limit.is_zero()) {
            "a `connect_timeout` of zero reaches no server: leave it out, or write some hundred milliseconds".to_owned()
        } else if let Some(count) = self.connections.filter(|count| *count < CONNECTIONS) {
            format!(
                "`max_connections({count})` is too few: a cache holds one connection for calls, one to ask where the history \
                 stands and one for what other nodes tell; write {CONNECTIONS} or more"
            )
        } else if self.silences == 0 {
            "a `circuit_breaker` with a threshold of 0 gives every connection up: write 1 or more".to_owned()
        } else if self.longest_pause.is_zero() {
            "a `circuit_breaker` with a timeout of zero never rests: write some hundred milliseconds".to_owned()
        } else if self.first_pause.is_zero() {
            "a `retry_delay` of zero never rests: leave it out, or write some milliseconds".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Config, message))
    }

    /// How long an attempt to connect may take, where one call has this budget.
    pub(crate) fn connecting(&self, budget: Duration) -> Duration {
        self.connecting.unwrap_or_else(|| budget.max(CONNECTING))
    }

    /// How long connecting may take at most where it has to be done within a time that counts for all of it.
    pub(crate) fn connecting_within(&self, within: Duration) -> Duration {
        self.connecting.map_or(within, |limit| within.min(limit))
    }

    /// How many connections there may be beside those that are always there; `None`: as many as are asked for.
    pub(crate) fn spare_connections(&self) -> Option<usize> {
        self.connections.map(|count| count.saturating_sub(CONNECTIONS))
    }

    pub(crate) fn first_pause(&self) -> Duration {
        self.first_pause
    }

    pub(crate) fn longest_pause(&self) -> Duration {
        self.longest_pause.max(self.first_pause)
    }

    /// Whether a server that took so long to say nothing is tried again after the longest pause only.
    pub(crate) fn rests_after(&self, attempt: Duration, budget: Duration) -> bool {
        self.after_silence == AfterSilence::Late && attempt >= self.connecting(budget).min(budget)
    }
}

impl Redis {
    /// How long an attempt to connect may take: finding the host, connecting, encrypting, and giving the password.
    ///
    /// By default as long as one call may wait (`CacheBuilder::budget`), and 300 ms at least. A call waits for the first attempt only,
    /// and never longer than its budget. Zero is an error of the kind [`Config`](ErrorKind::Config) when a cache opens it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_redis::Redis;
    ///
    /// let far_away = Redis::at("redis://cache.example.org").connect_timeout(Duration::from_secs(2));
    /// # let _ = far_away;
    /// ```
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.bounds.connecting = Some(limit);
        self
    }

    /// How many connections one cache may hold at most; without it as many as it has use for.
    ///
    /// There are 3 from the beginning to the end: for calls, which travel together, however many they are; to ask where the history
    /// stands; and for what other nodes tell. One more is there while this process waits for locks, and one for each topic of events
    /// that it follows. Where that would be too many, it goes without: whoever waits for a lock or follows a topic asks the
    /// server by the clock. A broken connection may still be closing when the next one is made.
    ///
    /// Less than 3 is an error of the kind [`Config`](ErrorKind::Config) when a cache opens it.
    ///
    /// ```
    /// use cache_redis::Redis;
    ///
    /// let redis = Redis::at("redis://localhost").max_connections(4);
    /// # let _ = redis;
    /// ```
    #[must_use]
    pub fn max_connections(mut self, count: usize) -> Self {
        self.bounds.connections = Some(count);
        self
    }

    /// When calls stop waiting for a server that does not answer, and how often it is tried again.
    ///
    /// After `threshold` commands in a row that were not answered in time the connection is given up, and from then on calls fail at
    /// once and go on without the second level; 3 by default. Meanwhile the server is tried again, after a
    /// [first pause](Self::retry_delay) and then after pauses that grow to `timeout`; 500 ms by default. The first attempt that succeeds lets
    /// calls through again, so `timeout` is how long a server that is back stays unused at most. A connection that breaks is noticed
    /// without waiting for silences.
    ///
    /// Zero of either is an error of the kind [`Config`](ErrorKind::Config) when a cache opens it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_redis::Redis;
    ///
    /// let redis = Redis::at("redis://localhost").circuit_breaker(5, Duration::from_secs(2));
    /// # let _ = redis;
    /// ```
    #[must_use]
    pub fn circuit_breaker(mut self, threshold: u32, timeout: Duration) -> Self {
        (self.bounds.silences, self.bounds.longest_pause) = (threshold, timeout);
        self
    }

    /// How long to wait before a server that could not be reached is tried for the second time; 50 ms by default.
    ///
    /// Each further pause is twice as long, up to the timeout of the [`circuit_breaker`](Self::circuit_breaker); where that is
    /// shorter, all pauses are as long as this. They vary a little by chance, so that the nodes do not come all at once. A server that
    /// refuses us is tried after the longest pause only. Zero is an error of the kind [`Config`](ErrorKind::Config) when a cache opens it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_redis::Redis;
    ///
    /// let redis = Redis::at("redis://localhost").retry_delay(Duration::from_millis(200));
    /// # let _ = redis;
    /// ```
    #[must_use]
    pub fn retry_delay(mut self, first: Duration) -> Self {
        self.bounds.first_pause = first;
        self
    }

    /// Lets a server that did not answer an attempt to connect in time rest for the timeout of the
    /// [`circuit_breaker`](Self::circuit_breaker), as one that refuses us; by default it is tried again as after every failure,
    /// soon at first. One that cannot be reached at all, for nobody listens, is tried soon with either.
    ///
    /// A call is never sent again for having had no answer: the connection is the same for all of them, and a server that
    /// answers late answers the first one first. An invalidation is kept until it is delivered, whatever this says.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_redis::Redis;
    ///
    /// let redis = Redis::at("redis://localhost").circuit_breaker(3, Duration::from_secs(10)).without_retry_on_timeout();
    /// # let _ = redis;
    /// ```
    #[must_use]
    pub fn without_retry_on_timeout(mut self) -> Self {
        self.bounds.after_silence = AfterSilence::Late;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_kept_is_refused_with_what_to_write() {
        let redis = || Redis::at("redis://localhost");
        let second = Duration::from_secs(1);
        let cases = [
            (redis().connect_timeout(Duration::ZERO), "some hundred milliseconds"),
            (redis().max_connections(2), "write 3 or more"),
            (
                redis().max_connections(0),
                "one connection for calls, one to ask where the history stands and one for what",
            ),
            (redis().circuit_breaker(0, second), "write 1 or more"),
            (redis().circuit_breaker(1, Duration::ZERO), "some hundred milliseconds"),
            (redis().retry_delay(Duration::ZERO), "some milliseconds"),
        ];
        for (redis, cure) in cases {
            let error = redis.checked().expect_err(cure);
            assert!(error.is_config() && error.to_string().contains(cure), "{error}");
        }
        let least = redis().connect_timeout(second).max_connections(3).circuit_breaker(1, second).retry_delay(second);
        least.checked().expect("these can be kept");
    }

    #[test]
    fn the_longest_pause_is_no_shorter_than_the_first() {
        let bounds = Redis::at("redis://localhost").retry_delay(Duration::from_secs(2)).bounds;
        assert_eq!(bounds.longest_pause(), Duration::from_secs(2));
        assert_eq!(Bounds::default().longest_pause(), LONGEST_PAUSE);
    }
}
