//! The map of what a network sees: a point an image, colored by class, source, side or decision; a lasso takes some to the
//! grid.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{self, Color32, Mesh, Pos2, Rect, Sense, Shape, WidgetInfo};
use egui_material_icons::icons;

use super::facets::{class_index, decision_word};
use super::lasso::is_inside;
use super::order::Said;
use crate::catalog::{Catalog, ImageId, ImageRecord, Side, Snapshot};
use crate::curate::Features;
use crate::curate::map::{MapPoint, map};
use crate::jobs::slot::Latest;
use crate::ui::context::ViewCtx;
use crate::ui::number;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::empty::{Empty, empty_ui};
use crate::ui::widgets::image_ui;

const POINT: f32 = 4.0;
/// How far the pointer may be from a point that it means.
const REACH: f32 = 8.0;
const THUMBNAIL: f32 = 160.0;
const NOT_MEASURED: &str = "Measure a run on the Evaluate page first";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ColorBy {
    #[default]
    Class,
    Source,
    Side,
    Decision,
    /// Whether the best run is right about it.
    Correctness,
}

impl ColorBy {
    const ALL: [Self; 5] = [
        Self::Class,
        Self::Source,
        Self::Side,
        Self::Decision,
        Self::Correctness,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::Class => "Class",
            Self::Source => "Source",
            Self::Side => "Side of the split",
            Self::Decision => "Decision",
            Self::Correctness => "Right or wrong",
        }
    }
}

#[derive(Default)]
pub struct FeatureMap {
    worker: Option<Latest<(), Vec<MapPoint>>>,
    /// The findings that it was asked for with: features come with a scan.
    asked: Option<u64>,
    points: Option<Vec<MapPoint>>,
    failure: Option<String>,
    color_by: ColorBy,
    /// Of the lasso that is drawn.
    corners: Vec<Pos2>,
}

/// What was asked for.
pub enum MapWish {
    /// These images, in the grid.
    Take(Arc<BTreeSet<ImageId>>),
    Open(ImageId),
    Scan,
}

impl FeatureMap {
    /// `serial`: of the findings, which are read again after a scan; `said`: by the best run; `shown`: positions of images that pass the filter.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        (serial, said): (u64, &Said),
        (snapshot, shown): (&Snapshot, &[usize]),
        ctx: &mut ViewCtx<'_>,
    ) -> Option<MapWish> {
        self.follow(serial, ctx);
        let points = self.points.take();
        let wish = match &points {
            Some(points) if !points.is_empty() => {
                let points = passing(points, snapshot, shown);
                self.head_ui(ui, points.len(), said);
                self.points_ui(ui, &points, (snapshot, said), ctx)
            }
            Some(_none) => self.none_ui(ui).then_some(MapWish::Scan),
            None => {
                let empty = Empty {
                    icon: icons::ICON_SCATTER_PLOT,
                    title: "One moment",
                    text: "What the network saw is being read",
                    button: None,
                };
                empty_ui(ui, &empty);
                None
            }
        };
        self.points = points;
        wish
    }

    fn follow(&mut self, serial: u64, ctx: &ViewCtx<'_>) {
        match self.worker.as_ref().and_then(Latest::take) {
            Some(Ok(points)) => self.points = Some(points),
            Some(Err(error)) => {
                self.points = Some(Vec::new());
                self.failure = Some(error.to_string());
            }
            None => {}
        }
        // Decisions do not move a point; only a map without points may have got some.
        let is_wanted = match &self.points {
            None => self.asked.is_none(),
            Some(points) => points.is_empty() && self.asked != Some(serial),
        };
        if !is_wanted {
            return;
        }
        if self.worker.is_none() {
            let project = ctx.session.project().clone();
            let worker = Latest::new("map", ctx.waker.clone(), move |(), _| {
                let snapshot = Catalog::open_read_only(&project)?.snapshot()?;
                let features = Features::known(&project.cache_dir(), &snapshot)?;
                Ok(map(&snapshot, &features))
            });
            match worker {
                Ok(worker) => self.worker = Some(worker),
                Err(error) => self.failure = Some(error.to_string()),
            }
        }
        if let Some(worker) = &self.worker {
            worker.request(());
        }
        self.asked = Some(serial);
    }

    fn none_ui(&self, ui: &mut egui::Ui) -> bool {
        let text = self.failure.as_deref();
        let empty = Empty {
            icon: icons::ICON_SCATTER_PLOT,
            title: "No map yet",
            text: text.unwrap_or(
                "A scan lets a network look at each image; similar ones lie near each other then",
            ),
            button: Some("Scan images"),
        };
        empty_ui(ui, &empty)
    }

    fn head_ui(&mut self, ui: &mut egui::Ui, count: usize, said: &Said) {
        let weak = theme::palette(ui).text_weak;
        ui.horizontal(|ui| {
            ui.label(theme::strong(number::counted(count, "image")));
            ui.label(theme::small("Color").color(weak));
            for each in ColorBy::ALL {
                let is_on = self.color_by == each;
                let button = egui::Button::selectable(is_on, theme::small(each.title()));
                let is_possible = each != ColorBy::Correctness || !said.is_empty();
                let response = ui.add_enabled(is_possible, button);
                if response.on_disabled_hover_text(NOT_MEASURED).clicked() {
                    self.color_by = each;
                }
            }
            let text = "Draw around some to see them in the grid; double-click opens one";
            ui.add(egui::Label::new(theme::small(text).color(weak)).truncate());
        });
        ui.add_space(theme::GAP_TINY);
    }

    fn points_ui(
        &mut self,
        ui: &mut egui::Ui,
        points: &[MapPoint],
        (snapshot, said): (&Snapshot, &Said),
        ctx: &mut ViewCtx<'_>,
    ) -> Option<MapWish> {
        let area = ui.available_rect_before_wrap();
        let response = ui.allocate_rect(area, Sense::DRAG | Sense::CLICK);
        response.widget_info(|| {
            let text = format!("Map of {}", number::counted(points.len(), "image"));
            WidgetInfo::labeled(egui::Role::Image, true, text)
        });
        let palette = theme::palette(ui);
        let inner = area.shrink(theme::GAP_LARGE);
        let place = |point: &MapPoint| {
            let x = egui::remap(point.x, -1.0..=1.0, inner.x_range());
            // Up is plus.
            let y = egui::remap(point.y, 1.0..=-1.0, inner.y_range());
            egui::pos2(x, y)
        };
        let mut mesh = Mesh::default();
        for point in points {
            if let Some(image) = snapshot.image(point.image) {
                let color = self.color(image, (snapshot, said), palette);
                let dot = Rect::from_center_size(place(point), egui::Vec2::splat(POINT));
                mesh.add_colored_rect(dot, color);
            }
        }
        ui.painter_at(area).add(Shape::mesh(mesh));
        let near = response.hover_pos().and_then(|pointer| {
            let distance = |point: &MapPoint| place(point).distance(pointer);
            let near = points
                .iter()
                .min_by(|a, b| distance(a).total_cmp(&distance(b)));
            near.filter(|point| distance(point) <= REACH)
        });
        if let Some(image) = near.and_then(|near| snapshot.image(near.image)) {
            if response.double_clicked() {
                return Some(MapWish::Open(image.id));
            }
            hover_ui(&response, image, snapshot, ctx);
        }
        let taken = self.lasso_ui(ui, &response, palette);
        let corners = taken?;
        let inside: BTreeSet<ImageId> = points
            .iter()
            .filter(|point| is_inside(place(point), &corners))
            .map(|point| point.image)
            .collect();
        (!inside.is_empty()).then(|| MapWish::Take(Arc::new(inside)))
    }

    /// Its corners when it is let go.
    fn lasso_ui(
        &mut self,
        ui: &egui::Ui,
        response: &egui::Response,
        palette: &Palette,
    ) -> Option<Vec<Pos2>> {
        if response.drag_started() {
            self.corners.clear();
            let origin = ui.input(|input| input.pointer.press_origin());
            self.corners.extend(origin);
        }
        if let Some(pointer) = response
            .interact_pointer_pos()
            .filter(|_| response.dragged())
        {
            self.corners.push(pointer);
        }
        let stroke = egui::Stroke::new(theme::OUTLINE, palette.accent);
        ui.painter()
            .add(Shape::closed_line(self.corners.clone(), stroke));
        response
            .drag_stopped()
            .then(|| std::mem::take(&mut self.corners))
    }

    fn color(
        &self,
        image: &ImageRecord,
        (snapshot, said): (&Snapshot, &Said),
        palette: &Palette,
    ) -> Color32 {
        match self.color_by {
            ColorBy::Class => image.class.map_or(palette.undecided, |class| {
                theme::class_color(class_index(snapshot, class))
            }),
            ColorBy::Source => {
                let mut sources = snapshot.sources.iter();
                let place = sources.position(|source| source.id == image.source);
                theme::class_color(place.unwrap_or_default())
            }
            ColorBy::Side => {
                let scene = image.scene.and_then(|scene| snapshot.scene(scene));
                let side = scene.map(|scene| scene.side).or(image.side);
                palette.side(side.unwrap_or(Side::Train))
            }
            ColorBy::Decision => palette.decision(image.decision),
            ColorBy::Correctness => match said.get(&image.id) {
                Some(verdict) if verdict.is_correct => palette.keep,
                Some(_wrong) => palette.reject,
                None => palette.line,
            },
        }
    }
}

/// Points of images that pass the filter.
fn passing(points: &[MapPoint], snapshot: &Snapshot, shown: &[usize]) -> Vec<MapPoint> {
    let mut passes = vec![false; snapshot.images.len()];
    for at in shown {
        if let Some(passes) = passes.get_mut(*at) {
            *passes = true;
        }
    }
    let position = |image: ImageId| {
        let images = &snapshot.images;
        images.binary_search_by_key(&image, |image| image.id).ok()
    };
    let is_shown = |point: &&MapPoint| {
        let at = position(point.image);
        at.and_then(|at| passes.get(at).copied()).unwrap_or(false)
    };
    points.iter().filter(is_shown).copied().collect()
}

fn hover_ui(
    response: &egui::Response,
    image: &ImageRecord,
    snapshot: &Snapshot,
    ctx: &mut ViewCtx<'_>,
) {
    response.clone().on_hover_ui_at_pointer(|ui| {
        let size = egui::Vec2::splat(THUMBNAIL);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let palette = theme::palette(ui);
        image_ui::paint_thumbnail(ui.painter(), palette, rect, image, ctx.textures);
        let class = image.class.and_then(|class| snapshot.class_name(class));
        let decision = decision_word(image.decision);
        ui.label(&image.origin);
        let words = format!("{} · {decision}", class.unwrap_or("no class"));
        ui.label(theme::small(words).color(palette.text_weak));
    });
}
