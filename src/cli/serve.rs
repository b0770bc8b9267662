//! `serve`: a run behind a web page and a JSON API, until Ctrl+C.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::output;
use super::progress_bar::Shown;
use super::runs::check_run;
use crate::project::Project;
use crate::serve::{DEFAULT_PORT, Limits, Options, Served, Server};

#[derive(Debug, Args)]
#[command(
    override_usage = "cutting-room serve [OPTIONS] <PROJECT> <RUN>\n       \
                            cutting-room serve [OPTIONS] --bundle <DIR>"
)]
pub struct ServeArgs {
    /// The project's folder
    #[arg(required_unless_present = "bundle", conflicts_with = "bundle")]
    project: Option<PathBuf>,
    /// A run's id; `cutting-room runs PROJECT` lists them
    #[arg(required_unless_present = "bundle")]
    run: Option<String>,
    /// Serve this bundle instead, which `export --to bundle` has made; it is checked by its own images first
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// 0 takes any that is free
    #[arg(long, default_value_t = DEFAULT_PORT)]
    port: u16,
    /// Where to listen; 0.0.0.0 lets others in, who then need the token [default: this computer alone]
    #[arg(long)]
    host: Option<String>,
    /// What visitors must know: 8 letters or more, as a part of the address or in the header Authorization
    #[arg(long)]
    token: Option<String>,
    /// Images that one address may send in any minute, at once or one by one; behind a proxy on this computer its visitors count by their own addresses (X-Forwarded-For) [default: 300 where others come in, else as many as it likes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Print one JSON document on stdout as soon as it listens
    #[arg(long)]
    json: bool,
}

/// The document of `serve --json`.
#[derive(Serialize)]
struct Serving<'a> {
    /// With the token.
    address: String,
    run: &'a str,
    check: String,
    check_passed: bool,
}

impl ServeArgs {
    fn options(&self) -> Options {
        let defaults = Options::default();
        Options {
            host: self.host.clone().unwrap_or(defaults.host),
            port: self.port,
            token: self.token.clone(),
            limits: Limits {
                images_per_minute: self.rate,
                ..defaults.limits
            },
        }
    }
}

pub fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let served = match (&args.bundle, &args.project, &args.run) {
        (Some(folder), _, _) => Served::of_bundle(folder)?,
        (None, Some(project), Some(run)) => {
            let project = Project::open(project)?;
            check_run(&project, run)?;
            Served::of_run(&project, run, &shown.progress)?
        }
        // The parser asks for both.
        (None, _, _) => anyhow::bail!("name a project and a run, or a bundle"),
    };
    shown.list_warnings();
    if served.check.is_passed() {
        shown.note(&served.check.text());
    }
    let serving = Serving {
        address: String::new(),
        run: &served.card.run.clone(),
        check: served.check.text(),
        check_passed: served.check.is_passed(),
    };
    let server = Server::bind(served, args.options())?;
    if args.json {
        output::json(&Serving {
            address: server.url(),
            ..serving
        })?;
    } else {
        output::line(server.url())?;
    }
    shown.note("Ctrl+C stops it");
    let metrics = server.metrics();
    server.run(&shown.progress)?;
    shown.finish();
    output::note(format_args!(
        "stopped; it was asked about {} images in {} requests",
        metrics.images(),
        metrics.requests()
    ));
    Ok(())
}
