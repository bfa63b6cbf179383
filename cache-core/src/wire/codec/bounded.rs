//! Bytes up to a limit, for whatever writes a value.

use std::io::{self, Write};

/// Bytes up to a limit, which their capacity does not pass either.
pub(crate) struct Bounded {
    pub(crate) bytes: Vec<u8>,
    limit: usize,
    /// Whether more was to be written: also where a value's `Serialize` forgets the error.
    pub(crate) is_full: bool,
}

impl Bounded {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, is_full: false }
    }
}

impl Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        let needed = self.bytes.len().saturating_add(more.len());
        if self.is_full || needed > self.limit {
            self.is_full = true;
            return Err(io::ErrorKind::WriteZero.into());
        }
        if needed > self.bytes.capacity() {
            let capacity = needed.max(self.bytes.capacity().saturating_mul(2)).max(64).min(self.limit);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
