//! What cropping the images of some sources comes to, before it is decided.

use super::known::Known;
use crate::catalog::facts::FactKind;
use crate::catalog::{Catalog, Crop, Edit, Snapshot, SourceId};
use crate::error::Result;
use crate::media::border::Insets;
use crate::media::border::source::Member;

/// What has to be measured before measured borders can be cropped.
pub const FACTS: &[FactKind] = &[FactKind::Border];

/// What cropping a source comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceCrop {
    pub source: SourceId,
    /// All of it.
    pub images: usize,
    /// Images from which something is cut off.
    pub cropped: usize,
    /// From each of these, if it is the same from all.
    pub insets: Option<Insets>,
    /// Images that could not be read, so nobody knows their border.
    pub unmeasured: usize,
}

/// What cropping `sources` comes to, with the facts that the catalog has.
///
/// # Errors
/// `Catalog` if it cannot be read.
pub fn plan(
    catalog: &Catalog,
    snapshot: &Snapshot,
    sources: &[SourceId],
    crop: Crop,
) -> Result<Vec<SourceCrop>> {
    let known = Known::load(catalog, snapshot, FACTS)?;
    let of_source = |&source: &SourceId| {
        let images = snapshot.images.iter().enumerate();
        let members: Vec<Member> = images
            .filter(|(_, image)| image.source == source)
            .map(|(at, image)| Member {
                is_frame: image.frame.is_some(),
                width: image.width,
                height: image.height,
                runs: known.border(at),
            })
            .collect();
        let found = crop.insets(&members);
        let mut cut = found.iter().flatten().filter(|insets| !insets.is_none());
        let first = cut.clone().next().copied();
        SourceCrop {
            source,
            images: members.len(),
            cropped: cut.clone().count(),
            insets: first.filter(|first| cut.all(|insets| insets == first)),
            unmeasured: found.iter().filter(|insets| insets.is_none()).count(),
        }
    };
    Ok(sources.iter().map(of_source).collect())
}

/// The decision that crops so: sources in which nothing would be cut off, and which are not cropped now, stay untouched.
pub fn edit(snapshot: &Snapshot, plan: &[SourceCrop], crop: Crop) -> Edit {
    let is_meant = |planned: &&SourceCrop| {
        let is_cropped = snapshot
            .source(planned.source)
            .is_some_and(|source| source.crop.is_some());
        planned.cropped > 0 || is_cropped
    };
    let sources = plan.iter().filter(is_meant);
    Edit::SetCrop {
        sources: sources.map(|planned| planned.source).collect(),
        crop: Some(crop),
    }
}

impl SourceCrop {
    /// "12 px top, 12 px bottom (60 frames)", "no border", "4 of 31 images, each by its own border".
    pub fn text(&self, snapshot: &Snapshot) -> String {
        let is_film = snapshot
            .source(self.source)
            .is_some_and(|source| source.film.is_some());
        let noun = match (is_film, self.images) {
            (true, 1) => "frame",
            (true, _) => "frames",
            (false, 1) => "image",
            (false, _) => "images",
        };
        let count = if self.cropped == self.images {
            format!("{} {noun}", self.cropped)
        } else {
            format!("{} of {} {noun}", self.cropped, self.images)
        };
        let unmeasured = match self.unmeasured {
            0 => String::new(),
            1 => "; 1 image could not be measured".to_owned(),
            n => format!("; {n} images could not be measured"),
        };
        match (self.cropped, self.insets) {
            (0, _) => format!("nothing to crop{unmeasured}"),
            (_, Some(insets)) => format!("{} ({count}){unmeasured}", insets.text()),
            (_, None) => format!("{count}, each by its own border{unmeasured}"),
        }
    }
}
