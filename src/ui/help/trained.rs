//! The numbers of a training: its plots, its rates, its batch, and cross-validation.

use super::text::Help;

helps! {
    LOSS: "the loss",
        "How improbable the true classes are to the net; 0 is best. Thin: each batch, thick: smoothed, dots: validation after each epoch. Varied and softened training images can lie above validation.",
        "If the dots rise while the line falls, take fewer epochs or lower rates, or add scenes.";
    ACCURACY_PLOT: "the accuracy over the epochs",
        "Dots: on the validation images, with the 95 % interval over whole scenes as a band, because frames of one scene are not independent. Dashed: on the training images.",
        "If the dashed line leaves the dots behind, the run remembers its images: more scenes help more than more epochs.";
    RATE_PLOT: "the learning rate over the steps",
        "How far a step moves the weights of the head; it rises and falls once in a run (one cycle). In stage 2 early layers move less.",
        "If the loss jumps where the rate is highest, lower it, or press Find learning rate.";
    FOUND_RATE: "a good learning rate",
        "Valley: half-way down the longest fall of the loss, the steadier of the two. Steepest: where the loss falls fastest.",
        "Take the valley, and a tenth of it if the run's loss jumps all the same.";
    RATE_RANGE: "the range of rates",
        "The rate of the first layers and that of the head, in the ratio of the form; the layers between lie between.",
        "Lower both if stage 2 comes out below the stage 1 that it started from.";
    CROSS_VALIDATION: "the cross-validated accuracy",
        "Every scene is held out once and predicted by a net that has not seen it; this is the accuracy of all of them together, with its 95 % interval over whole scenes.",
        "Choose settings by it, then train a run with them: cross-validation keeps none.";
    FOLDS: "the accuracy of a fold",
        "Each fold holds out other scenes (repeat.fold). They differ because scenes do.",
        "Do not choose among folds. One that is far below the others has a scene that is unlike the rest: see the list below.";
    HELD_OUT: "the accuracy of a scene",
        "How many of a scene's images were right while it was held out.",
        "Look at the first ones in Cull: they are mislabelled, or nothing in the project is like them.";
    STAGE_1_ALONE: "the worth of stage 2",
        "What stage 1 reaches on the same held-out scenes, before stage 2 goes on from it.",
        "If stage 2 is no better, stay with stage 1: it is quicker, and harder to spoil.";
    WHOLE_IMAGES: "the worth of the crops",
        "The same folds without the crops to the characters, compared image by image over whole scenes.",
        "Keep the crops if they are better by more than noise.";
    QUEUE: "the comparison of settings",
        "A setting's accuracy is the mean over its seeds, with the 95 % interval over whole scenes. The first is best only if it is above every other by more than noise, image by image.",
        "Where no setting is best, take the cheapest, or add validation scenes: more seeds do not make more scenes.";
    BATCH: "the batch",
        "Images that are in memory together. Where the asked number does not fit, it is halved and several batches make one step, so a step learns from as many images.",
        "Leave it on auto. If memory is short, take a smaller size of image or a smaller net.";
    COMPUTED_HEAD: "the computed head",
        "The head starts as linear discriminant analysis of the net's features. Its shrinkage and temperature are chosen on the training side, where images of one scene are held out together.",
        "If its accuracy there is far above that of validation, the validation scenes are unlike training: look at them on Split.";
}
