//! What ffprobe says about a film.

use serde::Deserialize;

use super::hdr::{ColorTags, Hdr};
use super::probed_film::{FilmInfo, FilmSpan, ProbedFilm, Steady};

#[derive(Deserialize)]
pub(super) struct FfprobeOutput {
    #[serde(default)]
    pub streams: Vec<Stream>,
    #[serde(default)]
    pub format: Format,
}

#[derive(Default, Deserialize)]
pub(super) struct Format {
    #[serde(default, rename = "format_name")]
    pub name: String,
    start_time: Option<String>,
    duration: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Stream {
    #[serde(default)]
    index: u32,
    #[serde(default)]
    codec_name: String,
    #[serde(default)]
    pix_fmt: String,
    #[serde(default)]
    color_transfer: String,
    #[serde(default)]
    color_primaries: String,
    #[serde(default)]
    color_space: String,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    avg_frame_rate: Option<String>,
    r_frame_rate: Option<String>,
    nb_frames: Option<String>,
    start_time: Option<String>,
    duration: Option<String>,
    sample_aspect_ratio: Option<String>,
    #[serde(default)]
    disposition: Disposition,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    side_data_list: Vec<SideData>,
}

#[derive(Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    default: u8,
    /// A cover.
    #[serde(default)]
    attached_pic: u8,
}

#[derive(Default, Deserialize)]
struct Tags {
    /// Matroska's, "00:00:08.040000000".
    #[serde(rename = "DURATION")]
    duration: Option<String>,
}

#[derive(Deserialize)]
struct SideData {
    dv_profile: Option<u8>,
    /// Degrees, counter-clockwise.
    rotation: Option<f64>,
}

/// The stream that ffmpeg takes by itself, and players show: the default one, otherwise the largest, of equals the first;
/// never a cover.
pub(super) fn chosen(streams: &[Stream]) -> Option<&Stream> {
    /// ffmpeg's own weight of the flag, in pixels.
    const DEFAULT_BONUS: u64 = 5_000_000;
    let score = |stream: &Stream| {
        let bonus = u64::from(stream.disposition.default.min(1)) * DEFAULT_BONUS;
        u64::from(stream.width) * u64::from(stream.height) + bonus
    };
    streams
        .iter()
        .filter(|stream| stream.width > 0 && stream.height > 0)
        .filter(|stream| stream.disposition.attached_pic == 0)
        // Of equals `max_by_key` takes the last.
        .rev()
        .max_by_key(|stream| score(stream))
}

/// "8.04"; `None` for "N/A" and what is no time.
fn seconds(text: Option<&str>) -> Option<f64> {
    text.and_then(|text| text.parse::<f64>().ok())
        .filter(|secs| secs.is_finite())
}

/// "00:00:08.040000000"
fn clock_seconds(text: &str) -> Option<f64> {
    text.split(':').try_fold(0.0, |sum, part| {
        Some(sum * 60.0 + part.trim().parse::<f64>().ok()?)
    })
}

/// By ffmpeg's name of the pixel format.
fn has_alpha(pixel_format: &str) -> bool {
    let with_alpha = [
        "yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16", "pal8", "ayuv",
    ];
    with_alpha
        .iter()
        .any(|start| pixel_format.starts_with(start))
}

pub(super) fn describe(stream: &Stream, container: &Format) -> ProbedFilm {
    let positive = |text: Option<&str>| seconds(text).filter(|number| *number > 0.0);
    let frames_per_sec = [&stream.avg_frame_rate, &stream.r_frame_rate]
        .into_iter()
        .find_map(|rate| ratio(rate.as_deref()?, '/'))
        .unwrap_or(25.0);
    let tag = stream.tags.duration.as_deref().and_then(clock_seconds);
    let stream_secs = positive(stream.duration.as_deref()).or(tag.filter(|secs| *secs > 0.0));
    let container_secs = positive(container.duration.as_deref());
    let duration_secs = stream_secs.or(container_secs).unwrap_or(0.0);
    // ffmpeg's clock begins with the container.
    let container_start = seconds(container.start_time.as_deref()).unwrap_or(0.0);
    let starts_secs = seconds(stream.start_time.as_deref())
        .map_or(0.0, |start| (start - container_start).max(0.0));
    let steady = steady_rate(stream).map(|frames_per_sec| Steady {
        starts_secs,
        frames_per_sec,
    });
    let span = match (stream_secs, container_secs) {
        // Matroska's tag is the time of the last frame's end, not a length.
        (Some(end_secs), _) if stream.duration.is_none() => FilmSpan::Stream { end_secs },
        (Some(secs), _) => FilmSpan::Stream {
            end_secs: starts_secs + secs,
        },
        (None, Some(end_secs)) => FilmSpan::Container { end_secs },
        (None, None) => FilmSpan::Unknown,
    };
    let stated = stream
        .nb_frames
        .as_deref()
        .and_then(|count| count.parse::<u64>().ok())
        .filter(|count| *count > 0);
    let pixel_aspect = stream
        .sample_aspect_ratio
        .as_deref()
        .and_then(|aspect| ratio(aspect, ':'))
        .unwrap_or(1.0);
    let shown = (
        ((f64::from(stream.width) * pixel_aspect).round() as u32).max(1),
        stream.height,
    );
    let is_turned = stream
        .side_data_list
        .iter()
        .filter_map(|data| data.rotation)
        // ffmpeg turns whole quarters; anything else it tilts inside the frame.
        .any(|degrees| (degrees.rem_euclid(180.0) - 90.0).abs() < 1.0);
    let (shown_width, shown_height) = if is_turned { (shown.1, shown.0) } else { shown };
    let estimated = (duration_secs * frames_per_sec).round() as u64;
    ProbedFilm {
        info: FilmInfo {
            width: stream.width,
            height: stream.height,
            frames_per_sec,
            duration_secs,
            // A trimmed film counts what it does not show.
            frame_count: match stated {
                Some(stated) if estimated > 0 => stated.min(estimated),
                Some(stated) => stated,
                None => estimated,
            },
            codec: stream.codec_name.clone(),
        },
        stream: stream.index,
        shown_width,
        shown_height,
        stated_frame_count: stated,
        starts_secs,
        span,
        steady,
        has_alpha: has_alpha(&stream.pix_fmt),
        hdr: Hdr::of(ColorTags {
            transfer: &stream.color_transfer,
            primaries: &stream.color_primaries,
            matrix: &stream.color_space,
        }),
        is_dolby_vision_only: stream
            .side_data_list
            .iter()
            .any(|data| data.dv_profile == Some(5)),
        is_turned_by_container: stream
            .side_data_list
            .iter()
            .any(|data| data.rotation.is_some()),
        orientation: None,
    }
}

/// The rate that all times are multiples of, if about as many frames come in fact.
fn steady_rate(stream: &Stream) -> Option<f64> {
    /// The last frame's own length is counted in the average or not.
    const TOLERANCE: f64 = 0.01;
    let exact = ratio(stream.r_frame_rate.as_deref()?, '/')?;
    let average = ratio(stream.avg_frame_rate.as_deref()?, '/')?;
    ((exact - average).abs() <= TOLERANCE * exact).then_some(exact)
}

/// "24000/1001" or "16:11"; `None` for "0/0" and nonsense.
fn ratio(text: &str, separator: char) -> Option<f64> {
    let (above, below) = text.split_once(separator)?;
    let ratio = above.parse::<f64>().ok()? / below.parse::<f64>().ok()?;
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::extract_options::{ExtractOptions, FrameSize};

    fn frame_size(width: u32, height: u32) -> FrameSize {
        FrameSize { width, height }
    }

    fn described(json: &str) -> ProbedFilm {
        let container = Format {
            duration: Some("10.0".to_owned()),
            ..Format::default()
        };
        describe(&serde_json::from_str(json).unwrap(), &container)
    }

    #[test]
    fn an_anamorphic_dvd_is_made_right() {
        let film = described(
            r#"{"width":720,"height":576,"avg_frame_rate":"25/1","sample_aspect_ratio":"64:45"}"#,
        );
        assert_eq!((film.shown_width, film.shown_height), (1024, 576));
        let size = |width, height| {
            let options = ExtractOptions {
                width,
                height,
                ..ExtractOptions::default()
            };
            film.frame_size(&options)
        };
        assert_eq!(size(None, None).unwrap(), frame_size(1024, 576));
        assert_eq!(size(Some(512), None).unwrap(), frame_size(512, 288));
        assert_eq!(size(None, Some(100)).unwrap(), frame_size(178, 100));
        assert_eq!(size(Some(700), Some(400)).unwrap(), frame_size(700, 400));
        assert!(size(Some(0), None).is_err());
        assert!(
            size(Some(16_384), None).is_err(),
            "no decoder would take it"
        );
        assert_eq!(film.info.frame_count, 250);
        assert_eq!(film.stated_frame_count, None);
        assert_eq!(film.span, FilmSpan::Container { end_secs: 10.0 });
    }

    #[test]
    fn a_phone_film_stands_upright() {
        let film = described(
            r#"{"width":1920,"height":1080,"avg_frame_rate":"30000/1001","nb_frames":"299",
                "side_data_list":[{"side_data_type":"Display Matrix","rotation":-90}]}"#,
        );
        assert_eq!((film.shown_width, film.shown_height), (1080, 1920));
        assert_eq!(film.info.frame_count, 299);
        assert_eq!(film.stated_frame_count, Some(299));
        assert!((film.info.frames_per_sec - 29.97).abs() < 0.01);
    }
    #[test]
    fn only_quarter_turns_change_the_shape() {
        let shown = |degrees: i32| {
            let json = format!(
                r#"{{"width":320,"height":180,"side_data_list":[{{"rotation":{degrees}}}]}}"#
            );
            let film = described(&json);
            (film.shown_width, film.shown_height)
        };
        for degrees in [0, 30, 45, -60, 180] {
            assert_eq!(shown(degrees), (320, 180), "{degrees}");
        }
        for degrees in [90, -90, 270] {
            assert_eq!(shown(degrees), (180, 320), "{degrees}");
        }
    }

    #[test]
    fn the_default_stream_is_taken_and_never_a_cover() {
        let index = |json: &str| {
            let streams: Vec<Stream> = serde_json::from_str(json).unwrap();
            chosen(&streams).map(|stream| stream.index)
        };
        let cover = r#"{"index":0,"width":3000,"height":3000,"disposition":{"default":1,"attached_pic":1}}"#;
        let large = r#"{"index":1,"width":640,"height":360}"#;
        let small = r#"{"index":2,"width":320,"height":180,"disposition":{"default":1}}"#;
        let equal = r#"{"index":3,"width":640,"height":360}"#;
        assert_eq!(index(&format!("[{cover},{large},{equal}]")), Some(1));
        assert_eq!(index(&format!("[{cover},{large},{small}]")), Some(2));
        assert_eq!(index(&format!("[{cover}]")), None);
    }

    #[test]
    fn times_are_read_and_nonsense_is_not() {
        assert_eq!(clock_seconds("00:01:08.500000000"), Some(68.5));
        assert_eq!(clock_seconds("soon"), None);
        assert_eq!(seconds(Some("N/A")), None);
    }
}
