//! A run as a page that predicts in the visitor's browser: a folder that any host of static files serves, and that asks nobody
//! else for anything.
//!
//! ONNX Runtime Web runs the net; the page scales images as [`crate::model::preprocess`] does, to the same bytes, and compares
//! the net with the run's own logits before it predicts.

mod about;
mod runtime;

use std::path::Path;

use serde_json::json;

pub use runtime::{ONNX_RUNTIME_WEB, Package, PackageFile, Runtime, files_in};

use super::exporting::Exporting;
use super::{NewFolder, bundle, onnx};
use crate::catalog::Crop;
use crate::error::{Error, Result};
use crate::explain::colormap::Colormap;
use crate::progress::Progress;
use about::{About, escaped};

const INDEX: &str = include_str!("page/index.html");
const README: &str = include_str!("page/README.md");
const LICENSE: &str = include_str!("page/LICENSE-onnxruntime");

/// What every page is made of.
const ASSETS: [(&str, &str); 8] = [
    ("app.js", include_str!("page/app.js")),
    ("decode.js", include_str!("page/decode.js")),
    ("engine.js", include_str!("page/engine.js")),
    ("heatmap.js", include_str!("page/heatmap.js")),
    ("opened-as-file.js", include_str!("page/opened-as-file.js")),
    ("preprocess.js", include_str!("page/preprocess.js")),
    ("result.js", include_str!("page/result.js")),
    ("style.css", include_str!("page/style.css")),
];

/// GitHub Pages takes no larger file.
const LARGE_FILE_BYTES: usize = 100_000_000;

/// `runtime`: a folder with the files of [`ONNX_RUNTIME_WEB`]; `None`: they are fetched, unless they were before.
pub(super) fn write(
    folder: &NewFolder,
    run: &Exporting<'_>,
    runtime: Option<&Path>,
    progress: &Progress,
) -> Result<()> {
    let files = match runtime {
        Some(folder) => files_in(&ONNX_RUNTIME_WEB, folder)?,
        None => Runtime::of_user()?.files(progress)?,
    };
    for (name, bytes) in files {
        folder.write(&format!("runtime/{name}"), &bytes)?;
    }
    folder.write("runtime/LICENSE", LICENSE.as_bytes())?;
    for (name, text) in ASSETS {
        folder.write(&format!("assets/{name}"), text.as_bytes())?;
    }
    progress.stage("writing the model", None);
    let model = onnx::model_with_maps(run.predictor.net(), &run.preprocessing)?;
    progress.check()?;
    folder.write("model.onnx", &model)?;
    run.preprocessing.write(folder)?;
    let described = bundle::describe(folder, run, progress)?;
    let notes = notes(run);
    let about = About {
        card: &described.card,
        head: run.preprocessing.head,
        notes: &notes,
        has_credits: described.has_credits,
    };
    let title = &described.card.project;
    let index = INDEX
        .replace("{{title}}", &escaped(title))
        .replace("{{question}}", &escaped(&about.question()))
        .replace("{{card}}", &about.to_html());
    folder.write("index.html", index.as_bytes())?;
    folder.write("page.json", page(run)?.as_bytes())?;
    folder.write("README.md", README.replace("{{title}}", title).as_bytes())?;
    tell(described.goldens, model.len(), &notes, progress);
    Ok(())
}

/// What the page needs that is neither text nor preprocessing.
fn page(run: &Exporting<'_>) -> Result<String> {
    let heat: Vec<[u8; 3]> = (0..=256u16)
        .map(|step| Colormap::Magma.color(f32::from(step) / 256.0).0)
        .collect();
    let difference = [0.0, 1.0].map(|end| Colormap::Diverging.color(end).0);
    let page = json!({
        "classes": run.preprocessing.classes,
        "colors": { "heat": heat, "difference": difference },
    });
    serde_json::to_string(&page).map_err(|error| Error::Invalid(error.to_string()))
}

/// What the page does otherwise than the program.
fn notes(run: &Exporting<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if run.preprocessing.crop == Some(Crop::Measured) {
        notes.push("The program measures borders of an image and cuts them off; this page does not, so give it images without black bars.".to_owned());
    }
    if run.log.info.has_cropped_characters() {
        notes.push("It was trained on images that were cropped to their character; this page shows the net whole images, so give it such crops.".to_owned());
    }
    notes
}

/// What whoever publishes it is to know.
fn tell(goldens: usize, model_bytes: usize, notes: &[String], progress: &Progress) {
    progress.warn(
        "goldens",
        format!(
            "the page checks itself by {goldens} images of the project, small as the net sees them: whoever opens the page can see them, so publish it only if they may be shown"
        ),
    );
    if model_bytes > LARGE_FILE_BYTES {
        progress.warn(
            "model.onnx",
            format!(
                "it has {} MB, which every visitor downloads and some hosts refuse (GitHub Pages over 100 MB); a smaller net makes a lighter page",
                model_bytes / 1_000_000
            ),
        );
    }
    for note in notes {
        progress.warn("index.html", note.clone());
    }
}
