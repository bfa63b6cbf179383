//! The servers' protocol, in its second version: commands out, replies in.

use std::io::{self, BufRead};

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// There is none.
    Nil,
    /// A number.
    Int(i64),
    /// A text, simple or in bulk.
    Bytes(Vec<u8>),
    /// Several replies.
    Array(Vec<Value>),
    /// The server refuses, and says why.
    Error(String),
}

impl Value {
    /// The text that the server replied with.
    #[track_caller]
    pub fn text(&self) -> String {
        match self {
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => panic!("the reply is no text: {other:?}"),
        }
    }

    /// The number that the server replied with.
    #[track_caller]
    pub fn int(&self) -> i64 {
        match self {
            Self::Int(number) => *number,
            other => panic!("the reply is no number: {other:?}"),
        }
    }

    /// The replies that the server replied with.
    #[track_caller]
    pub fn array(&self) -> &[Self] {
        match self {
            Self::Array(values) => values,
            other => panic!("the reply is no array: {other:?}"),
        }
    }

    /// Reads one value.
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Self> {
        let line = line(from)?;
        let (kind, rest) = line.split_at_checked(1).ok_or_else(|| wrong(&line))?;
        Ok(match kind {
            "+" => Self::Bytes(rest.as_bytes().to_vec()),
            "-" => Self::Error(rest.to_owned()),
            ":" => Self::Int(rest.parse().map_err(|_| wrong(&line))?),
            "$" | "*" if rest == "-1" => Self::Nil,
            "$" => Self::Bytes(bulk(from, rest.parse().map_err(|_| wrong(&line))?)?),
            "*" => {
                let length: usize = rest.parse().map_err(|_| wrong(&line))?;
                Self::Array((0..length).map(|_| Self::read(from)).collect::<io::Result<_>>()?)
            }
            _ => return Err(wrong(&line)),
        })
    }
}

/// A command as it is sent.
pub(crate) fn command(parts: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", parts.len()).into_bytes();
    for part in parts {
        let part = part.as_ref();
        bytes.extend_from_slice(format!("${}\r\n", part.len()).as_bytes());
        bytes.extend_from_slice(part);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    from.read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let text = String::from_utf8_lossy(&bytes);
    text.strip_suffix("\r\n").map(str::to_owned).ok_or_else(|| wrong(&text))
}

fn bulk(from: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length + 2];
    from.read_exact(&mut bytes)?;
    bytes.truncate(length);
    Ok(bytes)
}

fn wrong(line: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("this is no reply: {line:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_reply_is_read() {
        let mut bytes = &b"*6\r\n+OK\r\n-ERR no\r\n:-7\r\n$4\r\na\r\nb\r\n$-1\r\n*-1\r\n"[..];
        let replies = [
            Value::Bytes(b"OK".to_vec()),
            Value::Error("ERR no".to_owned()),
            Value::Int(-7),
            Value::Bytes(b"a\r\nb".to_vec()),
            Value::Nil,
            Value::Nil,
        ];
        assert_eq!(Value::read(&mut bytes).unwrap(), Value::Array(replies.to_vec()));
    }

    #[test]
    fn what_is_no_reply_is_an_error() {
        for bytes in [&b"HTTP/1.1 400\r\n"[..], b"\r\n", b":seven\r\n", b"+OK"] {
            let error = Value::read(&mut &bytes[..]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
    }

    #[test]
    fn a_reply_that_breaks_off_is_an_error() {
        for bytes in [&b""[..], b"$4\r\nab", b"*2\r\n:1\r\n"] {
            let error = Value::read(&mut &bytes[..]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn a_command_is_an_array_of_its_parts() {
        assert_eq!(command(&["GET", "a b"]), b"*2\r\n$3\r\nGET\r\n$3\r\na b\r\n");
    }
}
