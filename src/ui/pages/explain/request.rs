//! The worker's side of the explain page: image and class in, probabilities and heatmap out.
//!
//! [`Explainer`] keeps what is slow between requests, and opacity is a tint of the window: it costs nothing at all.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbaImage;

use crate::error::{Error, Result};
use crate::explain::method::Method;
use crate::explain::{Explained, Explainer};
use crate::predict::ImageFile;

/// Long side of what is drawn. A heatmap has about 7 x 7 values and a gradient about 224 x 224, so more pixels show nothing more.
const HEATMAP_SIDE: u32 = 384;

/// Which image and which class of which run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub run_id: String,
    /// The run's best one so far: after a better one there are other weights.
    pub epoch: Option<u32>,
    pub file: ImageFile,
    /// By name; `None` is the most probable one.
    pub class: Option<String>,
    pub method: Method,
}

/// What came of a request, also when it failed: a failure of the last image must not lie over this one.
pub struct Response {
    pub request: Request,
    pub result: Result<Drawn>,
}

/// What the page draws.
pub struct Drawn {
    pub explained: Arc<Explained>,
    /// Colored, opaque where the net looked.
    pub colors: RgbaImage,
}

/// Runs on the worker's thread.
pub fn respond(explainer: &mut Explainer, request: Request) -> Response {
    let class = request.class.as_deref();
    let result = explainer
        .explain(&request.run_id, &request.file, class, request.method)
        .map(|explained| Drawn {
            colors: explained.colors(HEATMAP_SIDE),
            explained: Arc::new(explained),
        });
    Response { request, result }
}

/// A PNG of the image in full size with what was found over it.
#[derive(Clone, Debug)]
pub struct SavePng {
    pub path: PathBuf,
    pub explained: Arc<Explained>,
    pub opacity: f32,
    pub folder: PathBuf,
    /// Of the file's name; where it is taken, a number follows.
    pub stem: String,
}

impl SavePng {
    /// # Errors
    /// [`Error::Io`] where the file cannot be made; what [`crate::explain::method::Explanation::save_png`] says.
    pub fn run(self) -> Result<PathBuf> {
        let folder = &self.folder;
        std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
        let out = new_file(folder, &self.stem)?;
        let explanation = &self.explained.explanation;
        if let Err(error) =
            explanation.save_png((&self.path, self.explained.recipe), self.opacity, &out)
        {
            // Empty, and made here a moment ago.
            let _ = std::fs::remove_file(&out);
            return Err(error);
        }
        Ok(out)
    }
}

/// Makes `STEM.png`, or the first of `STEM-2.png`, `STEM-3.png`… that does not exist: nothing is overwritten, also not
/// by two windows at once.
fn new_file(folder: &Path, stem: &str) -> Result<PathBuf> {
    let mut number = 1;
    loop {
        let path = match number {
            1 => folder.join(format!("{stem}.png")),
            _ => folder.join(format!("{stem}-{number}.png")),
        };
        match std::fs::File::create_new(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(Error::io("make the file", &path)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<PathBuf> = (0..3)
            .map(|_| new_file(folder.path(), "a").unwrap())
            .collect();
        let want = ["a.png", "a-2.png", "a-3.png"].map(|name| folder.path().join(name));
        assert_eq!(names, want);
        assert!(new_file(&folder.path().join("none"), "a").is_err());
    }
}
