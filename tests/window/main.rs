//! Every page of the window, driven by accessible labels, without a display.
//!
//! One test program, because each one is linked with everything the window brings.

#[path = "../common/answering_run.rs"]
mod answering_run;
mod character;
mod collect;
#[path = "../common/mod.rs"]
mod common;
mod crop;
mod cull;
mod evaluate;
mod explain;
mod export;
mod frame;
mod guide;
mod help;
mod leaks;
mod leave;
mod narrow;
mod news;
mod publish;
mod review;
#[path = "../common/runs.rs"]
mod runs;
mod settings;
mod split;
mod train;
mod train_queue;
mod watched;
#[path = "../common/web_server.rs"]
mod web_server;
#[path = "../common/window.rs"]
mod window;
