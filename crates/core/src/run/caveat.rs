//! Why a run's accuracy is not what it looks like, in words for every front end.

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
    /// It descends from a run that kept no list of its images: of an older version, on another split, or from elsewhere.
    UnknownLine,
    /// It was trained elsewhere, on images that nobody here knows.
    Elsewhere,
    /// The others of its validation images could not be read, so its accuracy is of fewer than that of other runs.
    Unmeasured { measured: usize, of: usize },
}

impl Caveat {
    /// For a list of runs.
    pub fn short(self) -> String {
        match self {
            Self::RandomSplit => "random split".to_owned(),
            Self::Leaks(Leakage { twins, of }) => format!("leaks: {twins} of {of}"),
            Self::Contaminated { images, of } => format!("contaminated: {images} of {of}"),
            Self::UnknownLine => "may be contaminated".to_owned(),
            Self::Elsewhere => "trained elsewhere".to_owned(),
            Self::Unmeasured { measured, of } => format!("{measured} of {of} measured"),
        }
    }

    /// A whole sentence.
    pub fn text(self) -> String {
        match self {
            Self::RandomSplit => "Random split: where images of one scene, or like one another, are on both sides, this number looks better than it is.".to_owned(),
            Self::Leaks(leakage) => format!(
                "Leaking split, allowed by hand: {leakage}, so this number looks better than it is."
            ),
            Self::Contaminated { images, of } => format!(
                "Contaminated: it or a run that it started from was trained on {images} of the {of} validation images, so this number looks better than it is. Train stage 1 again on this split for an honest one."
            ),
            Self::UnknownLine => "May be contaminated: it started from a run whose training images are not all known (an older version trained it on another split, or it was imported), perhaps on images that are in validation now. Train stage 1 again on this split for an honest number.".to_owned(),
            Self::Elsewhere => "Imported from fastai, trained on unknown images: where some of them are in validation here, this number looks better than it is. Train on this split for an honest one, or evaluate it on images that it cannot have seen.".to_owned(),
            Self::Unmeasured { measured, of } => format!(
                "{measured} of {of} validation images measured, {} could not be read, so this number does not compare with those of other runs. Put the files back, or import the film or folder again, and train again.",
                of - measured
            ),
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
            None if self.info.is_learner() => caveats.push(Caveat::Elsewhere),
            None => caveats.push(Caveat::UnknownLine),
        }
        caveats.extend(self.unmeasured());
        caveats
    }

    /// Said if its best epoch was measured on fewer validation images than the split has.
    pub fn unmeasured(&self) -> Option<Caveat> {
        let (measured, of) = (self.measured_n(), self.info.valid_n);
        (measured < of).then_some(Caveat::Unmeasured { measured, of })
    }

    /// `name`, and in short what makes its accuracy look better than it is, for lists to choose from.
    pub fn with_caveats(&self, name: String) -> String {
        let caveats = self.caveats().into_iter().map(Caveat::short);
        let parts: Vec<String> = std::iter::once(name).chain(caveats).collect();
        parts.join(", ")
    }

    /// Whether nothing is known that keeps its accuracy from being what it looks like.
    pub fn is_honest(&self) -> bool {
        self.caveats().is_empty()
    }
}
