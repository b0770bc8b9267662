//! Spurious properties: what a classifier could tell a class by without looking at what the images show.
//!
//! Each property is compared between each class and all others by the area under the ROC curve, over units: frames of one
//! scene share everything, so they count as one. A border in one of ten films shows in its class and would drown in an accuracy
//! over ten classes.
//!
//! Whether a difference means anything is told by dealing the classes to the units anew. Each of these deals gives the
//! greatest standardized difference over all properties and classes, and `p` is how often that is at least as great as what
//! was seen (Westfall and Young 1993): corrected for the number of questions asked, whatever they have in common. There is no
//! baseline that depends on how frequent a class is: an AUC of a useless property is one half for classes of any size.

mod rank;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::known::Known;
use super::quality::insets;
use crate::catalog::facts::FactKind;
use crate::catalog::{Catalog, ClassId, ImageId, ImageRecord, Snapshot, SourceKind, Unit};
use crate::dataset::split::image_sides;
use crate::error::Result;
use crate::rng::Stream;
use rank::Ranked;

/// Deals; the least `p` is one by one more than these.
const DEALS: u64 = 2000;
/// A class with fewer units is compared with nothing.
const LEAST_UNITS: usize = 2;

/// What [`Screen::of`] wants to know of each image.
pub const FACTS: &[FactKind] = &[
    FactKind::Brightness,
    FactKind::Chroma,
    FactKind::Sharpness,
    FactKind::Grain,
    FactKind::Quality,
    FactKind::Border,
];

/// Something that images have, whatever they show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Property {
    /// The middle tone.
    Brightness,
    /// How colorful the most colorful parts are.
    Color,
    /// Width by height.
    Aspect,
    /// Pixels.
    Size,
    JpegQuality,
    /// Part of the image that is a uniform border.
    Border,
    Grain,
    Sharpness,
    /// Film frame or scraped image.
    Source,
}

impl Property {
    pub const ALL: [Self; 9] = [
        Self::Brightness,
        Self::Color,
        Self::Aspect,
        Self::Size,
        Self::JpegQuality,
        Self::Border,
        Self::Grain,
        Self::Sharpness,
        Self::Source,
    ];

    /// As in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brightness => "brightness",
            Self::Color => "color",
            Self::Aspect => "aspect",
            Self::Size => "size",
            Self::JpegQuality => "jpeg-quality",
            Self::Border => "border",
            Self::Grain => "grain",
            Self::Sharpness => "sharpness",
            Self::Source => "source",
        }
    }

    /// What a class has more of if its values are higher, or lower.
    pub fn text(self, is_higher: bool) -> &'static str {
        match (self, is_higher) {
            (Self::Brightness, true) => "is brighter",
            (Self::Brightness, false) => "is darker",
            (Self::Color, true) => "is more colorful",
            (Self::Color, false) => "is less colorful",
            (Self::Aspect, true) => "is wider",
            (Self::Aspect, false) => "is taller",
            (Self::Size, true) => "has larger images",
            (Self::Size, false) => "has smaller images",
            (Self::JpegQuality, true) => "is less compressed",
            (Self::JpegQuality, false) => "is more compressed",
            (Self::Border, true) => "has a border",
            (Self::Border, false) => "lacks the border of others",
            (Self::Grain, true) => "has more grain",
            (Self::Grain, false) => "has less grain",
            (Self::Sharpness, true) => "is sharper",
            (Self::Sharpness, false) => "is softer",
            (Self::Source, true) => "has more film frames",
            (Self::Source, false) => "has more scraped images",
        }
    }

    /// What can be done about a class that differs in it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Border => {
                "crop it off (`cutting-room crop-borders`, or Crop borders in Collect), or give all films the same"
            }
            Self::Size | Self::Aspect | Self::JpegQuality => {
                "give its images the size, shape and compression of the others, or find others like them"
            }
            Self::Source => "give each class images of both kinds, or of one",
            Self::Brightness | Self::Color | Self::Grain | Self::Sharpness => {
                "find images of it that are like the others in this, or of others that are like it"
            }
        }
    }
}

/// A class that differs from the others in a property.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suspicion {
    pub property: Property,
    pub class: ClassId,
    /// Of telling the class by the property, 0.5 to 1.
    pub auc: f64,
    /// Whether its values are the higher ones.
    pub is_higher: bool,
    /// How often chance alone makes some property differ as much, 0 to 1.
    pub p: f64,
    /// Images of the class: the one with the most of it, and the one with the least.
    pub extremes: [ImageId; 2],
}

/// All properties against all classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Screen {
    /// The most suspicious first.
    pub list: Vec<Suspicion>,
    /// Scenes, their groups and single images that were compared.
    pub units: usize,
    /// Images that take part in the split.
    pub images: usize,
    /// Images of these that no scan has measured.
    pub unscanned: usize,
}

impl Screen {
    /// Of all images that take part in the split, with the facts of the catalog.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn of(catalog: &Catalog, snapshot: &Snapshot) -> Result<Self> {
        let known = Known::load(catalog, snapshot, FACTS)?;
        let units = units(snapshot, &known);
        let in_part = image_sides(snapshot);
        let unscanned = snapshot.images.iter().enumerate().filter(|(at, image)| {
            in_part.contains_key(&image.id)
                && known.content(*at).is_some()
                && !known.has(FactKind::Brightness, *at)
        });
        Ok(Self {
            list: suspicions(&units),
            units: units.len(),
            images: in_part.len(),
            unscanned: unscanned.count(),
        })
    }
}

/// A value of a property that an image has.
#[derive(Clone, Copy)]
struct Value {
    image: ImageId,
    value: f64,
}

/// Images that count as one.
struct UnitValues {
    class: ClassId,
    /// Of its images, by property.
    values: BTreeMap<Property, Vec<Value>>,
}

impl UnitValues {
    fn mean(&self, property: Property) -> Option<f64> {
        let values = self.values.get(&property)?;
        let sum: f64 = values.iter().map(|value| value.value).sum();
        Some(sum / values.len() as f64)
    }
}

fn units(snapshot: &Snapshot, known: &Known) -> Vec<UnitValues> {
    let in_part = image_sides(snapshot);
    let insets = insets(snapshot, known);
    let mut members: BTreeMap<Unit, Vec<usize>> = BTreeMap::new();
    for (at, image) in snapshot.images.iter().enumerate() {
        if in_part.contains_key(&image.id) {
            members.entry(snapshot.unit_of(image)).or_default().push(at);
        }
    }
    let value = |property: Property, at: usize, image: &ImageRecord| -> Option<f64> {
        let (width, height) = image.size();
        let (width, height) = (f64::from(width.max(1)), f64::from(height.max(1)));
        match property {
            Property::Brightness => known.real(FactKind::Brightness, at),
            Property::Color => known.real(FactKind::Chroma, at),
            Property::Sharpness => known.real(FactKind::Sharpness, at),
            Property::Grain => known.real(FactKind::Grain, at),
            Property::JpegQuality => known.real(FactKind::Quality, at),
            Property::Aspect => Some((width / height).ln()),
            Property::Size => Some((width * height).ln()),
            Property::Border => insets
                .get(&at)
                .map(|insets| insets.fraction(image.width, image.height)),
            Property::Source => snapshot
                .source(image.source)
                .map(|source| f64::from(u8::from(source.kind == SourceKind::Film))),
        }
    };
    let of_unit = |members: Vec<usize>| {
        let images: Vec<&ImageRecord> = members
            .iter()
            .filter_map(|&at| snapshot.images.get(at))
            .collect();
        let class = snapshot.main_class(&images)?;
        let mut values: BTreeMap<Property, Vec<Value>> = BTreeMap::new();
        for (&at, image) in members.iter().zip(&images) {
            for property in Property::ALL {
                if let Some(value) = value(property, at, image) {
                    values.entry(property).or_default().push(Value {
                        image: image.id,
                        value,
                    });
                }
            }
        }
        Some(UnitValues { class, values })
    };
    members.into_values().filter_map(of_unit).collect()
}

fn suspicions(units: &[UnitValues]) -> Vec<Suspicion> {
    let labels: Vec<ClassId> = units.iter().map(|unit| unit.class).collect();
    let ranked: Vec<(Property, Ranked)> = Property::ALL
        .into_iter()
        .map(|property| {
            let values = units.iter().map(|unit| unit.mean(property));
            (property, Ranked::of(&values.collect::<Vec<_>>()))
        })
        .collect();
    let mut seen: Vec<(Property, ClassId, f64, f64)> = Vec::new();
    for (property, ranked) in &ranked {
        for (class, differs) in ranked.differences(&labels, LEAST_UNITS) {
            seen.push((*property, class, differs.auc, differs.z));
        }
    }
    let greatest: Vec<f64> = (0..DEALS)
        .into_par_iter()
        .map(|deal| {
            let mut dealt = labels.clone();
            Stream::new(deal, &[]).shuffle(&mut dealt);
            let all = ranked.iter().flat_map(|(_, ranked)| {
                let differences = ranked.differences(&dealt, LEAST_UNITS);
                differences.into_values().map(|differs| differs.z.abs())
            });
            all.fold(0.0, f64::max)
        })
        .collect();
    // The most suspicious first; of those that no deal comes near, the one that is farthest from all.
    seen.sort_by(|(.., a), (.., b)| b.abs().total_cmp(&a.abs()));
    seen.into_iter()
        .filter_map(|(property, class, auc, z)| {
            let as_great = greatest.iter().filter(|other| **other >= z.abs()).count();
            Some(Suspicion {
                property,
                class,
                auc: auc.max(1.0 - auc),
                is_higher: auc > 0.5,
                p: (as_great + 1) as f64 / (DEALS + 1) as f64,
                extremes: extremes(units, property, class)?,
            })
        })
        .collect()
}

/// `None` if no image of the class has the property.
fn extremes(units: &[UnitValues], property: Property, class: ClassId) -> Option<[ImageId; 2]> {
    let own = units.iter().filter(|unit| unit.class == class);
    let values: Vec<&Value> = own
        .filter_map(|unit| unit.values.get(&property))
        .flatten()
        .collect();
    let most = values.iter().max_by(|a, b| a.value.total_cmp(&b.value))?;
    let least = values.iter().min_by(|a, b| a.value.total_cmp(&b.value))?;
    Some([most.image, least.image])
}

#[cfg(test)]
mod tests;
