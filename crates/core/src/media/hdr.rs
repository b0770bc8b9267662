//! Films in high dynamic range. Their values follow another curve than those of images (PQ, HLG) and their colors are
//! those of wider screens, so that taken as they are they look grey and pale.
//!
//! They are converted as for an ordinary screen: white, which BT.2408 puts at 203 cd/m², stays white, what is darker keeps its
//! brightness, and highlights are compressed (Mobius curve).

use super::ffmpeg::Ffmpeg;
use crate::error::Result;
use crate::progress::Progress;

/// ffmpeg's filters that it takes.
const FILTERS: [&str; 2] = ["zscale", "tonemap"];

/// The colors of such a film, by ffmpeg's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hdr {
    transfer: Transfer,
    primaries: String,
    matrix: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transfer {
    Pq,
    Hlg,
}

/// What ffprobe says of a stream's colors; empty where it says nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct ColorTags<'a> {
    pub transfer: &'a str,
    pub primaries: &'a str,
    pub matrix: &'a str,
}

impl Hdr {
    /// `None` for a film of ordinary range.
    pub fn of(tags: ColorTags<'_>) -> Option<Self> {
        let transfer = match tags.transfer {
            "smpte2084" => Transfer::Pq,
            "arib-std-b67" => Transfer::Hlg,
            _ordinary => return None,
        };
        let known = |tag: &str, otherwise: &str| match tag {
            "" | "unknown" | "unspecified" | "reserved" => otherwise.to_owned(),
            known => known.to_owned(),
        };
        Some(Self {
            transfer,
            primaries: known(tags.primaries, "bt2020"),
            matrix: known(tags.matrix, "bt2020nc"),
        })
    }

    pub fn name(&self) -> &'static str {
        match self.transfer {
            Transfer::Pq => "PQ",
            Transfer::Hlg => "HLG",
        }
    }

    /// For a graph of filters, to be followed by others.
    pub fn filters(&self) -> String {
        let Self {
            transfer,
            primaries,
            matrix,
        } = self;
        let transfer = match transfer {
            Transfer::Pq => "smpte2084",
            Transfer::Hlg => "arib-std-b67",
        };
        format!(
            "setparams=color_primaries={primaries}:color_trc={transfer}:colorspace={matrix},\
             zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius,\
             zscale=t=bt709:m=bt709:r=tv,format=yuv420p,"
        )
    }

    /// What is said of the images where it cannot be converted.
    pub fn complaint(&self, obstacle: Obstacle) -> String {
        let (why, remedy) = match obstacle {
            Obstacle::Filters => (
                "this ffmpeg cannot convert (it lacks the filters zscale and tonemap)",
                "install an ffmpeg with them and import the film again",
            ),
            Obstacle::Transparency => (
                "is not converted together with transparent pixels",
                "convert it to ordinary range first",
            ),
        };
        format!(
            "is in high dynamic range ({}), which {why}, so its images are grey and pale; {remedy}",
            self.name()
        )
    }
}

/// Why a film cannot be converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    Filters,
    Transparency,
}

/// What is said of Dolby Vision's profile 5, whose colors no ordinary decoder knows.
pub(super) const DOLBY_VISION_ONLY: &str = "is in Dolby Vision alone (profile 5), so its colors come out wrong; convert it to HDR10 or to ordinary range first";

impl Ffmpeg {
    pub(super) fn can_convert_hdr(&self, progress: &Progress) -> Result<bool> {
        let list = self.filter_list(progress)?;
        // " TS. zscale            V->V       Apply resizing…"
        let has = |filter: &&str| {
            let mut names = list
                .lines()
                .filter_map(|line| line.split_whitespace().nth(1));
            names.any(|name| name == *filter)
        };
        Ok(FILTERS.iter().all(has))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_of_high_dynamic_range_are_known_by_their_curve() {
        let of = |transfer, primaries, matrix| {
            Hdr::of(ColorTags {
                transfer,
                primaries,
                matrix,
            })
        };
        assert_eq!(of("bt709", "bt2020", "bt2020nc"), None);
        assert_eq!(of("", "", ""), None);
        let hlg = of("arib-std-b67", "", "unknown").unwrap();
        assert_eq!(hlg.name(), "HLG");
        let filters = hlg.filters();
        assert!(filters.starts_with(
            "setparams=color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc,"
        ));
        let pq = of("smpte2084", "smpte432", "bt2020c").unwrap();
        assert!(pq.filters().contains("smpte432") && pq.filters().contains("bt2020c"));
    }
}
