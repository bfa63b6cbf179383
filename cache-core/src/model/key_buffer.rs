//! Where keys are built: on the stack, and on the heap beyond what is usual.

use arrayvec::ArrayVec;

/// How many bytes of a key stay on the stack.
const INLINE: usize = 256;

/// The bytes of a key that is being written.
///
/// A plain array would be zeroed on every look-up, and a `SmallVec` moves the tail at every append; both show in the
/// time of a hit.
#[derive(Debug, Default)]
pub(crate) struct KeyBuffer {
    inline: ArrayVec<u8, INLINE>,
    /// Everything, once the array is too small.
    heap: Vec<u8>,
}

impl KeyBuffer {
    #[inline]
    pub(crate) fn new() -> Self {
        Self::default()
    }

    #[allow(clippy::inline_always, reason = "a literal's length and escapes are constants only where they are inlined")]
    #[inline(always)]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.inline.try_extend_from_slice(bytes).is_err() {
            self.spill(bytes);
        }
    }

    #[allow(clippy::inline_always, reason = "as `push`")]
    #[inline(always)]
    pub(crate) fn push_byte(&mut self, byte: u8) {
        if self.inline.try_push(byte).is_err() {
            self.spill(&[byte]);
        }
    }

    /// Continues on the heap. The array is filled up, so that everything from now on comes here.
    #[cold]
    fn spill(&mut self, bytes: &[u8]) {
        if !self.is_spilled() {
            self.heap.extend_from_slice(&self.inline);
            while self.inline.try_push(0).is_ok() {}
        }
        self.heap.extend_from_slice(bytes);
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        if self.is_spilled() { &self.heap } else { &self.inline }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }

    pub(crate) fn insert(&mut self, at: usize, bytes: &[u8]) {
        let tail = self.as_slice()[at..].to_vec();
        self.truncate(at);
        self.push(bytes);
        self.push(&tail);
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        if self.is_spilled() {
            self.heap.truncate(len);
        } else {
            self.inline.truncate(len);
        }
    }

    #[inline]
    fn is_spilled(&self) -> bool {
        // Not `is_empty`: what was spilled may be cut to nothing.
        self.heap.capacity() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in_on_the_stack_and_beyond() {
        let (mut buffer, mut expected) = (KeyBuffer::new(), Vec::new());
        for step in 0..200_u8 {
            let piece = vec![step; usize::from(step % 7)];
            buffer.push(&piece);
            buffer.push_byte(step);
            expected.extend_from_slice(&piece);
            expected.push(step);
            assert_eq!(buffer.as_slice(), expected);
        }
        assert!(buffer.len() > INLINE);
    }

    #[test]
    fn the_middle_and_the_end_can_be_changed_on_the_stack_and_beyond() {
        for length in [10, 255, 256, 257, 1_000] {
            let mut buffer = KeyBuffer::new();
            buffer.push(&vec![b'x'; length]);
            buffer.insert(5, b"__");
            assert_eq!(&buffer.as_slice()[4..8], b"x__x");
            assert_eq!(buffer.len(), length + 2);
            buffer.truncate(7);
            buffer.push(b"end");
            assert_eq!(buffer.as_slice(), b"xxxxx__end");
            buffer.insert(0, b"_");
            buffer.truncate(0);
            assert_eq!(buffer.as_slice(), b"");
        }
    }
}
