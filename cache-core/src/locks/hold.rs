//! [`Hold`]: a lock that is held, until when, and that it is lost.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};

use crate::locks::place::Place;
use crate::locks::renewal;
use crate::model::clock::{Clock, Timestamp};
use crate::model::error::{Error, ErrorKind};

/// By so much and a hundredth of the ttl earlier than the server we take a claim to have ended: clocks drift apart, and ours is
/// behind by up to the kernel's tick.
const MARGIN: Duration = Duration::from_millis(12);

/// A lock that is held. Dropped, it is given back.
#[derive(Debug)]
pub(crate) struct Hold {
    shared: Arc<Shared>,
    token: u64,
    /// Whether nothing is left to be given back.
    is_free: bool,
}

/// What the holder and the renewal share.
#[derive(Debug)]
pub(crate) struct Shared {
    place: Place,
    id: [u8; 16],
    standing: watch::Sender<Standing>,
    /// One extension at a time, so that it is clear how long the last one lasts.
    extends: Mutex<()>,
}

/// How a claim stands.
#[derive(Debug, Clone)]
struct Standing {
    /// Until when it is held for sure.
    until: Timestamp,
    /// Given back, or lost; neither ends.
    is_over: bool,
    /// Given back.
    is_given_back: bool,
    /// When it was last extended or granted, and for how long.
    since: Timestamp,
    ttl: Duration,
    /// Why the last attempt to extend it came to nothing.
    trouble: Option<Error>,
}

impl Standing {
    fn is_held(&self, clock: &Clock) -> bool {
        !self.is_over && clock.now() < self.until
    }
}

impl Hold {
    /// A claim that was granted after `sent`.
    pub(crate) fn new(place: Place, id: [u8; 16], token: u64, sent: Timestamp, ttl: Duration) -> Self {
        let until = sent.plus(surely(ttl));
        let standing = Standing { until, is_over: false, is_given_back: false, since: sent, ttl, trouble: None };
        let shared = Shared { place, id, standing: watch::Sender::new(standing), extends: Mutex::new(()) };
        Self { shared: Arc::new(shared), token, is_free: false }
    }

    /// Has it extended again and again while it is held.
    pub(crate) fn keep(&self) {
        let shared = Arc::clone(&self.shared);
        self.shared.place.coordination.spawn(Box::pin(renewal::renew(shared)));
    }

    pub(crate) fn token(&self) -> u64 {
        self.token
    }

    pub(crate) fn is_held(&self) -> bool {
        self.shared.is_held()
    }

    pub(crate) fn trouble(&self) -> Option<Error> {
        self.shared.standing.borrow().trouble.clone()
    }

    /// Ends when the lock is not held any more.
    pub(crate) fn over(&self) -> impl Future<Output = ()> + Send + use<> + 'static {
        // Without the lock: who waits for its end does not keep it.
        over(self.shared.standing.subscribe(), self.shared.place.clock.clone())
    }

    pub(crate) async fn extend(&self, ttl: Duration) -> Result<(), Error> {
        self.shared.extend(ttl).await
    }

    /// Leaves the claim to end by itself.
    pub(crate) fn leave(mut self) {
        self.shared.end();
        self.is_free = true;
    }

    pub(crate) async fn release(mut self) -> Result<(), Error> {
        let was_held = self.is_held();
        // Whoever waits for its end need not wait for the server.
        self.shared.end();
        let place = &self.shared.place;
        // An answer that is lost, or that nobody waits for: it is sent again where this is dropped.
        let was_held_there = place.coordination.free(place.claim(self.shared.id, Duration::ZERO), place.budget).await?;
        self.is_free = true;
        if was_held && was_held_there { Ok(()) } else { Err(not_held()) }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.is_free {
            return;
        }
        self.shared.end();
        self.shared.place.free_in_the_background(self.shared.id);
    }
}

impl Shared {
    fn is_held(&self) -> bool {
        self.standing.borrow().is_held(&self.place.clock)
    }

    pub(super) fn is_given_back(&self) -> bool {
        self.standing.borrow().is_given_back
    }

    fn end(&self) {
        self.standing.send_modify(|standing| (standing.is_over, standing.is_given_back) = (true, true));
    }

    /// When it was last extended, and for how long.
    pub(super) fn last(&self) -> (Timestamp, Duration) {
        let standing = self.standing.borrow();
        (standing.since, standing.ttl)
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.place.clock
    }

    /// Whether it is over before that moment.
    pub(super) async fn is_over_before(&self, moment: Timestamp) -> bool {
        let ended = over(self.standing.subscribe(), self.place.clock.clone());
        self.place.clock.or_until(moment, ended).await.is_some()
    }

    /// Has the claim stand for this long from now on.
    pub(super) async fn extend(&self, ttl: Duration) -> Result<(), Error> {
        let _alone = self.extends.lock().await;
        if !self.is_held() {
            return Err(not_held());
        }
        let (place, sent) = (&self.place, self.place.clock.now());
        // Of a short ttl no single answer may take so long that there is no time for another.
        let within = place.budget.min(ttl / 4);
        let extended = place.coordination.extend(place.claim(self.id, ttl), within).await;
        let mut is_held = false;
        self.standing.send_modify(|standing| {
            // What was given up in the meantime does not come back: others have been told that it is lost.
            standing.is_over |= !standing.is_held(&place.clock);
            match &extended {
                Ok(true) => {
                    let until = sent.plus(surely(ttl)).max(standing.until);
                    (standing.until, standing.since, standing.ttl, standing.trouble) = (until, sent, ttl, None);
                }
                Ok(false) => standing.is_over = true,
                Err(error) => standing.trouble = Some(error.clone()),
            }
            is_held = !standing.is_over;
        });
        extended?;
        if is_held { Ok(()) } else { Err(not_held()) }
    }
}

/// Ends when the claim does.
async fn over(mut standing: watch::Receiver<Standing>, clock: Clock) {
    loop {
        let (until, is_held) = {
            let now = standing.borrow_and_update();
            (now.until, now.is_held(&clock))
        };
        if !is_held {
            return;
        }
        // An error: nobody is left who could extend it, and the moment comes all the same.
        if let Some(Err(_)) = clock.or_until(until, standing.changed()).await {
            clock.sleep_until(until).await;
        }
    }
}

/// How long a claim stands for sure.
pub(super) fn surely(ttl: Duration) -> Duration {
    ttl.saturating_sub(ttl / 100).saturating_sub(MARGIN)
}

pub(crate) fn not_held() -> Error {
    Error::new(ErrorKind::NotHeld, "the lock is not held any more: what it protects may be somebody else's now")
}
