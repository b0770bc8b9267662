//! Findings about one image: what its tones, its sharpness, its size and its borders say, compared with its source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::finding::{Finding, Subject};
use super::kind::Kind;
use super::known::Known;
use super::limits::{Limits, MOST_DEGREE, Usual, median};
use super::settings::Settings;
use super::threshold::Measured;
use crate::catalog::facts::FactKind;
use crate::catalog::{ImageId, ImageRecord, Snapshot, SourceId};
use crate::media::border::source::{Member, of_source};
use crate::media::border::{Insets, Runs};
use crate::media::decode::format_of_extension;

/// A grey image stored in color has channels up to this far apart, 0 to 1: JPEG at quality 50 adds 0.02.
const MOST_CHROMA_OF_GREY: f64 = 0.03;
/// An image with a shorter side in pixels is an icon, whatever its source has.
const ICON_SIDE: u32 = 32;

/// Bits of entropy below which an image is a plain color.
const LEAST_BITS: f64 = 0.5;

/// Positions in the snapshot's list of images, by source.
type Members = BTreeMap<SourceId, Vec<usize>>;

pub(super) fn members(snapshot: &Snapshot) -> Members {
    let mut members = Members::new();
    for (at, image) in snapshot.images.iter().enumerate() {
        members.entry(image.source).or_default().push(at);
    }
    members
}

/// How far an image goes in one of the kinds that are a matter of degree.
pub(super) struct Judged {
    image: ImageId,
    value: f64,
    score: f64,
    pub degree: f64,
}

impl Judged {
    fn new(image: &ImageRecord, value: f64, limits: Limits, usual: Usual) -> Self {
        Self {
            image: image.id,
            value,
            score: limits.score(value),
            degree: limits.degree(value, usual),
        }
    }

    pub fn measured(&self) -> Measured {
        Measured {
            image: self.image,
            of: None,
            degree: self.degree,
        }
    }

    pub fn finding(&self, kind: Kind) -> Finding {
        Finding {
            value: Some(self.value),
            ..Finding::of_image(kind, self.image, self.score)
        }
    }
}

/// All images that were measured, for one of the kinds that are a matter of degree.
pub(super) fn of_degree(
    kind: Kind,
    snapshot: &Snapshot,
    known: &Known,
    settings: &Settings,
) -> Vec<Judged> {
    let Some(limits) = settings.limits(kind) else {
        return Vec::new();
    };
    let mut judged = Vec::new();
    for members in members(snapshot).values() {
        let images: Vec<(usize, &ImageRecord)> = members
            .iter()
            .filter_map(|&at| Some((at, snapshot.images.get(at)?)))
            .collect();
        match kind {
            Kind::OddSize => judged.extend(odd_sizes(&images, limits)),
            Kind::OddAspect => judged.extend(odd_aspects(&images, limits)),
            _measured => {
                let values = images.iter().filter_map(|&(at, image)| {
                    Some((image, known.real(*kind.facts().first()?, at)?))
                });
                let mut of_source = judge(&values.collect::<Vec<_>>(), limits);
                if kind == Kind::Dark {
                    let blank = blank(&images, known);
                    // A plain color is no dark image unless it is black.
                    of_source.retain(|one| one.score >= 1.0 || !blank.contains(&one.image));
                }
                judged.extend(of_source);
            }
        }
    }
    judged
}

/// Images with hardly any tone but one.
fn blank(images: &[(usize, &ImageRecord)], known: &Known) -> BTreeSet<ImageId> {
    let blank = images.iter().filter(|(at, _)| {
        let bits = known.real(FactKind::Entropy, *at);
        bits.is_some_and(|bits| bits < LEAST_BITS)
    });
    blank.map(|(_, image)| image.id).collect()
}

fn judge(values: &[(&ImageRecord, f64)], limits: Limits) -> Vec<Judged> {
    let all: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
    let Some(usual) = Usual::of(&all) else {
        return Vec::new();
    };
    let judged = values.iter();
    judged
        .map(|&(image, value)| Judged::new(image, value, limits, usual))
        .collect()
}

/// How many factors of two an image is larger or smaller than its source's usual one.
fn odd_sizes(images: &[(usize, &ImageRecord)], limits: Limits) -> Vec<Judged> {
    let log_side = |image: &ImageRecord| {
        (f64::from(image.width.max(1)) * f64::from(image.height.max(1))).log2() / 2.0
    };
    let sides: Vec<f64> = images.iter().map(|(_, image)| log_side(image)).collect();
    let Some(middle) = median(&sides) else {
        return Vec::new();
    };
    let distances: Vec<(&ImageRecord, f64)> = images
        .iter()
        .map(|(_, image)| (*image, (log_side(image) - middle).abs()))
        .collect();
    let mut judged = judge(&distances, limits);
    for (one, (image, distance)) in judged.iter_mut().zip(&distances) {
        if image.width.min(image.height) < ICON_SIDE && *distance >= limits.floor {
            one.score = 1.0;
            one.degree = MOST_DEGREE;
        }
    }
    judged
}

fn odd_aspects(images: &[(usize, &ImageRecord)], limits: Limits) -> Vec<Judged> {
    let aspects = images.iter().map(|(_, image)| {
        let (width, height) = (
            f64::from(image.width.max(1)),
            f64::from(image.height.max(1)),
        );
        (*image, (width / height).min(height / width))
    });
    judge(&aspects.collect::<Vec<_>>(), limits)
}

/// Images without color, however they are stored. Not compared with the source: a grey image is grey.
pub(super) fn grey(snapshot: &Snapshot, known: &Known) -> Vec<Finding> {
    let images = snapshot.images.iter().enumerate();
    images
        .filter_map(|(at, image)| {
            let chroma = known.real(FactKind::Chroma, at)?;
            let score = 1.0 - chroma / MOST_CHROMA_OF_GREY / 2.0;
            (chroma <= MOST_CHROMA_OF_GREY).then(|| Finding {
                value: Some(chroma),
                ..Finding::of_image(Kind::Grey, image.id, score)
            })
        })
        .collect()
}

/// Images whose names end like those of another format.
pub(super) fn wrong_extensions(snapshot: &Snapshot, known: &Known) -> Vec<Finding> {
    let images = snapshot.images.iter().enumerate();
    images
        .filter_map(|(at, image)| {
            let format = std::str::from_utf8(known.bytes(FactKind::Format, at)?).ok()?;
            let extension = Path::new(&image.origin).extension()?.to_str()?;
            let named = format_of_extension(&extension.to_lowercase());
            (named != Some(format)).then(|| Finding {
                reason: Some(format!("the file is {}", format.to_uppercase())),
                ..Finding::of_image(Kind::WrongExtension, image.id, 1.0)
            })
        })
        .collect()
}

/// Images with a border. The score is one for a border that takes a fifth of the image.
pub(super) fn borders(snapshot: &Snapshot, known: &Known) -> Vec<Finding> {
    let insets = insets(snapshot, known);
    insets
        .into_iter()
        .filter_map(|(at, insets)| border(snapshot.images.get(at)?, insets))
        .collect()
}

/// The border of each image that was scanned, by position, as far as the image's crop leaves it: film frames have that of
/// their film, others their own.
pub(super) fn insets(snapshot: &Snapshot, known: &Known) -> BTreeMap<usize, Insets> {
    let mut found = BTreeMap::new();
    for places in members(snapshot).values() {
        let images: Vec<(usize, &ImageRecord, Runs)> = places
            .iter()
            .filter_map(|&at| Some((at, snapshot.images.get(at)?, known.border(at)?)))
            .collect();
        let members: Vec<Member> = images
            .iter()
            .map(|(_, image, runs)| Member {
                is_frame: image.frame.is_some(),
                width: image.width,
                height: image.height,
                runs: Some(*runs),
            })
            .collect();
        let of_images = images.iter().zip(of_source(&members));
        found.extend(
            of_images.map(|((at, image, _), insets)| {
                (*at, insets.unwrap_or_default().without(image.crop))
            }),
        );
    }
    found
}

fn border(image: &ImageRecord, insets: Insets) -> Option<Finding> {
    // A few uniform lines of an icon are the icon.
    if insets.is_none() || image.width.min(image.height) < ICON_SIDE {
        return None;
    }
    let fraction = insets.fraction(image.width, image.height);
    Some(Finding {
        value: Some(fraction),
        border: Some(insets),
        ..Finding::of_image(Kind::Border, image.id, (0.5 + 2.5 * fraction).min(1.0))
    })
}

/// Images of the catalog that cannot be read any more.
pub(super) fn damaged(snapshot: &Snapshot, known: &Known) -> Vec<Finding> {
    let images = snapshot.images.iter().enumerate();
    images
        .filter_map(|(at, image)| {
            let reason = known.damage(at)?;
            Some(Finding {
                reason: Some(reason),
                subject: Subject::Image(image.id),
                ..Finding::of_image(Kind::Corrupt, image.id, 1.0)
            })
        })
        .collect()
}
