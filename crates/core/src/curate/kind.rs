//! What a check can find.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::catalog::facts::FactKind;
use crate::error::{Error, Result};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)+) => {
        /// A kind of finding; the names are those of the documents and of the command line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Kind {
            $($(#[$doc])* $kind,)+
        }

        impl Kind {
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// "near-duplicate".
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// A file that is named like an image and cannot be read as one.
    Corrupt = "corrupt",
    /// A file that is neither an image nor named like one.
    NotAnImage = "not-an-image",
    /// An image whose name ends like one of another format.
    WrongExtension = "wrong-extension",
    /// The same bytes or the same pixels as another image.
    ExactDuplicate = "exact-duplicate",
    /// Another version of the same image: recompressed, scaled, slightly cropped, brighter or darker.
    NearDuplicate = "near-duplicate",
    /// An image that a network takes for nearly the same.
    Similar = "similar",
    Blurry = "blurry",
    Dark = "dark",
    Bright = "bright",
    /// Hardly more than one color.
    LowInformation = "low-information",
    /// Without color, however it is stored.
    Grey = "grey",
    OddSize = "odd-size",
    OddAspect = "odd-aspect",
    /// Uniform bars or a frame around the image, of any color.
    Border = "border",
    /// An image that looks like one of another class.
    Mislabelled = "mislabelled",
    /// An image that looks like no other one of its source.
    Outlier = "outlier",
    /// An image like those that the curator rejects, such as one without a character.
    Background = "background",
}

impl Kind {
    /// Whether its findings are copies of another image, of which one of each group is to be kept.
    pub fn has_groups(self) -> bool {
        matches!(
            self,
            Self::ExactDuplicate | Self::NearDuplicate | Self::Similar
        )
    }

    /// Whether its findings are an order of suspicion and no verdict: to decide on them takes a least score.
    pub fn is_ranking(self) -> bool {
        matches!(self, Self::Mislabelled | Self::Outlier | Self::Background)
    }

    /// Whether it is told by a network's features and not by the pixels.
    pub fn needs_features(self) -> bool {
        self.is_ranking() || self == Self::Similar
    }

    /// Whether it is about files that are no images of the project.
    pub fn is_about_files(self) -> bool {
        matches!(self, Self::Corrupt | Self::NotAnImage)
    }

    /// The facts about an image's content that it is told by.
    pub fn facts(self) -> &'static [FactKind] {
        match self {
            Self::WrongExtension => &[FactKind::Format],
            Self::ExactDuplicate => &[FactKind::PixelHash],
            Self::NearDuplicate => &[FactKind::PixelHash, FactKind::Border, FactKind::Signature],
            Self::Blurry => &[FactKind::Sharpness],
            Self::Dark => &[FactKind::Highlights, FactKind::Entropy],
            Self::Bright => &[FactKind::Shadows],
            Self::LowInformation => &[FactKind::Entropy],
            Self::Grey => &[FactKind::Chroma],
            Self::Border => &[FactKind::Border],
            // Files are looked at one by one; sizes are in the catalog; features have their own cache.
            Self::Corrupt
            | Self::NotAnImage
            | Self::OddSize
            | Self::OddAspect
            | Self::Similar
            | Self::Mislabelled
            | Self::Outlier
            | Self::Background => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|kind| kind.name() == text);
        found.copied().ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|kind| kind.name()).collect();
            Error::Unknown {
                what: "kind of finding",
                name: text.to_owned(),
                remedy: format!("the kinds are {}", names.join(", ")),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_are_those_of_the_documents() {
        for &kind in Kind::ALL {
            assert_eq!(kind.name().parse::<Kind>().unwrap(), kind);
            let text = serde_json::to_string(&kind).unwrap();
            assert_eq!(text, format!("{:?}", kind.name()));
        }
        let error = "blury".parse::<Kind>().unwrap_err().to_string();
        assert!(error.contains("blurry"), "{error}");
    }
}
