//! Stories through the public library, without a window or the program.
//!
//! One test program, because each one is linked with everything the library brings.

mod backups;
mod cams;
mod catalog;
#[path = "../common/catalog_rows.rs"]
mod catalog_rows;
mod character;
mod collect;
#[path = "../common/mod.rs"]
mod common;
mod damaged;
mod device;
mod film_display;
mod film_import;
mod film_words;
mod films;
mod frame_folders;
mod heatmap;
mod images;
mod import;
mod import_folders;
mod labels;
mod model;
mod onnx;
#[path = "../common/python.rs"]
mod python;
#[path = "../common/torchvision.rs"]
mod reference;
mod removal;
mod scenes;
mod session;
mod torchvision;
mod undo;
mod watched;
#[path = "../common/web_server.rs"]
mod web_server;
