//! Stories with the real binary: the whole job, wrong usage, bad input, kills, and the window itself.
//!
//! One test program, because each one is linked with everything the library brings.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed, and one that is skipped says so"
)]

#[cfg(unix)]
#[path = "../common/answering_run.rs"]
mod answering_run;
mod bad_input;
#[path = "../common/browser.rs"]
mod browser;
mod character;
mod closed_form;
mod collect;
mod crop;
mod cross_validate;
#[cfg(unix)]
mod demo;
#[cfg(unix)]
mod demo_page;
#[cfg(all(target_os = "linux", feature = "gui"))]
mod end_to_end;
mod explain;
mod export;
#[cfg(unix)]
mod files;
mod findings;
mod frames;
mod group;
mod hub;
#[path = "../common/hub_server.rs"]
mod hub_server;
mod job;
#[cfg(unix)]
mod kill;
mod leaks;
mod learner;
mod lineage;
mod nets;
#[cfg(target_os = "linux")]
mod package;
mod program;
#[path = "../common/python.rs"]
mod python;
mod readers;
mod refusals;
#[cfg(unix)]
mod resume;
#[cfg(unix)]
#[path = "../common/runs.rs"]
mod runs;
mod runtime;
mod scan_parts;
mod screen;
#[cfg(unix)]
mod serve;
mod settings;
mod site;
#[cfg(unix)]
mod studio;
mod sweep;
#[path = "../common/torchvision.rs"]
mod torchvision;
mod train_job;
mod twins;
mod upsample;
mod usage;
#[path = "../common/web_server.rs"]
mod web_server;
