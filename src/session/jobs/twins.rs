//! Looks for training images that are in validation or a test set as another file with the same pixels.

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::{Catalog, Snapshot};
use crate::dataset::twins::complete;
use crate::error::Result;
use crate::jobs::Context;
use crate::project::Project;

/// Started by whoever shows the split, where pixels have to be compared that nobody has looked at yet.
#[derive(Clone, Debug, Default)]
pub struct TwinSearch {
    compared: usize,
}

impl JobKind for TwinSearch {
    fn title(&self) -> String {
        "Look for the same image on both sides".to_owned()
    }

    fn lane(&self) -> Lane {
        Lane::Disk
    }

    fn thread_name(&self) -> &'static str {
        "twins"
    }

    fn prepare(&mut self, _project: &Project, catalog: &Catalog) -> Result<Work> {
        let mut snapshot = catalog.snapshot()?;
        Ok(Box::new(move |context| {
            let compared = complete_twins::<Self>(context, &mut snapshot)?;
            context.send(Part::result(move |search: &mut Self| {
                search.compared = compared;
            }))
        }))
    }

    fn is_asked_for(&self) -> bool {
        false
    }

    fn summary(&self) -> String {
        match self.compared {
            1 => "compared 1 image".to_owned(),
            n => format!("compared {n} images"),
        }
    }
}

/// Lets `snapshot` know all twins, and the catalog too; returns how many images had to be decoded. `Kind`: whose
/// worker asks.
///
/// # Errors
/// As [`complete`].
pub(super) fn complete_twins<Kind: JobKind>(
    context: &Context<Part>,
    snapshot: &mut Snapshot,
) -> Result<usize> {
    let new = complete(snapshot, &context.progress)?;
    let compared = new.len();
    if !new.is_empty() {
        context.send(Part::rows(move |_: &mut Kind, catalog| {
            catalog.insert_pixel_hashes(&new)
        }))?;
    }
    Ok(compared)
}
