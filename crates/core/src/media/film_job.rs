//! What is asked of a film, the same for every part of it.

use std::path::Path;

use super::extract_options::{Every, FrameSize};
use super::probed_film::ProbedFilm;
use crate::progress::Progress;

pub(super) struct FilmJob<'a> {
    pub film: &'a Path,
    /// Where the frames go.
    pub out: &'a Path,
    pub every: Every,
    pub size: FrameSize,
    pub probed: &'a ProbedFilm,
    /// The option by which every frame comes out once.
    pub passthrough: [&'static str; 2],
    pub progress: &'a Progress,
}
