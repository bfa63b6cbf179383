//! [`SessionId`]: the secret that a client shows to have its session.

use std::fmt;

use crate::{Error, ErrorKind};

/// The secret that a client shows to have its session: 256 random bits, as 64 letters and digits that can stand in a
/// cookie or a URL.
///
/// It is compared nowhere and shown nowhere: as a key on the server stands its hash, and `Debug` leaves it out.
///
/// ```
/// use larder::recipes::SessionId;
///
/// let cookie = "6b1b36cbb04b41490bfc0ab2bfa26f86".repeat(2);
/// let id = SessionId::parse(&cookie).expect("64 hexadecimal digits");
/// assert_eq!(id.as_str(), cookie);
/// assert_eq!(format!("{id:?}"), "SessionId(..)");
/// assert!(SessionId::parse("7' OR 1=1").is_none());
/// ```
#[derive(Clone)]
pub struct SessionId(Box<str>);

impl SessionId {
    /// A new one.
    pub(super) fn random() -> Result<Self, Error> {
        let mut secret = [0; 32];
        let none = "the system gives no random numbers, and a session needs some";
        getrandom::fill(&mut secret).map_err(|_| Error::new(ErrorKind::Unavailable, none))?;
        Ok(Self::of(blake3::Hash::from_bytes(secret)))
    }

    /// The id that a client has sent; `None` where it cannot be one. Asks nobody.
    pub fn parse(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text).ok().map(Self::of)
    }

    /// The secret itself, for the client. Log it nowhere.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As text: what holds 32 bytes and writes them as digits is at hand.
    fn of(secret: blake3::Hash) -> Self {
        Self(secret.to_hex().as_str().into())
    }
}

/// Without the secret.
impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}
