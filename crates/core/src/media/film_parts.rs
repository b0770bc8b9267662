//! A long film is decoded in several parts side by side: one ffmpeg decodes a DVD little faster on many cores than on one.

use std::fs;
use std::path::Path;
use std::thread;

use super::ffmpeg::Ffmpeg;
use super::film_decoder::Begin;
use super::film_job::FilmJob;
use super::film_part::{End, Part, decode};
use super::part_heads::PartHeads;
use super::probed_film::ProbedFilm;
use crate::error::{Error, Result};

/// Shorter parts gain less than it takes to begin them.
const MIN_PART_SECS: f64 = 60.0;
/// Each takes the memory of a decoder, and more do not read the film faster.
const MAX_PARTS: usize = 8;
/// ffmpeg writes times with six digits: later ones do not tell one frame from the next, of fast films not even those after
/// a thousand seconds.
const LATEST_SECS: f64 = 9_900.0;
const LATEST_SECS_OF_FAST: f64 = 900.0;
const FAST: f64 = 90.0;

/// All of the film in order, one or more parts; of a cancelled film the beginning.
///
/// # Errors
/// `Io`.
pub(super) fn decode_film(ffmpeg: &Ffmpeg, job: &FilmJob<'_>) -> Result<Vec<Part>> {
    let begins = begins(job.probed, ffmpeg.parts);
    if begins.len() > 1
        && let Some(parts) = decode_parts(ffmpeg, job, &begins)?
    {
        return Ok(parts);
    }
    let heads = PartHeads::new(vec![0.0]);
    Ok(vec![decode(ffmpeg, job, &heads, 0, None)?])
}

/// Where the parts of a film begin; one if it is better decoded in one. `wanted`: instead of as many as there are cores.
fn begins(probed: &ProbedFilm, wanted: Option<usize>) -> Vec<Begin> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let secs = probed.info.duration_secs;
    let worthwhile = (secs / MIN_PART_SECS) as usize;
    let count = wanted.unwrap_or(cores.min(MAX_PARTS).min(worthwhile));
    let count = if probed.steady.is_some() {
        count.max(1)
    } else {
        1
    };
    let latest = if probed.info.frames_per_sec > FAST {
        LATEST_SECS_OF_FAST
    } else {
        LATEST_SECS
    };
    let begin = |part: usize| {
        let secs = probed.starts_secs + secs * part as f64 / count as f64;
        secs.min(latest)
    };
    let mut begins: Vec<Begin> = (0..count)
        .map(|part| Begin {
            secs: (part > 0).then(|| begin(part)),
            threads: cores.div_ceil(count),
        })
        .collect();
    begins.dedup_by_key(|begin| begin.secs);
    begins
}

/// `None` if the first part has to go on by itself before it has done much: one decoder with all cores is faster then.
fn decode_parts(ffmpeg: &Ffmpeg, job: &FilmJob<'_>, begins: &[Begin]) -> Result<Option<Vec<Part>>> {
    let heads = PartHeads::new(
        begins
            .iter()
            .map(|begin| begin.secs.unwrap_or(0.0))
            .collect(),
    );
    let start = |error| Error::io("start a thread", Path::new("film-part"))(error);
    let parts: Vec<Result<Part>> = thread::scope(|scope| {
        let mut others = Vec::new();
        for (index, begin) in begins.iter().enumerate().skip(1) {
            let heads = &heads;
            let decode = move || {
                let _ended = heads.ended(index);
                decode(ffmpeg, job, heads, index, Some(*begin))
            };
            let name = format!("film-part-{index}");
            let thread = thread::Builder::new().name(name);
            let other = thread.spawn_scoped(scope, decode);
            others.push(other.inspect_err(|_| heads.give_up_from(index)));
        }
        let first = decode(ffmpeg, job, &heads, 0, begins.first().copied());
        if first.is_err() {
            heads.give_up_from(1);
        }
        let others = others.into_iter().map(|other| {
            other.map_err(start)?.join().unwrap_or_else(|_| {
                Err(Error::Panic {
                    message: "a part of the film was not decoded".to_owned(),
                })
            })
        });
        std::iter::once(first).chain(others).collect()
    });
    let mut chain = Vec::new();
    for part in parts {
        let mut part = part?;
        let goes_on = match part.end {
            End::GivenUp => return Ok(None),
            End::NextPart => true,
            End::Film(_) | End::Cancelled => false,
        };
        if !chain.is_empty() {
            move_frames(&mut part, job.out)?;
        }
        chain.push(part);
        if !goes_on {
            break;
        }
    }
    Ok(Some(chain))
}

/// To the place of the film's frames.
fn move_frames(part: &mut Part, out: &Path) -> Result<()> {
    for frame in &mut part.frames {
        let name = frame.path.file_name().unwrap_or_default();
        let path = out.join(name);
        fs::rename(&frame.path, &path).map_err(Error::io("store a frame", &path))?;
        frame.path = path;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
