//! Asking for a lock, once or until it is there.

use std::sync::Arc;
use std::time::Duration;

use futures_channel::oneshot;

use crate::locks::hold::{Hold, surely};
use crate::locks::place::{Place, new_id};
use crate::locks::room::Room;
use crate::model::clock::Timestamp;
use crate::model::error::{Error, ErrorKind};
use crate::port::Claimed;

/// At the latest after this long who waits asks again, though nobody said that the lock was given back.
const ASKS: Duration = Duration::from_millis(250);
/// After an error.
const AFTER_TROUBLE: Duration = Duration::from_millis(50);

/// A claim that is not granted yet. Dropped, it is given back: the server may have granted it, and the answer been lost.
struct Attempt {
    place: Place,
    id: [u8; 16],
    /// Whether the server may have granted it, though it was not heard.
    is_unsure: bool,
}

impl Attempt {
    fn new(place: Place) -> Result<Self, Error> {
        Ok(Self { place, id: new_id()?, is_unsure: false })
    }

    async fn ask(&mut self, ttl: Duration) -> Result<Answer, Error> {
        // The claim stands from a later moment on than this.
        let sent = self.place.clock.now();
        let claimed = claim(self.place.clone(), self.id, ttl).await;
        self.is_unsure = !matches!(claimed, Ok(Claimed::Held(_)));
        match claimed? {
            Claimed::Held(left) => Ok(Answer::Held(left)),
            Claimed::Granted(token) if self.place.clock.now() < sent.plus(surely(ttl)) => {
                self.is_unsure = false;
                Ok(Answer::Granted(Hold::new(self.place.clone(), self.id, token, sent, ttl)))
            }
            // Asked again it is granted for its whole time again.
            Claimed::Granted(_) => Err(Error::new(ErrorKind::Timeout, "a lock was granted too late: raise its ttl")),
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.is_unsure {
            self.place.free_in_the_background(self.id);
        }
    }
}

/// Asks in a task of its own, so that what nobody waits for any more is given back after the server has answered: on their ways the
/// one could overtake the other, and leave the lock to nobody.
async fn claim(place: Place, id: [u8; 16], ttl: Duration) -> Result<Claimed, Error> {
    let (answers, answer) = oneshot::channel();
    let asks = place.clone();
    place.coordination.spawn(Box::pin(async move {
        let claimed = asks.coordination.claim(asks.claim(id, ttl), asks.budget).await;
        // Where nobody waits it is dropped, here or later in the channel.
        let _ = answers.send(Reply { place: asks, id, claimed: Some(claimed) });
    }));
    let stopped = || Err(Error::new(ErrorKind::Unavailable, "the adapter has stopped"));
    answer.await.ok().and_then(|mut reply| reply.claimed.take()).unwrap_or_else(stopped)
}

/// An answer. Dropped before somebody has taken it, it gives back what may have been granted.
struct Reply {
    place: Place,
    id: [u8; 16],
    claimed: Option<Result<Claimed, Error>>,
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(Ok(Claimed::Granted(_)) | Err(_)) = self.claimed {
            self.place.free_in_the_background(self.id);
        }
    }
}

enum Answer {
    Granted(Hold),
    Held(Duration),
}

/// Asks once.
pub(crate) async fn try_acquire(place: Place, ttl: Duration) -> Result<Hold, Error> {
    match Attempt::new(place)?.ask(ttl).await? {
        Answer::Granted(hold) => Ok(hold),
        Answer::Held(_) => Err(not_acquired()),
    }
}

/// Asks until the lock is granted or the wait is over. What the server is asked last may end one budget later.
pub(crate) async fn acquire(room: &Arc<Room>, place: Place, ttl: Duration, wait: Duration) -> Result<Hold, Error> {
    let clock = place.clock.clone();
    let end = clock.now().plus(wait);
    let waiting = room.enter(&place.name);
    let Some(_turn) = clock.or_until(end, waiting.turn()).await else { return Err(not_acquired()) };
    let mut attempt = Attempt::new(place.clone())?;
    loop {
        let (asks, refused) = match attempt.ask(ttl).await {
            Ok(Answer::Granted(hold)) => return Ok(hold),
            // A claim that ends by itself is told by nobody.
            Ok(Answer::Held(left)) => {
                room.listen(&place);
                (left.min(ASKS), not_acquired())
            }
            Err(error) if passes(&error) => (AFTER_TROUBLE, error),
            Err(error) => return Err(error),
        };
        let now = clock.now();
        if now >= end {
            return Err(refused);
        }
        waiting.freed(&clock, soon(now, asks).min(end)).await;
    }
}

/// After this time and up to a quarter more: those who wait in many processes do not ask all at once.
fn soon(now: Timestamp, time: Duration) -> Timestamp {
    now.plus(time.max(Duration::from_millis(1)).mul_f64(1.0 + fastrand::f64() / 4.0))
}

/// Whether asking again may help.
fn passes(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout)
}

fn not_acquired() -> Error {
    Error::new(ErrorKind::NotAcquired, "another holds the lock: wait longer for it, or go on without")
}
