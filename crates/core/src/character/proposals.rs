//! What is proposed and not decided yet, kept from one look to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::catalog::{
    CharacterCrop, ChosenCrop, Decision, Edit, ImageId, ImageRecord, Snapshot, SourceId,
};
use crate::error::{Error, Result};
use crate::project::{Project, write_atomic};

/// What an image could be cropped to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    pub image: ImageId,
    /// Of the content that it was found in.
    pub hash: String,
    #[serde(flatten)]
    pub crop: CharacterCrop,
    /// How sure it is: of motion and heatmaps 0 to 1, see [`super::propose()`]; of a list of boxes its own score, or 1.
    pub score: f64,
}

/// What is proposed for a project, in the order of images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Proposals {
    pub proposals: Vec<Proposal>,
}

impl Proposals {
    /// What was proposed last; none if that cannot be read, since it can be found again.
    pub fn read(project: &Project) -> Self {
        let text = std::fs::read_to_string(path(project)).ok();
        let found = text.and_then(|text| serde_json::from_str(&text).ok());
        found.unwrap_or_default()
    }

    /// When that changed, for who looks again.
    pub fn modified(project: &Project) -> Option<SystemTime> {
        path(project).metadata().ok()?.modified().ok()
    }

    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, project: &Project) -> Result<()> {
        let path = path(project);
        let folder = project.cache_dir();
        std::fs::create_dir_all(&folder).map_err(Error::io("make the folder", &folder))?;
        let text =
            serde_json::to_string(self).map_err(|error| Error::Invalid(error.to_string()))?;
        write_atomic(&path, text.as_bytes())
    }

    /// With what was found for the images `looked_at`, in place of what was known of them.
    #[must_use]
    pub fn replaced(self, looked_at: &BTreeSet<ImageId>, found: Vec<Proposal>) -> Self {
        let others = self.proposals.into_iter();
        let mut proposals: Vec<Proposal> = others
            .filter(|proposal| !looked_at.contains(&proposal.image))
            .chain(found)
            .collect();
        proposals.sort_by_key(|proposal| proposal.image);
        Self { proposals }
    }

    /// Those that nobody has decided on: the image is in the project as it was, not rejected, and not cropped.
    pub fn open<'a>(&'a self, snapshot: &'a Snapshot) -> impl Iterator<Item = &'a Proposal> {
        let proposals = self.proposals.iter();
        proposals.filter(|proposal| {
            let image = snapshot.image(proposal.image);
            image.is_some_and(|image| can_be_cropped(image) && image.hash == proposal.hash)
        })
    }

    /// As [`Proposals::open`], of these sources.
    pub fn open_of<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        sources: &[SourceId],
    ) -> Vec<&'a Proposal> {
        let is_of_source = |proposal: &&Proposal| {
            let image = snapshot.image(proposal.image);
            image.is_some_and(|image| sources.contains(&image.source))
        };
        self.open(snapshot).filter(is_of_source).collect()
    }

    /// By image.
    pub fn by_image(&self, snapshot: &Snapshot) -> BTreeMap<ImageId, Proposal> {
        let open = self.open(snapshot);
        open.map(|proposal| (proposal.image, proposal.clone()))
            .collect()
    }
}

/// The decision that takes all of these over: one step of the history.
pub fn accept<'a>(proposals: impl IntoIterator<Item = &'a Proposal>) -> Edit {
    let chosen = |proposal: &Proposal| ChosenCrop {
        image: proposal.image,
        crop: Some(proposal.crop),
    };
    Edit::SetCharacterCrop {
        images: proposals.into_iter().map(chosen).collect(),
    }
}

/// The decision that shows all images of these sources whole again.
pub fn clear(snapshot: &Snapshot, sources: &[SourceId]) -> Edit {
    let images = snapshot.images.iter();
    let cropped =
        images.filter(|image| sources.contains(&image.source) && image.character.is_some());
    Edit::SetCharacterCrop {
        images: cropped
            .map(|image| ChosenCrop {
                image: image.id,
                crop: None,
            })
            .collect(),
    }
}

/// What a person has decided is not asked again.
pub(super) fn can_be_cropped(image: &ImageRecord) -> bool {
    image.character.is_none() && image.decision != Decision::Reject
}

fn path(project: &Project) -> PathBuf {
    project.cache_dir().join("character-proposals.json")
}
