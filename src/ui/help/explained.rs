//! What a net makes of an image, whether its heatmap is true, and what it may cheat on.

use super::text::Help;

helps! {
    PROBABILITY: "the probability of a class",
        "How the net divides its belief among the classes; together they are 100 %. It is no chance of being right unless the calibration on Evaluate is good.",
        "Click a class to see which regions speak for it, and put the one it is confused with beside it.";
    HEAT: "the raw value",
        "Under the pointer: what the method gives this place, and how much that is of the hottest. Values of different images, methods and layers do not compare.",
        "Compare places of one image, or two classes of it on one scale.";
    FAITHFULNESS: "the cost of hiding",
        "The class's probability with the hottest part of the image hidden, by a blur and by the mean color, beside other regions of that size and shape.",
        "Trust a map whose region costs more than nearly all others; if it does not, try another method or layer.";
    DELETION: "the area of deletion",
        "The mean probability while more and more is filled with the mean color, the hottest first. A true map lets it fall early: its area is below that of chance.",
        "Compare the two areas: some images lose their class with any part.";
    INSERTION: "the area of insertion",
        "The mean probability while more and more is shown on the blurred image, the hottest first. A true map lets it rise early: its area is above that of chance.",
        "Compare the two areas. Where they are alike, the map does not show what the net needs.";
    BORDER: "the audit of the border",
        "Border: the part of the heatmaps in a ring along the edges over the ring's part of the area; 1 is even. Flips: predictions that cropping the border changes. p counts scenes.",
        "Crop the borders of the sources of a class that is named, and train again.";
    AUDITED_MAPS: "the worth of the audited maps",
        "Mean fall of the probability when the hottest part of an image is filled, beside other regions as large.",
        "If both are alike, do not rely on the column Border: the maps do not show what the net needs.";
    BACKGROUND: "known by the place",
        "Unchanged: predictions that stay the same with the figure hidden, by a blur and by the mean color. Elsewhere: the same with a region as large hidden elsewhere.",
        "If surely more than half survive, add images of the class in other places, or crop to the characters.";
    CLUSTERS: "a group of heatmaps",
        "Images of a class whose heatmaps are hot at the same place. On the figure is fine; a corner, a subtitle or an edge is a shortcut.",
        "Open a group that is marked, and reject its images or crop what gives them away.";
    PINNED: "the curve of a pinned image",
        "How probable the image's own class was after each epoch of the run.",
        "Look at images whose curve falls while the accuracy rises: they are mislabelled, or unlike training.";
}
