//! What the checks have found in the image under the cursor, for the inspector: each with its score, and the other images
//! of its group.

use eframe::egui::{self, Sense, WidgetInfo};

use super::found::Found;
use crate::catalog::{ImageId, ImageRecord, Snapshot};
use crate::curate::{Finding, Kind};
use crate::ui::context::ViewCtx;
use crate::ui::help::curated::SCORE;
use crate::ui::theme;
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::widgets::image_ui;

const THUMBNAIL_HEIGHT: f32 = 40.0;
/// Of a group; a row of the inspector.
const MOST_SHOWN: usize = 8;

/// What was asked for here.
pub enum FindingWish {
    /// Another image of a group.
    Show(ImageId),
    /// The queue of this kind, at this image.
    Review(Kind),
    /// The finding is wrong.
    Dismiss(Finding),
}

pub fn findings_ui(
    ui: &mut egui::Ui,
    image: &ImageRecord,
    found: &Found,
    ctx: &mut ViewCtx<'_>,
) -> Option<FindingWish> {
    let session = ctx.session;
    let snapshot = session.snapshot();
    let mut wish = None;
    for finding in found.of(image.id) {
        wish = wish.or(finding_ui(ui, snapshot, finding));
        if let Some(middle) = finding.of {
            wish = wish.or(group_ui(ui, image, finding.kind, middle, found, ctx));
        }
    }
    for kind in found.kinds_around(image.id) {
        ui.label(theme::strong(format!("{}: the best", kind.title())))
            .on_hover_text("The image of its group that stays");
        wish = wish.or(group_ui(ui, image, kind, image.id, found, ctx));
    }
    wish
}

fn finding_ui(ui: &mut egui::Ui, snapshot: &Snapshot, finding: &Finding) -> Option<FindingWish> {
    let mut wish = None;
    let weak = theme::palette(ui).text_weak;
    ui.horizontal(|ui| {
        let title = finding.kind.title();
        let link = egui::Link::new(theme::strong(title));
        if ui
            .add(link)
            .on_hover_text(format!(
                "{}. Click to review this kind",
                finding.kind.help()
            ))
            .clicked()
        {
            wish = Some(FindingWish::Review(finding.kind));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            help_ui(ui, &SCORE);
            ui.label(theme::number(format!("{:.2}", finding.score)));
        });
    });
    for line in lines(snapshot, finding) {
        ui.label(theme::small(line).color(weak));
    }
    if let Some(denial) = finding.kind.denial() {
        let clicked = ui
            .button(theme::small(capitalized(denial)))
            .on_hover_text("This finding is wrong: remembered, also for the next import")
            .clicked();
        if clicked {
            wish = Some(FindingWish::Dismiss(finding.clone()));
        }
    }
    wish
}

/// What there is to say beside the kind.
pub fn lines(snapshot: &Snapshot, finding: &Finding) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(class) = finding
        .looks_like
        .and_then(|class| snapshot.class_name(class))
    {
        lines.push(format!("looks like {class}"));
    }
    if let Some(border) = finding.border {
        lines.push(format!(
            "{} top, {} bottom, {} left, {} right",
            border.top, border.bottom, border.left, border.right
        ));
    }
    lines.extend(finding.reason.clone());
    lines
}

pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The group around `middle`, without `image` itself.
fn group_ui(
    ui: &mut egui::Ui,
    image: &ImageRecord,
    kind: Kind,
    middle: ImageId,
    found: &Found,
    ctx: &mut ViewCtx<'_>,
) -> Option<FindingWish> {
    let session = ctx.session;
    let snapshot = session.snapshot();
    let others: Vec<&ImageRecord> = found
        .group(kind, middle)
        .filter(|id| *id != image.id)
        .filter_map(|id| snapshot.image(id))
        .collect();
    let mut wish = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(theme::GAP_TINY);
        for other in others.iter().take(MOST_SHOWN) {
            let width = THUMBNAIL_HEIGHT * image_ui::aspect_of(other);
            let size = egui::vec2(width.min(ui.available_width()), THUMBNAIL_HEIGHT);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            response.widget_info(|| {
                let text = format!("group {}", other.origin);
                WidgetInfo::labeled(egui::Role::Button, true, text)
            });
            let palette = theme::palette(ui);
            image_ui::paint_thumbnail(ui.painter(), palette, rect, other, ctx.textures);
            if response.on_hover_text(&other.origin).clicked() {
                wish = Some(FindingWish::Show(other.id));
            }
        }
        let more = others.len().saturating_sub(MOST_SHOWN);
        if more > 0 {
            ui.label(theme::small(format!("and {more} more")));
        }
    });
    wish
}
