//! What the keys mean in a review; reading them is apart from doing them.

use eframe::egui::{self, Key, Modifiers};

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

    pub fn help(self) -> &'static str {
        match self {
            Self::SideBySide => "All images of the group (G)",
            Self::Swap => "Two images in one place; Space swaps them (S)",
            Self::Wipe => "Two images on either side of a line that follows the pointer (W)",
            Self::Difference => "How far the pixels are apart, four times enlarged (D)",
        }
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
            let intent = intent_of(*key, *modifiers, is_group);
            intents.extend(intent);
            intent.is_none()
        });
        intents
    })
}

fn intent_of(key: Key, modifiers: Modifiers, is_group: bool) -> Option<Intent> {
    if modifiers.any() {
        return None;
    }
    let of_both = match key {
        Key::X => Some(Intent::Reject),
        Key::Z => Some(Intent::Undo),
        Key::ArrowLeft => Some(Intent::Step(-1)),
        Key::ArrowRight => Some(Intent::Step(1)),
        Key::Escape => Some(Intent::Leave),
        _ => None,
    };
    if of_both.is_some() {
        return of_both;
    }
    if !is_group {
        return match key {
            Key::K | Key::Enter => Some(Intent::Dismiss),
            Key::L => Some(Intent::Relabel),
            Key::C => Some(Intent::Crop),
            _ => None,
        };
    }
    match key {
        Key::K | Key::Enter => Some(Intent::KeepBest),
        Key::N => Some(Intent::Dismiss),
        Key::B => Some(Intent::KeepAll),
        Key::ArrowUp => Some(Intent::Other(-1)),
        Key::ArrowDown => Some(Intent::Other(1)),
        Key::G => Some(Intent::Compare(Comparison::SideBySide)),
        Key::S => Some(Intent::Compare(Comparison::Swap)),
        Key::W => Some(Intent::Compare(Comparison::Wipe)),
        Key::D => Some(Intent::Compare(Comparison::Difference)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_means_one_thing_for_images_and_groups_alike_where_it_can() {
        let none = Modifiers::NONE;
        assert_eq!(intent_of(Key::K, none, false), Some(Intent::Dismiss));
        assert_eq!(intent_of(Key::K, none, true), Some(Intent::KeepBest));
        assert_eq!(intent_of(Key::X, none, true), Some(Intent::Reject));
        assert_eq!(intent_of(Key::Num2, none, true), Some(Intent::Stay(1)));
        assert_eq!(intent_of(Key::Num2, none, false), None);
        assert_eq!(intent_of(Key::Z, Modifiers::COMMAND, true), None);
    }
}
