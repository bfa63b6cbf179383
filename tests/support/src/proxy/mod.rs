//! A network between a client and a server, and its faults.

mod connection;
mod faults;

use std::sync::Arc;
use std::time::Duration;

use crate::acceptor::Acceptor;
use faults::Faults;

/// What is wrong with the network; it can be changed at any time, and holds for open connections too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// What the server sends arrives later by this much, packet by packet.
    Delay(Duration),
    /// Nothing arrives, on either side, not even that the other side has hung up. What was sent is lost.
    BlackHole,
    /// The server receives what the client sends; what the server sends is lost, and that it has hung up.
    SwallowReplies,
    /// The server receives what the client sends; what the server sends arrives after the fault is over.
    Hold,
    /// The same for what the server sends over connections that have subscribed: messages, and that it has subscribed them.
    HoldMessages,
    /// What the server sends over connections that have subscribed is lost packet by packet, and those after the fault are
    /// not, as on the way between the nodes of a cluster. No network does that.
    LoseMessages,
    /// Connections that subscribe are reset, and with the next message those that have.
    RefuseMessages,
    /// Each connection is reset after so many bytes from the server, counted from now on; with 0, at the first one.
    CutAfter(usize),
    /// Whatever the server sends, this arrives instead of each packet.
    Garbage(Vec<u8>),
    /// New connections are reset as soon as they are there. A port where nothing listens is a killed server's.
    Refuse,
}

/// Passes everything on between its port and a server's, until it is given a fault.
#[derive(Debug)]
pub struct Proxy {
    // In this order: threads end before what they share.
    faults: Arc<Faults>,
    acceptor: Acceptor,
}

impl Proxy {
    /// Listens, and connects to this port of the machine for each connection.
    pub fn in_front_of(port: u16) -> Self {
        let faults = Arc::new(Faults::default());
        let acceptor = Acceptor::start({
            let faults = Arc::clone(&faults);
            move |client| connection::serve(client, port, &faults)
        });
        Self { faults, acceptor }
    }

    /// The port, on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.acceptor.port()
    }

    /// The address as clients take it, for a server without a password.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port())
    }

    /// From now on this is wrong, and nothing else.
    pub fn set(&self, fault: Fault) {
        self.faults.set(Some(fault));
    }

    /// From now on nothing is wrong.
    pub fn clear(&self) {
        self.faults.set(None);
    }

    /// Resets every connection that is open now.
    pub fn cut(&self) {
        self.faults.cut();
    }

    /// How many connections there were so far, with those that were refused.
    pub fn accepted(&self) -> usize {
        self.acceptor.accepted()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Also frees those that wait for a fault to be over; the acceptor waits for all of them.
        self.faults.end();
    }
}
