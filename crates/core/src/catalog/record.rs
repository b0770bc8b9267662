//! The rows of the catalog, as plain values.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::character::CharacterCrop;
use super::crop::Crop;
use crate::media::border::Insets;
use crate::media::crop_box::PixelSize;
use crate::media::recipe::Recipe;
use crate::media::scene::Transition;
use crate::media::upsampling::Copies;
use crate::media::video::FilmInfo;
use crate::timestamp::day_in_words;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
    };
}
id!(/// An image; stays with it from import to heatmap.
    ImageId);
id!(/// A film or an imported folder.
    SourceId);
id!(/// A run of frames between two cuts.
    SceneId);
id!(/// Scenes that show the same thing, linked so that a split moves them together.
    GroupId);
id!(/// A category; its name is in [`super::Snapshot::class_name`].
    ClassId);

#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    Keep,
    Reject,
    #[default]
    Undecided,
}

impl Decision {
    /// As it is written in documents and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Reject => "reject",
            Self::Undecided => "undecided",
        }
    }
}

/// A moment in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub u64);

impl Moment {
    /// "3 March 2026", in UTC.
    pub fn day(self) -> String {
        day_in_words(self.0)
    }
}

/// How an image came to its decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Decided {
    /// `None` for an undecided image, and where it is not known: before format 10.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Moment>,
    /// It was decided on this content before the image came in.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_remembered: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    Film,
    Scraped,
}

/// Frame numbers of the series of a folder lie in ranges of this size in the tables, one after another; those of a film are
/// all in the first.
pub(super) const FRAME_SPACE: u64 = 1 << 48;

/// The two sides of a split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    #[default]
    Train,
    Valid,
}

impl Side {
    /// As it is written in documents and on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "valid",
        }
    }

    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Train => Self::Valid,
            Self::Valid => Self::Train,
        }
    }
}

/// What belongs wholly to one side of a split, and what an interval resamples as one: images of a unit are near copies
/// of one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    Group(GroupId),
    Scene(SceneId),
    /// An image by itself, such as a scraped one.
    Image(ImageId),
}

impl Unit {
    /// False for an image by itself.
    pub fn is_cluster(self) -> bool {
        match self {
            Self::Group(_) | Self::Scene(_) => true,
            Self::Image(_) => false,
        }
    }
}

/// A film or a folder of scraped images.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub id: SourceId,
    pub kind: SourceKind,
    /// Unique; a film's file stem, or what the user called the folder.
    pub name: String,
    /// The film or folder it came from.
    pub origin: PathBuf,
    /// True for a named test set: its images are never trained on.
    pub is_test: bool,
    /// Films only.
    pub film: Option<FilmInfo>,
    /// Where the film broke, if it did.
    pub broken: Option<String>,
    /// What is cropped off its images; `None`: nothing.
    pub crop: Option<Crop>,
    /// Training learns from copies of its images, too.
    pub is_upsampled: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    pub id: SceneId,
    pub source: SourceId,
    /// 0-based position in its film.
    pub index: u32,
    pub first_frame: u64,
    pub last_frame: u64,
    pub transition: Transition,
    pub side: Side,
    /// `None` until it is linked with other scenes.
    pub group: Option<GroupId>,
}

impl Scene {
    pub fn unit(&self) -> Unit {
        self.group.map_or(Unit::Scene(self.id), Unit::Group)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ImageRecord {
    pub id: ImageId,
    pub source: SourceId,
    pub class: Option<ClassId>,
    /// Frames only: of films, and of folders that hold frames of films.
    pub scene: Option<SceneId>,
    /// Only without a scene: its side in the split that its folder held. `None` means training.
    pub side: Option<Side>,
    /// Absolute.
    pub path: PathBuf,
    /// Relative to the imported folder, or the frame's file name; what `decide --paths` matches.
    pub origin: String,
    /// blake3 of the file's bytes, hex.
    pub hash: String,
    /// Pixels of the file, after EXIF orientation.
    pub width: u32,
    pub height: u32,
    /// What of its border is cut off wherever it is looked at, which follows from [`Source::crop`].
    pub crop: Insets,
    /// The part with the character, if a person has said so: what is looked at beside it is cut off, too.
    pub character: Option<CharacterCrop>,
    /// What training learns from beside it, which follows from [`Source::is_upsampled`].
    pub copies: Copies,
    /// 0-based number of a film's frame; the number in its name of a frame that came in a folder.
    pub frame: Option<u64>,
    /// Film frames only.
    pub time_secs: Option<f64>,
    pub decision: Decision,
    pub decided: Decided,
}

/// An image, and what it is cropped to; `None`: nothing is cut off but its border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenCrop {
    pub image: ImageId,
    pub crop: Option<CharacterCrop>,
}

impl ImageRecord {
    /// How what is looked at is made from its file.
    pub fn recipe(&self) -> Recipe {
        let Some(character) = self.character else {
            return self.whole_recipe();
        };
        let both = self.crop.and(character.part.insets(self.file_size()));
        let both = both.sensible(self.width, self.height);
        // A box that lies in the border leaves nothing.
        Recipe::crop(if both.is_none() { self.crop } else { both })
    }

    /// As [`ImageRecord::recipe`], without the crop to the character: for whoever compares files, or chooses that crop.
    pub fn whole_recipe(&self) -> Recipe {
        Recipe::crop(self.crop)
    }

    /// The same image, not cropped to its character.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self {
            character: None,
            ..self.clone()
        }
    }

    /// Width and height of the file in pixels.
    pub fn file_size(&self) -> PixelSize {
        PixelSize {
            width: self.width,
            height: self.height,
        }
    }

    /// Width and height in pixels of what is looked at.
    pub fn size(&self) -> (u32, u32) {
        self.recipe().size(self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CropOrigin;
    use crate::media::crop_box::CropBox;

    #[test]
    fn what_is_looked_at_is_inside_the_border_and_around_the_character() {
        let cropped = |sides: [f64; 4]| ImageRecord {
            width: 200,
            height: 100,
            crop: Insets::even(10),
            character: CropBox::of_fractions(sides).map(|part| CharacterCrop {
                part,
                by: CropOrigin::Hand,
            }),
            ..crate::curate::test_image()
        };
        let image = cropped([0.0, 0.2, 0.5, 0.8]);
        let inside = Insets {
            left: 10,
            top: 20,
            right: 100,
            bottom: 20,
        };
        assert_eq!((image.recipe().crop, image.size()), (inside, (90, 60)));
        assert_eq!(image.whole().recipe(), image.whole_recipe());
        assert_eq!(image.whole_recipe().crop, Insets::even(10));
        // In the border, or too small to look at.
        for sides in [[0.0, 0.0, 0.06, 1.0], [0.5, 0.5, 0.6, 0.6]] {
            assert_eq!(cropped(sides).recipe(), image.whole_recipe());
        }
    }
}
