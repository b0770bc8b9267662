//! Images and films as they come from outside: decoding, frames, scene cuts, thumbnails.

pub mod border;
pub(crate) mod child;
pub mod decode;
mod decode_budget;
mod dissolve;
mod extract_options;
mod ffmpeg;
mod ffprobe;
mod film_health;
mod film_probe;
mod foreign_format;
mod frame_files;
pub mod frame_look;
mod frame_pipe;
pub mod frame_series;
mod hdr;
mod jpeg_check;
mod junk;
mod orientation;
mod probed_film;
pub mod recipe;
mod reduced_jpeg;
pub mod scene;
mod small_frame;
pub mod thumbnail;
pub mod upsampling;
pub mod video;
