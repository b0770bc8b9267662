//! How a film was held that says so inside its frames (display orientation, in H.264 and HEVC), not in its container.
//!
//! ffmpeg before version 7 turns films by what the container says only. So that it does not depend on the version, such a
//! film is turned here, and ffmpeg is told not to.

use std::path::Path;

use serde::Deserialize;

use super::child::output;
use super::ffmpeg::{Ffmpeg, file_argument};
use crate::error::Result;
use crate::progress::Progress;

/// How a frame becomes what is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation {
    /// The first filter exchanges width and height.
    is_quarter: bool,
    filters: &'static str,
}

impl Orientation {
    /// Of ffmpeg's matrix, `(x, y) -> (a x + c y, b x + d y)`. `None` if nothing is turned, or by no quarter.
    fn of_matrix([a, b, c, d]: [i64; 4]) -> Option<Self> {
        let is_quarter = a == 0 && d == 0;
        let filters = match (is_quarter, a < 0 || c < 0, d < 0 || b < 0) {
            (true, ..) if b == 0 || c == 0 => return None,
            (true, false, false) => "transpose=cclock_flip",
            (true, true, false) => "transpose=clock",
            (true, false, true) => "transpose=cclock",
            (true, true, true) => "transpose=clock_flip",
            (false, ..) if b != 0 || c != 0 => return None,
            (false, false, false) => return None,
            (false, true, false) => "hflip",
            (false, false, true) => "vflip",
            (false, true, true) => "hflip,vflip",
        };
        Some(Self {
            is_quarter,
            filters,
        })
    }

    /// `(width, height)` as it is seen.
    pub fn shown(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.is_quarter {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// For a graph of filters, to be followed by others.
    pub fn graph(self) -> String {
        // Done, so nothing that comes later does it again.
        format!("sidedata=mode=delete:type=DISPLAYMATRIX,{},", self.filters)
    }
}

#[derive(Default, Deserialize)]
struct Frames {
    #[serde(default)]
    frames: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    #[serde(default)]
    side_data_list: Vec<SideData>,
}

#[derive(Deserialize)]
struct SideData {
    #[serde(default)]
    displaymatrix: String,
}

/// "\n00000000:            0      -65536           0\n00000001:        65536 …"
fn matrix(text: &str) -> Option<[i64; 4]> {
    let mut rows = text.lines().filter_map(|line| line.split_once(':'));
    let mut row = || {
        let (_, numbers) = rows.next()?;
        let mut numbers = numbers.split_whitespace();
        let mut number = || numbers.next()?.parse::<i64>().ok();
        Some((number()?, number()?))
    };
    let ((a, b), (c, d)) = (row()?, row()?);
    Some([a, b, c, d])
}

fn of_output(json: &[u8]) -> Option<Orientation> {
    let frames: Frames = serde_json::from_slice(json).ok()?;
    let data = frames.frames.iter().flat_map(|frame| &frame.side_data_list);
    let mut matrices = data.filter_map(|data| matrix(&data.displaymatrix));
    Orientation::of_matrix(matrices.next()?)
}

impl Ffmpeg {
    /// What the first frames say; nothing if they cannot be decoded, which the film's import tells.
    pub(super) fn frame_orientation(
        &self,
        film: &Path,
        stream: u32,
        progress: &Progress,
    ) -> Result<Option<Orientation>> {
        /// Of an open group of pictures the first frames cannot be decoded.
        const PACKETS: &str = "%+#8";
        let mut command = self.probe_command();
        command.args(["-v", "quiet", "-select_streams", &stream.to_string()]);
        command.args(["-read_intervals", PACKETS, "-show_frames"]);
        command.args(["-show_entries", "frame_side_data_list", "-of", "json"]);
        command.arg(file_argument(film));
        let output = output(&mut command, progress, self.probe_start_error())?;
        Ok(of_output(&output.stdout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_and_mirrors_are_told_apart() {
        const ONE: i64 = 1 << 16;
        let filters = |matrix| Orientation::of_matrix(matrix).map(|found| found.filters);
        assert_eq!(filters([ONE, 0, 0, ONE]), None);
        assert_eq!(filters([0, ONE, -ONE, 0]), Some("transpose=clock"));
        assert_eq!(filters([0, -ONE, ONE, 0]), Some("transpose=cclock"));
        assert_eq!(filters([0, ONE, ONE, 0]), Some("transpose=cclock_flip"));
        assert_eq!(filters([0, -ONE, -ONE, 0]), Some("transpose=clock_flip"));
        assert_eq!(filters([-ONE, 0, 0, -ONE]), Some("hflip,vflip"));
        assert_eq!(filters([-ONE, 0, 0, ONE]), Some("hflip"));
        assert_eq!(filters([46_341, 46_341, -46_341, 46_341]), None);
        assert_eq!(filters([0; 4]), None);
    }

    #[test]
    fn the_words_of_ffprobe_are_read() {
        let json = br#"{"frames":[{},{"side_data_list":[{"side_data_type":"SEI"},
            {"displaymatrix":"\n00000000:            0      -65536           0\n00000001:        65536           0           0\n00000002:            0           0  1073741824\n","rotation":90}]}]}"#;
        let found = of_output(json).unwrap();
        assert_eq!(found.filters, "transpose=cclock");
        assert_eq!(found.shown((320, 180)), (180, 320));
        for nothing in [
            &b"{}"[..],
            b"",
            br#"{"frames":[{"side_data_list":[{"displaymatrix":"x"}]}]}"#,
        ] {
            assert_eq!(of_output(nothing), None);
        }
    }
}
