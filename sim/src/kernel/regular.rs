//! Regular files: always ready.

/// Where a file ends at the latest.
const LARGEST: usize = 1 << 24;

/// A regular file with its position.
#[derive(Clone, Debug, Default, Hash, PartialEq, Eq)]
pub(super) struct Regular {
    bytes: Vec<u8>,
    position: usize,
}

impl Regular {
    pub(super) fn read(&mut self, at: Option<u64>, buffer: &mut [u8]) -> usize {
        let from = self.place(at).min(self.bytes.len());
        let count = buffer.len().min(self.bytes.len() - from);
        buffer[..count].copy_from_slice(&self.bytes[from..from + count]);
        self.moved(at, from + count);
        count
    }

    pub(super) fn write(&mut self, at: Option<u64>, buffer: &[u8]) -> usize {
        let from = self.place(at);
        let end = from + buffer.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[from..end].copy_from_slice(buffer);
        self.moved(at, end);
        buffer.len()
    }

    fn place(&self, at: Option<u64>) -> usize {
        at.map_or(self.position, |at| usize::try_from(at).unwrap_or(LARGEST).min(LARGEST))
    }

    fn moved(&mut self, at: Option<u64>, to: usize) {
        if at.is_none() {
            self.position = to;
        }
    }
}
