//! A scan as a folder: the program that reads its parts side by side with Ray.

use std::path::Path;

use serde::Serialize;

use super::NewFolder;
use crate::catalog::Snapshot;
use crate::curate::Kind;
use crate::error::{Error, Result};
use crate::project::Project;

const SCAN_RAY: &str = include_str!("scan_ray.py");

/// scan.json.
#[derive(Serialize)]
struct ScanJob<'a> {
    project: &'a Path,
    /// None: all.
    kinds: &'a [Kind],
}

/// Writes the new folder `out`. `kinds`: as `scan` takes them, none for all.
///
/// # Errors
/// As [`NewFolder::new`]; [`Error::Io`].
pub fn export_scan(
    (project, snapshot): (&Project, &Snapshot),
    kinds: &[Kind],
    out: &Path,
) -> Result<()> {
    let folder = NewFolder::new(snapshot, out)?;
    let root = project.root();
    let root = root
        .canonicalize()
        .map_err(Error::io("find the project", root))?;
    let job = ScanJob {
        project: &root,
        kinds,
    };
    let json =
        serde_json::to_vec_pretty(&job).map_err(|error| Error::Invalid(error.to_string()))?;
    folder.write("scan.json", &json)?;
    folder.write("scan_ray.py", SCAN_RAY.as_bytes())?;
    folder.finish()?;
    Ok(())
}
