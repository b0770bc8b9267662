//! All keys on one sheet, shown on `?`.

use eframe::egui::{self, Id};

use super::keys::{Bindings, Scope, Shortcut};
use super::theme;

/// Heading, then rows: keys, and what they do.
type Group = (Scope, &'static [(&'static [Part], &'static str)]);

/// A part of what a row says of its keys.
enum Part {
    /// Cannot be bound to another key.
    Fixed(&'static str),
    Of(Shortcut),
}
use Part::{Fixed, Of};

const EVERYWHERE: Group = (
    Scope::Everywhere,
    &[
        (
            &[
                Of(Shortcut::GoToCollect),
                Fixed("…"),
                Of(Shortcut::GoToPublish),
            ],
            "The seven pages",
        ),
        (&[Of(Shortcut::OpenSettings)], "Settings"),
        (&[Fixed("Ctrl+Plus, Minus")], "Larger, smaller"),
        (&[Of(Shortcut::Undo)], "Undo"),
        (&[Of(Shortcut::Redo)], "Redo"),
        (
            &[Fixed("?"), Of(Shortcut::ShowKeys)],
            "Show or hide this sheet",
        ),
        (&[Fixed("Tab, Enter")], "Next control, press it"),
    ],
);
const SPLIT: Group = (
    Scope::Split,
    &[
        (&[Fixed("Arrows, Home, End")], "Move among the scenes"),
        (&[Fixed("Shift+arrow")], "Select a range"),
        (&[Fixed("Ctrl+click")], "Select one by one"),
        (&[Of(Shortcut::SplitMove)], "Move to the other side"),
        (
            &[Of(Shortcut::SplitLink), Of(Shortcut::SplitSeparate)],
            "Link, separate scenes",
        ),
        (&[Of(Shortcut::SplitWorstLeak)], "Worst leak into training"),
    ],
);
const TRAIN: Group = (
    Scope::Train,
    &[
        (&[Of(Shortcut::TrainStage1)], "Train stage 1"),
        (&[Of(Shortcut::TrainStage2)], "Train stage 2"),
        (&[Of(Shortcut::FindRate1)], "Learning rate of stage 1"),
        (&[Of(Shortcut::FindRate2)], "Learning rate of stage 2"),
        (&[Of(Shortcut::TrainPause)], "Pause or continue the run"),
        (&[Fixed("Left, Right")], "Pinned images epoch by epoch"),
    ],
);
const EVALUATE: Group = (
    Scope::Evaluate,
    &[
        (&[Fixed("Arrows")], "Move among the images"),
        (
            &[
                Of(Shortcut::EvaluateKeep),
                Of(Shortcut::EvaluateReject),
                Of(Shortcut::EvaluateClear),
            ],
            "Keep, reject, clear, and advance",
        ),
        (&[Fixed("Shift+key")], "The same for all of a chosen group"),
        (&[Of(Shortcut::EvaluateHeatmaps)], "Show or hide heatmaps"),
        (&[Fixed("Enter")], "Explain this image"),
        (&[Fixed("Escape")], "All images of the set"),
    ],
);
const EXPLAIN: Group = (
    Scope::Explain,
    &[
        (
            &[
                Fixed("Arrows"),
                Of(Shortcut::ExplainPrevious),
                Of(Shortcut::ExplainNext),
            ],
            "Next and previous image",
        ),
        (
            &[Of(Shortcut::ExplainOverlay)],
            "Show or hide what is found",
        ),
        (&[Of(Shortcut::ExplainMethod)], "Next method"),
        (&[Of(Shortcut::ExplainLayer)], "One layer earlier"),
        (
            &[Fixed("Wheel"), Of(Shortcut::ExplainOneToOne)],
            "Zoom, one pixel to one",
        ),
        (&[Of(Shortcut::ExplainReject)], "Reject and advance"),
        (&[Of(Shortcut::ExplainPin)], "Pin or unpin"),
    ],
);
const CULL: Group = (
    Scope::Cull,
    &[
        (
            &[
                Fixed("Arrows"),
                Of(Shortcut::CullPrevious),
                Of(Shortcut::CullNext),
            ],
            "Move",
        ),
        (&[Fixed("Home, End")], "First, last"),
        (&[Fixed("Page up, Page down")], "Move by pages"),
        (&[Of(Shortcut::CullReject)], "Reject and advance"),
        (&[Of(Shortcut::CullKeep)], "Keep and advance"),
        (&[Of(Shortcut::CullClear)], "Clear decision"),
        (&[Fixed("1 … 9")], "Set class"),
        (
            &[Of(Shortcut::CullCrop), Of(Shortcut::CullWhole)],
            "Crop to character, show whole",
        ),
        (&[Fixed("Shift+key")], "The whole scene"),
        (&[Fixed("Space")], "Select or unselect"),
        (&[Fixed("Shift+arrow")], "Select a range"),
        (&[Of(Shortcut::CullSelectAll)], "Select all shown"),
        (&[Fixed("Enter")], "Loupe"),
        (&[Of(Shortcut::CullOneToOne)], "Loupe at one pixel to one"),
        (&[Fixed("Wheel, Ctrl+wheel")], "Zoom the loupe, the cells"),
        (&[Fixed("Alt+click")], "Only this value of a filter"),
        (&[Fixed("Escape")], "Leave the loupe, select none"),
        (&[Of(Shortcut::CullExplain)], "Explain this image"),
        (&[Of(Shortcut::CullPin)], "Pin or unpin"),
    ],
);
const REVIEW: Group = (
    Scope::Review,
    &[
        (&[Of(Shortcut::ReviewReject)], "Reject, and on to the next"),
        (
            &[Of(Shortcut::ReviewDismiss), Fixed("Enter")],
            "Not so; of a group: keep one",
        ),
        (&[Of(Shortcut::ReviewNoDuplicates)], "No duplicates"),
        (&[Of(Shortcut::ReviewKeepAll)], "Keep all of the group"),
        (&[Fixed("1 … 9")], "Which one of the group stays"),
        (
            &[Of(Shortcut::ReviewRelabel)],
            "Set the class it looks like",
        ),
        (
            &[Of(Shortcut::ReviewCrop)],
            "Crop the borders of its source",
        ),
        (&[Fixed("Left, Right")], "Previous, next"),
        (&[Fixed("Up, Down")], "Compare another one"),
        (
            &[Of(Shortcut::ReviewSideBySide), Of(Shortcut::ReviewSwap)],
            "Side by side, swap",
        ),
        (
            &[Of(Shortcut::ReviewWipe), Of(Shortcut::ReviewDifference)],
            "Wipe, difference",
        ),
        (&[Fixed("Space")], "Swap the two"),
        (&[Of(Shortcut::ReviewUndo)], "Undo"),
        (&[Fixed("Escape")], "Back to the images"),
    ],
);
/// Of every group's keys, so that what they do begins at one edge.
const KEYS_WIDTH: f32 = 132.0;
/// Of the sheet, around its groups.
const HEAD_AND_FOOT: f32 = 108.0;
/// Side by side, so that all fit into 1280 x 720.
const COLUMNS: [&[Group]; 3] = [
    &[CULL, EVALUATE],
    &[REVIEW, SPLIT],
    &[EVERYWHERE, TRAIN, EXPLAIN],
];

/// In an enlarged or small window.
const TWO_COLUMNS: [&[Group]; 2] = [
    &[CULL, SPLIT, TRAIN],
    &[REVIEW, EVERYWHERE, EVALUATE, EXPLAIN],
];

/// Draws the sheet if it is open; Escape or a click beside it closes it.
pub fn key_sheet_ui(ctx: &egui::Context, is_open: &mut bool) {
    if !*is_open {
        return;
    }
    let frame = egui::Frame::window(&ctx.global_style());
    let modal = egui::Modal::new(Id::unique("key-sheet")).frame(frame);
    let modal = modal.show(ctx, |ui| {
        // As much as an enlarged window has room for; the rest is scrolled to.
        let screen = ui.ctx().content_rect().size() - egui::Vec2::splat(2.5 * theme::GAP_HUGE);
        let width = theme::SHEET_WIDTH.min(screen.x);
        ui.set_width(width);
        let columns: &[&[Group]] = if width < theme::SHEET_WIDTH {
            &TWO_COLUMNS
        } else {
            &COLUMNS
        };
        // Nothing to press in the rows, so they need not be as high as buttons.
        ui.spacing_mut().interact_size.y = theme::GAP_LARGE;
        ui.label(theme::title("Keys"));
        ui.add_space(theme::GAP_SMALL);
        let height = (screen.y - HEAD_AND_FOOT).max(0.0);
        egui::ScrollArea::both()
            .max_height(height)
            // Otherwise a sheet that is opened first has the height of egui's areas, whatever room there is.
            .min_scrolled_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = theme::GAP_HUGE;
                    for column in columns {
                        ui.vertical(|ui| {
                            for group in *column {
                                group_ui(ui, group);
                            }
                        });
                    }
                });
            });
        if ui.button("Close").clicked() {
            ui.close();
        }
    });
    if modal.should_close() {
        *is_open = false;
    }
}

fn group_ui(ui: &mut egui::Ui, (scope, rows): &Group) {
    let bindings = Bindings::of(ui.ctx());
    ui.label(theme::strong(scope.title()));
    egui::Grid::new(scope.title())
        .num_columns(2)
        .min_col_width(KEYS_WIDTH)
        .spacing([theme::GAP_LARGE, theme::GAP_TINY])
        .show(ui, |ui| {
            for (keys, meaning) in *rows {
                ui.label(theme::number(keys_text(&bindings, keys)));
                ui.label(*meaning);
                ui.end_row();
            }
        });
    ui.add_space(theme::GAP_MEDIUM);
}

/// "Arrows, A, D", and "Ctrl+1 … Ctrl+7" for a range.
fn keys_text(bindings: &Bindings, parts: &[Part]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Fixed(text) => (*text).to_owned(),
            Of(shortcut) => bindings.chord(*shortcut).to_string(),
        })
        .collect();
    parts.join(", ").replace(", …, ", " … ")
}
