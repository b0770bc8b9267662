//! Whether the run looks at the border of a class: the button that asks, and what was found.

use eframe::egui::{self, RichText};

use crate::explain::audit::{Audit, BorderRow};
use crate::run::RunLog;
use crate::session::jobs::audit::BorderAudit;
use crate::session::{Command, Job};
use crate::ui::context::ViewCtx;
use crate::ui::help::explained::{AUDITED_MAPS, BORDER};
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::{number, theme};

/// What is known of the run that answers.
#[derive(Default)]
pub struct AuditPanel {
    run: Option<String>,
    audit: Option<Audit>,
    is_running: bool,
}

impl AuditPanel {
    /// Once a frame.
    pub fn follow(&mut self, ctx: &ViewCtx<'_>, run: &RunLog) {
        if self.run.as_ref() != Some(&run.info.id) {
            self.run = Some(run.info.id.clone());
            // A few kilobytes, once for each run; most runs have none.
            self.audit = Audit::read(&run.dir).ok();
        }
        self.is_running = false;
        let mut newest = None;
        for view in ctx.session.jobs() {
            let Job::Audit(job) = &*view.job else {
                continue;
            };
            if job.run_id != run.info.id {
                continue;
            }
            self.is_running |= view.is_running();
            if let Some(audit) = &job.audit
                && newest.as_ref().is_none_or(|(id, _)| *id < view.id)
            {
                newest = Some((view.id, audit.clone()));
            }
        }
        if let Some((_, audit)) = newest {
            self.audit = Some(audit);
        }
    }

    pub fn ui(&self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, run: &RunLog) {
        ui.add_space(theme::GAP_MEDIUM);
        ui.label(theme::strong("Does it look at the border?"));
        let button = ui
            .add_enabled(!self.is_running, egui::Button::new("Audit the border"))
            .on_hover_text("How much of the heatmaps lies along the edges, and which predictions a crop of the border changes, class by class")
            .on_disabled_hover_text("It is being audited");
        if button.clicked() {
            ctx.send(Command::start(BorderAudit::new(run.info.id.clone())));
        }
        if let Some(audit) = &self.audit {
            found_ui(ui, audit, run);
        }
    }
}

fn found_ui(ui: &mut egui::Ui, audit: &Audit, run: &RunLog) {
    let palette = theme::palette(ui);
    if audit.best_epoch != run.best_epoch() {
        let text = "Of an earlier epoch of the run; audit it again.";
        ui.label(theme::small(text).color(palette.warning));
    }
    let flagged = audit.flagged();
    let verdict = if flagged.is_empty() {
        RichText::new("No class stands out by its border")
    } else {
        RichText::new(format!("It looks at the border of {}", flagged.join(", ")))
            .color(palette.warning)
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(verdict);
        help_ui(ui, &BORDER);
    });
    let mut rows: Vec<&BorderRow> = audit.border.iter().collect();
    rows.sort_by(|a, b| b.mass_ratio.total_cmp(&a.mass_ratio));
    egui::Grid::new("border audit")
        .num_columns(3)
        .spacing([theme::GAP_MEDIUM, theme::GAP_TINY])
        .show(ui, |ui| {
            for heading in ["Class", "Border", "Flips"] {
                ui.label(theme::small(heading).color(palette.text_weak));
            }
            ui.end_row();
            for row in rows {
                let color = if row.flagged {
                    palette.warning
                } else {
                    palette.text
                };
                ui.label(theme::small(&row.class).color(color));
                ui.label(theme::number(format!("{:.2}", row.mass_ratio)).color(color));
                let flips = format!("{} of {}", row.flips, row.images);
                let scenes = match row.units {
                    0 => String::new(),
                    units => format!(" in {}", number::counted(units, "scene")),
                };
                ui.label(theme::number(flips).color(color)).on_hover_text(format!(
                    "Changed by a crop of {} of the shorter side on every side{scenes}; by chance as often with p {:.4}",
                    number::percent(audit.crop),
                    row.p
                ));
                ui.end_row();
            }
        });
    if let Some(found) = &audit.faithfulness {
        let text = format!(
            "Hiding the hottest {:.0} % costs {:.3} of probability, other regions as large {:.3} ({})",
            found.hidden_fraction * 100.0,
            found.filled.drop,
            found.filled.random_drop,
            number::counted(found.images, "image")
        );
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::small(text).color(palette.text_weak));
            help_ui(ui, &AUDITED_MAPS);
        });
    }
}
