//! [`Link`]: the way to the server, made anew whenever it breaks.
//!
//! The `redis` crate has a connection manager that reconnects too, and it is not used: it reconnects without our
//! handshake, so that another server with another format would be taken for the old one; its waits are not bounded by
//! the budget of a call (nine seconds by default for each call while a server is down); and it replaces neither a
//! connection that has gone silent nor one to a server that has become a replica.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cache_core::port::Stopwatch;
use cache_core::{Error, ErrorKind};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::bounds::Bounds;
use crate::client::{Address, Connection};
use crate::handshake::Handshake;
use crate::live::Live;
use crate::random::jittered;

/// A connection that has held so long counts as a success: the next pause is the first again.
const STEADY: Duration = Duration::from_secs(1);
/// How long a reason is not said again.
const QUIET: Duration = Duration::from_mins(1);
/// How often the server is asked for its time. This is also how a connection that nobody uses is seen to be broken.
const CLOCK: Duration = Duration::from_secs(1);

/// The way to the server, as calls see it.
#[derive(Clone)]
pub(crate) struct Link {
    state: watch::Receiver<State>,
    at: Arc<str>,
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Calls,
    /// The poll, which must not wait behind calls. What goes wrong with it goes wrong with the calls too, and is said there.
    Poll,
}

#[derive(Clone)]
enum State {
    /// Nothing is known yet: a call may wait.
    Connecting,
    Up(Arc<Live>),
    /// A call fails at once, for the last reason.
    Down(Error),
}

impl Link {
    /// A link, and the task that keeps it up for as long as it runs. It begins with a connection that is there, where one is given.
    pub(crate) fn new(
        address: Address,
        first: Option<Connection>,
        bounds: Bounds,
        handshake: Handshake,
        purpose: Purpose,
    ) -> (Self, impl Future<Output = ()>) {
        let (sender, state) = watch::channel(State::Connecting);
        let at = Arc::from(address.to_string());
        (Self { state, at }, Keeper { address, first, bounds, handshake, purpose, state: sender }.keep())
    }

    /// The connection. Waits for the first attempt to connect, at most for `limit`; later a connection is there or not.
    pub(crate) async fn live(&self, limit: Duration) -> Result<Arc<Live>, Error> {
        let mut state = self.state.clone();
        let known = state.wait_for(|state| !matches!(state, State::Connecting));
        match timeout(limit, known).await {
            Ok(Ok(state)) => match &*state {
                State::Up(live) => Ok(Arc::clone(live)),
                State::Down(error) => Err(error.clone()),
                State::Connecting => Err(self.connecting()),
            },
            Ok(Err(_)) => Err(shut_down()),
            Err(_) => Err(self.connecting()),
        }
    }

    fn connecting(&self) -> Error {
        Error::new(ErrorKind::Timeout, format!("still connecting to Redis at {}: wait until it answers", self.at))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Link").field(&self.at).finish()
    }
}

/// What keeps a link up.
struct Keeper {
    address: Address,
    /// What is used before any is made.
    first: Option<Connection>,
    bounds: Bounds,
    handshake: Handshake,
    purpose: Purpose,
    state: watch::Sender<State>,
}

/// The thread ends: whoever still has the link holds no connection by it.
impl Drop for Keeper {
    fn drop(&mut self) {
        self.state.send_replace(State::Down(shut_down()));
    }
}

fn shut_down() -> Error {
    Error::new(ErrorKind::Unavailable, "the second level has been shut down")
}

impl Keeper {
    async fn keep(mut self) {
        let (first, longest) = (self.bounds.first_pause(), self.bounds.longest_pause());
        let mut pause = first;
        let mut told: HashMap<String, Stopwatch> = HashMap::new();
        loop {
            let attempt = Stopwatch::start();
            let mut rests = false;
            let error = match self.connect().await {
                Ok(live) => {
                    let held = Stopwatch::start();
                    let error = self.attend(&live).await;
                    if held.elapsed() >= STEADY {
                        pause = first;
                    }
                    error
                }
                Err(error) => {
                    rests = self.bounds.rests_after(attempt.elapsed(), self.handshake.limit);
                    error
                }
            };
            // Each attempt fails for the same reason, which is worth one line; so is a connection that comes and goes.
            let is_new = || told.get(&error.to_string()).is_none_or(|said| said.elapsed() >= QUIET);
            if self.purpose == Purpose::Calls && is_new() {
                tracing::warn!(at = %self.address, "the second level is not used: {error}");
                told.insert(error.to_string(), Stopwatch::start());
            }
            rests |= is_refusal(error.kind());
            self.state.send_replace(State::Down(error));
            sleep(jittered(if rests { longest } else { pause })).await;
            pause = longest.min(pause.saturating_mul(2));
        }
    }

    async fn connect(&mut self) -> Result<Arc<Live>, Error> {
        let budget = self.handshake.limit;
        let limit = self.bounds.connecting(budget);
        let connection = match self.first.take() {
            Some(connection) => connection,
            None => Connection::open(&self.address, limit).await.map_err(|failure| failure.error)?,
        };
        let live = Arc::new(Live::new(connection, self.address.to_string(), budget, self.bounds.silences));
        let server = self.handshake.shake(&live).await?;
        if self.purpose == Purpose::Calls {
            tracing::info!(at = %self.address, %server, "the second level is connected");
        }
        Ok(live)
    }

    /// Lets calls use the connection until it is given up, and says why.
    async fn attend(&self, live: &Arc<Live>) -> Error {
        self.state.send_replace(State::Up(Arc::clone(live)));
        tokio::select! {
            error = live.ended() => error,
            never = read_clock(live), if self.purpose == Purpose::Calls => match never {},
        }
    }
}

async fn read_clock(live: &Live) -> Infallible {
    loop {
        sleep(CLOCK).await;
        // A failure is the connection's and ends it, or it passes: the clock runs on.
        let _ = live.read_clock().await;
    }
}

/// Whether the server has refused us, which time alone does not change.
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Config | ErrorKind::Denied | ErrorKind::Foreign | ErrorKind::Unsupported)
}
