//! Ports on the loopback interface that nobody else has.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::LazyLock;

use parking_lot::Mutex;

/// Where we look: below the ports that systems give to outgoing connections.
///
/// A server that is killed keeps its number until it is started again. Were the number one of those, another
/// connection could take it meanwhile: even the one that tries to reach the killed server, which then talks to itself.
const RANGE: std::ops::Range<u16> = 10_240..32_768;

/// Listens on a port that this process has not had yet.
pub(crate) fn listen() -> TcpListener {
    static TAKEN: LazyLock<Mutex<HashSet<u16>>> = LazyLock::new(Mutex::default);
    let listener = (0..1000).find_map(|_| {
        let port = any();
        let new = TAKEN.lock().insert(port);
        new.then(|| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()).flatten()
    });
    listener.expect("a thousand ports between 10240 and 32768 were tried, and none was free")
}

/// A port that was free a moment ago.
pub(crate) fn free() -> u16 {
    of(&listen())
}

/// The port of a listener.
pub(crate) fn of(listener: &TcpListener) -> u16 {
    listener.local_addr().expect("a listener has an address").port()
}

/// Any port of the range; another one in every process, for several run at once.
fn any() -> u16 {
    let random = RandomState::new().hash_one(());
    let offset = random % u64::from(RANGE.end - RANGE.start);
    RANGE.start + u16::try_from(offset).expect("it is less than the range is long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice() {
        let ports: HashSet<u16> = (0..100).map(|_| free()).collect();
        assert_eq!(ports.len(), 100);
    }
}
