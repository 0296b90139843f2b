//! A run as text: a seed, or what was drawn in it.

use core::fmt;
use core::str::FromStr;

use crate::{Choices, Entropy, Random};

/// What makes a run again; a fuzzer's bytes make one as well.
///
/// As text, a seed is its number, and bytes are hexadecimal behind an `x`, in which `.n.` stands
/// for n zeros. Zeros at the end need not be written: what has run dry is ordinary.
///
/// ```
/// use levelring_sim::world::Recording;
/// let bytes = Recording::Bytes(vec![7, 0, 0, 0, 255, 0]);
/// assert_eq!(bytes.to_string(), "x07.3.ff");
/// assert_eq!("x07.3.ff".parse(), Ok(Recording::Bytes(vec![7, 0, 0, 0, 255])));
/// assert_eq!("42".parse(), Ok(Recording::Seed(42)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recording {
    /// Choices at random, the same for the same seed.
    Seed(u64),
    /// These choices, and ordinary ones from then on.
    Bytes(Vec<u8>),
}

impl Recording {
    pub(super) fn choices(&self) -> Box<dyn Choices> {
        match self {
            // Neighbouring seeds are to have nothing in common.
            Self::Seed(seed) => {
                let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                for _ in 0..4 {
                    random.draw();
                }
                Box::new(random)
            }
            Self::Bytes(bytes) => Box::new(Entropy::new(bytes.clone())),
        }
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = match self {
            Self::Seed(seed) => return write!(f, "{seed}"),
            Self::Bytes(bytes) => bytes,
        };
        f.write_str("x")?;
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let mut at = 0;
        while at < end {
            let zeros = bytes[at..end].iter().take_while(|byte| **byte == 0).count();
            if zeros > 1 {
                write!(f, ".{zeros}.")?;
                at += zeros;
            } else {
                write!(f, "{:02x}", bytes[at])?;
                at += 1;
            }
        }
        Ok(())
    }
}

/// A text that is no recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadRecording;

impl fmt::Display for BadRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a recording is a number, or x and hexadecimal digits with .n. for n zeros")
    }
}

impl core::error::Error for BadRecording {}

/// The longest recording that is believed.
const LONGEST: usize = 1 << 20;

impl FromStr for Recording {
    type Err = BadRecording;

    fn from_str(text: &str) -> Result<Self, BadRecording> {
        let Some(text) = text.strip_prefix('x') else {
            return text.parse().map(Self::Seed).map_err(|_| BadRecording);
        };
        let mut bytes = Vec::new();
        // Outside and inside of dots by turns.
        for (at, part) in text.split('.').enumerate() {
            if at % 2 == 1 {
                let zeros: usize = part.parse().map_err(|_| BadRecording)?;
                bytes.resize(bytes.len().saturating_add(zeros).min(LONGEST), 0);
                continue;
            }
            for pair in part.as_bytes().chunks(2) {
                let pair = core::str::from_utf8(pair).map_err(|_| BadRecording)?;
                bytes.push(u8::from_str_radix(pair, 16).map_err(|_| BadRecording)?);
            }
        }
        Ok(Self::Bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_nonsense_is_refused() {
        let mut random = Random::new(5);
        for length in 0..60 {
            let mut draw = || u8::try_from(random.draw() % 4).unwrap_or(0).saturating_sub(1);
            let mut bytes: Vec<u8> = (0..length).map(|_| draw()).collect();
            bytes.push(200);
            let recording = Recording::Bytes(bytes);
            assert_eq!(recording.to_string().parse(), Ok(recording));
        }
        for bad in ["", "y", "x0g", "x00.", "x.a.", "-1", "x\u{e4}\u{e4}"] {
            assert_eq!(bad.parse::<Recording>(), Err(BadRecording), "{bad}");
        }
    }
}
