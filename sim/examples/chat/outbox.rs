//! What is to be sent, and what was received, between reads and writes that do only a part.

use std::io::{self, ErrorKind};

use levelring_sim::world::Stream;

/// What a stream has not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pending: Vec<u8>,
    hasty: bool,
}

impl Outbox {
    /// An empty one; a `hasty` one has a bug.
    pub(crate) fn new(hasty: bool) -> Self {
        Self { pending: Vec::new(), hasty }
    }

    /// Whether the stream must be waited for.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Sends a line, after what was kept. Mostly it fits at once; what does not is kept.
    pub(crate) fn send(&mut self, stream: &impl Stream, line: &[u8]) -> io::Result<()> {
        self.flush(stream)?;
        // The bug: that flush took what there was room for, and if something is kept, there is no
        // room for the line either. But there may be, by now: then the line comes before the rest
        // of an earlier one.
        let may_send = self.hasty || self.pending.is_empty();
        let sent = if may_send { unless_blocked(stream.send(line))?.unwrap_or(0) } else { 0 };
        self.pending.extend_from_slice(&line[sent..]);
        Ok(())
    }

    /// The stream has room: sends what was kept.
    pub(crate) fn flush(&mut self, stream: &impl Stream) -> io::Result<()> {
        if self.is_waiting() {
            let sent = unless_blocked(stream.send(&self.pending))?.unwrap_or(0);
            self.pending.drain(..sent);
        }
        Ok(())
    }
}

/// What was received of lines, as far as no line is whole.
#[derive(Debug, Default)]
pub(crate) struct Inbox(Vec<u8>);

impl Inbox {
    /// Receives what is there: the lines that are whole by it, or `None` at the end.
    pub(crate) fn receive(&mut self, stream: &impl Stream) -> io::Result<Option<Vec<String>>> {
        let mut buffer = [0; 256];
        let Some(count) = unless_blocked(stream.receive(&mut buffer))? else {
            return Ok(Some(Vec::new()));
        };
        if count == 0 {
            return Ok(None);
        }
        self.0.extend_from_slice(&buffer[..count]);
        let mut lines = Vec::new();
        while let Some(end) = self.0.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.0.drain(..=end).collect();
            lines.push(String::from_utf8_lossy(&line[..end]).into_owned());
        }
        Ok(Some(lines))
    }
}

fn unless_blocked(answer: io::Result<usize>) -> io::Result<Option<usize>> {
    match answer {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
