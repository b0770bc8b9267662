//! What the kinds are called on screen, and what each means.

use super::kind::Kind;

impl Kind {
    /// "Near-duplicates".
    pub fn title(self) -> &'static str {
        match self {
            Self::Corrupt => "Cannot be read",
            Self::NotAnImage => "Not images",
            Self::WrongExtension => "Wrong extension",
            Self::ExactDuplicate => "Exact duplicates",
            Self::NearDuplicate => "Near-duplicates",
            Self::Similar => "Similar images",
            Self::Blurry => "Blurry",
            Self::Dark => "Dark",
            Self::Bright => "Bright",
            Self::LowInformation => "Low information",
            Self::Grey => "Grey",
            Self::OddSize => "Odd size",
            Self::OddAspect => "Odd aspect ratio",
            Self::Border => "Border",
            Self::Mislabelled => "Likely mislabelled",
            Self::Outlier => "Outliers",
            Self::Background => "Like rejected ones",
        }
    }

    /// A sentence without a full stop, for tooltips and for the page of the kind.
    pub fn help(self) -> &'static str {
        match self {
            Self::Corrupt => "Files that are named like an image and cannot be read as one",
            Self::NotAnImage => "Files in the folders that are neither images nor named like one",
            Self::WrongExtension => "Images whose name ends like one of another format",
            Self::ExactDuplicate => "The same bytes or the same pixels as another image",
            Self::NearDuplicate => {
                "Another version of an image: recompressed, scaled, slightly cropped, brighter or darker"
            }
            Self::Similar => "Images that a network takes for nearly the same",
            Self::Blurry => "Without a sharp edge anywhere, compared with the rest of its source",
            Self::Dark => "Darker than its source usually is",
            Self::Bright => "Brighter than its source usually is",
            Self::LowInformation => "Hardly more than one color",
            Self::Grey => "Without color, however it is stored",
            Self::OddSize => "Much larger or smaller than its source usually is",
            Self::OddAspect => "Much wider or higher than its source usually is",
            Self::Border => "Uniform bars or a frame around the image, of any color",
            Self::Mislabelled => {
                "Looks like another class to a classifier that was trained on the rest of its source"
            }
            Self::Outlier => "Looks like no other image of its source",
            Self::Background => {
                "Looks like what you reject, such as a background without a character"
            }
        }
    }

    /// What a wrong finding is: "not blurry". `None` for a kind that cannot be wrong.
    pub fn denial(self) -> Option<&'static str> {
        Some(match self {
            Self::Corrupt | Self::NotAnImage | Self::ExactDuplicate => return None,
            Self::WrongExtension => "fine as named",
            Self::NearDuplicate | Self::Similar => "no duplicate",
            Self::Blurry => "not blurry",
            Self::Dark => "not too dark",
            Self::Bright => "not too bright",
            Self::LowInformation => "not empty",
            Self::Grey => "fine in grey",
            Self::OddSize => "of a fine size",
            Self::OddAspect => "of a fine shape",
            Self::Border => "without a border",
            Self::Mislabelled => "labelled right",
            Self::Outlier => "no outlier",
            Self::Background => "unlike the rejected",
        })
    }

    /// What the threshold of [`super::Settings::threshold`] is about: "Distance from what its source usually has".
    pub fn scale_title(self) -> &'static str {
        match self {
            Self::NearDuplicate => "Likeness to the best image of the group",
            Self::Similar => "Likeness of what the network sees",
            Self::Mislabelled | Self::Outlier | Self::Background => "Suspicion",
            _other => "How far it is from what its source usually has",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_named_and_explained_in_plain_words() {
        for &kind in Kind::ALL {
            assert!(!kind.title().contains('-') || kind == Kind::NearDuplicate);
            assert!(kind.help().len() > kind.title().len());
            assert!(!kind.help().ends_with('.'));
        }
    }
}
