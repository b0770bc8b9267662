//! Which of the measured images are shown, and in which order.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::measured::Measured;
use crate::catalog::{ImageId, SceneId, Snapshot};
use crate::evaluate::ImagePrediction;
use crate::explain::member::Member;

/// A cell of the confusion matrix; classes as indices of the run's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub actual: usize,
    pub predicted: usize,
}

/// What the images have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Part {
    #[default]
    All,
    Cell(Cell),
    /// Of a class, whatever they were taken for.
    Class(usize),
    Scene(SceneId),
    Source(String),
    Group(Group),
}

/// Images that a search for shortcuts has put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// "elves: 34 of 100 images decided by the lower left corner"; tells it from others.
    pub title: String,
    images: Arc<Images>,
}

#[derive(Debug, PartialEq, Eq)]
struct Images {
    ids: BTreeSet<ImageId>,
    /// Of images outside the project.
    paths: BTreeSet<PathBuf>,
}

impl Group {
    pub fn new<'a>(title: String, members: impl Iterator<Item = &'a Member> + Clone) -> Self {
        let outside = members.clone().filter(|member| member.image.is_none());
        let images = Images {
            paths: outside.map(|member| member.path.clone()).collect(),
            ids: members.filter_map(|member| member.image).collect(),
        };
        Self {
            title,
            images: Arc::new(images),
        }
    }

    fn has(&self, image: &ImagePrediction) -> bool {
        image.image.map_or_else(
            || self.images.paths.contains(&image.path),
            |id| self.images.ids.contains(&id),
        )
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Largest first, un-smoothed.
    #[default]
    Loss,
    /// Wrong ones first, the surest of them in front.
    WrongFirst,
    /// Those that were nearly taken for something else.
    LeastSure,
    Name,
}

impl Order {
    pub const ALL: [Self; 4] = [Self::Loss, Self::WrongFirst, Self::LeastSure, Self::Name];

    pub fn name(self) -> &'static str {
        match self {
            Self::Loss => "Largest loss",
            Self::WrongFirst => "Wrong first",
            Self::LeastSure => "Least sure",
            Self::Name => "File name",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub part: Part,
    pub only_wrong: bool,
    pub order: Order,
}

/// The images that a filter leaves, as places in the predictions.
#[derive(Default)]
pub struct Listing {
    of: Option<(u64, Filter)>,
    pub places: Vec<usize>,
}

impl Listing {
    /// `version`: of what was measured.
    pub fn follow(
        &mut self,
        version: u64,
        filter: &Filter,
        measured: &Measured,
        snapshot: &Snapshot,
    ) {
        let key = (version, filter.clone());
        if self.of.as_ref() == Some(&key) {
            return;
        }
        let images = &measured.predictions.images;
        let mut shown: Vec<(usize, &ImagePrediction)> = images
            .iter()
            .enumerate()
            .filter(|(_, image)| !filter.only_wrong || !image.is_correct())
            .filter(|(_, image)| filter.part.has(image, snapshot))
            .collect();
        shown.sort_by(|(_, a), (_, b)| filter.order.of(a, b));
        self.places = shown.into_iter().map(|(place, _)| place).collect();
        self.of = Some(key);
    }
}

impl Part {
    fn has(&self, image: &ImagePrediction, snapshot: &Snapshot) -> bool {
        let record = || snapshot.image(image.image?);
        match self {
            Self::All => true,
            Self::Cell(cell) => image.target == cell.actual && image.predicted == cell.predicted,
            Self::Class(class) => image.target == *class,
            Self::Scene(scene) => record().is_some_and(|record| record.scene == Some(*scene)),
            Self::Source(name) => record()
                .and_then(|record| snapshot.source(record.source))
                .is_some_and(|source| source.name == *name),
            Self::Group(group) => group.has(image),
        }
    }

    /// As it stands over the images: "elves taken for orcs".
    pub fn text(&self, classes: &[String], snapshot: &Snapshot) -> String {
        let class = |index: usize| classes.get(index).map_or("", String::as_str);
        match self {
            Self::All => "All images".to_owned(),
            Self::Cell(cell) if cell.actual == cell.predicted => {
                format!("{} taken for {0}", class(cell.actual))
            }
            Self::Cell(cell) => {
                format!("{} taken for {}", class(cell.actual), class(cell.predicted))
            }
            Self::Class(index) => format!("Class {}", class(*index)),
            Self::Scene(scene) => scene_text(*scene, snapshot),
            Self::Source(name) => name.clone(),
            Self::Group(group) => group.title.clone(),
        }
    }
}

/// "tarn:3"
pub fn scene_text(scene: SceneId, snapshot: &Snapshot) -> String {
    let found = snapshot.scene(scene);
    let film = found.and_then(|scene| snapshot.source(scene.source));
    match (film, found) {
        (Some(film), Some(scene)) => format!("{}:{}", film.name, scene.index + 1),
        _gone => "a scene that is gone".to_owned(),
    }
}

impl Order {
    fn of(self, a: &ImagePrediction, b: &ImagePrediction) -> Ordering {
        let sure = |image: &ImagePrediction| {
            let mut probs = image.probs.clone();
            probs.sort_by(|a, b| b.total_cmp(a));
            match probs.as_slice() {
                [first, second, ..] => first - second,
                _one => 1.0,
            }
        };
        let by_loss = || b.loss.total_cmp(&a.loss);
        let ordering = match self {
            Self::Loss => by_loss(),
            Self::WrongFirst => a.is_correct().cmp(&b.is_correct()).then_with(by_loss),
            Self::LeastSure => sure(a).total_cmp(&sure(b)),
            Self::Name => Ordering::Equal,
        };
        ordering.then_with(|| a.path.cmp(&b.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(path: &str, target: usize, probs: [f32; 2]) -> ImagePrediction {
        ImagePrediction {
            path: path.into(),
            image: None,
            unit: None,
            target,
            predicted: usize::from(probs[1] > probs[0]),
            probs: probs.to_vec(),
            loss: f64::from(-probs[target].ln()),
        }
    }

    #[test]
    fn images_come_in_the_order_that_was_asked_for() {
        let images = [
            image("b", 0, [0.9, 0.1]),
            image("a", 0, [0.2, 0.8]),
            image("c", 1, [0.45, 0.55]),
            image("d", 1, [0.6, 0.4]),
        ];
        let sorted = |order: Order| -> String {
            let mut images: Vec<&ImagePrediction> = images.iter().collect();
            images.sort_by(|a, b| order.of(a, b));
            images
                .iter()
                .map(|image| image.path.to_str().unwrap())
                .collect()
        };
        assert_eq!(sorted(Order::Loss), "adcb");
        assert_eq!(sorted(Order::WrongFirst), "adcb");
        assert_eq!(sorted(Order::LeastSure), "cdab");
        assert_eq!(sorted(Order::Name), "abcd");
    }

    #[test]
    fn a_part_says_what_its_images_are() {
        let classes = ["elves".to_owned(), "orcs".to_owned()];
        let cell = Part::Cell(Cell {
            actual: 0,
            predicted: 1,
        });
        let snapshot = Snapshot::default();
        assert_eq!(cell.text(&classes, &snapshot), "elves taken for orcs");
        assert!(cell.has(&image("a", 0, [0.2, 0.8]), &snapshot));
        assert!(!cell.has(&image("a", 1, [0.2, 0.8]), &snapshot));
        assert!(!Part::Scene(SceneId(1)).has(&image("a", 0, [0.2, 0.8]), &snapshot));
        let member = |id: Option<i64>, path: &str| Member {
            image: id.map(ImageId),
            path: path.into(),
        };
        let members = [member(Some(7), "gone.jpg"), member(None, "a")];
        let group = Part::Group(Group::new("corner".to_owned(), members.iter()));
        let of_project = ImagePrediction {
            image: Some(ImageId(7)),
            ..image("moved", 0, [0.2, 0.8])
        };
        assert!(group.has(&of_project, &snapshot) && group.text(&classes, &snapshot) == "corner");
        assert!(group.has(&image("a", 0, [0.2, 0.8]), &snapshot));
        assert!(!group.has(&image("b", 0, [0.2, 0.8]), &snapshot));
    }
}
