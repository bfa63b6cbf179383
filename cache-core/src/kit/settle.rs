//! Waiting until all nodes have heard what happened.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use crate::engine::Engine;
use crate::engine::coherence::follow::ServerIs;
use crate::fake::{FakeRedis, Fault};
use crate::kit::Kit;
use crate::port::Stopwatch;

/// Only what a test holds takes so long.
const LIMIT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(1);

impl Kit {
    /// Waits until every node has heard what the others have invalidated, and knows that what its memory holds is true: on a
    /// real network that takes a message's time, and what a test sees before that depends on who is faster.
    ///
    /// It blocks its thread for some milliseconds; the nodes listen on threads of their own. While the server is
    /// [down](Fault::Down) it waits until all of them have noticed; while it [hangs](Fault::Hung) for nothing. After five seconds
    /// it gives up: then something else holds what the nodes ask, as a gate of the server's does.
    pub fn settle(&self) {
        let Some(server) = &self.server else { return };
        let watch = Stopwatch::start();
        for node in self.probe.nodes() {
            // Twice: what a first answer sets off would come after it.
            let mut times = 0;
            while times < 2 && watch.elapsed() < LIMIT {
                if self.is_settled(server, &node) {
                    times += 1;
                } else {
                    times = 0;
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }

    fn is_settled(&self, server: &FakeRedis, node: &Arc<Engine>) -> bool {
        // One that was shut down hears nothing any more.
        let Some(level) = node.level2.as_ref().filter(|_| node.is_on()) else { return true };
        let server = match server.current_fault() {
            Some(Fault::Hung) => return true,
            Some(Fault::Down) => ServerIs::Gone,
            _ if !level.undelivered.is_empty() => return false,
            _ => ServerIs::At(server.stands(&self.name)),
        };
        let (sender, reply) = mpsc::channel();
        level.standing.ask_settled(server, sender);
        reply.recv_timeout(LIMIT).unwrap_or(false)
    }
}
