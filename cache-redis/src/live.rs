//! [`Live`]: a connection in use, until it is given up.

use std::collections::VecDeque;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cache_core::Error;
use futures_util::future::join_all;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::client::{Command, Connection, Failure, Then};
use crate::reply::{self, Reply};
use crate::server_clock::ServerClock;

/// A connection with the time of its server. Whoever sees it fail says so here; `link.rs` then makes another.
#[derive(Debug)]
pub(crate) struct Live {
    connection: Connection,
    /// The server's address.
    at: String,
    /// How long one operation usually may take.
    budget: Duration,
    clock: ServerClock,
    /// So many silences in a row end the connection.
    silences: u32,
    silent: AtomicU32,
    end: OnceLock<Error>,
    ended: Notify,
}

impl Live {
    pub(crate) fn new(connection: Connection, at: String, budget: Duration, silences: u32) -> Self {
        let (clock, silent) = (ServerClock::new(), AtomicU32::new(0));
        Self { connection, at, budget, clock, silences, silent, end: OnceLock::new(), ended: Notify::new() }
    }

    /// A handle to the connection for somebody else.
    #[cfg(feature = "redis-client")]
    pub(crate) fn lent(&self, limit: Duration) -> crate::client::Shared {
        self.connection.lent(limit)
    }

    /// Sends commands that travel together, and reads the answer to each, all within the limit. What `decode` cannot read
    /// is an error; it is given the place of the command too.
    pub(crate) async fn send_all<T>(
        &self,
        commands: &[Command],
        limit: Duration,
        mut decode: impl FnMut(usize, Reply) -> Option<T>,
    ) -> Vec<Result<T, Error>> {
        let Ok(answers) = timeout(limit, self.answers(commands)).await else {
            // One silence, however many wait in it.
            let silence = Failure::timeout(&self.at);
            self.judge(Some(&silence), limit);
            return commands.iter().map(|_| Err(silence.error.clone())).collect();
        };
        let answers = answers.into_iter().enumerate().map(|(at, answer)| {
            let decoded = answer.and_then(|reply| decode(at, reply).ok_or_else(|| Failure::nonsense(&self.at)));
            self.judge(decoded.as_ref().err(), limit);
            decoded.map_err(|failure| failure.error)
        });
        answers.collect()
    }

    /// Sends one command, as above.
    pub(crate) async fn send<T>(
        &self,
        command: &Command,
        limit: Duration,
        mut decode: impl FnMut(Reply) -> Option<T>,
    ) -> Result<T, Error> {
        let mut answers = self.send_all(std::slice::from_ref(command), limit, |_, reply| decode(reply)).await;
        answers.pop().unwrap_or_else(|| Err(Failure::nonsense(&self.at).error))
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

    async fn answers(&self, commands: &[Command]) -> Vec<Result<Reply, Failure>> {
        let sent = commands.iter().map(|command| self.connection.send(command));
        let mut answers = join_all(sent).await;
        // The server was restarted, or told to forget: nothing of these was done. The first brings the script.
        let is_unknown = |failure: &Failure| failure.then == Then::SendScript;
        let unknown = (0..answers.len()).filter(|at| answers[*at].as_ref().is_err_and(is_unknown));
        let mut unknown: VecDeque<_> = unknown.collect();
        if let Some((at, full)) = unknown.pop_front().and_then(|at| Some((at, commands[at].in_full()?))) {
            answers[at] = self.connection.send(&full).await;
            let again = unknown.into_iter().map(async |at| (at, self.connection.send(&commands[at]).await));
            for (at, answer) in join_all(again).await {
                answers[at] = answer;
            }
        }
        answers
    }

    fn judge(&self, failure: Option<&Failure>, limit: Duration) {
        match failure.map(|failure| (failure.then, &failure.error)) {
            None | Some((Then::Keep | Then::SendScript, _)) => self.silent.store(0, Ordering::Relaxed),
            // Somebody in a hurry says little about the server.
            Some((Then::Doubt, _)) if limit < self.budget / 2 => {}
            Some((Then::Doubt, _)) => {
                if self.silent.fetch_add(1, Ordering::Relaxed) + 1 >= self.silences {
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
