//! The threshold of a kind: a slider under a histogram, what it brings, and the images on either side of it.

use eframe::egui::{self, Rect, Sense, WidgetInfo};

use crate::catalog::{ImageId, Snapshot};
use crate::curate::{Kind, Measured, Threshold};
use crate::ui::context::ViewCtx;
use crate::ui::help::curated::of_threshold;
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::widgets::image_ui;
use crate::ui::{number, theme};

const BINS: usize = 40;
const HISTOGRAM_HEIGHT: f32 = 56.0;
/// On each side of the threshold.
const BORDER_IMAGES: usize = 3;

#[derive(Default)]
pub struct ThresholdPanel {
    /// While the slider is dragged.
    pending: Option<(Kind, f64)>,
    histogram: Option<Histogram>,
}

/// What was asked for.
pub enum ThresholdWish {
    /// `None`: the default.
    Set(Option<f64>),
    Swipe,
    Show(ImageId),
}

/// Degrees of one kind, at one state of the findings.
struct Histogram {
    of: (Kind, u64),
    bins: [usize; BINS],
    /// Sorted by degree.
    measured: Vec<Measured>,
}

impl Histogram {
    fn new(of: (Kind, u64), measured: &[Measured], threshold: Threshold) -> Self {
        let mut bins = [0; BINS];
        for one in measured {
            let at = (position(one.degree, threshold) * BINS as f64) as usize;
            if let Some(bin) = bins.get_mut(at.min(BINS - 1)) {
                *bin += 1;
            }
        }
        let mut measured = measured.to_vec();
        measured.sort_by(|a, b| a.degree.total_cmp(&b.degree));
        Self { of, bins, measured }
    }

    /// Place of the first one that is found.
    fn first_found(&self, value: f64) -> usize {
        self.measured.partition_point(|one| one.degree < value)
    }
}

/// Of a degree between least and most, 0 to 1.
fn position(degree: f64, threshold: Threshold) -> f64 {
    ((degree - threshold.least) / (threshold.most - threshold.least)).clamp(0.0, 1.0)
}

/// What the panel is about.
pub struct Scale<'a> {
    pub kind: Kind,
    pub threshold: Threshold,
    pub measured: &'a [Measured],
    /// Of the findings.
    pub serial: u64,
}

impl ThresholdPanel {
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        scale: &Scale<'_>,
        snapshot: &Snapshot,
        ctx: &mut ViewCtx<'_>,
    ) -> Option<ThresholdWish> {
        let Scale {
            kind, threshold, ..
        } = *scale;
        let of = (kind, scale.serial);
        if self.histogram.as_ref().map(|known| known.of) != Some(of) {
            self.histogram = Some(Histogram::new(of, scale.measured, threshold));
        }
        let histogram = self.histogram.as_ref()?;
        let pending = self.pending.filter(|(of, _)| *of == kind);
        let mut value = pending.map_or(threshold.value, |(_, value)| value);
        let palette = theme::palette(ui);
        let title = theme::small(kind.scale_title()).color(palette.text_weak);
        ui.horizontal_wrapped(|ui| {
            ui.label(title);
            help_ui(ui, &of_threshold(kind));
        });
        histogram_ui(ui, histogram, scale, value);
        let mut wish = None;
        ui.scope(|ui| {
            ui.spacing_mut().slider_width = ui.available_width();
            let slider =
                egui::Slider::new(&mut value, threshold.least..=threshold.most).show_value(false);
            let response = ui
                .add(slider)
                .accessible_name(format!("Threshold of {kind}"));
            let response =
                response.on_hover_text("What is right of it is found; remembered in the project");
            if response.changed() {
                self.pending = Some((kind, value));
            }
            let is_settled = !response.dragged() && !response.is_pointer_button_down_on();
            if is_settled && self.pending.take().is_some() {
                wish = Some(ThresholdWish::Set(Some(value)));
            }
        });
        let first = histogram.first_found(value);
        let found = histogram.measured.len() - first;
        let noun = if kind.has_groups() { "pair" } else { "image" };
        ui.horizontal(|ui| {
            let all = number::counted(histogram.measured.len(), noun);
            let text = format!("{} of {all}", number::count(found));
            ui.label(theme::number(text))
                .on_hover_text("Found at this threshold, of all that were measured");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(theme::number(format!("{value:.2}")));
            });
        });
        let border = |label: &str, of: &[Measured], ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>| {
            border_ui(ui, label, of, snapshot, ctx)
        };
        let above: Vec<Measured> = histogram
            .measured
            .iter()
            .skip(first)
            .take(BORDER_IMAGES)
            .copied()
            .collect();
        let below: Vec<Measured> = histogram
            .measured
            .iter()
            .take(first)
            .rev()
            .take(BORDER_IMAGES)
            .copied()
            .collect();
        wish = wish.or(border("Just found", &above, ui, ctx));
        wish = wish.or(border("Just not", &below, ui, ctx));
        ui.add_space(theme::GAP_TINY);
        ui.horizontal(|ui| {
            let fit = ui.button(theme::small("Is this bad?")).on_hover_text(
                "Twenty images around the threshold: yes or no, and it is fitted to you",
            );
            if fit.clicked() {
                wish = Some(ThresholdWish::Swipe);
            }
            let is_default = (threshold.value - threshold.default).abs() < 1e-6;
            let reset = egui::Button::new(theme::small("Reset"));
            let reset = ui
                .add_enabled(!is_default, reset)
                .on_hover_text(format!("Back to {:.2}", threshold.default));
            if reset.clicked() {
                self.pending = None;
                wish = Some(ThresholdWish::Set(None));
            }
        });
        wish
    }
}

/// Heights are logarithms: nearly all images are as they should be, and those that are not would not be seen.
fn histogram_ui(ui: &mut egui::Ui, histogram: &Histogram, scale: &Scale<'_>, value: f64) {
    let palette = theme::palette(ui);
    let size = egui::vec2(ui.available_width(), HISTOGRAM_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let painter = ui.painter();
    painter.rect_filled(rect, 0.0, palette.canvas);
    let height = |count: usize| (count as f32 + 1.0).ln();
    let most = histogram.bins.iter().copied().max().unwrap_or_default();
    let width = rect.width() / BINS as f32;
    let at = position(value, scale.threshold) as f32;
    for (bin, count) in histogram.bins.iter().enumerate() {
        if *count == 0 {
            continue;
        }
        let left = rect.min.x + bin as f32 * width;
        let top = rect.max.y - rect.height() * height(*count) / height(most);
        let bar = Rect::from_min_max(
            egui::pos2(left, top),
            egui::pos2(left + (width - 1.0).max(1.0), rect.max.y),
        );
        let is_found = (bin as f32 + 0.5) / BINS as f32 >= at;
        let color = if is_found {
            palette.accent
        } else {
            palette.control
        };
        painter.rect_filled(bar, 0.0, color);
    }
    let x = egui::lerp(rect.x_range(), at);
    painter.vline(
        x,
        rect.y_range(),
        egui::Stroke::new(theme::OUTLINE, palette.text),
    );
    response.widget_info(|| {
        let text = format!("Histogram of {}", scale.kind);
        WidgetInfo::labeled(egui::Role::Image, true, text)
    });
    response.on_hover_text("How many images have how much of it; heights are logarithms");
}

fn border_ui(
    ui: &mut egui::Ui,
    label: &str,
    measured: &[Measured],
    snapshot: &Snapshot,
    ctx: &mut ViewCtx<'_>,
) -> Option<ThresholdWish> {
    if measured.is_empty() {
        return None;
    }
    let palette = theme::palette(ui);
    let mut clicked = None;
    ui.label(theme::small(label).color(palette.text_weak));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
        let width = (ui.available_width() - theme::GAP_TINY * (BORDER_IMAGES as f32 - 1.0))
            / BORDER_IMAGES as f32;
        for one in measured {
            let Some(image) = snapshot.image(one.image) else {
                continue;
            };
            let size = egui::vec2(width, width * 0.66);
            let (rect, response) = ui.allocate_exact_size(size, Sense::CLICK);
            image_ui::paint_thumbnail(ui.painter(), palette, rect, image, ctx.textures);
            response.widget_info(|| {
                let text = format!("{label}: {}", image.origin);
                WidgetInfo::labeled(egui::Role::Button, true, text)
            });
            let tip = format!("{} · {:.2}", image.origin, one.degree);
            if response.on_hover_text(tip).clicked() {
                clicked = Some(ThresholdWish::Show(image.id));
            }
        }
    });
    clicked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_fall_into_bins_and_are_counted_from_the_threshold_on() {
        let threshold = Threshold {
            value: 3.5,
            default: 3.5,
            least: 0.0,
            most: 10.0,
        };
        let measured: Vec<Measured> = [0.0, 3.4, 3.5, 10.0, 10.0]
            .into_iter()
            .enumerate()
            .map(|(at, degree)| Measured {
                image: ImageId(at as i64),
                of: None,
                degree,
            })
            .collect();
        let histogram = Histogram::new((Kind::Dark, 1), &measured, threshold);
        assert_eq!(histogram.bins.iter().sum::<usize>(), 5);
        assert_eq!(histogram.bins[BINS - 1], 2);
        assert_eq!(histogram.first_found(3.5), 2);
        assert_eq!(histogram.first_found(0.0), 0);
    }
}
