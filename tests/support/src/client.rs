//! A client that sends raw commands, and waits for their replies.

use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::resp::{Value, command};

/// How long a server may take; a test that meets this has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Longer than a reply takes; what does not come within it does not come by itself.
const A_WHILE: Duration = Duration::from_millis(100);

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

    /// Whether no reply comes within a tenth of a second.
    ///
    /// # Errors
    ///
    /// If the connection breaks.
    pub fn is_silent(&self) -> io::Result<bool> {
        if !self.0.buffer().is_empty() {
            return Ok(false);
        }
        let stream = self.0.get_ref();
        stream.set_read_timeout(Some(A_WHILE))?;
        let arrived = stream.peek(&mut [0]);
        stream.set_read_timeout(Some(PATIENCE))?;
        match arrived {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => Ok(false),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(true),
            Err(error) => Err(error),
        }
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
