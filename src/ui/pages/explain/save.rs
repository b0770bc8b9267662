//! What the explain page saves, made by a worker: a picture, raw values, or a contact sheet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::request::{Asked, Looks};
use crate::error::{Error, Result};
use crate::explain::comparison::{Drawing, comparison};
use crate::explain::figure::Panel;
use crate::explain::names::new_file;
use crate::explain::picture_file::write_png;
use crate::explain::{Explained, Explainer, Question, names, npy, sheet};
use crate::predict::ImageFile;
use crate::progress::Progress;
use crate::project::{Project, write_atomic};
use crate::ui::widgets::weights::Weights;

/// A file to be made in the project's folder of heatmaps.
#[derive(Clone, Debug)]
pub struct Save {
    pub what: Saved,
    pub looks: Looks,
    /// 0 to 1
    pub opacity: f32,
    pub folder: PathBuf,
    /// Of the file's name; where it is taken, a number follows.
    pub stem: String,
}

/// What is saved.
#[derive(Clone, Debug)]
pub enum Saved {
    /// The image in full size with the map over it; of two classes, both beside one another.
    Picture {
        path: PathBuf,
        explained: Arc<Explained>,
    },
    /// The raw values for NumPy.
    Raw(Arc<Explained>),
    /// Many images on one picture.
    Sheet {
        project: Project,
        weights: Weights,
        files: Vec<ImageFile>,
        asked: Asked,
    },
}

impl Save {
    /// # Errors
    /// [`Error::Io`] where the file cannot be made; [`Error::Cancelled`]; what reading and explaining the images says.
    pub fn run(self, progress: &Progress) -> Result<PathBuf> {
        let folder = &self.folder;
        std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
        let ending = match &self.what {
            Saved::Picture { .. } | Saved::Sheet { .. } => "png",
            Saved::Raw(_) => "npy",
        };
        let out = new_file(folder, &self.stem, ending)?;
        if let Err(error) = self.write(&out, progress) {
            // Empty, and made here a moment ago.
            let _ = std::fs::remove_file(&out);
            return Err(error);
        }
        Ok(out)
    }

    fn write(&self, out: &Path, progress: &Progress) -> Result<()> {
        match &self.what {
            Saved::Picture { path, explained } => {
                let drawing = self.looks.drawing(explained.method, self.opacity);
                if explained.against.is_some() {
                    let image = explained.recipe.decode(path)?;
                    return write_png(&comparison(explained, &image, &drawing)?, out);
                }
                let explanation = &explained.explanation;
                let file = (path.as_path(), explained.recipe);
                explanation.save_png(file, (&drawing.style, self.opacity), out)
            }
            Saved::Raw(explained) => {
                let (shape, values) = explained.raw();
                write_atomic(out, &npy::encode(&shape, &values))
            }
            Saved::Sheet {
                project,
                weights,
                files,
                asked,
            } => {
                let drawing = self.looks.drawing(asked.method, self.opacity);
                let mut explainer = Explainer::new(project.clone());
                weights.lead(&mut explainer);
                let run_id = &weights.run;
                let mut panels: Vec<Panel> = Vec::new();
                let mut failure = None;
                progress.stage("explaining", Some(files.len() as u64));
                for file in files {
                    progress.check()?;
                    match panel(&mut explainer, (run_id, file), asked, (&drawing, progress)) {
                        Ok(panel) => panels.push(panel),
                        // The others are worth a sheet.
                        Err(error) => failure = failure.or(Some(error)),
                    }
                    progress.advance(1);
                }
                if let Some(failure) = failure.filter(|_| panels.is_empty()) {
                    return Err(failure);
                }
                let moment = weights
                    .moment()
                    .map_or_else(String::new, |at| format!(", {at}"));
                let foot = format!("{} by {run_id}{moment}", asked.method.title());
                write_png(&sheet::sheet(&panels, &foot)?, out)
            }
        }
    }
}

fn panel(
    explainer: &mut Explainer,
    (run_id, file): (&str, &ImageFile),
    asked: &Asked,
    (drawing, progress): (&Drawing, &Progress),
) -> Result<Panel> {
    let question = Question {
        against: None,
        ..asked.question()
    };
    let explained = explainer.explain(run_id, file, &question, progress)?;
    let image = explained.recipe.decode(&file.path)?;
    let look = (&drawing.style, drawing.opacity);
    let name = names::file_name(&file.path);
    Ok(sheet::panel(&explained, &image, look, &name))
}
