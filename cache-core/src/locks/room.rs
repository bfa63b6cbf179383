//! [`Room`]: where this process waits for locks.
//!
//! Of all that wait for a lock in one process one asks the server, and the others stand in line behind it. It asks again when it
//! hears that the lock was given back, and now and then by itself, for nobody tells of claims that end and messages are lost.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Mutex as Turns, Notify, OwnedMutexGuard};

use crate::locks::place::Place;
use crate::model::clock::{self, Clock};
use crate::port::Coordination;

/// Between attempts to hear what is given back.
const PAUSE: Duration = Duration::from_millis(500);

/// Everybody who waits for a lock in this process.
#[derive(Debug, Default)]
pub(crate) struct Room(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    /// With how many stand in each.
    lines: HashMap<Arc<[u8]>, (Arc<Line>, usize)>,
    /// Whether a task hears what is given back.
    listens: bool,
}

/// Those who wait for one lock.
#[derive(Debug, Default)]
struct Line {
    turns: Arc<Turns<()>>,
    freed: Notify,
}

/// One who waits. Dropped, it has left.
#[derive(Debug)]
pub(crate) struct Waiting {
    room: Arc<Room>,
    name: Arc<[u8]>,
    line: Arc<Line>,
}

impl Room {
    /// Joins the line for a lock.
    pub(crate) fn enter(self: &Arc<Self>, name: &Arc<[u8]>) -> Waiting {
        let mut inside = self.0.lock();
        let (line, count) = inside.lines.entry(Arc::clone(name)).or_default();
        *count += 1;
        Waiting { room: Arc::clone(self), name: Arc::clone(name), line: Arc::clone(line) }
    }

    /// Hears from now on what is given back, if nobody does yet. Who waits is woken when that has begun.
    pub(crate) fn listen(self: &Arc<Self>, place: &Place) {
        if !std::mem::replace(&mut self.0.lock().listens, true) {
            let (room, coordination) = (Arc::downgrade(self), Arc::downgrade(&place.coordination));
            place.coordination.spawn(Box::pin(listen(room, coordination, place.budget)));
        }
    }

    fn wake(&self, name: &[u8]) {
        if let Some((line, _)) = self.0.lock().lines.get(name) {
            line.freed.notify_one();
        }
    }

    /// Something may have been given back that nobody has heard of.
    fn wake_all(&self) {
        for (line, _) in self.0.lock().lines.values() {
            line.freed.notify_one();
        }
    }

    /// Whether nobody waits; who listens has ended then.
    fn ends(&self) -> bool {
        let mut inside = self.0.lock();
        let is_empty = inside.lines.is_empty();
        inside.listens = !is_empty;
        is_empty
    }
}

impl Waiting {
    /// Waits until nobody of this process is in front. Whoever has the turn asks.
    pub(crate) async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.line.turns).lock_owned().await
    }

    /// Waits until the lock was given back, since this was called the last time, or the moment has come.
    pub(crate) async fn freed(&self, clock: &Clock, moment: clock::Timestamp) {
        clock.or_until(moment, self.line.freed.notified()).await;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut inside = self.room.0.lock();
        if let Some((_, count)) = inside.lines.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                inside.lines.remove(&self.name);
            }
        }
    }
}

/// Hears what is given back, as long as somebody waits or the connection holds.
async fn listen(room: Weak<Room>, coordination: Weak<dyn Coordination>, budget: Duration) {
    loop {
        let Some(asked) = coordination.upgrade() else { return };
        let subscribed = asked.freed(budget).await;
        drop(asked);
        if let Ok(mut freed) = subscribed {
            match room.upgrade() {
                Some(room) => room.wake_all(),
                None => return,
            }
            while let Ok(name) = freed.next().await {
                match room.upgrade() {
                    Some(room) => room.wake(&name),
                    None => return,
                }
            }
        }
        if room.upgrade().is_none_or(|room| room.ends()) {
            return;
        }
        clock::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_line_that_everybody_has_left_is_forgotten() {
        let room = Arc::new(Room::default());
        for name in 0..200_u8 {
            let name: Arc<[u8]> = [name].into();
            let (first, second) = (room.enter(&name), room.enter(&name));
            let other = thread::spawn(move || drop(first));
            drop(second);
            other.join().expect("it drops");
        }
        assert!(room.0.lock().lines.is_empty());
    }
}
