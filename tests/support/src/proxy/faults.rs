//! What is wrong now, and whom it concerns.

use std::sync::{Arc, Weak};

use parking_lot::{Condvar, Mutex};

use crate::proxy::Fault;
use crate::proxy::connection::Connection;

/// The fault of the moment, and the connections that it may hold up.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    /// How often it was set, so that the same fault set again is told from the one before.
    number: u64,
    connections: Vec<Weak<Connection>>,
    over: bool,
}

impl Faults {
    pub(crate) fn set(&self, fault: Option<Fault>) {
        let mut state = self.state.lock();
        state.fault = fault;
        state.number += 1;
        self.changed.notify_all();
    }

    pub(crate) fn cut(&self) {
        let mut state = self.state.lock();
        for connection in state.connections.drain(..).filter_map(|it| it.upgrade()) {
            connection.reset();
        }
        self.changed.notify_all();
    }

    pub(crate) fn end(&self) {
        self.state.lock().over = true;
        self.cut();
    }

    /// Takes a new connection into account; `false` if there is to be none any more.
    pub(crate) fn add(&self, connection: &Arc<Connection>) -> bool {
        let mut state = self.state.lock();
        state.connections.retain(|known| known.strong_count() > 0);
        state.connections.push(Arc::downgrade(connection));
        !state.over
    }

    /// What is wrong now, with its number.
    pub(crate) fn now(&self) -> (Option<Fault>, u64) {
        let state = self.state.lock();
        (state.fault.clone(), state.number)
    }

    /// What is wrong now for a packet of replies, after what holds it up is over.
    pub(crate) fn for_reply(&self, connection: &Connection) -> (Option<Fault>, u64) {
        let mut state = self.state.lock();
        let held = |state: &mut State| holds(state.fault.as_ref(), connection) && !connection.is_cut();
        self.changed.wait_while(&mut state, held);
        if let Some(Fault::Delay(delay)) = state.fault {
            let number = state.number;
            let delayed = |state: &mut State| state.number == number && !connection.is_cut();
            self.changed.wait_while_for(&mut state, delayed, delay);
            // Healed meanwhile or late enough: it arrives, unless what is wrong now forbids it.
            if state.number != number {
                drop(state);
                return self.for_reply(connection);
            }
        }
        (state.fault.clone(), state.number)
    }

    /// Waits until the client may see that the server has hung up.
    pub(crate) fn wait_to_hang_up(&self, connection: &Connection) {
        let mut state = self.state.lock();
        let unseen = |state: &mut State| {
            let silent = matches!(state.fault, Some(Fault::BlackHole | Fault::SwallowReplies))
                || holds(state.fault.as_ref(), connection);
            silent && !connection.is_cut()
        };
        self.changed.wait_while(&mut state, unseen);
    }
}

/// Whether a fault holds up what comes over this connection until it is over.
fn holds(fault: Option<&Fault>, connection: &Connection) -> bool {
    fault == Some(&Fault::Hold) || fault == Some(&Fault::HoldMessages) && connection.subscribes()
}
