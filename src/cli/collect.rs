//! `collect`: images from the web; and `credits`, whom they are from.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use crate::catalog::import::ImportReport;
use crate::collect::{
    CollectReport, Collector, DEFAULT_SOURCE, Dates, Licences, Origin, Request, Settings, Span,
    credits,
};
use crate::documents::collected::{Collected, Credits};
use crate::error::Error;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("origin").required(true))]
pub struct CollectArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// A text file with a web address a line, or a CSV file with a column url (and class, licence, author, date, title,
    /// page, source, where it has them)
    #[arg(long, value_name = "FILE", group = "origin")]
    urls: Option<PathBuf>,
    /// Search Openverse for these keywords
    #[arg(long, value_name = "KEYWORDS", group = "origin")]
    openverse: Option<String>,
    /// Search Wikimedia Commons for these keywords
    #[arg(long, value_name = "KEYWORDS", group = "origin")]
    commons: Option<String>,
    /// Class of the images [default: the column class of a list; the keywords of a search]
    #[arg(long)]
    class: Option<String>,
    /// Only images with one of these licences: by, by-sa, by-nd, by-nc, by-nc-sa, by-nc-nd, cc0, pdm, with commas between;
    /// or commercial, modification, any. A list's images that name no licence are taken to have this one
    #[arg(
        long,
        visible_alias = "license",
        default_value_t,
        hide_default_value = true
    )]
    licence: Licences,
    /// Only images that were made on this day or later, such as 2019-05-01, 2019-05 or 2019, by what Commons or a list's column
    /// date says; those without a date are left out. Openverse says none
    #[arg(long, value_name = "DATE", value_parser = span)]
    after: Option<Span>,
    /// Only images that were made on this day or earlier
    #[arg(long, value_name = "DATE", value_parser = span)]
    before: Option<Span>,
    /// Only images whose shorter side has this many pixels
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    min_size: u32,
    /// No more than this many images, those of earlier runs included [default: 100 of a search, all of a list]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<usize>,
    /// What to call the source that the images come into
    #[arg(long, default_value = DEFAULT_SOURCE)]
    source: String,
    /// An address (mail or web) at which operators of servers can reach you; sent with every request
    #[arg(long)]
    contact: Option<String>,
}

#[derive(Debug, Args)]
pub struct CreditsArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// Write them to this file: .csv with all images, .md without rejected ones
    #[arg(long, value_name = "FILE", required_unless_present = "json")]
    out: Option<PathBuf>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("give a whole number of 1 or more".to_owned()),
    }
}

fn span(text: &str) -> Result<Span, String> {
    text.parse()
}

impl CollectArgs {
    fn request(&self) -> Option<Request> {
        let urls = self.urls.clone().map(Origin::Urls);
        let openverse = self.openverse.clone().map(Origin::Openverse);
        let commons = self.commons.clone().map(Origin::Commons);
        Some(Request {
            class: self.class.clone(),
            source: self.source.clone(),
            licences: self.licence.clone(),
            dates: Dates {
                after: self.after.map(|span| span.first),
                before: self.before.map(|span| span.last),
            },
            min_size: self.min_size,
            limit: self.limit,
            ..Request::new(urls.or(openverse).or(commons)?)
        })
    }
}

pub fn run(args: &CollectArgs) -> anyhow::Result<()> {
    let Some(request) = args.request() else {
        anyhow::bail!("name a list (--urls) or keywords (--openverse, --commons)");
    };
    let (project, mut catalog) = args.at.write()?;
    let mut shown = Shown::new()?;
    let settings = Settings {
        contact: args.contact.clone(),
        ..Settings::of_user()
    };
    let collector = Collector::new(&catalog, &project, request, settings)?;
    let import = collector.import().clone();
    let mut rows = ImportReport::default();
    let mut so_far = CollectReport::default();
    let done = collector.run(&shown.progress, &mut |batch| {
        so_far.clone_from(&batch.report);
        catalog.insert_fetched(&import, &batch.images, &batch.fetched, &mut rows)
    });
    shown.finish();
    let report = match done {
        Ok(report) => report,
        Err(error) => {
            if so_far.handled() > 0 {
                let kept = format!("{}; the same command goes on from here", so_far.summary());
                shown.note(&kept);
            }
            return Err(error.into());
        }
    };
    if args.at.json {
        output::json(&Collected {
            report: report.clone(),
            warnings: shown.progress.warnings(),
        })?;
    } else {
        output::line(report.summary())?;
    }
    if report.failed > 0 && report.failed == report.handled() {
        anyhow::bail!(
            "nothing could be fetched; the reasons are above. See whether this computer is online"
        );
    }
    if report.refused > 0 && report.refused + report.failed == report.handled() {
        anyhow::bail!("nothing was taken; the reasons are above");
    }
    Ok(())
}

pub fn credits(args: &CreditsArgs) -> anyhow::Result<()> {
    let project = args.at.open()?;
    let catalog = crate::catalog::Catalog::open_read_only(&project)?;
    let credits = catalog.credits()?;
    if let Some(out) = &args.out {
        if credits.is_empty() {
            return Err(Error::Invalid(
                "no image of this project came from the web, so there is nobody to credit".into(),
            )
            .into());
        }
        credits::write(&catalog.snapshot()?, &credits, out)?;
    }
    if args.at.json {
        return output::json(&Credits::of(&credits, project.root()));
    }
    if let Some(out) = &args.out {
        let images = if credits.len() == 1 {
            "image"
        } else {
            "images"
        };
        output::line(format!(
            "Credits of {} {images} written to {}",
            credits.len(),
            out.display()
        ))?;
    }
    Ok(())
}
