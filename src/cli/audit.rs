//! `audit`: whether a run looks at the frame around the images of a class, and whether its heatmaps are true.

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use super::runs::check_run;
use crate::evaluate::EvaluationSet;
use crate::explain::audit::{Audit, AuditPlan};
use crate::explain::faithfulness::Summary;
use crate::number::counted;
use crate::predict::Predictor;

#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// A run's id; `cutting-room runs PROJECT` lists them
    run: String,
    /// valid, train, a film or imported folder of the project, or any folder whose sub-folders are classes
    #[arg(long, default_value = "valid", value_name = "SET")]
    set: String,
    /// What is cropped on every side, as a part of the shorter side [default: 0.025]
    #[arg(long, value_name = "PART", value_parser = part)]
    crop: Option<f64>,
    /// Images whose heatmaps are checked by hiding what they call hot [default: 24]
    #[arg(long, value_name = "N")]
    faithful_images: Option<usize>,
}

fn part(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(part) if part > 0.0 && part < 0.5 => Ok(part),
        _ => Err("give a number between 0 and 0.5".into()),
    }
}

pub fn run(args: &AuditArgs) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let progress = &shown.progress;
    let (project, snapshot) = args.at.read_split(progress)?;
    check_run(&project, &args.run)?;
    let predictor = Predictor::load(&project, &args.run)?;
    let dir = project.run_dir(&args.run);
    let set = EvaluationSet::of(&snapshot, &args.set, predictor.classes(), progress)?;
    let usual = AuditPlan::default();
    let plan = AuditPlan {
        crop: args.crop.unwrap_or(usual.crop),
        faithful_images: args.faithful_images.unwrap_or(usual.faithful_images),
        ..usual
    };
    let audit = Audit::of(&predictor, &set.samples, &plan, progress)?;
    // What the window shows is about validation.
    if args.set == "valid"
        && let Err(error) = audit.write(&dir)
    {
        progress.warn("audit", format!("not stored with the run: {error}"));
    }
    shown.finish();
    if args.at.json {
        return output::json(&audit);
    }
    show(&audit)
}

fn show(audit: &Audit) -> anyhow::Result<()> {
    output::line(format!(
        "{:<20} {:>6} {:>6} {:>6} {:>6}  predictions that a crop of {:.1} % of the shorter side changes",
        "class",
        "images",
        "scenes",
        "ratio",
        "z",
        audit.crop * 100.0
    ))?;
    for row in &audit.border {
        output::line(format!(
            "{:<20} {:>6} {:>6} {:>6.2} {:>6.1}  {} ({:.1} %, p {:.4}){}",
            row.class,
            row.images,
            row.units,
            row.mass_ratio,
            row.robust_z,
            row.flips,
            row.flip_rate * 100.0,
            row.p,
            if row.flagged {
                "  looks at the border"
            } else {
                ""
            }
        ))?;
    }
    let flagged = audit.flagged();
    if flagged.is_empty() {
        output::line("No class stands out by its border")?;
    } else {
        output::line(format!(
            "The run looks at the border of {}: crop the borders of its films and train again",
            flagged.join(", ")
        ))?;
    }
    audit
        .faithfulness
        .as_ref()
        .map_or(Ok(()), show_faithfulness)
}

fn show_faithfulness(found: &Summary) -> anyhow::Result<()> {
    for (name, hidden) in [("blurred", &found.blurred), ("filled", &found.filled)] {
        output::line(format!(
            "hottest {:.0} % {name}: probability falls by {:.3}, by {:.3} with other regions as large (better than {:.0} % of them)",
            found.hidden_fraction * 100.0,
            hidden.drop,
            hidden.random_drop,
            hidden.better_than_random * 100.0
        ))?;
    }
    output::line(format!(
        "deletion {:.3} (chance {:.3}), insertion {:.3} (chance {:.3}), {}",
        found.deletion.area,
        found.deletion.random_area,
        found.insertion.area,
        found.insertion.random_area,
        counted(found.images, "image")
    ))?;
    Ok(())
}
