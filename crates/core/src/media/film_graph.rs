//! What ffmpeg does with each frame of a film: its time noted, a small copy for the search of scenes, a picture of those that are kept.

use super::extract_options::{Every, FrameSize};
use super::frame_files::{ALL_TIMES, KEPT_TIMES};
use super::hdr::Hdr;
use super::orientation::Orientation;
use super::probed_film::{FilmInfo, ProbedFilm, Steady};
use super::small_frame;

/// The condition of ffmpeg's `select` filter. `begins_inside`: the first frame is not the film's, and its number is told by its time.
pub(super) fn selection(every: Every, begins_inside: Option<Steady>) -> String {
    match (every, begins_inside) {
        (Every::Frames(every), None) => format!("not(mod(n,{every}))"),
        (Every::Frames(every), Some(steady)) => {
            let Steady {
                starts_secs,
                frames_per_sec,
            } = steady;
            format!("not(mod(n+round((start_t-{starts_secs})*{frames_per_sec}),{every}))")
        }
        // The small addition keeps 0.3 / 0.1 from being 2.99….
        (Every::Secs(secs), _) => format!(
            "isnan(prev_selected_t)+gt(floor(t/{secs}+1e-6),floor(prev_selected_t/{secs}+1e-6))"
        ),
    }
}

/// Leaves out frames before the first that the decoder knows to need no other: containers call frames so that are none, and what
/// follows is then made of nothing. Without one until `latest_secs` they begin there, too late to be of use.
pub(super) fn from_key_frame(latest_secs: f64) -> String {
    format!("select='st(0,max(ld(0),max(key,gte(t,{latest_secs}))))',")
}

/// JPEG files are BT.601 in full range by their standard (JFIF), whatever the film is. What the film does not say of its own
/// colors ffmpeg assumes, as when it writes a PNG.
/// `begins_inside`: see [`from_key_frame`].
pub(super) fn graph(
    selection: &str,
    probed: &ProbedFilm,
    size: FrameSize,
    begins_inside: Option<&str>,
) -> String {
    let FrameSize { width, height } = size;
    let (w, h, format) = (small_frame::WIDTH, small_frame::HEIGHT, small_frame::FORMAT);
    let sparser = "field,".repeat(halvings(&probed.info));
    let stream = probed.stream;
    let film = if probed.has_alpha {
        // White behind what is transparent, as behind images.
        format!(
            "[0:{stream}]format=rgba,split[top][under];[under]lutrgb=r=255:g=255:b=255:a=255[white];\
             [white][top]overlay=format=rgb,"
        )
    } else {
        format!("[0:{stream}]")
    };
    let begin = begins_inside.unwrap_or_default();
    let turned = (probed.orientation).map_or_else(String::new, Orientation::graph);
    // As late as can be, on small or few frames: it computes with floating-point numbers.
    let ordinary = (probed.hdr.as_ref()).map_or_else(String::new, Hdr::filters);
    // The print filter is silent about frames without metadata, so each gets some. The encoder refuses two images of one time, so they are a second apart.
    format!(
        "{film}{begin}{turned}metadata=mode=add:key=k:value=1,metadata=mode=print:file={ALL_TIMES}:direct=1,split[a][b];\
         [a]{sparser}scale={w}:{h}:flags=area,{ordinary}format={format}[small];\
         [b]select='{selection}',metadata=mode=print:file={KEPT_TIMES}:direct=1,setpts=N/TB,\
         {ordinary}scale={width}:{height}:flags=bicubic:out_color_matrix=bt601:out_range=pc,setsar=1[kept]"
    )
}

/// How often every second row of a frame is left out before the small one is averaged from the rest. The filter "field" does it
/// without touching a pixel; to average them all takes ffmpeg half as long as decoding a DVD.
fn halvings(film: &FilmInfo) -> usize {
    /// Of each row of a small frame.
    const AVERAGED_ROWS: u32 = 3;
    let enough = AVERAGED_ROWS * small_frame::HEIGHT as u32;
    // Of a film that is turned, the rows may be its columns.
    let rows = film.height.min(film.width);
    (rows / enough).checked_ilog2().unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_frame_is_averaged_from_three_rows_or_more_of_each() {
        let of = |width, height| {
            halvings(&FilmInfo {
                width,
                height,
                ..FilmInfo::default()
            })
        };
        assert_eq!(of(720, 576), 2);
        assert_eq!(of(1920, 800), 2);
        assert_eq!(of(1920, 1080), 3);
        assert_eq!(of(1080, 1920), 3);
        assert_eq!(of(3840, 2160), 4);
        assert_eq!((of(320, 216), of(320, 215), of(16, 16)), (1, 0, 0));
    }
}
