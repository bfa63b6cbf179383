//! [`Live`]: a connection in use, until it is given up.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cache_core::Error;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::client::{Command, Connection, Failure, Then};
use crate::reply::{self, Reply};
use crate::server_clock::ServerClock;

/// So many commands without an answer, with none answered in between, and the connection is given up: behind a router
/// that drops its packets it would stay silent for a quarter of an hour.
const SILENT: u32 = 3;

/// A connection with the time of its server. Whoever sees it fail says so here; `link.rs` then makes another.
#[derive(Debug)]
pub(crate) struct Live {
    connection: Connection,
    /// The server's address.
    at: String,
    /// How long one operation usually may take.
    budget: Duration,
    clock: ServerClock,
    silent: AtomicU32,
    end: OnceLock<Error>,
    ended: Notify,
}

impl Live {
    pub(crate) fn new(connection: Connection, at: String, budget: Duration) -> Self {
        let (clock, silent) = (ServerClock::new(), AtomicU32::new(0));
        Self { connection, at, budget, clock, silent, end: OnceLock::new(), ended: Notify::new() }
    }

    /// Sends a command, and reads its answer, within the limit. What `decode` cannot read is an error.
    pub(crate) async fn send<T>(
        &self,
        command: &Command,
        limit: Duration,
        decode: impl FnOnce(Reply) -> Option<T>,
    ) -> Result<T, Error> {
        let silence = || Err(Failure::timeout(&self.at));
        let answer = timeout(limit, self.answer(command)).await.unwrap_or_else(|_| silence());
        let decoded = answer.and_then(|reply| decode(reply).ok_or_else(|| Failure::nonsense(&self.at)));
        self.judge(decoded.as_ref().err(), limit);
        decoded.map_err(|failure| failure.error)
    }

    /// The server's time in milliseconds.
    pub(crate) fn server_now(&self) -> u64 {
        self.clock.now()
    }

    /// Asks the server for its time.
    pub(crate) async fn read_clock(&self) -> Result<(), Error> {
        let asked = self.clock.asked();
        let time = self.send(&Command::new("TIME"), self.budget, reply::time).await?;
        self.clock.set(time, asked);
        Ok(())
    }

    /// Waits until the connection is given up, and says why.
    pub(crate) async fn ended(&self) -> Error {
        loop {
            if let Some(error) = self.end.get() {
                return error.clone();
            }
            self.ended.notified().await;
        }
    }

    async fn answer(&self, command: &Command) -> Result<Reply, Failure> {
        let answer = self.connection.send(command).await;
        let unknown = answer.as_ref().is_err_and(|failure| failure.then == Then::SendScript);
        // The server was restarted, or told to forget: nothing of the command was done.
        match unknown.then(|| command.in_full()).flatten() {
            Some(full) => self.connection.send(&full).await,
            None => answer,
        }
    }

    fn judge(&self, failure: Option<&Failure>, limit: Duration) {
        match failure.map(|failure| (failure.then, &failure.error)) {
            None | Some((Then::Keep | Then::SendScript, _)) => self.silent.store(0, Ordering::Relaxed),
            // Somebody in a hurry says little about the server.
            Some((Then::Doubt, _)) if limit < self.budget / 2 => {}
            Some((Then::Doubt, _)) => {
                if self.silent.fetch_add(1, Ordering::Relaxed) + 1 >= SILENT {
                    self.give_up(&Failure::unreachable(&self.at, "no answer").error);
                }
            }
            Some((Then::Replace, error)) => self.give_up(error),
        }
    }

    fn give_up(&self, error: &Error) {
        let _ = self.end.set(error.clone());
        self.ended.notify_one();
    }
}
