//! One module a page; each has a little state of its own and reads the rest from the session.

pub mod collect;
pub mod cull;
pub mod evaluate;
pub mod explain;
pub mod publish;
pub mod settings;
pub mod split;
pub mod start;
pub mod train;

use eframe::egui;

use super::context::ViewCtx;
use super::page::Page;
use super::remembered::Remembered;

/// The pages of one open project; made anew when another one is opened.
pub struct Pages {
    pub start: start::StartPage,
    pub collect: collect::CollectPage,
    pub cull: cull::CullPage,
    pub split: split::SplitPage,
    pub train: train::TrainPage,
    pub evaluate: evaluate::EvaluatePage,
    pub explain: explain::ExplainPage,
    pub publish: publish::PublishPage,
    pub settings: settings::SettingsPage,
}

impl Pages {
    pub fn new(remembered: &Remembered) -> Self {
        Self {
            start: start::StartPage::default(),
            collect: collect::CollectPage::new(remembered.contact()),
            cull: cull::CullPage::new(remembered.cell_size()),
            split: split::SplitPage::default(),
            train: train::TrainPage::default(),
            evaluate: evaluate::EvaluatePage::default(),
            explain: explain::ExplainPage::default(),
            publish: publish::PublishPage::default(),
            settings: settings::SettingsPage::default(),
        }
    }

    /// Those that are about a project.
    pub fn ui(&mut self, ui: &mut egui::Ui, page: Page, ctx: &mut ViewCtx<'_>) {
        match page {
            Page::Start | Page::Settings => {}
            Page::Collect => self.collect.ui(ui, ctx),
            Page::Cull => self.cull.ui(ui, ctx),
            Page::Split => self.split.ui(ui, ctx),
            Page::Train => self.train.ui(ui, ctx),
            Page::Evaluate => self.evaluate.ui(ui, ctx),
            Page::Explain => self.explain.ui(ui, ctx),
            Page::Publish => self.publish.ui(ui, ctx),
        }
    }
}
