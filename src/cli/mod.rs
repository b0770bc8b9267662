//! The command line: a thin face over the library. Results go to stdout, progress and warnings to stderr.

pub mod args;
pub mod audit;
mod background;
mod clusters;
pub mod collect;
pub mod crop_borders;
mod crop_character;
pub mod cross_validate;
pub mod decide;
pub mod doctor;
pub mod evaluate;
pub mod explain;
pub mod export;
pub mod find_lr;
pub mod findings;
pub mod frames;
pub mod group;
pub mod history;
pub mod honesty;
pub mod import;
pub mod import_run;
pub mod interrupt;
pub mod leaks;
mod manual;
pub mod new;
pub mod output;
pub mod predict;
pub mod progress_bar;
pub mod remove;
pub mod restore;
pub mod resume;
pub mod runs;
pub mod scan;
pub mod scenes;
pub mod screen;
pub mod serve;
mod settings_device;
pub mod split;
pub mod sweep;
pub mod train;
pub mod train_job;
pub mod upsample;
pub mod watch;
pub mod weights;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory as _, Parser, Subcommand};

use self::settings_device::SettingsDevice;
use crate::error::Error;
use crate::settings::SettingsFile;
use crate::{logging, settings};

#[derive(Debug, Parser)]
#[command(
    name = "cutting-room",
    version,
    about = "Turns films and scraped images into an image classifier you can trust",
    after_help = "Without a command the window opens. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled."
)]
pub struct Cli {
    /// Project to open in the window
    pub project: Option<PathBuf>,
    /// Say on stderr what is done; twice (-vv): in detail. The variable `CUTTING_ROOM_LOG` wins
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// What was typed; ends the program with the usage if that is wrong.
    pub fn parsed() -> Self {
        let cli = Self::parse();
        // clap's own check would take `-v` before a command for such an argument, too.
        if cli.project.is_some() && cli.command.is_some() {
            let mut command = Self::command();
            let problem = "a project comes after the command, or alone to open it in the window";
            command.error(ErrorKind::ArgumentConflict, problem).exit();
        }
        cli
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what this computer has, what is missing and how to get it
    Doctor(doctor::Doctor),
    /// Make a project
    New(new::New),
    /// List the catalog's own backups, and put one in the place of a damaged or missing catalog
    Restore(restore::Restore),
    /// Take every N-th frame out of films, and find their scenes in the same pass
    ImportFilm(import::ImportFilmArgs),
    /// Take in a folder of images whose sub-folders are classes
    ImportImages(import::ImportImagesArgs),
    /// Fetch images from the web: from a list of addresses, or found by Openverse or Wikimedia Commons
    Collect(collect::CollectArgs),
    /// Write down whom the images from the web are from
    Credits(collect::CreditsArgs),
    /// Take in what comes into one or more folders, as long as the command runs
    Watch(watch::WatchArgs),
    /// Take a film or an imported folder out of the project; `undo` brings it back
    Remove(remove::Remove),
    /// Read all images for the checks: what is broken, doubled, unusable or suspicious. What is known is not read again
    Scan(scan::ScanArgs),
    /// List what the checks have found
    Findings(findings::FindingsArgs),
    /// Keep, reject or undecide images
    Decide(decide::Decide),
    /// Take the last decision back
    Undo(history::History),
    /// Do again what was taken back
    Redo(history::History),
    /// List the scenes of all films
    Scenes(scenes::Scenes),
    /// Say that the images of a folder are frames of films, so that their shots become scenes, or that they are single images
    Frames(frames::Frames),
    /// Link scenes that show the same, so that a split moves them as one; suggest which, or separate them
    Group(group::Group),
    /// Choose the validation scenes; without a choice, show the split
    Split(split::SplitArgs),
    /// Find validation images that training images give away
    Leaks(leaks::LeaksArgs),
    /// Measure in seconds what a random split would claim, and what this split says
    Honesty(honesty::HonestyArgs),
    /// Look for what a class could be told by without a look at what its images show
    Screen(screen::ScreenArgs),
    /// Cut borders off the images wherever they are looked at: thumbnails, training, predictions, heatmaps. No file is changed
    CropBorders(crop_borders::CropBorders),
    /// Crop images to their character wherever they are looked at, as `crop-borders` does: propose boxes, import them, accept them. No file is changed
    CropCharacter(crop_character::CropCharacter),
    /// Let training learn from six copies of each image of a source, too: grey, inverted, noisy, stretched, logarithmic, sigmoid
    Upsample(upsample::Upsample),
    /// Train; prints the run's id
    Train(train::Train),
    /// Go on with a run that was cut off or stopped; prints its id
    Resume(resume::Resume),
    /// Suggest a learning rate for a training with the same options
    FindLr(find_lr::FindLr),
    /// Train with every scene held out once, and say how well a recipe does on scenes that it has not seen
    CrossValidate(cross_validate::CrossValidate),
    /// Measure a run on a set of images it may not have seen
    Evaluate(evaluate::Evaluate),
    /// Compare two runs on the same images
    Compare(evaluate::Compare),
    /// Say what images show. Images of the project are cropped as it has them cropped now; others lose their borders if the run was trained on images without theirs, or so many pixels as all of its training images lost
    Predict(predict::Predict),
    /// Draw what a run looked at in images, which are cropped as for `predict`
    Explain(explain::Explain),
    /// Ask whether a run looks at the frame around the images of a class, and whether its heatmaps are true
    Audit(audit::AuditArgs),
    /// Ask whether a run knows the place and not the character: hide the figure of each image and predict again
    Background(background::BackgroundArgs),
    /// Group images by the part of them that decides, class by class: logos, subtitles, corners
    Clusters(clusters::ClustersArgs),
    /// Make a new folder for other programs: a run's net, or the images with their split
    Export(export::ExportArgs),
    /// Train a queue of runs that differ in seed, rate, size or net, and compare them; called again, it goes on where it stopped
    Sweep(sweep::SweepArgs),
    /// Train what a job (`export --to job`) holds, in its own folder; called again, it goes on where it stopped
    TrainJob(train_job::TrainJobArgs),
    /// Bring the runs of a job back into a project
    ImportRun(import_run::ImportRunArgs),
    /// Let others try a run in their browser: a page and a JSON API, on this computer alone unless told otherwise. Ctrl+C ends it
    Serve(serve::ServeArgs),
    /// List the runs
    Runs(runs::Runs),
    /// Print a script that lets a shell complete the commands
    Completions(manual::Completions),
    /// Write the commands as pages for `man`
    Man(manual::Man),
}

/// What is wrong with the keys of the settings, by name; only the window knows what there is.
pub type CheckKeys = fn(&BTreeMap<String, String>) -> Vec<String>;

/// Does one command. `verbosity`: how often `-v` was given.
///
/// # Errors
/// Whatever the command could not do, in one line with its remedy.
pub fn run(command: Command, verbosity: u8, check_keys: CheckKeys) -> anyhow::Result<()> {
    logging::start(verbosity, None);
    let mut file = SettingsFile::load(settings::default_dir().as_deref());
    // The other commands have no use for keys.
    if matches!(command, Command::Doctor(_)) {
        file.add_faults(check_keys(&file.settings().keys));
    }
    for fault in file.faults() {
        output::note(format_args!("warning: {fault}"));
    }
    file.settings().cache.apply();
    let device = &SettingsDevice::of(&file);
    match command {
        Command::Doctor(doctor) => doctor::run(&doctor, &file),
        Command::New(new) => new::run(&new),
        Command::Restore(restore) => restore::run(&restore),
        Command::ImportFilm(import) => import::films(&import),
        Command::ImportImages(import) => import::images(&import),
        Command::Collect(collect) => collect::run(&collect),
        Command::Credits(credits) => collect::credits(&credits),
        Command::Watch(watch) => watch::run(&watch),
        Command::Remove(remove) => remove::run(&remove),
        Command::Scan(scan) => scan::run(&scan),
        Command::Findings(findings) => findings::run(&findings),
        Command::Decide(decide) => decide::run(&decide),
        Command::Undo(undo) => history::undo(&undo),
        Command::Redo(redo) => history::redo(&redo),
        Command::Scenes(scenes) => scenes::run(&scenes),
        Command::Frames(frames) => frames::run(&frames),
        Command::Group(group) => group::run(&group),
        Command::Split(split) => split::run(&split),
        Command::Leaks(leaks) => leaks::run(&leaks),
        Command::Honesty(honesty) => honesty::run(&honesty),
        Command::Screen(screen) => screen::run(&screen),
        Command::CropBorders(crop) => crop_borders::run(&crop),
        Command::CropCharacter(crop) => crop_character::run(&crop),
        Command::Upsample(upsample) => upsample::run(&upsample),
        Command::Train(train) => train::run(train, device),
        Command::Resume(resume) => resume::run(resume),
        Command::FindLr(find) => find_lr::run(find, device),
        Command::CrossValidate(work) => cross_validate::run(work, device),
        Command::Evaluate(evaluate) => evaluate::run(&evaluate),
        Command::Compare(compare) => evaluate::compare(&compare),
        Command::Predict(predict) => predict::run(&predict),
        Command::Explain(explain) => explain::run(&explain),
        Command::Audit(audit) => audit::run(&audit),
        Command::Background(background) => background::run(&background),
        Command::Clusters(clusters) => clusters::run(&clusters),
        Command::Export(export) => export::run(&export),
        Command::Sweep(sweep) => sweep::run(&sweep, device),
        Command::TrainJob(job) => train_job::run(&job, device),
        Command::ImportRun(job) => import_run::run(&job),
        Command::Serve(serve) => serve::run(&serve),
        Command::Runs(runs) => runs::run(&runs),
        Command::Completions(completions) => manual::completions(&completions, Cli::command()),
        Command::Man(man) => manual::man(&man, Cli::command()),
    }
}

/// Says what went wrong, once, and turns it into the program's exit code.
pub fn exit_code(done: anyhow::Result<()>) -> ExitCode {
    let Err(error) = done else {
        return ExitCode::SUCCESS;
    };
    if error
        .downcast_ref::<Error>()
        .is_some_and(Error::is_cancelled)
    {
        output::note(error);
        return ExitCode::from(interrupt::CANCELLED);
    }
    match error.downcast_ref::<Error>() {
        // The library's errors hold their cause in their own words already.
        Some(error) => output::note(format_args!("error: {error}")),
        None => output::note(format_args!("error: {error:#}")),
    }
    ExitCode::FAILURE
}
