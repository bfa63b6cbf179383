//! Servers that are not what they should be.

use std::io::{BufReader, Write};
use std::net::TcpStream;

use crate::acceptor::Acceptor;
use crate::resp::Value;

/// Answers each command with whatever bytes a test wants.
#[derive(Debug)]
pub struct ScriptedServer(Acceptor);

impl ScriptedServer {
    /// Listens, and answers each command as told; its parts are the argument.
    pub fn start(answer: impl Fn(&[Vec<u8>]) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self(Acceptor::start(move |stream| serve(&stream, &answer)))
    }

    /// The port, on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.0.port()
    }

    /// The address as clients take it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port())
    }

    /// How many connections there were so far.
    pub fn accepted(&self) -> usize {
        self.0.accepted()
    }
}

/// Says that it is of some version, and knows no more than what every client begins with.
#[derive(Debug)]
pub struct OldServer(ScriptedServer);

impl OldServer {
    /// Listens, as a Redis of this version, or as a Valkey that is compatible with it.
    pub fn start(version: &str, valkey: Option<&str>) -> Self {
        let mut info = format!("# Server\r\nredis_version:{version}\r\n");
        if let Some(valkey) = valkey {
            info.push_str("server_name:valkey\r\nvalkey_version:");
            info.push_str(valkey);
            info.push_str("\r\n");
        }
        Self(ScriptedServer::start(move |command| old(command, &info)))
    }

    /// The port, on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.0.port()
    }

    /// The address as clients take it.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// How many connections there were so far.
    pub fn accepted(&self) -> usize {
        self.0.accepted()
    }
}

fn old(command: &[Vec<u8>], info: &str) -> Vec<u8> {
    let word = |at: usize| command.get(at).map(|part| part.to_ascii_uppercase()).unwrap_or_default();
    match (word(0).as_slice(), word(1).as_slice()) {
        (b"PING", b"") => b"+PONG\r\n".to_vec(),
        (b"SELECT", _) | (b"CLIENT", b"SETINFO" | b"SETNAME") => b"+OK\r\n".to_vec(),
        (b"HELLO", _) => b"-NOPROTO sorry, this protocol version is not supported\r\n".to_vec(),
        (b"INFO", _) => format!("${}\r\n{info}\r\n", info.len()).into_bytes(),
        (name, _) => format!("-ERR unknown command `{}`\r\n", String::from_utf8_lossy(name)).into_bytes(),
    }
}

fn serve(mut stream: &TcpStream, answer: &impl Fn(&[Vec<u8>]) -> Vec<u8>) {
    let mut commands = BufReader::new(stream);
    // What is no command ends the connection, as with a real server.
    while let Ok(Value::Array(parts)) = Value::read(&mut commands) {
        let parts = parts.into_iter().map(|part| match part {
            Value::Bytes(bytes) => bytes,
            _ => Vec::new(),
        });
        let parts: Vec<Vec<u8>> = parts.collect();
        if stream.write_all(&answer(&parts)).is_err() {
            break;
        }
    }
}
