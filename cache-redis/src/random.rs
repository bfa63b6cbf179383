//! Random bytes from the operating system: a lease or a generation that comes twice would let an old value in.

use std::time::Duration;

use cache_core::{Error, ErrorKind};

/// Sixteen random bytes.
pub(crate) fn bytes() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    let none = "the operating system gives no random bytes, which leases are made of";
    getrandom::fill(&mut bytes).map_err(|_| Error::new(ErrorKind::Unavailable, none))?;
    Ok(bytes)
}

/// Longer than this nobody waits, whatever was said.
const LONGEST: Duration = Duration::from_hours(24);

/// Between half of the time and all of it, so that many nodes do not come back at the same moment.
pub(crate) fn jittered(time: Duration) -> Duration {
    let time = time.min(LONGEST);
    let random = bytes().map_or(u8::MAX, |bytes| bytes[0]);
    time / 2 + time / 2 * u32::from(random) / u32::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_time_there_is_is_one() {
        assert!(jittered(Duration::MAX) <= LONGEST);
    }

    #[test]
    fn no_bytes_come_twice() {
        assert_ne!(bytes().expect("random bytes"), bytes().expect("random bytes"));
    }

    #[test]
    fn a_jittered_time_is_at_least_half_of_it() {
        let time = Duration::from_millis(50);
        for _ in 0..100 {
            assert!((time / 2..=time).contains(&jittered(time)));
        }
    }
}
