//! One connection through the proxy: a thread for each direction.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use crate::proxy::Fault;
use crate::proxy::faults::Faults;

/// How long a server may take to accept, and how often a write that does not go on looks whether it still should.
const PATIENCE: Duration = Duration::from_secs(1);

/// Both ends.
#[derive(Debug)]
pub(crate) struct Connection {
    client: Arc<TcpStream>,
    server: TcpStream,
    cut: AtomicBool,
    /// Whether the client has asked for messages.
    subscribes: AtomicBool,
    /// Whether bytes are missing from what was passed on. No network delivers what comes after a hole, so from then on
    /// nothing is.
    holed: AtomicBool,
}

impl Connection {
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }

    pub(crate) fn subscribes(&self) -> bool {
        self.subscribes.load(Ordering::SeqCst)
    }

    /// Makes both threads end. With the last of them the client's socket is closed, and that is the reset.
    pub(crate) fn reset(&self) {
        reset_on_close(&self.client);
        self.cut.store(true, Ordering::SeqCst);
        // Only this direction: the other would send the end of the stream, which is not what a broken connection does.
        let _ = self.client.shutdown(Shutdown::Read);
        let _ = self.server.shutdown(Shutdown::Both);
    }

    /// Whether bytes are to be lost now, because of the fault or because earlier ones were.
    fn loses(&self, fault: bool) -> bool {
        self.holed.fetch_or(fault, Ordering::SeqCst) || fault
    }

    /// Sends to the client, unless the connection is cut.
    fn reply(&self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() && !self.is_cut() {
            match (&*self.client).write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => return false,
            }
        }
        !self.is_cut()
    }
}

/// Passes everything on until one side hangs up or the connection is cut.
pub(crate) fn serve(client: Arc<TcpStream>, port: u16, faults: &Arc<Faults>) {
    let refused = faults.now().0 == Some(Fault::Refuse);
    let server = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE);
    let (false, Ok(server)) = (refused, server) else {
        return reset_on_close(&client);
    };
    let _ = server.set_nodelay(true);
    let _ = client.set_write_timeout(Some(PATIENCE));
    let connection =
        Arc::new(Connection { client, server, cut: false.into(), subscribes: false.into(), holed: false.into() });
    if !faults.add(&connection) {
        return connection.reset();
    }
    let requests = thread::spawn({
        let (connection, faults) = (Arc::clone(&connection), Arc::clone(faults));
        move || pass_requests(&connection, &faults)
    });
    pass_replies(&connection, faults);
    let _ = requests.join();
}

fn pass_requests(connection: &Connection, faults: &Faults) {
    let mut buffer = vec![0; 64 * 1024];
    while let Some(bytes) = read(&connection.client, &mut buffer) {
        if is_subscription(bytes) {
            connection.subscribes.store(true, Ordering::SeqCst);
            if faults.now().0 == Some(Fault::RefuseMessages) {
                return connection.reset();
            }
        }
        let is_lost = connection.loses(faults.now().0 == Some(Fault::BlackHole));
        if !is_lost && (&connection.server).write_all(bytes).is_err() {
            break;
        }
    }
    // The server may still have something to say.
    let _ = connection.server.shutdown(Shutdown::Write);
}

fn pass_replies(connection: &Connection, faults: &Faults) {
    let mut buffer = vec![0; 64 * 1024];
    let mut passed = Passed::default();
    while let Some(bytes) = read(&connection.server, &mut buffer) {
        let (fault, number) = faults.for_reply(connection);
        let is_lost = connection.loses(matches!(fault, Some(Fault::BlackHole | Fault::SwallowReplies)));
        let goes_on = match fault {
            _ if is_lost => true,
            Some(Fault::BlackHole | Fault::SwallowReplies) => true,
            Some(Fault::Garbage(garbage)) => connection.reply(&garbage),
            Some(Fault::CutAfter(limit)) => {
                let left = limit - passed.under(number);
                let bytes = &bytes[..bytes.len().min(left)];
                passed.bytes += bytes.len();
                connection.reply(bytes) && passed.bytes < limit
            }
            Some(Fault::LoseMessages) if connection.subscribes() => true,
            Some(Fault::RefuseMessages) => !connection.subscribes() && connection.reply(bytes),
            Some(Fault::Delay(_) | Fault::Hold | Fault::HoldMessages | Fault::LoseMessages | Fault::Refuse) | None => {
                connection.reply(bytes)
            }
        };
        if !goes_on {
            return connection.reset();
        }
    }
    faults.wait_to_hang_up(connection);
    if !connection.is_cut() {
        let _ = connection.client.shutdown(Shutdown::Both);
    }
}

/// How much has passed under one fault.
#[derive(Debug, Default)]
struct Passed {
    number: u64,
    bytes: usize,
}

impl Passed {
    /// How much under this one, from nothing if it is another than before.
    fn under(&mut self, number: u64) -> usize {
        if self.number != number {
            *self = Self { number, bytes: 0 };
        }
        self.bytes
    }
}

/// Whether a packet asks for messages. Clients send that alone and in one packet, for nothing else may go before its reply.
fn is_subscription(packet: &[u8]) -> bool {
    let name = b"SUBSCRIBE\r\n";
    packet.windows(name.len()).any(|window| window.eq_ignore_ascii_case(name))
}

/// What has arrived, or nothing after the end.
fn read<'a>(mut from: &TcpStream, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    let length = from.read(buffer).ok().filter(|length| *length > 0)?;
    Some(&buffer[..length])
}

/// Nothing is sent any more when the socket is closed, but that it is.
fn reset_on_close(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
