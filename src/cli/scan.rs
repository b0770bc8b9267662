//! `scan`: reads what the checks want to know of every image and file; in one process, or in parts elsewhere.

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use crate::catalog::Catalog;
use crate::curate::{Features, Kind, ScanReport, Shard, merge_shards, scan, scan_shard};
use crate::documents::findings::Scanned;
use crate::export::export_scan;
use crate::number::counted;

#[derive(Debug, Args)]
pub struct ScanArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// Only what this kind of finding needs; several may be given [default: all]
    #[arg(long, value_name = "KIND", num_args = 1..)]
    kind: Vec<Kind>,
    /// Read only one part of the images, such as 2/4, and put what it says into the new folder --out; the project is not changed
    #[arg(long, value_name = "PART/OF", requires = "out")]
    shard: Option<Shard>,
    /// Where a part goes
    #[arg(long, value_name = "DIR", requires = "shard")]
    out: Option<PathBuf>,
    /// Take in what parts have read, and read only what is still missing
    #[arg(long, value_name = "DIR", num_args = 1.., conflicts_with = "shard")]
    merge: Vec<PathBuf>,
    /// Read nothing here: make a new folder with a script for Ray that reads the parts side by side and takes them in
    #[arg(long, value_name = "DIR", conflicts_with_all = ["shard", "merge"])]
    ray: Option<PathBuf>,
}

impl ScanArgs {
    fn kinds(&self) -> &[Kind] {
        if self.kind.is_empty() {
            Kind::ALL
        } else {
            &self.kind
        }
    }
}

pub fn run(args: &ScanArgs) -> anyhow::Result<()> {
    if let (Some(shard), Some(out)) = (args.shard, &args.out) {
        return run_shard(args, shard, out);
    }
    if let Some(out) = &args.ray {
        return write_job(args, out);
    }
    let (project, mut catalog) = args.at.write()?;
    let mut shown = Shown::new()?;
    let kinds = args.kinds();
    if !args.merge.is_empty() {
        let merged = merge_shards((&project, &mut catalog), &args.merge, &shown.progress)?;
        let parts = counted(args.merge.len(), "part");
        let images = counted(merged.images, "image");
        let all = if merged.in_project == merged.images {
            String::new()
        } else {
            format!(", of which the project has {}", merged.in_project)
        };
        shown.list_warnings();
        shown.note(&format!("took in {parts}: {images}{all}"));
    }
    let report = scan(&mut catalog, kinds, &shown.progress)?;
    if kinds.iter().any(|kind| kind.needs_features()) {
        let snapshot = catalog.snapshot()?;
        if !snapshot.images.is_empty() {
            Features::load(&project.cache_dir(), &snapshot, &shown.progress)?;
        }
    }
    shown.finish();
    document(args, report, &shown)
}

fn run_shard(args: &ScanArgs, shard: Shard, out: &Path) -> anyhow::Result<()> {
    let project = args.at.open()?;
    let catalog = Catalog::open_read_only(&project)?;
    let mut shown = Shown::new()?;
    let what = (args.kinds(), shard);
    let report = scan_shard((&project, &catalog), what, out, &shown.progress)?;
    shown.finish();
    document(args, report, &shown)
}

fn write_job(args: &ScanArgs, out: &Path) -> anyhow::Result<()> {
    let (project, snapshot) = args.at.read()?;
    export_scan((&project, &snapshot), &args.kind, out)?;
    let script = out.join("scan_ray.py").display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let script = if script.chars().all(is_plain) {
        script
    } else {
        // To be pasted into a shell.
        format!("'{}'", script.replace('\'', r"'\''"))
    };
    output::line(format!(
        "`python {script}` scans the project in parts, side by side with Ray"
    ))?;
    Ok(())
}

fn document(args: &ScanArgs, report: ScanReport, shown: &Shown) -> anyhow::Result<()> {
    if args.at.json {
        return output::json(&Scanned {
            report,
            warnings: shown.progress.warnings(),
        });
    }
    output::line(report.summary())?;
    Ok(())
}
