//! The steps of a first project, in the order of the work: what each asks for and why.

use crate::ui::page::Page;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Collect,
    Reject,
    Scan,
    Question,
    Train,
    Mistake,
    Heatmap,
    Share,
}

impl Step {
    pub const ALL: [Self; 8] = [
        Self::Collect,
        Self::Reject,
        Self::Scan,
        Self::Question,
        Self::Train,
        Self::Mistake,
        Self::Heatmap,
        Self::Share,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Collect => "Bring in films and images",
            Self::Reject => "Reject an image",
            Self::Scan => "Let the checks look",
            Self::Question => "Question the split",
            Self::Train => "Train stage 1",
            Self::Mistake => "Open a mistake",
            Self::Heatmap => "See where it looked",
            Self::Share => "Try your own image",
        }
    }

    /// What to do and why, in a sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::Collect => {
                "Films are cut into frames and scenes, folders give classes; no file of yours is changed."
            }
            Self::Reject => {
                "The net learns from whatever you leave in: look through the images, and reject one it should not see."
            }
            Self::Scan => {
                "Press Scan: the checks read every image once and find what is broken, doubled, blurry or mislabelled; Review asks you about each."
            }
            Self::Question => {
                "Press Honesty meter: it measures what a random split would claim beside what your split of whole scenes says."
            }
            Self::Train => {
                "Press Train stage 1: a new head on a net that knows ImageNet, and an accuracy that says how far it can be trusted."
            }
            Self::Mistake => {
                "Measure the run and click an image that it got wrong: the net may be at fault, or the label."
            }
            Self::Heatmap => {
                "The heatmap shows which regions speak for a class: a logo or a border there means that the net cheats."
            }
            Self::Share => {
                "Start the demo, export the run, or drop an image of your own on Explain: does it hold outside of your films?"
            }
        }
    }

    pub fn page(self) -> Page {
        match self {
            Self::Collect => Page::Collect,
            Self::Reject | Self::Scan => Page::Cull,
            Self::Question => Page::Split,
            Self::Train => Page::Train,
            Self::Mistake => Page::Evaluate,
            Self::Heatmap => Page::Explain,
            Self::Share => Page::Publish,
        }
    }
}
