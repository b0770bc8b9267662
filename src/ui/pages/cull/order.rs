//! In which order the grid shows its images.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::found::Found;
use crate::catalog::{ImageId, ImageRecord, Snapshot};
use crate::curate::Kind;

/// What the best run says of each image that a stored evaluation measured.
pub type Said = Arc<BTreeMap<ImageId, Verdict>>;

/// Of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The most probable class, by name.
    pub class: Arc<str>,
    /// Its probability.
    pub prob: f32,
    pub is_correct: bool,
    /// Cross entropy.
    pub loss: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Source by source, frame after frame.
    #[default]
    Source,
    Name,
    /// In its film; images without one come last.
    Time,
    Class,
    /// Highest first: what the net got most wrong. Images that were not measured come last.
    Loss,
    /// What has most of this kind of finding first. Images that were not measured come last.
    Kind(Kind),
}

impl Order {
    /// Without those by findings.
    pub const ALL: [Self; 5] = [
        Self::Source,
        Self::Name,
        Self::Time,
        Self::Class,
        Self::Loss,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Source => "By source",
            Self::Name => "By name",
            Self::Time => "By time in the film",
            Self::Class => "By class",
            Self::Loss => "By loss, highest first",
            Self::Kind(kind) => kind_title(kind),
        }
    }

    /// Sorts positions in `snapshot.images`; images that are equal stay in the order of their sources.
    pub fn sort(
        self,
        positions: &mut [usize],
        snapshot: &Snapshot,
        (said, found): (&Said, &Found),
    ) {
        let image = |at: usize| snapshot.images.get(at);
        match self {
            Self::Source => {}
            Self::Name => {
                positions
                    .sort_by_cached_key(|at| image(*at).map(|image| image.origin.to_lowercase()));
            }
            Self::Time => positions.sort_by(|a, b| {
                let time = |at| image(at).and_then(|image| image.time_secs);
                let time = |at: &usize| time(*at).unwrap_or(f64::INFINITY);
                time(a).total_cmp(&time(b))
            }),
            Self::Class => positions.sort_by_cached_key(|at| {
                let class = image(*at).and_then(|image| image.class);
                let name = class.and_then(|class| snapshot.class_name(class));
                (name.is_none(), name)
            }),
            Self::Loss => positions.sort_by(|a, b| {
                let said = |at: &usize| image(*at).and_then(|image| said.get(&image.id));
                let loss = |at| said(at).map_or(f64::NEG_INFINITY, |said| said.loss);
                loss(b).total_cmp(&loss(a))
            }),
            Self::Kind(kind) => {
                let degrees = found.degrees_of(kind, snapshot);
                let degree = |at: usize| degrees.get(at).copied().unwrap_or(f32::NEG_INFINITY);
                positions.sort_by(|&a, &b| degree(b).total_cmp(&degree(a)));
            }
        }
    }
}

fn kind_title(kind: Kind) -> &'static str {
    match kind {
        Kind::Corrupt => "Unreadable first",
        Kind::NotAnImage => "Not images first",
        Kind::WrongExtension => "Wrong extension first",
        Kind::ExactDuplicate => "Exact duplicates first",
        Kind::NearDuplicate => "Near-duplicates first",
        Kind::Similar => "Similar ones first",
        Kind::Blurry => "Blurriest first",
        Kind::Dark => "Darkest first",
        Kind::Bright => "Brightest first",
        Kind::LowInformation => "Emptiest first",
        Kind::Grey => "Greyest first",
        Kind::OddSize => "Oddest size first",
        Kind::OddAspect => "Oddest shape first",
        Kind::Border => "Widest border first",
        Kind::Mislabelled => "Most likely mislabelled first",
        Kind::Outlier => "Farthest outliers first",
        Kind::Background => "Most like rejected ones first",
    }
}

/// True if a new scene begins with `image` after `before`.
pub fn begins_scene(before: Option<&ImageRecord>, image: &ImageRecord) -> bool {
    image.scene.is_some() && before.is_none_or(|before| before.scene != image.scene)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::catalog::{ClassId, Decision, SceneId, SourceId};

    fn image(id: i64, origin: &str, class: Option<i64>, time_secs: Option<f64>) -> ImageRecord {
        ImageRecord {
            id: ImageId(id),
            source: SourceId(1),
            class: class.map(ClassId),
            scene: time_secs.map(|time| SceneId(time as i64 / 10)),
            path: PathBuf::from(origin),
            origin: origin.to_owned(),
            hash: String::new(),
            width: 4,
            height: 3,
            crop: crate::media::border::Insets::NONE,
            character: None,
            copies: crate::media::upsampling::Copies::default(),
            frame: None,
            time_secs,
            side: None,
            decision: Decision::Undecided,
            decided: crate::catalog::Decided::default(),
        }
    }

    #[test]
    fn every_order_is_by_what_it_says() {
        let snapshot = Snapshot {
            images: vec![
                image(1, "c.jpg", Some(1), None),
                image(2, "A.jpg", None, Some(12.0)),
                image(3, "b.jpg", Some(2), Some(4.0)),
            ],
            classes: vec![
                (ClassId(2), "drakes".to_owned()),
                (ClassId(1), "elves".to_owned()),
            ],
            ..Snapshot::default()
        };
        let verdict = |loss| Verdict {
            class: "elves".into(),
            prob: 0.5,
            is_correct: true,
            loss,
        };
        let said = Said::new(BTreeMap::from([
            (ImageId(1), verdict(0.1)),
            (ImageId(2), verdict(2.0)),
        ]));
        let sorted = |order: Order| {
            let mut positions = vec![0, 1, 2];
            order.sort(&mut positions, &snapshot, (&said, &Found::default()));
            positions
        };
        assert_eq!(sorted(Order::Source), [0, 1, 2]);
        assert_eq!(sorted(Order::Name), [1, 2, 0]);
        assert_eq!(sorted(Order::Time), [2, 1, 0]);
        assert_eq!(sorted(Order::Class), [2, 0, 1]);
        assert_eq!(sorted(Order::Loss), [1, 0, 2]);
    }

    #[test]
    fn a_scene_begins_where_another_one_was() {
        let [first, second, other] = [1.0, 2.0, 11.0].map(|time| image(1, "a", None, Some(time)));
        let single = image(2, "b", None, None);
        assert!(begins_scene(None, &first));
        assert!(!begins_scene(Some(&first), &second));
        assert!(begins_scene(Some(&second), &other));
        assert!(begins_scene(Some(&single), &first) && !begins_scene(Some(&first), &single));
    }
}
