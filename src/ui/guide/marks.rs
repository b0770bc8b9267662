//! What happened in the project and cannot be read off it later; kept in its catalog.

use serde::{Deserialize, Serialize};

/// The key of the catalog's note.
pub const NOTE: &str = "guide";

#[expect(
    clippy::struct_excessive_bools,
    reason = "steps that are done in any order"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Marks {
    pub honesty_measured: bool,
    pub mistake_opened: bool,
    pub heatmap_seen: bool,
    /// A demo was open, a run was exported, or an image from elsewhere was explained.
    pub shared: bool,
}

impl Marks {
    /// A damaged note counts as none.
    pub fn of_note(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// `None` if it cannot be written, and then it is not remembered.
    pub fn to_note(self) -> Option<String> {
        serde_json::to_string(&self).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_back_and_a_damaged_one_is_none() {
        let marks = Marks {
            shared: true,
            ..Marks::default()
        };
        let note = marks.to_note().unwrap();
        assert_eq!(Marks::of_note(Some(&note)), marks);
        assert_eq!(Marks::of_note(Some("{\"shared\": 7}")), Marks::default());
        assert_eq!(Marks::of_note(Some("{}")), Marks::default());
        assert_eq!(Marks::of_note(None), Marks::default());
    }
}
