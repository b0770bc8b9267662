//! The room of a review: what is decided above, the work in the middle, the queue as a strip below.

use eframe::egui::{self, Sense, WidgetInfo};
use egui_material_icons::icons;

use super::Review;
use super::group_ui::group_ui;
use super::keys::{Comparison, Intent};
use super::kinds_ui::KindCount;
use super::queue::Status;
use super::single_ui::single_ui;
use crate::catalog::{Decision, Snapshot};
use crate::curate::{Findings, KeepBest, Kind, Subject};
use crate::ui::context::ViewCtx;
use crate::ui::folder_url::folder_url;
use crate::ui::help::curated::SCORE;
use crate::ui::widgets::empty::{Empty, empty_ui};
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::widgets::image_ui;
use crate::ui::{number, theme};

const STRIP_HEIGHT: f32 = 56.0;
const BAR_WIDTH: f32 = 120.0;
const RULE_WIDTH: f32 = 144.0;

/// What the room asks the page for.
pub enum StageWish {
    Do(Intent),
    Open(Kind),
    /// Back to the grid.
    Leave,
}

pub fn stage_ui(
    ui: &mut egui::Ui,
    review: &mut Review,
    findings: &Findings,
    snapshot: &Snapshot,
    ctx: &mut ViewCtx<'_>,
) -> Option<StageWish> {
    let kind = review.kind()?;
    let done = review.done(snapshot);
    let all = review.queue.items.len();
    let mut wish = header_ui(ui, kind, (done, all), review);
    if all == 0 {
        return wish.or(nothing_ui(ui, kind, review, findings, snapshot));
    }
    let is_finished = done == all && !review.looks_back;
    egui::Panel::bottom("queue-strip")
        .resizable(false)
        .exact_size(STRIP_HEIGHT + theme::GAP_MEDIUM)
        .frame(egui::Frame::new())
        .show(ui, |ui| strip_ui(ui, review, snapshot, ctx));
    if is_finished {
        wish = wish.or(done_ui(ui, kind, review, snapshot));
        return wish;
    }
    let item = review.queue.current().cloned()?;
    let intent = if item.is_group() {
        group_ui(ui, kind, &item, review, snapshot, ctx)
    } else {
        single_ui(ui, (kind, &item), snapshot, ctx)
    };
    wish.or(intent.map(StageWish::Do))
}

fn header_ui(
    ui: &mut egui::Ui,
    kind: Kind,
    (done, all): (usize, usize),
    review: &mut Review,
) -> Option<StageWish> {
    let mut wish = None;
    let weak = theme::palette(ui).text_weak;
    ui.horizontal(|ui| {
        ui.label(theme::strong(kind.title()))
            .on_hover_text(kind.help());
        if kind.has_groups() {
            for each in Comparison::ALL {
                let is_on = review.comparison == each;
                let button = egui::Button::selectable(is_on, theme::small(each.title()));
                if ui.add(button).on_hover_text(each.help(ui)).clicked() {
                    wish = Some(StageWish::Do(Intent::Compare(each)));
                }
            }
            rule_ui(ui, &mut review.rule);
        } else {
            help_ui(ui, &SCORE);
            ui.add(egui::Label::new(theme::small(kind.help()).color(weak)).truncate());
        }
        if all == 0 {
            return;
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let text = format!("{} of {} decided", number::count(done), number::count(all));
            ui.label(theme::number(text));
            if done == 0 {
                return;
            }
            // Its track has the color of the canvas otherwise, and a short bar looks like a speck.
            let palette = theme::palette(ui);
            ui.scope(|ui| {
                ui.visuals_mut().extreme_bg_color = palette.control;
                let bar = egui::ProgressBar::new(done as f32 / all.max(1) as f32)
                    .desired_width(BAR_WIDTH)
                    .desired_height(theme::GAP_TINY)
                    .fill(palette.accent);
                ui.add(bar).accessible_name("Decided part");
            });
        });
    });
    ui.add_space(theme::GAP_TINY);
    wish
}

fn rule_ui(ui: &mut egui::Ui, rule: &mut KeepBest) {
    egui::ComboBox::from_id_salt("rule")
        .width(RULE_WIDTH)
        .truncate()
        .selected_text(theme::small(format!("Stays: {}", rule.title())))
        .show_ui(ui, |ui| {
            for each in KeepBest::ALL {
                ui.selectable_value(rule, each, each.title());
            }
        })
        .response
        .accessible_name("Which image of a group stays")
        .on_hover_text("Which image of a group stays; 1 to 9 or a click choose another one");
}

/// A kind without an image in it: its files, or that there is nothing.
fn nothing_ui(
    ui: &mut egui::Ui,
    kind: Kind,
    review: &Review,
    findings: &Findings,
    snapshot: &Snapshot,
) -> Option<StageWish> {
    let files: Vec<_> = findings
        .of_kind(kind)
        .filter_map(|finding| match &finding.subject {
            Subject::File { source, origin } => {
                let source = snapshot.source(*source)?;
                Some((source, origin, finding.reason.as_deref()))
            }
            Subject::Image(_) => None,
        })
        .collect();
    if files.is_empty() {
        return done_ui(ui, kind, review, snapshot);
    }
    let palette = theme::palette(ui);
    let text = "These files lie in the folders and are no images of the project: nothing is trained on them. Repair or remove them there, if you like; there is nothing to decide here";
    ui.label(theme::small(text).color(palette.text_weak));
    let row = ui.spacing().interact_size.y;
    egui::ScrollArea::vertical()
        .id_salt("files")
        .auto_shrink(false)
        .show_rows(ui, row, files.len(), |ui, rows| {
            for (source, origin, reason) in files.iter().skip(rows.start).take(rows.len()) {
                ui.horizontal(|ui| {
                    let file = snapshot.root.join(&source.origin).join(origin);
                    let button = ui
                        .button("Show in folder")
                        .on_hover_text(file.display().to_string());
                    if let Some(folder) = file.parent().filter(|_| button.clicked()) {
                        let url = folder_url(folder);
                        ui.ctx().open_url(egui::OpenUrl::new_tab(url));
                    }
                    ui.label(format!("{}: {origin}", source.name));
                    if let Some(reason) = reason {
                        ui.label(theme::small(*reason).color(palette.text_weak));
                    }
                });
            }
        });
    None
}

fn done_ui(
    ui: &mut egui::Ui,
    kind: Kind,
    review: &Review,
    snapshot: &Snapshot,
) -> Option<StageWish> {
    let count = |status: Status| {
        let items = review.queue.items.iter();
        items.filter(|item| item.status(snapshot) == status).count()
    };
    let text = if review.queue.items.is_empty() {
        "Nothing of this kind is found at the present threshold".to_owned()
    } else {
        let right = kind.denial().unwrap_or("kept");
        let mut parts = vec![
            format!("{} rejected", number::count(count(Status::Rejected))),
            format!("{} {right}", number::count(count(Status::Dismissed))),
            format!("{} kept", number::count(count(Status::Kept))),
        ];
        if kind == Kind::Border {
            parts.push(format!("{} cropped", number::count(count(Status::Cropped))));
        }
        parts.join(", ")
    };
    let known = review.open.known().iter();
    let mut others = known.filter(|(other, count)| *other != kind && count.open > 0);
    let next: Option<&(Kind, KindCount)> = others.next();
    let button = next.map_or_else(
        || "Back to the images".to_owned(),
        |(next, count)| format!("Next: {} ({})", next.title(), number::count(count.open)),
    );
    let empty = Empty {
        icon: icons::ICON_TASK_ALT,
        title: &format!("{} done", kind.title()),
        text: &text,
        button: Some(&button),
    };
    empty_ui(ui, &empty).then(|| next.map_or(StageWish::Leave, |(next, _)| StageWish::Open(*next)))
}

/// Items around the current one; a click goes there.
fn strip_ui(ui: &mut egui::Ui, review: &mut Review, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
    let palette = theme::palette(ui);
    let mut clicked = None;
    let room = (ui.available_width() / STRIP_HEIGHT) as usize;
    let first = review.queue.cursor.saturating_sub(room / 2);
    ui.add_space(theme::GAP_SMALL);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
        let items = review.queue.items.iter().enumerate().skip(first);
        for (at, item) in items {
            let Some(image) = item.images(snapshot).into_iter().next() else {
                continue;
            };
            let aspect = image_ui::aspect_of(image);
            let width = (STRIP_HEIGHT * aspect).min(STRIP_HEIGHT * 2.0);
            if width > ui.available_width() {
                break;
            }
            let size = egui::vec2(width, STRIP_HEIGHT);
            let (rect, response) = ui.allocate_exact_size(size, Sense::CLICK);
            let (top, edge) = rect.split_top_bottom_at_y(rect.max.y - theme::EDGE);
            image_ui::paint_thumbnail(ui.painter(), palette, top, image, ctx.textures);
            let status = item.status(snapshot);
            let color = match status {
                Status::Open => palette.raised,
                Status::Rejected => palette.decision(Decision::Reject),
                Status::Dismissed | Status::Kept | Status::Cropped => {
                    palette.decision(Decision::Keep)
                }
            };
            ui.painter().rect_filled(edge, 0.0, color);
            let badge = match status {
                Status::Open => None,
                Status::Rejected => Some(icons::ICON_CLOSE),
                Status::Dismissed | Status::Kept => Some(icons::ICON_CHECK),
                Status::Cropped => Some(icons::ICON_CROP),
            };
            if let Some(icon) = badge {
                let corner = rect.right_bottom() - egui::Vec2::splat(theme::GAP_LARGE);
                image_ui::paint_badge(ui.painter(), corner, icon, (color, palette.canvas));
            }
            let is_current = at == review.queue.cursor;
            if is_current {
                let stroke = egui::Stroke::new(theme::OUTLINE, palette.accent);
                let inside = egui::StrokeKind::Inside;
                ui.painter().rect_stroke(rect, 0.0, stroke, inside);
            }
            response.widget_info(|| {
                let text = format!("queue {} {}", image.origin, status_word(status));
                WidgetInfo::selected(egui::Role::Button, true, is_current, text)
            });
            if response.clicked() {
                clicked = Some(at);
            }
        }
    });
    if let Some(at) = clicked {
        review.queue.cursor = at;
        review.looks_back = true;
    }
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Rejected => "rejected",
        Status::Dismissed => "dismissed",
        Status::Kept => "kept",
        Status::Cropped => "cropped",
    }
}
