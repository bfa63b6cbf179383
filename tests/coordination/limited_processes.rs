//! Rate limits that several processes run into at once.

use std::time::Duration;

use larder::{RateLimit, RateLimiter};
use larder_test_support::Kind;

use crate::clock::Moment;
use crate::processes::{Processes, on_both_servers};

const WINDOW: Duration = Duration::from_millis(200);
const LIMIT: u64 = 20;

const BURST: u64 = 5;
/// One call for each of these is paid for by the time.
const INTERVAL: Duration = Duration::from_millis(10);

const TIME: Duration = Duration::from_millis(2_500);

/// A call that went on: the server has decided between these two moments.
#[derive(Debug, Clone, Copy)]
struct Allowed {
    sent: u64,
    answered: u64,
    remaining: u64,
    reset_after: u64,
}

/// Calls as fast as it can, and says which calls went on.
async fn hammer(limiter: RateLimiter) -> String {
    let end = Moment::now().plus(TIME);
    let mut allowed = Vec::new();
    while Moment::now() < end {
        let sent = Moment::now().0;
        let decision = limiter.check("ada").await.expect("the server is there");
        if decision.is_allowed() {
            let answered = Moment::now().0;
            allowed.push(format!("{sent},{answered},{},{}", decision.remaining(), decision.reset_after().as_nanos()));
        }
    }
    allowed.join(" ")
}

fn read(lines: &[String]) -> Vec<Allowed> {
    let one = |text: &str| {
        let numbers: Vec<u64> = text.split(',').map(|number| number.parse().expect("a number")).collect();
        let [sent, answered, remaining, reset_after] = numbers[..] else { panic!("four numbers: {text}") };
        Allowed { sent, answered, remaining, reset_after }
    };
    lines.iter().flat_map(|line| line.split_whitespace()).map(one).collect()
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("it is short")
}

/// The calls of each window, which is told by its end: the moment when the server answered, and what was left then. Calls
/// whose answer took a quarter of a window leave open which one was theirs, and are left out.
fn windows(allowed: &[Allowed]) -> Vec<Vec<Allowed>> {
    let is_clear = |call: &&Allowed| call.answered - call.sent < nanos(WINDOW) / 4;
    let mut clear: Vec<_> = allowed.iter().filter(is_clear).copied().collect();
    // At most a quarter of a window, and the millisecond by which the server's clock goes, before the window's end.
    let end = |call: &Allowed| call.sent + call.reset_after;
    clear.sort_by_key(end);
    let mut windows: Vec<Vec<Allowed>> = Vec::new();
    for call in clear {
        match windows.last_mut() {
            Some(window) if end(&call) < end(&window[0]) + nanos(WINDOW) / 2 => window.push(call),
            _ => windows.push(vec![call]),
        }
    }
    windows
}

on_both_servers! {
    fn no_window_lets_more_calls_through_than_its_limit(processes: Processes) {
        let limit = RateLimit::fixed_window(LIMIT, WINDOW);
        let Some(said) = processes.run(async |cache| hammer(cache.rate_limiter("api", limit)).await) else { return };
        let allowed = read(&said.lines);
        let windows = windows(&allowed);
        for window in &windows {
            let mut remaining: Vec<_> = window.iter().map(|call| call.remaining).collect();
            remaining.sort_unstable();
            remaining.dedup();
            assert_eq!(remaining.len(), window.len(), "two calls have had the same place in a window");
            assert!(window.len() <= usize::try_from(LIMIT).expect("it is small"));
        }
        // However the calls lie in their windows: one window begins where the one before is over.
        let (begin, end) = (allowed.iter().map(|call| call.sent).min(), allowed.iter().map(|call| call.answered).max());
        let time = end.expect("some went on") - begin.expect("some went on");
        let most = time / (nanos(WINDOW) - 1_000_000) + 1;
        assert!(allowed.len() as u64 <= most * LIMIT, "{} calls in {most} windows", allowed.len());
        // Else the run has shown nothing.
        assert!(allowed.len() as u64 >= 5 * LIMIT && windows.len() >= 5, "{} calls went on", allowed.len());
    }

    /// In any time there are at most a burst, and what the time has paid for. The bounds are a call wider: the server's clock
    /// goes by microseconds, and may be a little faster than that of the processes.
    fn no_time_lets_more_calls_through_than_a_burst_and_what_it_pays_for(processes: Processes) {
        let limit = RateLimit::gcra(100, INTERVAL * 100).burst(BURST);
        let Some(said) = processes.run(async |cache| hammer(cache.rate_limiter("api", limit)).await) else { return };
        let mut allowed = read(&said.lines);
        allowed.sort_by_key(|call| call.answered);
        for first in &allowed {
            // Those that were both sent and answered since then: the server has decided about them in between.
            let since = allowed.iter().filter(|call| call.sent >= first.sent);
            for (count, last) in (1..).zip(since) {
                let most = BURST + (last.answered - first.sent) / nanos(INTERVAL) + 1;
                assert!(count <= most, "{count} calls, and at most {most} might go on");
            }
        }
        assert!(allowed.len() >= 100, "{} calls went on, which shows nothing", allowed.len());
    }
}
