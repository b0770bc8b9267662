//! `explain`: what a run looked at in images, as pictures.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::args::ProjectArgs;
use super::output;
use super::predict::summary;
use super::progress_bar::Shown;
use super::runs::{check_run, warn_of_whole_files};
use crate::catalog::Snapshot;
use crate::catalog::output::OutputKind;
use crate::documents::predictions::{ExplanationRow, Explanations, WrittenFiles};
use crate::error::Error;
use crate::explain::colormap::Colormap;
use crate::explain::comparison::{Drawing, comparison};
use crate::explain::faithfulness::Plan;
use crate::explain::figure::Panel;
use crate::explain::method::Method;
use crate::explain::picture_file::write_png;
use crate::explain::style::Style;
use crate::explain::{Explained, Explainer, Question, names, npy, sheet};
use crate::predict::{ImageFile, ProjectFiles};
use crate::progress::Progress;
use crate::project::write_atomic;

#[derive(Debug, Args)]
pub struct Explain {
    #[command(flatten)]
    at: ProjectArgs,
    /// A run's id; `cutting-room runs PROJECT` lists them
    run: String,
    /// One, or several for a folder of pictures or a contact sheet
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Class to explain [default: the most probable one]
    #[arg(long)]
    class: Option<String>,
    /// Another class beside it, and the difference: why that one and not this?
    #[arg(long, value_name = "CLASS")]
    against: Option<String>,
    /// What to show
    #[arg(long, value_enum, default_value_t)]
    method: Method,
    /// Whose map is read [default: the last one]; a wrong name lists those of the net
    #[arg(long)]
    layer: Option<String>,
    /// Image with the heatmap over it, or of what speaks for the class, as PNG. Of several images: a contact sheet if it ends
    /// in .png, otherwise a folder for a picture of each
    #[arg(long, value_name = "PNG|DIR")]
    out: PathBuf,
    /// The raw map too, as a float32 array for NumPy: (height, width) of a heatmap, (3, height, width) of the others, one more
    /// axis of 2 with --against. Of several images: a folder
    #[arg(long, value_name = "NPY|DIR")]
    raw: Option<PathBuf>,
    /// Colors of a heatmap
    #[arg(long, value_enum, default_value_t)]
    colormap: Colormap,
    /// Draw lines at a quarter, half and three quarters of the scale
    #[arg(long)]
    contours: bool,
    /// What the colors stand for with --against
    #[arg(long, value_enum, default_value_t)]
    scale: ScaleChoice,
    /// Of what is shown over the image, 0 to 1 [default: 0.6 for a heatmap, 0.8 for the signed mean, 1 for the others]
    #[arg(long, value_parser = opacity)]
    opacity: Option<f32>,
    /// Hide the hottest region, and others as large, and say what that costs the class
    #[arg(long)]
    faithfulness: bool,
}

/// Of two maps beside one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ScaleChoice {
    /// The same color means the same value on both
    #[default]
    Shared,
    /// Each from its own least to its own greatest value
    Own,
}

fn opacity(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(opacity) if (0.0..=1.0).contains(&opacity) => Ok(opacity),
        _ => Err("give a number from 0 to 1".into()),
    }
}

/// Where the pictures go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// One image.
    File,
    /// All on one picture.
    Sheet,
    /// A file for each.
    Folder,
}

impl Explain {
    fn target(&self) -> Target {
        let is_png = (self.out.extension()).is_some_and(|end| end.eq_ignore_ascii_case("png"));
        match self.images.len() {
            _ if self.out.is_dir() => Target::Folder,
            1 => Target::File,
            _ if is_png => Target::Sheet,
            _ => Target::Folder,
        }
    }

    fn drawing(&self) -> Drawing {
        let opacity = self.opacity;
        Drawing {
            style: Style {
                colormap: self.colormap,
                has_contours: self.contours,
                veil: self.method.veil(),
                scale: None,
            },
            opacity: opacity.unwrap_or_else(|| self.method.default_opacity()),
            shares_scale: self.scale == ScaleChoice::Shared,
        }
    }

    fn question(&self) -> Question<'_> {
        Question {
            class: self.class.as_deref(),
            against: self.against.as_deref(),
            method: self.method,
            layer: self.layer.as_deref(),
        }
    }
}

pub fn run(args: &Explain) -> anyhow::Result<()> {
    let (project, snapshot) = args.at.read()?;
    let target = args.target();
    check_outputs(args, target, &snapshot)?;
    check_run(&project, &args.run)?;
    let mut shown = Shown::new()?;
    let own = ProjectFiles::of(&snapshot);
    let files: Vec<ImageFile> = args.images.iter().map(|path| own.find(path)).collect();
    warn_of_whole_files(&project, &args.run, &files, &shown.progress)?;
    let mut work = Work {
        args,
        target,
        snapshot: &snapshot,
        own,
        explainer: Explainer::new(project),
        names: names::Names::default(),
        rows: Vec::new(),
        panels: Vec::new(),
    };
    let progress = &shown.progress;
    progress.stage("explaining", Some(args.images.len() as u64));
    for path in &args.images {
        progress.check()?;
        match work.one(path, progress) {
            // A question that no image can answer, or an only image, is not a matter of one of them.
            Err(error) if target == Target::File || !is_about_the_image(&error) => {
                return Err(error);
            }
            Err(error) => progress.warn(path.display().to_string(), error.to_string()),
            Ok(()) => {}
        }
        progress.advance(1);
    }
    let Work { rows, panels, .. } = work;
    if target == Target::Sheet && !panels.is_empty() {
        let foot = format!("{} by {}", args.method.title(), args.run);
        write_png(&sheet::sheet(&panels, &foot)?, &args.out)?;
    }
    shown.finish();
    let unreadable = args.images.len() - rows.len();
    show(args, target, rows)?;
    if unreadable > 0 {
        bail!(
            "{unreadable} of {} images could not be explained; the reasons are above",
            args.images.len()
        );
    }
    Ok(())
}

/// Before anything is loaded: where files would be lost, nothing is done.
fn check_outputs(args: &Explain, target: Target, snapshot: &Snapshot) -> anyhow::Result<()> {
    let mut inputs: Vec<&Path> = args.images.iter().map(PathBuf::as_path).collect();
    if target == Target::Sheet && args.against.is_some() {
        bail!(
            "two classes of an image make a picture of their own; give --out a folder for several images"
        );
    }
    if target != Target::Folder {
        snapshot.check_output(&args.out, OutputKind::Png, &inputs)?;
        check_ending("--out", &args.out, "png")?;
        inputs.push(&args.out);
    }
    if let Some(raw) = &args.raw
        && target == Target::File
    {
        snapshot.check_output(raw, OutputKind::Npy, &inputs)?;
        check_ending("--raw", raw, "npy")?;
    }
    Ok(())
}

/// A name without an ending says nothing; another one would be wrong about what is in the file.
fn check_ending(flag: &str, out: &Path, ending: &str) -> anyhow::Result<()> {
    let named = out.extension();
    if named.is_none_or(|named| named.eq_ignore_ascii_case(ending)) {
        return Ok(());
    }
    bail!(
        "{flag} {} would be a {} file under another name; let it end in .{ending}",
        out.display(),
        ending.to_uppercase()
    )
}

fn is_about_the_image(error: &anyhow::Error) -> bool {
    let of_library = error.downcast_ref::<Error>();
    of_library.is_some_and(|error| !error.is_cancelled() && !matches!(error, Error::Unknown { .. }))
}

struct Work<'a> {
    args: &'a Explain,
    target: Target,
    snapshot: &'a Snapshot,
    own: ProjectFiles<'a>,
    explainer: Explainer,
    names: names::Names,
    rows: Vec<ExplanationRow>,
    /// Of the contact sheet.
    panels: Vec<Panel>,
}

impl Work<'_> {
    fn one(&mut self, path: &Path, progress: &Progress) -> anyhow::Result<()> {
        let args = self.args;
        let question = args.question();
        let file = self.own.find(path);
        let explained = self
            .explainer
            .explain(&args.run, &file, &question, progress)?;
        if explained.is_against_itself() {
            let class = explained.class_name();
            return Err(Error::Invalid(format!(
                "{class} would stand beside itself; name another class with --against"
            ))
            .into());
        }
        let stem = self.names.stem(path, &explained);
        let out = match self.target {
            Target::Folder => args.out.join(format!("{stem}.png")),
            Target::File | Target::Sheet => args.out.clone(),
        };
        let raw = args.raw.as_ref().map(|raw| match self.target {
            Target::File => raw.clone(),
            Target::Sheet | Target::Folder => raw.join(format!("{stem}.npy")),
        });
        self.write(path, &explained, &out)?;
        if let Some(raw) = &raw {
            if self.target != Target::File {
                self.make_folder(raw, OutputKind::Npy)?;
            }
            let (shape, values) = explained.raw();
            write_atomic(raw, &npy::encode(&shape, &values))?;
        }
        let files = WrittenFiles {
            out: &out,
            raw: raw.as_deref(),
        };
        let mut row = ExplanationRow::new(path, &explained, files);
        if args.faithfulness {
            let shown = (args.run.as_str(), &file);
            let plan = Plan::default();
            let found = self
                .explainer
                .faithfulness(shown, &question, &plan, progress)?;
            row.faithfulness = Some(found);
        }
        self.rows.push(row);
        Ok(())
    }

    fn write(&mut self, path: &Path, explained: &Explained, out: &Path) -> anyhow::Result<()> {
        let drawing = self.args.drawing();
        let image = explained.recipe.decode(path)?;
        if self.target == Target::Sheet {
            let name = names::file_name(path);
            let look = (&drawing.style, drawing.opacity);
            self.panels
                .push(sheet::panel(explained, &image, look, &name));
            return Ok(());
        }
        if self.target == Target::Folder {
            self.make_folder(out, OutputKind::Png)?;
        }
        let drawn = if explained.against.is_some() {
            comparison(explained, &image, &drawing)?
        } else {
            let found = &explained.explanation;
            found.over(&image, &drawing.style, drawing.opacity)
        };
        Ok(write_png(&drawn, out)?)
    }

    /// The folder that `file` goes into, if it may be written.
    fn make_folder(&self, file: &Path, kind: OutputKind) -> anyhow::Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
        }
        let inputs: Vec<&Path> = self.args.images.iter().map(PathBuf::as_path).collect();
        Ok(self.snapshot.check_output(file, kind, &inputs)?)
    }
}

fn show(args: &Explain, target: Target, mut rows: Vec<ExplanationRow>) -> anyhow::Result<()> {
    if args.at.json {
        if target == Target::File
            && let Some(row) = rows.pop()
        {
            return output::json(&row);
        }
        return output::json(&Explanations { explanations: rows });
    }
    for row in &rows {
        output::line(format!(
            "{}; {} explained in {}",
            summary(&row.prediction),
            row.explained,
            row.out.display()
        ))?;
        if row.is_blank {
            output::line(args.method.blank_words(&row.explained))?;
        }
        if let Some(found) = &row.faithfulness {
            output::line(found.words())?;
        }
    }
    Ok(())
}
