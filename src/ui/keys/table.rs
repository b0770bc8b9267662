//! Everything that a key can be bound to: where it works, its name in the settings file, what it does, its default key.

use eframe::egui::{Key, Modifiers};

use super::chord::Chord;

/// Where a shortcut works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Everywhere,
    Cull,
    /// The review in Cull.
    Review,
    Split,
    Train,
    Evaluate,
    Explain,
}

impl Scope {
    pub const ALL: [Self; 7] = [
        Self::Everywhere,
        Self::Cull,
        Self::Review,
        Self::Split,
        Self::Train,
        Self::Evaluate,
        Self::Explain,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Cull => "Cull",
            Self::Review => "Review in Cull",
            Self::Split => "Split",
            Self::Train => "Train",
            Self::Evaluate => "Evaluate",
            Self::Explain => "Explain",
        }
    }

    /// Whether a key of the one would also reach the other.
    pub fn meets(self, other: Self) -> bool {
        self == other || self == Self::Everywhere || other == Self::Everywhere
    }
}

/// What Shift with the same key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    Nothing,
    /// The same, for more: the whole scene or group.
    Extends,
}

/// All about one shortcut.
pub struct Entry {
    pub scope: Scope,
    /// In the settings file.
    pub name: &'static str,
    pub title: &'static str,
    pub default: Chord,
    pub shift: Shift,
}

macro_rules! shortcuts {
    ($($shortcut:ident: $scope:ident, $name:literal, $title:literal, $default:expr, $shift:ident;)*) => {
        /// What a key can be bound to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Shortcut { $($shortcut),* }

        impl Shortcut {
            /// In the order in which they are listed.
            pub const ALL: &[Self] = &[$(Self::$shortcut),*];

            pub const fn entry(self) -> Entry {
                match self {
                    $(Self::$shortcut => Entry {
                        scope: Scope::$scope,
                        name: $name,
                        title: $title,
                        default: $default,
                        shift: Shift::$shift,
                    },)*
                }
            }
        }
    };
}

const fn plain(key: Key) -> Chord {
    Chord::new(Modifiers::NONE, key)
}

const fn ctrl(key: Key) -> Chord {
    Chord::new(Modifiers::COMMAND, key)
}

const fn ctrl_shift(key: Key) -> Chord {
    Chord::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

shortcuts! {
    GoToCollect: Everywhere, "go_to_collect", "Go to Collect", ctrl(Key::Num1), Nothing;
    GoToCull: Everywhere, "go_to_cull", "Go to Cull", ctrl(Key::Num2), Nothing;
    GoToSplit: Everywhere, "go_to_split", "Go to Split", ctrl(Key::Num3), Nothing;
    GoToTrain: Everywhere, "go_to_train", "Go to Train", ctrl(Key::Num4), Nothing;
    GoToEvaluate: Everywhere, "go_to_evaluate", "Go to Evaluate", ctrl(Key::Num5), Nothing;
    GoToExplain: Everywhere, "go_to_explain", "Go to Explain", ctrl(Key::Num6), Nothing;
    GoToPublish: Everywhere, "go_to_publish", "Go to Publish", ctrl(Key::Num7), Nothing;
    OpenSettings: Everywhere, "open_settings", "Open or leave the settings", ctrl(Key::Comma), Nothing;
    Undo: Everywhere, "undo", "Undo", ctrl(Key::Z), Nothing;
    Redo: Everywhere, "redo", "Redo", ctrl_shift(Key::Z), Nothing;
    ShowKeys: Everywhere, "show_keys", "Show or hide all keys", plain(Key::F1), Nothing;

    CullReject: Cull, "cull_reject", "Reject and advance", plain(Key::X), Extends;
    CullKeep: Cull, "cull_keep", "Keep and advance", plain(Key::K), Extends;
    CullClear: Cull, "cull_clear", "Clear decision", plain(Key::U), Extends;
    CullPrevious: Cull, "cull_previous", "Previous image", plain(Key::A), Extends;
    CullNext: Cull, "cull_next", "Next image", plain(Key::D), Extends;
    CullCrop: Cull, "cull_crop", "Crop to character", plain(Key::C), Extends;
    CullWhole: Cull, "cull_whole", "Show the whole image", plain(Key::Backspace), Extends;
    CullSelectAll: Cull, "cull_select_all", "Select all shown", ctrl(Key::A), Nothing;
    CullOneToOne: Cull, "cull_one_to_one", "Loupe at one pixel to one", plain(Key::Z), Nothing;
    CullExplain: Cull, "cull_explain", "Explain this image", plain(Key::H), Nothing;
    CullPin: Cull, "cull_pin", "Pin or unpin", plain(Key::P), Nothing;

    ReviewReject: Review, "review_reject", "Reject, and on to the next", plain(Key::X), Nothing;
    ReviewDismiss: Review, "review_dismiss", "Not so; of a group: keep one", plain(Key::K), Nothing;
    ReviewNoDuplicates: Review, "review_no_duplicates", "No duplicates", plain(Key::N), Nothing;
    ReviewKeepAll: Review, "review_keep_all", "Keep all of the group", plain(Key::B), Nothing;
    ReviewRelabel: Review, "review_relabel", "Set the class it looks like", plain(Key::L), Nothing;
    ReviewCrop: Review, "review_crop", "Crop the borders of its source", plain(Key::C), Nothing;
    ReviewSideBySide: Review, "review_side_by_side", "Compare side by side", plain(Key::G), Nothing;
    ReviewSwap: Review, "review_swap", "Compare by swapping", plain(Key::S), Nothing;
    ReviewWipe: Review, "review_wipe", "Compare with a wipe", plain(Key::W), Nothing;
    ReviewDifference: Review, "review_difference", "Show the difference", plain(Key::D), Nothing;
    ReviewUndo: Review, "review_undo", "Undo", plain(Key::Z), Nothing;

    SplitMove: Split, "split_move", "Move to the other side", plain(Key::V), Nothing;
    SplitLink: Split, "split_link", "Link scenes", plain(Key::L), Nothing;
    SplitSeparate: Split, "split_separate", "Separate scenes", Chord::new(Modifiers::SHIFT, Key::L), Nothing;
    SplitWorstLeak: Split, "split_worst_leak", "Worst leak into training", plain(Key::M), Nothing;

    TrainStage1: Train, "train_stage_1", "Train stage 1", ctrl(Key::Enter), Nothing;
    TrainStage2: Train, "train_stage_2", "Train stage 2", ctrl_shift(Key::Enter), Nothing;
    FindRate1: Train, "train_find_rate_1", "Learning rate of stage 1", ctrl(Key::L), Nothing;
    FindRate2: Train, "train_find_rate_2", "Learning rate of stage 2", ctrl_shift(Key::L), Nothing;
    TrainPause: Train, "train_pause", "Pause or continue the run", plain(Key::P), Nothing;

    EvaluateKeep: Evaluate, "evaluate_keep", "Keep and advance", plain(Key::K), Extends;
    EvaluateReject: Evaluate, "evaluate_reject", "Reject and advance", plain(Key::X), Extends;
    EvaluateClear: Evaluate, "evaluate_clear", "Clear decision and advance", plain(Key::U), Extends;
    EvaluateHeatmaps: Evaluate, "evaluate_heatmaps", "Show or hide heatmaps", plain(Key::H), Nothing;

    ExplainPrevious: Explain, "explain_previous", "Previous image", plain(Key::A), Nothing;
    ExplainNext: Explain, "explain_next", "Next image", plain(Key::D), Nothing;
    ExplainOverlay: Explain, "explain_overlay", "Show or hide what is found", plain(Key::H), Nothing;
    ExplainMethod: Explain, "explain_method", "Next method", plain(Key::M), Nothing;
    ExplainLayer: Explain, "explain_layer", "One layer earlier", plain(Key::L), Nothing;
    ExplainOneToOne: Explain, "explain_one_to_one", "One pixel to one", plain(Key::Z), Nothing;
    ExplainReject: Explain, "explain_reject", "Reject and advance", plain(Key::X), Nothing;
    ExplainPin: Explain, "explain_pin", "Pin or unpin", plain(Key::P), Nothing;
}
