//! How far the split can be trusted: the leak radar and the honesty meter.

use super::honesty_ui::HonestyMeter;
use super::leaks_ui::LeakRadar;
use super::model::SplitModel;
use crate::ui::context::ViewCtx;

#[derive(Default)]
pub struct Meters {
    pub radar: LeakRadar,
    pub honesty: HonestyMeter,
}

impl Meters {
    pub fn follow(&mut self, ctx: &mut ViewCtx<'_>, model: &SplitModel) {
        self.radar.follow(ctx, model);
        self.honesty.follow(ctx);
    }
}
