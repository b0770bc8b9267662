//! What the run that trains here says of the image that is inspected, by what it has learned so far.

use eframe::egui::{self, Color32, Pos2, Rect};
use egui_material_icons::icons::ICON_SHOW_CHART;

use crate::catalog::ImageRecord;
use crate::predict::ImageFile;
use crate::ui::context::ViewCtx;
use crate::ui::help::measured::CONFIDENCE;
use crate::ui::widgets::glances::{Glance, Glances, Request};
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::widgets::weights::Weights;
use crate::ui::{number, theme};

/// Asks only while a run trains.
#[derive(Default)]
pub struct InTraining {
    glances: Glances,
    is_map_shown: bool,
}

impl InTraining {
    /// Asks about `image`; once a frame.
    pub fn follow(&mut self, ui: &egui::Ui, ctx: &ViewCtx<'_>, image: &ImageRecord) {
        let run = ctx.session.trained_run();
        let weights = run.and_then(|run| Weights::newest(ctx, run));
        let live = weights.filter(|weights| weights.live.is_some());
        let request = live.map(|weights| Request {
            weights,
            images: vec![(image.id, ImageFile::from(image))],
        });
        self.glances.follow(ui, ctx, request);
    }

    /// The answer, and after which step it was given, while the run goes on.
    fn answer(&self, ctx: &ViewCtx<'_>, image: &ImageRecord) -> Option<(&Glance, String)> {
        let weights = &self.glances.answered()?.weights;
        let run = ctx.session.trained_run()?;
        let mut glances = self.glances.glances.iter();
        let glance = glances.find(|glance| glance.image == image.id)?;
        Some((glance, weights.moment()?)).filter(|_| weights.run == run.info.id)
    }

    /// Whether [`InTraining::map_ui`] paints one.
    pub fn has_map_of(&self, ctx: &ViewCtx<'_>, image: &ImageRecord) -> bool {
        self.is_map_shown && self.answer(ctx, image).is_some()
    }

    /// One line: the class, and how sure the net is of it.
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &ViewCtx<'_>, image: &ImageRecord) {
        let Some((glance, moment)) = self.answer(ctx, image) else {
            return;
        };
        let percent = number::percent(f64::from(glance.prob));
        let text = format!("Training: {} {percent}", glance.class);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
            let icon = theme::icon(ICON_SHOW_CHART, theme::ICON_BUTTON);
            ui.label(icon.color(theme::palette(ui).accent));
            ui.add(egui::Label::new(text).truncate())
                .on_hover_text(format!(
                    "What the run that trains now takes it for, after {moment}"
                ));
            help_ui(ui, &CONFIDENCE);
            ui.checkbox(&mut self.is_map_shown, theme::small("Its heatmap"))
                .on_hover_text("Which regions speak for this class, as the net sees them now");
        });
    }

    /// Over the thumbnail that was painted into `rect`.
    pub fn map_ui(&self, ui: &egui::Ui, ctx: &ViewCtx<'_>, (rect, image): (Rect, &ImageRecord)) {
        if let Some((glance, _)) = self.answer(ctx, image).filter(|_| self.is_map_shown) {
            let whole = Rect::from_min_max(Pos2::ZERO, egui::pos2(1.0, 1.0));
            let painter = ui.painter();
            painter.image(glance.heatmap.id(), rect, whole, Color32::WHITE);
        }
    }
}
