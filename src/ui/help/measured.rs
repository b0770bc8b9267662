//! Accuracies, their intervals, and the other numbers of an evaluation.

use super::text::Help;
use crate::report::is_uninformative;
use crate::run::caveat::Caveat;

helps! {
    ACCURACY: "the accuracy",
        "The share of the measured images whose most probable class is their own.",
        "Read it with its interval, and compare it only with numbers of the same images.";
    BEST_ACCURACY: "the best accuracy",
        "The validation accuracy of the epoch whose weights the run keeps. Chosen as the best of several, it is a little too good.",
        "Quote the number of a test set, on which no epoch was chosen. Compare runs of one split only.";
    INTERVAL: "the 95 % interval",
        "The accuracies that these images leave plausible. Frames of a scene stand or fall together, so more scenes make it narrower; more frames of the same scenes hardly do.",
        "Where it is too wide to decide anything, move more scenes to validation, or cross-validate.";
    TOO_FEW_SCENES: "an interval of too few scenes",
        "A 95 % interval would be wider than 75 points, as it is with two scenes: the accuracy says hardly anything of new scenes.",
        "Move more scenes to validation on Split, or cross-validate on Train, which holds every scene out once.";
    DISHONEST: "wrong with this accuracy",
        "Training knew validation images, or close neighbors of them: by a random split, by one that leaks, or by a run it started from. The number looks better than it is.",
        "Mend the split on Split, and train stage 1 again for an honest number.";
    UNMEASURED: "an incomplete measurement",
        "Some validation images could not be read, so this number is of fewer images than those of other runs.",
        "Put the files back, or import the film or folder again, and train again.";
    SEEN: "seen in training",
        "The images of this set that the run, or one that it started from, was trained on. What was learned is no test.",
        "Train stage 1 again on the split as it is now, or measure on a set that nothing was trained on.";
    TEST_SET: "a test set worth",
        "The best epoch was chosen on the validation images. On a test set nothing was chosen, so its number is the one to quote.",
        "Measure once, at the end: who chooses by a test set makes it a second validation.";
    VERSION: "the version of split and data",
        "Which images were measured, and of which split. Numbers of other versions compare only if the measured images are the same.",
        "Measure again when the page says that something was changed since.";
    CONFUSION: "the confusion matrix",
        "Rows are what the images are, columns what they were taken for; the diagonal is right. Shares are percent of a row.",
        "Click the largest cell beside the diagonal and see what its images have in common.";
    CLASS_NUMBERS: "precision, recall and F1",
        "Precision: of the images taken for a class, the part that is of it. Recall: of its images, the part taken for it. F1 is their harmonic mean, n the images of the class.",
        "Low precision: look at what is taken for the class. Low recall: look at its images, and add ones like those that are missed.";
    SCENE_NUMBERS: "the count of a scene",
        "How many of a scene's images were right. Frames of a scene are alike, so it tends to be right or wrong as a whole.",
        "Open a scene that is all wrong: it is mislabelled, or unlike everything in training.";
    SOURCE_NUMBERS: "the count of a source",
        "How many images of each film or folder were right; a number's tooltip has the accuracy with its 95 % interval.",
        "If one source is much worse, look for what it has and the others have not: a border, another format, another style.";
    CONFIDENCE: "the confidence",
        "The probability that the net gives to the class it takes an image for. It is the chance of being right only as far as the calibration is good.",
        "Look first at images that are wrong and sure: they are mislabelled, or they show a shortcut.";
    CALIBRATION: "the calibration error",
        "How far confidence and accuracy are apart, in the mean over the images (ECE, 15 bins). Bars below the diagonal: too sure.",
        "Below .05 a percentage can be taken at its word; above, set no threshold by it.";
    TEMPERATURE: "the temperature",
        "What the logits would have to be divided by to fit these images best: above 1 the net is too sure, below 1 not sure enough.",
        "It is only measured here: divide by it in your own program where percentages have to be right.";
    COMPARISON: "the difference of two runs",
        "Both runs on the same images: what both get right or wrong cancels out. The 95 % interval of the difference counts whole scenes; if it holds 0, the difference is noise.",
        "Within noise take the run that is smaller or quicker, or measure on more scenes.";
    MCNEMAR: "McNemar's p",
        "How often two equal runs would differ as much by chance, if every image stood alone. Frames of a scene do not, so it is too small on films.",
        "Go by the interval above, which counts scenes; p is for single images.";
}

/// Of an accuracy's interval, as far as there is one.
pub fn of_interval(interval: [f64; 2]) -> Help {
    if is_uninformative(interval) {
        TOO_FEW_SCENES
    } else {
        INTERVAL
    }
}

pub fn of_caveat(caveat: Caveat) -> Help {
    match caveat {
        Caveat::RandomSplit
        | Caveat::Leaks(_)
        | Caveat::Contaminated { .. }
        | Caveat::UnknownLine
        | Caveat::Elsewhere => DISHONEST,
        Caveat::Unmeasured { .. } => UNMEASURED,
    }
}
