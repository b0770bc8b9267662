//! All keys on one sheet, shown on `?`.

use eframe::egui::{self, Id};

use super::theme;

/// Heading, then (keys, what they do).
type Group = (&'static str, &'static [(&'static str, &'static str)]);

const EVERYWHERE: Group = (
    "Everywhere",
    &[
        ("Ctrl+1 … Ctrl+7", "The seven pages"),
        ("Ctrl+Plus, Minus", "Larger, smaller"),
        ("Ctrl+Z", "Undo"),
        ("Ctrl+Shift+Z", "Redo"),
        ("? or F1", "Show or hide this sheet"),
        ("Tab, Enter", "Next control, press it"),
    ],
);
const SPLIT: Group = (
    "Split",
    &[
        ("Arrows, Home, End", "Move among the scenes"),
        ("Shift+arrow", "Select a range"),
        ("Ctrl+click", "Select one by one"),
        ("V", "Move to the other side"),
        ("L, Shift+L", "Link, separate scenes"),
        ("M", "Worst leak into training"),
    ],
);
const TRAIN: Group = (
    "Train",
    &[
        ("Ctrl+Enter", "Train stage 1"),
        ("Ctrl+Shift+Enter", "Train stage 2"),
        ("Ctrl+L", "Learning rate of stage 1"),
        ("Ctrl+Shift+L", "Learning rate of stage 2"),
        ("P", "Pause or continue the run"),
        ("Left, Right", "Pinned images epoch by epoch"),
    ],
);
const EVALUATE: Group = (
    "Evaluate",
    &[
        ("Arrows", "Move among the images"),
        ("K, X, U", "Keep, reject, clear, and advance"),
        ("Shift K, X, U", "The same for all of a chosen group"),
        ("H", "Show or hide heatmaps"),
        ("Enter", "Explain this image"),
        ("Escape", "All images of the set"),
    ],
);
const EXPLAIN: Group = (
    "Explain",
    &[
        ("Arrows, A, D", "Next and previous image"),
        ("H", "Show or hide what is found"),
        ("M", "Next method"),
        ("L", "One layer earlier"),
        ("Wheel, Z", "Zoom, one pixel to one"),
        ("X", "Reject and advance"),
        ("P", "Pin or unpin"),
    ],
);
const CULL: Group = (
    "Cull",
    &[
        ("Arrows, A, D", "Move"),
        ("Home, End", "First, last"),
        ("Page up, Page down", "Move by pages"),
        ("X", "Reject and advance"),
        ("K", "Keep and advance"),
        ("U", "Clear decision"),
        ("1 … 9", "Set class"),
        ("C, Backspace", "Crop to character, show whole"),
        ("Shift+key", "The whole scene"),
        ("Space", "Select or unselect"),
        ("Shift+arrow", "Select a range"),
        ("Ctrl+A", "Select all shown"),
        ("Enter", "Loupe"),
        ("Z", "Loupe at one pixel to one"),
        ("Wheel, Ctrl+wheel", "Zoom the loupe, the cells"),
        ("Alt+click", "Only this value of a filter"),
        ("Escape", "Leave the loupe, select none"),
        ("H", "Explain this image"),
        ("P", "Pin or unpin"),
    ],
);
const REVIEW: Group = (
    "Review in Cull",
    &[
        ("X", "Reject, and on to the next"),
        ("K or Enter", "Not so; of a group: keep one"),
        ("N", "No duplicates"),
        ("B", "Keep all of the group"),
        ("1 … 9", "Which one of the group stays"),
        ("L", "Set the class it looks like"),
        ("C", "Crop the borders of its source"),
        ("Left, Right", "Previous, next"),
        ("Up, Down", "Compare another one"),
        ("G, S", "Side by side, swap"),
        ("W, D", "Wipe, difference"),
        ("Space", "Swap the two"),
        ("Z", "Undo"),
        ("Escape", "Back to the images"),
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

fn group_ui(ui: &mut egui::Ui, (heading, keys): &Group) {
    ui.label(theme::strong(*heading));
    egui::Grid::new(*heading)
        .num_columns(2)
        .min_col_width(KEYS_WIDTH)
        .spacing([theme::GAP_LARGE, theme::GAP_TINY])
        .show(ui, |ui| {
            for (key, meaning) in *keys {
                ui.label(theme::number(*key));
                ui.label(*meaning);
                ui.end_row();
            }
        });
    ui.add_space(theme::GAP_MEDIUM);
}
