//! What the checks find, and what the split amounts to.

use super::text::Help;
use crate::curate::Kind;

helps! {
    SCORE: "the score of a finding",
        "How far the check goes, 0 to 1: of a defect how bad it is, of copies how alike they are, of the rest how suspicious.",
        "Begin with the highest. Where the check is wrong, say so: it is remembered, also for the next import.";
    DEGREE: "this threshold",
        "How far an image is from what its source usually has, about in robust standard deviations (from the median, by the median deviation), 0 to 10. From 3.5 on it counts as found.",
        "Move the line until what is just found is bad and what is just not is fine; Is this bad? asks you about twenty images and fits it.";
    LIKENESS: "the likeness of two copies",
        "How well the details of two images agree once one lies over the other: 1 is the same, unrelated ones stay below .7. Brightness, scale and a small crop cancel out. From .92 on they are copies.",
        "Lower it if copies are missed; raise it if drawings of one figure are taken for copies.";
    SIMILARITY: "the similarity of two images",
        "Cosine of what a network sees in both, less what all images of the source have in common: 1 is the same. From .9 on they are found.",
        "Lower it to thin out look-alikes; raise it if different images are found.";
    SUSPICION: "the suspicion",
        "An order, no verdict: from .5 on an image stands out in its source, and the most suspicious come near 1.",
        "Look from the top down and stop where most are fine; say where the check is wrong.";
    FIT: "the precision of a threshold",
        "Of the images you were shown that this threshold finds, the part that you called bad, with its 95 % interval.",
        "If it is low, or the interval wide, look at each finding instead of rejecting all of them.";
    UNSCANNED: "not scanned",
        "Images that the checks have not read yet, so nothing can be found in them.",
        "Press Scan. It can be cancelled, and goes on where it was.";
    LEARNED_SHARES: "training's share of a source",
        "Upper bar: share of all training images, whatever the filter says. Lower bar: share of what training learns from, with copies of upsampled sources and a balance.",
        "If one source crowds out the others, choose a balance on Train or fewer copies on Collect.";
    SIDES: "counted on each side",
        "Images, and the scenes they come from, in training and in validation. How far a run's accuracy can be trusted depends on the scenes in validation, not on their images.",
        "Give each class several scenes on both sides.";
    ALIKE_SCENES: "the likeness of two scenes",
        "Geometric mean of how alike a network finds the scenes and how much of their colors they share, 0 to 1. From .8 on nearly all suggestions were right where it was measured.",
        "Link scenes that show the same place or figure: linked ones stay on one side.";
    CROP_SCORE: "the score of a proposed crop",
        "How much of what moves, or of a heatmap, lies in the box, less the box's share of the image; a heatmap's is multiplied by the probability of its class. Below .4 nothing is proposed.",
        "Look at the lowest first, drag boxes that cut the character, and accept the others.";
    LEAKS: "a leak",
        "Validation images with a twin in training: a frame of the same scene, another version of the same image, or one that a network finds more alike than images of different films.",
        "Move the worst scene to training, or link scenes that show the same. Above 5 % training refuses the split.";
    HONESTY: "the honesty meter",
        "Two quick classifiers on the same features, one measured on random images, one on this split's scenes. The gap is what neighbors of training images in validation are worth.",
        "Quote the number of this split. The wider the gap, the less a random split can be believed.";
}

/// What the threshold of a kind is about.
pub fn of_threshold(kind: Kind) -> Help {
    match kind {
        Kind::NearDuplicate => LIKENESS,
        Kind::Similar => SIMILARITY,
        Kind::Mislabelled | Kind::Outlier | Kind::Background => SUSPICION,
        Kind::Corrupt
        | Kind::NotAnImage
        | Kind::WrongExtension
        | Kind::ExactDuplicate
        | Kind::Blurry
        | Kind::Dark
        | Kind::Bright
        | Kind::LowInformation
        | Kind::Grey
        | Kind::OddSize
        | Kind::OddAspect
        | Kind::Border => DEGREE,
    }
}
