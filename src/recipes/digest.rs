//! Secrets as pieces of keys: whoever may look into the server, or into a log, finds what nobody can log in with.

/// What stands for a secret in a key: the same for the same secret, in every process.
pub(super) fn digest(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}
