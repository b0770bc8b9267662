//! What is said of a crop to the character, and of a proposed one.

use crate::catalog::CharacterCrop;
use crate::character::Proposal;
use crate::ui::number;

/// "cropped by motion to 21 %".
pub fn crop_text(crop: CharacterCrop) -> String {
    let area = number::percent(crop.part.area());
    format!("cropped {} to {area} of the image", crop.by.text())
}

/// "proposed by motion, score 0.71".
pub fn proposal_text(proposal: &Proposal) -> String {
    let Proposal { crop, score, .. } = proposal;
    format!("proposed {}, score {score:.2}", crop.by.text())
}
