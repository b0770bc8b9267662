//! What a class could be told by without looking at what the images show: `screen`.

use std::path::PathBuf;

use serde::Serialize;

use crate::catalog::Snapshot;
use crate::curate::screen::{Property, Screen, Suspicion};

/// The document of `screen --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScreenDocument {
    /// The most suspicious first.
    pub properties: Vec<PropertyRow>,
    /// Scenes, their groups and single images that were compared.
    pub units: usize,
    /// Images that no scan has measured.
    pub unscanned: usize,
}

/// A property and a class that differs from the others in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PropertyRow {
    pub name: Property,
    pub class: String,
    /// Of telling the class by the property, 0.5 (not at all) to 1.
    pub auc: f64,
    /// How often chance alone makes some property of some class differ as much, 0 to 1.
    pub p: f64,
    /// `higher` or `lower`: which values the class has.
    pub direction: &'static str,
    /// The image of the class with the most of it, and the one with the least.
    pub highest: PathBuf,
    pub lowest: PathBuf,
}

impl ScreenDocument {
    pub fn of(snapshot: &Snapshot, screen: &Screen) -> Self {
        let rows = screen.list.iter();
        Self {
            properties: rows
                .filter_map(|found| PropertyRow::of(snapshot, found))
                .collect(),
            units: screen.units,
            unscanned: screen.unscanned,
        }
    }
}

impl PropertyRow {
    /// `None` for a class or an image that is no more in the snapshot.
    pub fn of(snapshot: &Snapshot, found: &Suspicion) -> Option<Self> {
        let path = |id| snapshot.image(id).map(|image| image.path.clone());
        let [highest, lowest] = found.extremes;
        Some(Self {
            name: found.property,
            class: snapshot.class_name(found.class)?.to_owned(),
            auc: found.auc,
            p: found.p,
            direction: if found.is_higher { "higher" } else { "lower" },
            highest: path(highest)?,
            lowest: path(lowest)?,
        })
    }
}
