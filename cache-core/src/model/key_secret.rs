//! The secret that hashed pieces enter keys with.

use std::fmt;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

/// How many bytes a secret has at least: 256 random bits, or 128 of them as hexadecimal text.
pub(crate) const SHORTEST: usize = 32;
/// What this use of the secret is called, so that the same secret elsewhere makes other hashes.
const CONTEXT: &str = "larder 2026 hashed pieces of cache keys";

/// The secret of a cache.
#[doc(hidden)]
#[derive(Default)]
pub struct KeySecret(Source);

/// Where it comes from.
#[derive(Default)]
enum Source {
    /// The same on every node that was given the same.
    Given(Zeroizing<[u8; 32]>),
    /// Made at random, once for the process: nobody else reads these keys.
    #[default]
    Process,
    /// Nowhere: keys with hashed pieces cannot be written.
    Missing,
}

/// A hash as it stands in keys: 128 bits in hexadecimal digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest([u8; 32]);

/// The secret for keys that no other process reads.
pub(crate) static OF_PROCESS: KeySecret = KeySecret(Source::Process);

/// The secret of a cache; that of the process for what has nothing to do with a cache.
pub(crate) fn or_of_process(secret: Option<&Arc<KeySecret>>) -> &KeySecret {
    secret.map_or(&OF_PROCESS, |secret| secret)
}

impl KeySecret {
    /// A given secret; `None` where it is too short to be one.
    pub(crate) fn given(secret: &[u8]) -> Option<Self> {
        (secret.len() >= SHORTEST).then(|| Self(Source::Given(Zeroizing::new(blake3::derive_key(CONTEXT, secret)))))
    }

    /// None: what other processes read must be hashed with the same secret, and there is no such.
    pub(crate) fn missing() -> Self {
        Self(Source::Missing)
    }

    /// The hash of a piece; `None` without a secret.
    pub(crate) fn digest(&self, clear: &[u8]) -> Option<Digest> {
        let key = match &self.0 {
            Source::Given(key) => &**key,
            Source::Process => of_process()?,
            Source::Missing => return None,
        };
        let mut digits = [0; 32];
        let hash = blake3::keyed_hash(key, clear).to_hex();
        digits.copy_from_slice(&hash.as_bytes()[..32]);
        Some(Digest(digits))
    }

    /// Whether keys with hashed pieces can be written.
    pub(crate) fn is_there(&self) -> bool {
        match &self.0 {
            Source::Given(_) => true,
            Source::Process => of_process().is_some(),
            Source::Missing => false,
        }
    }
}

/// `None` where the system gives no random numbers.
fn of_process() -> Option<&'static [u8; 32]> {
    static SECRET: OnceLock<Option<[u8; 32]>> = OnceLock::new();
    let made = SECRET.get_or_init(|| {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).ok().map(|()| secret)
    });
    made.as_ref()
}

impl Digest {
    pub(crate) fn as_str(&self) -> &str {
        // Hexadecimal digits always are.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Without the secret.
impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Source::Given(_) => "given",
            Source::Process => "random",
            Source::Missing => "none",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(secret: &[u8], clear: &[u8]) -> String {
        let secret = KeySecret::given(secret).expect("it is long enough");
        secret.digest(clear).expect("there is a secret").as_str().to_owned()
    }

    #[test]
    fn a_hash_stays_the_same_from_release_to_release() {
        assert_eq!(digest(&[7; 32], b"ada@example.org"), "45c8ddc189852b06ed4d455388c2b17c");
    }

    #[test]
    fn another_secret_makes_another_hash() {
        assert_ne!(digest(&[7; 32], b"ada@example.org"), digest(&[8; 32], b"ada@example.org"));
        assert_ne!(digest(&[7; 32], b"ada@example.org"), digest(&[7; 33], b"ada@example.org"));
    }

    #[test]
    fn what_is_too_short_is_no_secret() {
        assert!(KeySecret::given(&[7; 31]).is_none());
    }

    #[test]
    fn a_secret_of_the_process_is_one_for_all() {
        let hash = |secret: &KeySecret| secret.digest(b"x").map(|digest| digest.as_str().to_owned());
        assert_eq!(hash(&OF_PROCESS), hash(&KeySecret::default()));
        assert!(hash(&OF_PROCESS).is_some_and(|hash| hash.len() == 32));
        assert!(hash(&KeySecret::missing()).is_none());
    }

    #[test]
    fn nothing_is_shown_of_a_secret() {
        let secret = KeySecret::given(&[7; 32]).expect("it is long enough");
        assert_eq!(format!("{secret:?}"), "given");
    }
}
