//! What was found about a run and a set of images, kept beside the set's predictions: `runs/ID/predictions/SET.KIND.json`.

use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::project::{Project, write_atomic};
use crate::run::set_file::set_file;

/// Where a finding is kept.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub project: &'a Project,
    pub run: &'a str,
    pub set: &'a str,
    /// A plain word.
    pub kind: &'a str,
}

impl Place<'_> {
    pub fn path(&self) -> PathBuf {
        let run_dir = self.project.run_dir(self.run);
        set_file(&run_dir, self.set, &format!("{}.json", self.kind))
    }

    /// # Errors
    /// [`Error::Io`] if nothing is kept, [`Error::BadFile`].
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        let path = &self.path();
        let text = fs::read_to_string(path).map_err(Error::io("read what was found", path))?;
        serde_json::from_str(&text).map_err(|error| Error::BadFile {
            what: "what was found about the run",
            reason: error.to_string(),
            path: path.clone(),
        })
    }

    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, found: &impl Serialize) -> Result<()> {
        let path = self.path();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::io("make a folder", folder))?;
        }
        let text =
            serde_json::to_string(found).map_err(|error| Error::Invalid(error.to_string()))?;
        write_atomic(&path, text.as_bytes())
    }
}
