//! What the keys mean in a review; reading them is apart from doing them.

use eframe::egui::{self, Key, Modifiers};

use crate::ui::keys::{self, Bindings, Scope, Shortcut};

/// How two images of a group are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    #[default]
    SideBySide,
    /// One in the place of the other.
    Swap,
    /// One left and one right of a line.
    Wipe,
    Difference,
}

impl Comparison {
    pub const ALL: [Self; 4] = [Self::SideBySide, Self::Swap, Self::Wipe, Self::Difference];

    pub fn title(self) -> &'static str {
        match self {
            Self::SideBySide => "Side by side",
            Self::Swap => "Swap",
            Self::Wipe => "Wipe",
            Self::Difference => "Difference",
        }
    }

    pub fn help(self, ui: &egui::Ui) -> String {
        let (text, shortcut) = match self {
            Self::SideBySide => ("All images of the group", Shortcut::ReviewSideBySide),
            Self::Swap => (
                "Two images in one place; Space swaps them",
                Shortcut::ReviewSwap,
            ),
            Self::Wipe => (
                "Two images on either side of a line that follows the pointer",
                Shortcut::ReviewWipe,
            ),
            Self::Difference => (
                "How far the pixels are apart, four times enlarged",
                Shortcut::ReviewDifference,
            ),
        };
        keys::hint(ui, text, shortcut)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    Reject,
    /// The finding is wrong.
    Dismiss,
    /// Of a group: reject all but the one that stays.
    KeepBest,
    /// Of a group: keep all.
    KeepAll,
    /// The class that it looks like.
    Relabel,
    /// The measured borders of all images of the source.
    Crop,
    Step(isize),
    /// Another image of the group is compared.
    Other(isize),
    /// The n-th image of the group stays, from 0.
    Stay(usize),
    Compare(Comparison),
    Swap,
    Undo,
    Leave,
}

/// Takes the keys of a review out of the input.
pub fn take(ui: &egui::Ui, is_group: bool) -> Vec<Intent> {
    let bindings = Bindings::of(ui.ctx());
    ui.input_mut(|input| {
        let mut intents = Vec::new();
        input.events.retain(|event| {
            let egui::Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } = event
            else {
                return true;
            };
            let intent = intent_of(&bindings, (*key, *modifiers), is_group);
            intents.extend(intent);
            intent.is_none()
        });
        intents
    })
}

fn intent_of(
    bindings: &Bindings,
    (key, modifiers): (Key, Modifiers),
    is_group: bool,
) -> Option<Intent> {
    if let Some((shortcut, _)) = bindings.pressed(Scope::Review, key, modifiers) {
        return intent_of_shortcut(shortcut, is_group);
    }
    if modifiers.any() {
        return None;
    }
    match key {
        Key::ArrowLeft => return Some(Intent::Step(-1)),
        Key::ArrowRight => return Some(Intent::Step(1)),
        Key::Escape => return Some(Intent::Leave),
        Key::Enter => return intent_of_shortcut(Shortcut::ReviewDismiss, is_group),
        _ => {}
    }
    if !is_group {
        return None;
    }
    match key {
        Key::ArrowUp => Some(Intent::Other(-1)),
        Key::ArrowDown => Some(Intent::Other(1)),
        Key::Space => Some(Intent::Swap),
        Key::Num1 => Some(Intent::Stay(0)),
        Key::Num2 => Some(Intent::Stay(1)),
        Key::Num3 => Some(Intent::Stay(2)),
        Key::Num4 => Some(Intent::Stay(3)),
        Key::Num5 => Some(Intent::Stay(4)),
        Key::Num6 => Some(Intent::Stay(5)),
        Key::Num7 => Some(Intent::Stay(6)),
        Key::Num8 => Some(Intent::Stay(7)),
        Key::Num9 => Some(Intent::Stay(8)),
        _ => None,
    }
}

fn intent_of_shortcut(shortcut: Shortcut, is_group: bool) -> Option<Intent> {
    match (shortcut, is_group) {
        (Shortcut::ReviewReject, _) => Some(Intent::Reject),
        (Shortcut::ReviewUndo, _) => Some(Intent::Undo),
        (Shortcut::ReviewDismiss, false) | (Shortcut::ReviewNoDuplicates, true) => {
            Some(Intent::Dismiss)
        }
        (Shortcut::ReviewRelabel, false) => Some(Intent::Relabel),
        (Shortcut::ReviewCrop, false) => Some(Intent::Crop),
        (Shortcut::ReviewDismiss, true) => Some(Intent::KeepBest),
        (Shortcut::ReviewKeepAll, true) => Some(Intent::KeepAll),
        (Shortcut::ReviewSideBySide, true) => Some(Intent::Compare(Comparison::SideBySide)),
        (Shortcut::ReviewSwap, true) => Some(Intent::Compare(Comparison::Swap)),
        (Shortcut::ReviewWipe, true) => Some(Intent::Compare(Comparison::Wipe)),
        (Shortcut::ReviewDifference, true) => Some(Intent::Compare(Comparison::Difference)),
        _elsewhere => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_means_one_thing_for_images_and_groups_alike_where_it_can() {
        let bindings = Bindings::default();
        let intent_of = |key, modifiers, is_group| intent_of(&bindings, (key, modifiers), is_group);
        let none = Modifiers::NONE;
        assert_eq!(intent_of(Key::K, none, false), Some(Intent::Dismiss));
        assert_eq!(intent_of(Key::K, none, true), Some(Intent::KeepBest));
        assert_eq!(intent_of(Key::X, none, true), Some(Intent::Reject));
        assert_eq!(intent_of(Key::Num2, none, true), Some(Intent::Stay(1)));
        assert_eq!(intent_of(Key::Num2, none, false), None);
        assert_eq!(intent_of(Key::Z, Modifiers::COMMAND, true), None);
    }
}
