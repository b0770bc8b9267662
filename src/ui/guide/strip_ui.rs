//! The guide as a strip of the frame: the next step in a line, or all of them.

use eframe::egui::{self, Align, Layout, Vec2, vec2};
use egui_material_icons::icons::{
    ICON_CHECK_CIRCLE, ICON_CLOSE, ICON_EXPAND_LESS, ICON_EXPAND_MORE, ICON_RADIO_BUTTON_UNCHECKED,
    ICON_TOUR,
};

use super::choice::GuideChoice;
use super::step::Step;
use crate::ui::action::Action;
use crate::ui::page::Page;
use crate::ui::theme;
use crate::ui::top_bar::icon_button;
use crate::ui::widgets::at_right::{at_right_ui, room_before};

const HEIGHT: f32 = 40.0;
/// The buttons at the right end.
const BUTTONS: &str = "guide";
const ROW_HEIGHT: f32 = 20.0;
const TITLE_WIDTH: f32 = 168.0;
const BAR_WIDTH: f32 = 56.0;

/// `steps`: each with whether it is done.
pub fn strip_ui(
    ui: &mut egui::Ui,
    (steps, page): (&[(Step, bool)], Page),
    is_unfolded: &mut bool,
    actions: &mut Vec<Action>,
) {
    let frame = egui::Frame::new()
        .fill(theme::palette(ui).raised)
        .inner_margin(egui::Margin::symmetric(12, 4));
    egui::Panel::bottom("guide")
        .resizable(false)
        .frame(frame)
        .show(ui, |ui| {
            let next = steps.iter().find(|(_, is_done)| !is_done);
            let next = next.map(|(step, _)| *step);
            next_ui(ui, (steps, next, page), is_unfolded, actions);
            if *is_unfolded {
                // Low, because the page above gives its room.
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.spacing_mut().interact_size.y = ROW_HEIGHT;
                for (step, is_done) in steps {
                    if step_ui(ui, *step, *is_done) {
                        actions.push(Action::Go(step.page()));
                        *is_unfolded = false;
                    }
                }
                ui.add_space(theme::GAP_TINY);
            }
        });
}

fn next_ui(
    ui: &mut egui::Ui,
    (steps, next, page): (&[(Step, bool)], Option<Step>, Page),
    is_unfolded: &mut bool,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), HEIGHT);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.label(theme::icon(ICON_TOUR, theme::ICON_BUTTON).color(palette.accent));
        let done = steps.iter().filter(|(_, is_done)| *is_done).count();
        ui.scope(|ui| {
            // Its track would not be seen on the strip.
            ui.visuals_mut().extreme_bg_color = palette.control;
            let bar = egui::ProgressBar::new(done as f32 / steps.len().max(1) as f32)
                .desired_width(BAR_WIDTH)
                .desired_height(theme::GAP_TINY)
                .fill(palette.accent);
            ui.add(bar)
                .accessible_name(format!("Guide: {done} of {} steps done", steps.len()))
        });
        let count = format!("{done} of {} done", steps.len());
        ui.label(theme::small(count).color(palette.text_weak));
        let (title, text) = match next {
            Some(step) => (step.title(), step.text()),
            None => (
                "All steps are done",
                "That was the whole job, from images to a net that others can try. The help menu above brings the guide back.",
            ),
        };
        let size = vec2(room_before(ui, BUTTONS), HEIGHT);
        ui.allocate_ui_with_layout(
            size,
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.label(theme::strong(title));
                ui.add(egui::Label::new(theme::small(text).color(palette.text_weak)).wrap());
            },
        );
        at_right_ui(ui, BUTTONS, |ui| {
            match next.map(Step::page) {
                Some(there) if there == page => {
                    ui.label(theme::small("on this page").color(palette.text_weak));
                }
                Some(there) => {
                    let button = ui.button(format!("Go to {}", there.name()));
                    if button.clicked() {
                        actions.push(Action::Go(there));
                    }
                }
                None => {}
            }
            let (icon, name) = if *is_unfolded {
                (ICON_EXPAND_MORE, "Show the next step only")
            } else {
                (ICON_EXPAND_LESS, "Show all steps")
            };
            if icon_button(ui, icon, name, name) {
                *is_unfolded = !*is_unfolded;
            }
            let hint = "Close the guide; the help menu above brings it back";
            if icon_button(ui, ICON_CLOSE, "Close the guide", hint) {
                actions.push(Action::SetGuide(GuideChoice::Dismissed));
            }
        });
    });
}

/// True if its page was asked for.
fn step_ui(ui: &mut egui::Ui, step: Step, is_done: bool) -> bool {
    let mut is_clicked = false;
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        let (icon, color, state) = if is_done {
            (ICON_CHECK_CIRCLE, palette.keep, "done")
        } else {
            (ICON_RADIO_BUTTON_UNCHECKED, palette.text_weak, "to do")
        };
        ui.label(theme::icon(icon, theme::ICON_BUTTON).color(color));
        let size = Vec2::new(TITLE_WIDTH, ui.spacing().interact_size.y);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(TITLE_WIDTH);
            let link = ui
                .link(step.title())
                .on_hover_text(format!("Go to {}", step.page().name()))
                .accessible_name(format!("{}: {state}", step.title()));
            is_clicked = link.clicked();
        });
        let text = theme::small(step.text()).color(palette.text_weak);
        ui.add(egui::Label::new(text).truncate());
    });
    is_clicked
}
