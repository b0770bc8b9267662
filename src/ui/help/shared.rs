//! Numbers of bringing images in and of letting others try a run.

use super::text::Help;

helps! {
    ESTIMATE: "the estimate of images",
        "The film's length over the distance of the frames that are taken. It is about right: films that break off, or vary their rate, give fewer or more.",
        "Take fewer rather than more: neighboring frames are alike. A film can be sampled more densely later.";
    VISITS: "counted by the demo",
        "Images that visitors asked about, and all requests to the demo's interface, since it was started here.",
        "Press Stop the demo when nobody needs it any more; the images that were sent are not kept.";
    SELF_CHECK: "the check of the demo",
        "Before it opens, the demo predicts images again that the run was evaluated on, and compares the probabilities with those that were stored.",
        "If it says that something differs, or that nothing was compared, evaluate the run again.";
}
