//! The servers that the second level works with.

use std::fmt;

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Redis, as the system's package brings it.
    Redis,
    /// Valkey, as `tests/run servers` brings it.
    Valkey,
}

impl Kind {
    /// Every kind, for tests that hold for each.
    pub const ALL: [Self; 2] = [Self::Redis, Self::Valkey];

    /// The name of the program.
    pub(crate) const fn program(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Valkey => "valkey-server",
        }
    }

    /// The environment's variable that names the program.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::Redis => "LARDER_REDIS_SERVER",
            Self::Valkey => "LARDER_VALKEY_SERVER",
        }
    }

    /// The command that brings the program.
    pub(crate) const fn cure(self) -> &'static str {
        match self {
            Self::Redis => "apt-get install -y redis-server",
            Self::Valkey => "tests/run servers",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redis => "Redis",
            Self::Valkey => "Valkey",
        })
    }
}
