//! Pipes.

use std::collections::VecDeque;

use levelring::kernel::mask;

/// A pipe, in pages as on Linux: whoever waits to write is told when a whole page is free, and a
/// read frees one only when it takes the last byte in it.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub(super) struct Pipe {
    pub(super) reader: Option<u16>,
    pub(super) writer: Option<u16>,
    bytes: VecDeque<u8>,
    /// The bytes left in each page in use.
    pages: VecDeque<u16>,
    /// Where the last page is filled up to.
    filled: u16,
    slots: u16,
    page: u16,
}

impl Pipe {
    /// As large as on Linux.
    pub(super) const fn new() -> Self {
        Self {
            reader: None,
            writer: None,
            bytes: VecDeque::new(),
            pages: VecDeque::new(),
            filled: 0,
            slots: 16,
            page: 4096,
        }
    }

    pub(super) fn resize(&mut self, slots: u16, page: u16) {
        self.slots = slots.max(1);
        self.page = page.max(1);
    }

    pub(super) fn read_level(&self) -> u32 {
        let mut level = 0;
        if !self.bytes.is_empty() {
            level |= mask::IN;
        }
        if self.writer.is_none() {
            level |= mask::HUP;
        }
        level
    }

    pub(super) fn write_level(&self) -> u32 {
        let mut level = 0;
        if !self.is_full() {
            level |= mask::OUT;
        }
        if self.reader.is_none() {
            level |= mask::ERR;
        }
        level
    }

    pub(super) fn is_full(&self) -> bool {
        self.pages.len() >= usize::from(self.slots)
    }

    /// Takes what there is, up to the buffer's length.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> usize {
        let count = buffer.len().min(self.bytes.len());
        for (to, from) in buffer.iter_mut().zip(self.bytes.drain(..count)) {
            *to = from;
        }
        let mut left = count;
        while left > 0 {
            let Some(page) = self.pages.front_mut() else { break };
            let taken = left.min(usize::from(*page));
            *page -= u16::try_from(taken).unwrap_or(*page);
            left -= taken;
            if *page == 0 {
                self.pages.pop_front();
            }
        }
        if self.pages.is_empty() {
            self.filled = 0;
        }
        count
    }

    /// Puts in what fits: what does not fill a page joins the last one if it has room for all of
    /// that, and otherwise begins another.
    pub(super) fn write(&mut self, buffer: &[u8]) -> usize {
        let page = usize::from(self.page);
        let mut written = 0;
        let odd = buffer.len() % page;
        if odd > 0
            && let Some(last) = self.pages.back_mut()
            && usize::from(self.filled) + odd <= page
        {
            let more = u16::try_from(odd).unwrap_or(0);
            *last += more;
            self.filled += more;
            written = odd;
        }
        while written < buffer.len() && !self.is_full() {
            let part = page.min(buffer.len() - written);
            self.filled = u16::try_from(part).unwrap_or(self.page);
            self.pages.push_back(self.filled);
            written += part;
        }
        self.bytes.extend(&buffer[..written]);
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe(slots: u16, page: u16) -> Pipe {
        let mut pipe = Pipe::new();
        pipe.resize(slots, page);
        (pipe.reader, pipe.writer) = (Some(0), Some(1));
        pipe
    }

    #[test]
    fn the_level_follows_the_bytes_and_the_ends() {
        let mut pipe = pipe(1, 2);
        assert_eq!((pipe.read_level(), pipe.write_level()), (0, mask::OUT));
        assert_eq!(pipe.write(b"a"), 1);
        assert_eq!((pipe.read_level(), pipe.write_level()), (mask::IN, 0));
        (pipe.reader, pipe.writer) = (None, None);
        assert_eq!((pipe.read_level(), pipe.write_level()), (mask::IN | mask::HUP, mask::ERR));
        assert_eq!(pipe.read(&mut [0]), 1);
        assert_eq!(
            (pipe.read_level(), pipe.write_level()),
            (mask::HUP, mask::OUT | mask::ERR),
            "end of file is HUP without IN"
        );
    }

    #[test]
    fn a_page_is_free_when_its_last_byte_is_read() {
        let mut pipe = pipe(2, 4);
        assert_eq!(pipe.write(b"abcdefghij"), 8);
        assert_eq!(pipe.write(b"k"), 0);
        let mut three = [0; 3];
        assert_eq!(pipe.read(&mut three), 3);
        assert!(pipe.is_full(), "one byte is left in the first page");
        assert_eq!((pipe.read(&mut three[..1]), three[0]), (1, b'd'));
        assert!(!pipe.is_full());
        assert_eq!(pipe.write(b"xyz"), 3);
        assert_eq!(pipe.write(b"z"), 1, "joins the last page");
        assert_eq!(pipe.write(b"z"), 0);
    }
}
