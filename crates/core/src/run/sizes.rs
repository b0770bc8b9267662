//! The sizes that a net sees images in while it is trained: one, or a smaller one for the first half of the epochs
//! (progressive resizing).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Sides of squares in pixels, or of squares of the same area, see [`crate::model::preprocess::Preprocess::size`]. Written
/// as `320` or `224,320`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Sizes {
    /// Of the first half of the epochs, if it is another.
    pub start: Option<u32>,
    /// Of the rest, of validation and of prediction.
    pub full: u32,
}

impl From<u32> for Sizes {
    fn from(full: u32) -> Self {
        Self { start: None, full }
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start {
            Some(start) => write!(f, "{start},{}", self.full),
            None => write!(f, "{}", self.full),
        }
    }
}

impl FromStr for Sizes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number = text.trim().parse().ok();
            number.ok_or("give a number of pixels, or two with a comma between them")
        };
        Ok(match text.split_once(',') {
            Some((start, full)) => Self {
                start: Some(number(start)?),
                full: number(full)?,
            },
            None => number(text)?.into(),
        })
    }
}

/// As it stands in run.toml.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    One(u32),
    Two(String),
}

impl From<Sizes> for Written {
    fn from(sizes: Sizes) -> Self {
        match sizes.start {
            Some(_) => Self::Two(sizes.to_string()),
            None => Self::One(sizes.full),
        }
    }
}

impl TryFrom<Written> for Sizes {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::One(full) => Ok(full.into()),
            Written::Two(text) => text.parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct File {
        size: Sizes,
    }

    #[test]
    fn one_size_and_two_are_read_as_they_are_written() {
        let two = Sizes {
            start: Some(224),
            full: 320,
        };
        for (sizes, text) in [(Sizes::from(320), "320"), (two, "224,320")] {
            assert_eq!(text.parse(), Ok(sizes));
            assert_eq!(sizes.to_string(), text);
            let file = File { size: sizes };
            let written = toml::to_string(&file).unwrap();
            assert_eq!(toml::from_str::<File>(&written).unwrap(), file);
        }
        // Of older versions.
        let old: File = toml::from_str("size = 224").unwrap();
        assert_eq!(old.size, 224.into());
        for text in ["", "a", "224,", "224,320,384", "-1"] {
            assert!(text.parse::<Sizes>().is_err(), "{text}");
        }
    }
}
