//! A client that sends raw commands, and waits for their replies.

use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::resp::{Value, command};

/// How long a server may take; a test that meets this has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection to a server on this machine.
#[derive(Debug)]
pub struct Client(BufReader<TcpStream>);

impl Client {
    /// Connects to a port.
    ///
    /// # Errors
    ///
    /// If nothing listens there.
    pub fn connect(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// How long to wait for a reply: 5 s, if nothing else is said.
    #[must_use]
    pub fn patience(self, limit: Duration) -> Self {
        self.0.get_ref().set_read_timeout(Some(limit)).expect("a limit is more than nothing");
        self
    }

    /// Sends a command, and waits for its reply.
    ///
    /// # Errors
    ///
    /// If the connection breaks, no reply comes in time, or what comes is none. A refusal is a [`Value::Error`].
    pub fn command(&mut self, parts: &[impl AsRef<[u8]>]) -> io::Result<Value> {
        self.send(parts)?;
        self.receive()
    }

    /// Sends a command.
    ///
    /// # Errors
    ///
    /// If the connection is broken.
    pub fn send(&mut self, parts: &[impl AsRef<[u8]>]) -> io::Result<()> {
        self.0.get_mut().write_all(&command(parts))
    }

    /// Waits for a reply, or for a message that the server sends by itself.
    ///
    /// # Errors
    ///
    /// As with [`command`](Self::command).
    pub fn receive(&mut self) -> io::Result<Value> {
        Value::read(&mut self.0)
    }
}
