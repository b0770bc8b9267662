//! The images below the plots and what the focused run says of each: as its net is now, by the weights of its best epoch
//! when it has ended, or as it was after any epoch that it recorded them in.

use eframe::egui;

use super::candidates::Candidates;
use super::pin_history::PinHistory;
use super::pin_save::StripSaver;
use crate::catalog::ImageId;
use crate::predict::ImageFile;
use crate::run::RunLog;
use crate::ui::context::ViewCtx;
use crate::ui::widgets::glances::{Glance, Glances, HEATMAP_SIDE, Request, texture};
use crate::ui::widgets::weights::Weights;

#[derive(Default)]
pub struct PinStrip {
    pub candidates: Candidates,
    pub saver: StripSaver,
    /// What is said now.
    glances: Glances,
    pub history: PinHistory,
    /// Epochs that were recorded of the images.
    epochs: Vec<u32>,
    /// The one that is looked back at.
    looked_at: Option<u32>,
    recorded: Recorded,
}

/// What was said after an epoch, as it is drawn.
#[derive(Default)]
struct Recorded {
    key: Option<(String, u32, Vec<ImageId>)>,
    glances: Vec<Glance>,
}

impl PinStrip {
    /// Brings everything up to date with the run; once a frame. Returns the images in their order.
    pub fn follow(&mut self, ui: &egui::Ui, ctx: &ViewCtx<'_>, log: &RunLog) -> Vec<ImageId> {
        let snapshot = ctx.session.snapshot();
        self.candidates.follow(snapshot);
        self.history.follow(ctx, log);
        self.saver.follow(ctx.waker);
        let pinned = ctx.session.pins().files(snapshot);
        let images: Vec<(ImageId, ImageFile)> = if pinned.is_empty() {
            self.candidates.shown()
        } else {
            pinned
                .into_iter()
                .map(|pin| (pin.image, pin.file))
                .collect()
        };
        let ids: Vec<ImageId> = images.iter().map(|(id, _)| *id).collect();
        self.epochs = self
            .history
            .of(log)
            .map_or_else(Vec::new, |history| history.epochs(&ids));
        let looked_at = self.looked_at_epoch();
        let request = Weights::newest(ctx, log).filter(|_| looked_at.is_none());
        let request = request.map(|weights| Request { weights, images });
        self.glances.follow(ui, ctx, request);
        if let Some(epoch) = looked_at {
            self.draw_recorded(ui, log, epoch, &ids);
        }
        ids
    }

    /// `None`: what is said now.
    pub fn looked_at_epoch(&self) -> Option<u32> {
        self.looked_at.filter(|epoch| self.epochs.contains(epoch))
    }

    pub fn epochs(&self) -> &[u32] {
        &self.epochs
    }

    /// Places of the epochs, and one more for now.
    pub fn place(&self) -> usize {
        let looked_at = self.looked_at_epoch();
        let place = self
            .epochs
            .iter()
            .position(|epoch| Some(*epoch) == looked_at);
        place.unwrap_or(self.epochs.len())
    }

    pub fn go_to(&mut self, place: usize) {
        self.looked_at = self.epochs.get(place).copied();
    }

    /// What is known of the images at the epoch that is looked at, or now.
    pub fn glances(&self, log: &RunLog) -> &[Glance] {
        if self.looked_at_epoch().is_some() {
            return &self.recorded.glances;
        }
        match self.weights_of(log) {
            Some(_) => &self.glances.glances,
            None => &[],
        }
    }

    /// Whose words are shown now, if they are those of `log`.
    pub fn weights_of(&self, log: &RunLog) -> Option<&Weights> {
        let weights = &self.glances.answered()?.weights;
        (weights.run == log.info.id).then_some(weights)
    }

    /// Whether what is said now is said by a net that still learns.
    pub fn is_live(&self) -> bool {
        let answered = self.glances.answered();
        answered.is_some_and(|request| request.weights.live.is_some())
    }

    pub fn failure(&self) -> Option<&str> {
        self.glances.failure.as_deref()
    }

    fn draw_recorded(&mut self, ui: &egui::Ui, log: &RunLog, epoch: u32, images: &[ImageId]) {
        let key = Some((log.info.id.clone(), epoch, images.to_vec()));
        if self.recorded.key == key {
            return;
        }
        let Some(history) = self.history.of(log) else {
            return;
        };
        let rows = images.iter().filter_map(|id| history.row(*id, epoch));
        self.recorded.glances = rows
            .map(|row| {
                let class = row.class();
                let style = crate::explain::style::Style::default();
                let colors = row.explanation().colors(HEATMAP_SIDE, HEATMAP_SIDE, &style);
                Glance {
                    image: row.image,
                    class: log.info.classes.get(class).cloned().unwrap_or_default(),
                    prob: row.probs.get(class).copied().unwrap_or_default(),
                    heatmap: texture(ui, &colors),
                }
            })
            .collect();
        self.recorded.key = key;
    }
}
