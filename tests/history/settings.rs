//! What whoever runs it may choose, by variables of the environment.

use std::env;
use std::time::Duration;

use larder_test_support::Kind;

/// How long it runs, as in `10m`; 12 s where nobody says.
const TIME: &str = "LARDER_HISTORY";
/// What the faults and the nodes draw from; a number of its own for each run where nobody says.
const SEED: &str = "LARDER_HISTORY_SEED";
/// `redis` or `valkey`; Redis where nobody says.
const SERVER: &str = "LARDER_HISTORY_SERVER";

const SHORT: Duration = Duration::from_secs(12);

/// How a history is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) time: Duration,
    pub(crate) seed: u64,
    pub(crate) kind: Kind,
}

impl Settings {
    pub(crate) fn chosen() -> Self {
        let chosen = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
        let time = chosen(TIME).map_or(SHORT, |time| {
            humantime::parse_duration(&time).unwrap_or_else(|error| panic!("{TIME} is a time such as 10m: {error}"))
        });
        let seed = chosen(SEED).map_or_else(
            || fastrand::u64(..1_000_000),
            |seed| seed.parse().unwrap_or_else(|error| panic!("{SEED} is a number: {error}")),
        );
        let kind = match chosen(SERVER).as_deref() {
            None | Some("redis") => Kind::Redis,
            Some("valkey") => Kind::Valkey,
            Some(other) => panic!("{SERVER} is `redis` or `valkey`, not `{other}`"),
        };
        Self { time, seed, kind }
    }
}
