//! Why a run's accuracy looks better than it is, in words for every front end.

use super::log::RunLog;
use crate::dataset::Leakage;

/// A reason to distrust the accuracy of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caveat {
    /// Neighbors of its training images were in validation.
    RandomSplit,
    /// It was trained on a leaking split because somebody insisted.
    Leaks(Leakage),
    /// So many of its validation images were trained on, by the run itself or by one it descends from.
    Contaminated { images: usize, of: usize },
    /// It descends from a run of an older version, on another split, that kept no list of its images.
    UnknownLine,
}

impl Caveat {
    /// For a list of runs.
    pub fn short(self) -> String {
        match self {
            Self::RandomSplit => "random split".to_owned(),
            Self::Leaks(Leakage { twins, of }) => format!("leaks: {twins} of {of}"),
            Self::Contaminated { images, of } => format!("contaminated: {images} of {of}"),
            Self::UnknownLine => "may be contaminated".to_owned(),
        }
    }

    /// A whole sentence.
    pub fn text(self) -> String {
        match self {
            Self::RandomSplit => "Random split: neighbors of its training images were in validation, so this number looks better than it is.".to_owned(),
            Self::Leaks(leakage) => format!(
                "Leaking split, allowed by hand: {leakage}, so this number looks better than it is."
            ),
            Self::Contaminated { images, of } => format!(
                "Contaminated: it or a run that it started from was trained on {images} of the {of} validation images, so this number looks better than it is. Train stage 1 again on this split for an honest one."
            ),
            Self::UnknownLine => "May be contaminated: it started from a run that an older version trained on another split, perhaps on images that are in validation now. Train stage 1 again on this split for an honest number.".to_owned(),
        }
    }
}

impl RunLog {
    pub fn caveats(&self) -> Vec<Caveat> {
        let mut caveats = Vec::new();
        if self.info.is_random_split {
            caveats.push(Caveat::RandomSplit);
        }
        if let Some(leakage) = self.info.leaks {
            caveats.push(Caveat::Leaks(leakage));
        }
        match self.contaminated {
            Some(0) => {}
            Some(images) => caveats.push(Caveat::Contaminated {
                images,
                of: self.info.valid_n,
            }),
            None => caveats.push(Caveat::UnknownLine),
        }
        caveats
    }

    /// `name`, and in short what makes its accuracy look better than it is, for lists to choose from.
    pub fn with_caveats(&self, name: String) -> String {
        let caveats = self.caveats().into_iter().map(Caveat::short);
        let parts: Vec<String> = std::iter::once(name).chain(caveats).collect();
        parts.join(", ")
    }

    /// Whether nothing is known that makes its accuracy look better than it is.
    pub fn is_honest(&self) -> bool {
        self.caveats().is_empty()
    }
}
