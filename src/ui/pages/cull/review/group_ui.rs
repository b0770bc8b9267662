//! The queue of a kind that is about groups: the images side by side, which of them stays, and one key that decides all.

use eframe::egui::{self, Rect, Sense, WidgetInfo};

use super::Review;
use super::comparison_ui::{Two, comparison_ui};
use super::image_ui::{paint_fate, paint_large};
use super::keys::{Comparison, Intent};
use super::queue::{Item, Status};
use super::single_ui::{Action, buttons_ui};
use crate::catalog::{Decision, ImageId, ImageRecord, Snapshot};
use crate::curate::Kind;
use crate::ui::context::ViewCtx;
use crate::ui::keys::Shortcut;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::image_ui::aspect_of;
use crate::ui::{number, theme};

const ACTIONS_HEIGHT: f32 = 40.0;
/// Of the two lines below an image.
const WORDS_HEIGHT: f32 = 40.0;
/// Images of a group that are shown at once; of a larger one the first.
const MOST_SHOWN: usize = 12;

pub fn group_ui(
    ui: &mut egui::Ui,
    kind: Kind,
    item: &Item,
    review: &mut Review,
    snapshot: &Snapshot,
    ctx: &mut ViewCtx<'_>,
) -> Option<Intent> {
    let stays = review.stays(item, snapshot)?;
    let mut area = ui.available_rect_before_wrap();
    area.max.y -= ACTIONS_HEIGHT;
    if review.comparison == Comparison::SideBySide {
        side_by_side_ui(ui, area, item, stays, review, snapshot, ctx);
    } else if let Some((stays, other)) = review.compared(item, snapshot)
        && let (Some(stays), Some(other)) = (snapshot.image(stays), snapshot.image(other))
    {
        comparison_ui(ui, area, &Two { stays, other }, review, ctx);
    }
    ui.advance_cursor_after_rect(area);
    let others = item.others(snapshot, stays).len();
    let status = item.status(snapshot);
    let mut actions: Vec<Action> = vec![
        (
            format!("Keep one, reject {}", number::count(others)),
            Shortcut::ReviewDismiss,
            Intent::KeepBest,
            status == Status::Rejected,
        ),
        (
            "Keep all".to_owned(),
            Shortcut::ReviewKeepAll,
            Intent::KeepAll,
            status == Status::Kept,
        ),
        (
            "Reject all".to_owned(),
            Shortcut::ReviewReject,
            Intent::Reject,
            false,
        ),
        ("Undo".to_owned(), Shortcut::ReviewUndo, Intent::Undo, false),
    ];
    if kind.denial().is_some() {
        let is_on = status == Status::Dismissed;
        actions.insert(
            1,
            (
                "Not duplicates".to_owned(),
                Shortcut::ReviewNoDuplicates,
                Intent::Dismiss,
                is_on,
            ),
        );
    }
    buttons_ui(ui, &actions)
}

fn side_by_side_ui(
    ui: &mut egui::Ui,
    area: Rect,
    item: &Item,
    stays: ImageId,
    review: &mut Review,
    snapshot: &Snapshot,
    ctx: &mut ViewCtx<'_>,
) {
    let images = item.images(snapshot);
    let shown: Vec<&ImageRecord> = images.into_iter().take(MOST_SHOWN).collect();
    let cells = cells(area, &shown);
    for (number, (image, cell)) in shown.iter().zip(cells).enumerate() {
        let cell = cell.shrink(theme::GAP_SMALL);
        let (box_, _) = cell.split_top_bottom_at_y(cell.max.y - WORDS_HEIGHT);
        let id = ui.scope_id().with(("member", image.id));
        let response = ui.interact(cell, id, Sense::CLICK);
        let is_staying = image.id == stays;
        let rect = paint_large(ui, box_, image, ctx.textures);
        paint_fate(ui, rect, is_staying);
        let words = Rect::from_min_max(egui::pos2(cell.min.x, rect.max.y), cell.max);
        words_ui(ui, words, image, (number, is_staying), snapshot);
        response.widget_info(|| {
            let fate = if is_staying { "stays" } else { "goes" };
            WidgetInfo::selected(
                egui::Role::Button,
                true,
                is_staying,
                format!("{} {fate}", image.origin),
            )
        });
        let response = response.on_hover_text("Click to let this one stay");
        if response.clicked() {
            review.let_stay(image.id);
        }
    }
    let hidden = item.members.len().saturating_sub(shown.len());
    if hidden > 0 {
        let text = format!("and {} more", number::counted(hidden, "image"));
        crate::ui::widgets::image_ui::caption_ui(ui, area, &text);
    }
}

fn words_ui(
    ui: &egui::Ui,
    area: Rect,
    image: &ImageRecord,
    (number, is_staying): (usize, bool),
    snapshot: &Snapshot,
) {
    let palette = theme::palette(ui);
    let source = snapshot.source(image.source);
    let source = source.map_or("", |source| source.name.as_str());
    let state = match image.decision {
        Decision::Keep => " · kept",
        Decision::Reject => " · rejected",
        Decision::Undecided => "",
    };
    let font = egui::FontId::proportional(theme::TEXT_SMALL);
    let fate = if is_staying { "stays" } else { "goes" };
    let name = format!("{}  {} · {fate}", number + 1, image.origin);
    let facts = format!("{} × {} · {source}{state}", image.width, image.height);
    let room = area.width();
    let painter = ui.painter();
    let color = if is_staying {
        palette.keep
    } else {
        palette.text
    };
    let top = egui::pos2(area.center().x, area.min.y + theme::GAP_TINY);
    let align = egui::Align2::CENTER_TOP;
    let drawn = painter.text(
        top,
        align,
        elided(painter, &name, &font, room),
        font.clone(),
        color,
    );
    let below = egui::pos2(top.x, drawn.max.y);
    let facts = elided(painter, &facts, &font, room);
    painter.text(below, align, facts, font, palette.text_weak);
}

/// Rows and columns in which images of this aspect get largest.
fn cells(area: Rect, images: &[&ImageRecord]) -> Vec<Rect> {
    let count = images.len().max(1);
    let aspects = images.iter();
    let aspects = aspects.map(|image| aspect_of(image));
    let aspect = aspects.sum::<f32>() / count as f32;
    let height_of = |columns: usize| {
        let rows = count.div_ceil(columns);
        let width = area.width() / columns as f32;
        (area.height() / rows as f32 - WORDS_HEIGHT).min(width / aspect.max(0.01))
    };
    // Of equals the fewest columns: two rows of two and not one of three and one of one.
    let columns = (1..=count)
        .rev()
        .max_by(|a, b| height_of(*a).total_cmp(&height_of(*b)))
        .unwrap_or(1);
    let rows = count.div_ceil(columns);
    let size = egui::vec2(area.width() / columns as f32, area.height() / rows as f32);
    (0..count)
        .map(|at| {
            let place = egui::vec2((at % columns) as f32, (at / columns) as f32);
            Rect::from_min_size(area.min + place * size, size)
        })
        .collect()
}
