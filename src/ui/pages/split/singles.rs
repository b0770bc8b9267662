//! A project of images without films: there are no scenes to move, so chance decides, and the page says what that
//! number is worth.

use eframe::egui;

use super::balance::{SuggestForm, fraction_ui};
use super::class_bars::class_bars_ui;
use super::leaks_ui::LeakRadar;
use super::model::SplitModel;
use super::problems_ui::problems_ui;
use super::twins_ui::twins_ui;
use super::view::View;
use crate::catalog::Edit;
use crate::catalog::query::SplitMode;
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};
use crate::ui::page::Page;
use crate::ui::{number, theme};

pub fn singles_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    model: &SplitModel,
    (form, radar): (&mut SuggestForm, &mut LeakRadar),
) {
    let weak = theme::palette(ui).text_weak;
    let by_chance = model.random_fraction;
    ui.vertical_centered(|ui| {
        ui.set_max_width(theme::FORM_WIDTH.min(ui.available_width()));
        ui.add_space((ui.available_height() * 0.2).max(theme::GAP_HUGE));
        let icon = egui_material_icons::icons::ICON_CALL_SPLIT;
        ui.label(theme::icon(icon, theme::ICON_EMPTY).color(weak));
        let is_by_folder = by_chance.is_none() && model.singles.valid > 0;
        let title = match by_chance {
            None if is_by_folder => "Split by the folders they came from".to_owned(),
            None => "These images come in no scenes".to_owned(),
            Some(fraction) => format!("{} in validation, by chance", number::percent(fraction)),
        };
        ui.label(theme::title(title));
        let text = if is_by_folder {
            "Their folder held a split, with train and valid above the classes. It is as honest as whoever made it."
        } else {
            "Films are split by scene. Single images can only be split at random: where several of them show the same thing, some end up on both sides and the accuracy looks better than it is."
        };
        ui.label(egui::RichText::new(text).color(weak));
        ui.add_space(theme::GAP_LARGE);
        let clicked = class_bars_ui(ui, ctx, &model.counts, &mut View::default());
        if clicked.is_some() {
            ctx.go(Page::Cull);
        }
        twins_ui(ui, ctx, model);
        problems_ui(ui, model);
        // Without films there is no scene to jump to.
        radar.ui(ui, ctx, model);
        ui.add_space(theme::GAP_LARGE);
        if by_chance.is_some() || is_by_folder {
            if ui.add(theme::primary_button(ui, "Go to Train")).clicked() {
                ctx.go(Page::Train);
            }
            if by_chance.is_none() {
                return;
            }
            let text = format!("{} takes the last step back", keys::name(ui, Shortcut::Undo));
            ui.label(theme::small(text).color(weak));
            ui.add_space(theme::GAP_LARGE);
        }
        fraction_ui(ui, &mut form.fraction);
        let button = match by_chance {
            Some(_) => egui::Button::new("Split again"),
            None => theme::primary_button(ui, "Split by chance"),
        };
        if ui.add(button).clicked() {
            let mode = SplitMode::Random {
                fraction: form.fraction,
                seed: form.seed,
            };
            ctx.edit(Edit::SetSplitMode { mode });
        }
    });
}
