//! What the keys mean on the Cull page; reading them is apart from doing them, so that both can be tested.

use eframe::egui::{self, Event, Key, Modifiers};

use crate::catalog::Decision;
use crate::ui::keys::{Bindings, Scope, Shortcut};

/// How far the cursor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Left,
    Right,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    Move(Step),
    /// Shift+arrow: the selection grows with the cursor.
    Extend(Step),
    Decide {
        decision: Decision,
        whole_scene: bool,
    },
    /// The n-th class, from 0.
    SetClass {
        index: usize,
        whole_scene: bool,
    },
    /// To the proposed box; an image without one gets a box to be dragged.
    CropToCharacter {
        whole_scene: bool,
    },
    /// No longer cropped to the character.
    ShowWhole {
        whole_scene: bool,
    },
    ToggleSelected,
    SelectAll,
    /// Into the loupe or out of it.
    ToggleLoupe,
    ToggleOneToOne,
    /// Out of the loupe, or nothing selected.
    Escape,
    Explain,
    /// Or unpin.
    Pin,
}

/// Takes the page's keys out of the input. `navigation`: also those a focused button would react to (Space, Enter,
/// arrows); the letters always mean the images.
pub fn take(ui: &egui::Ui, navigation: bool) -> Vec<Intent> {
    let bindings = Bindings::of(ui.ctx());
    ui.input_mut(|input| {
        let mut intents = Vec::new();
        input.events.retain(|event| {
            let Event::Key {
                key,
                physical_key,
                pressed: true,
                modifiers,
                ..
            } = event
            else {
                return true;
            };
            let intent = intent_of(&bindings, (*key, *physical_key), *modifiers)
                .filter(|intent| navigation || !needs_navigation(*intent));
            intents.extend(intent);
            intent.is_none()
        });
        intents
    })
}

fn needs_navigation(intent: Intent) -> bool {
    match intent {
        Intent::Move(_) | Intent::Extend(_) | Intent::ToggleSelected | Intent::ToggleLoupe => true,
        Intent::Decide { .. }
        | Intent::SetClass { .. }
        | Intent::CropToCharacter { .. }
        | Intent::ShowWhole { .. }
        | Intent::SelectAll
        | Intent::ToggleOneToOne
        | Intent::Escape
        | Intent::Explain
        | Intent::Pin => false,
    }
}

fn intent_of(
    bindings: &Bindings,
    (key, physical_key): (Key, Option<Key>),
    modifiers: Modifiers,
) -> Option<Intent> {
    if let Some((shortcut, is_extended)) = bindings.pressed(Scope::Cull, key, modifiers) {
        return intent_of_shortcut(shortcut, is_extended);
    }
    if modifiers.command || modifiers.ctrl || modifiers.alt {
        return None;
    }
    let whole_scene = modifiers.shift;
    // With Shift the number row gives "!" and such, so the key's place counts.
    if let Some(index) = digit(key).or(physical_key.and_then(digit)) {
        return Some(Intent::SetClass { index, whole_scene });
    }
    if let Some(step) = step(key) {
        return Some(moved(step, modifiers.shift));
    }
    if modifiers.shift {
        return None;
    }
    match key {
        Key::Space => Some(Intent::ToggleSelected),
        Key::Enter => Some(Intent::ToggleLoupe),
        Key::Escape => Some(Intent::Escape),
        _ => None,
    }
}

fn intent_of_shortcut(shortcut: Shortcut, is_extended: bool) -> Option<Intent> {
    let whole_scene = is_extended;
    let decide = |decision| Intent::Decide {
        decision,
        whole_scene,
    };
    Some(match shortcut {
        Shortcut::CullReject => decide(Decision::Reject),
        Shortcut::CullKeep => decide(Decision::Keep),
        Shortcut::CullClear => decide(Decision::Undecided),
        Shortcut::CullPrevious => moved(Step::Left, is_extended),
        Shortcut::CullNext => moved(Step::Right, is_extended),
        Shortcut::CullCrop => Intent::CropToCharacter { whole_scene },
        Shortcut::CullWhole => Intent::ShowWhole { whole_scene },
        Shortcut::CullSelectAll => Intent::SelectAll,
        Shortcut::CullOneToOne => Intent::ToggleOneToOne,
        Shortcut::CullExplain => Intent::Explain,
        Shortcut::CullPin => Intent::Pin,
        _of_another_page => return None,
    })
}

fn moved(step: Step, is_extended: bool) -> Intent {
    if is_extended {
        Intent::Extend(step)
    } else {
        Intent::Move(step)
    }
}

fn step(key: Key) -> Option<Step> {
    Some(match key {
        Key::ArrowLeft => Step::Left,
        Key::ArrowRight => Step::Right,
        Key::ArrowUp => Step::Up,
        Key::ArrowDown => Step::Down,
        Key::PageUp => Step::PageUp,
        Key::PageDown => Step::PageDown,
        Key::Home => Step::First,
        Key::End => Step::Last,
        _ => return None,
    })
}

fn digit(key: Key) -> Option<usize> {
    const DIGITS: [Key; 9] = [
        Key::Num1,
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
        Key::Num6,
        Key::Num7,
        Key::Num8,
        Key::Num9,
    ];
    DIGITS.iter().position(|digit| *digit == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_the_sheet_says() {
        let bindings = Bindings::default();
        let intent_of =
            |key, physical_key, modifiers| intent_of(&bindings, (key, physical_key), modifiers);
        let none = Modifiers::NONE;
        let shift = Modifiers::SHIFT;
        assert_eq!(
            intent_of(Key::X, None, shift),
            Some(Intent::Decide {
                decision: Decision::Reject,
                whole_scene: true
            })
        );
        assert_eq!(
            intent_of(Key::Exclamationmark, Some(Key::Num1), shift),
            Some(Intent::SetClass {
                index: 0,
                whole_scene: true
            })
        );
        assert_eq!(
            intent_of(Key::A, None, none),
            Some(Intent::Move(Step::Left))
        );
        assert_eq!(
            intent_of(Key::A, None, Modifiers::COMMAND),
            Some(Intent::SelectAll)
        );
        assert_eq!(
            intent_of(Key::ArrowDown, None, shift),
            Some(Intent::Extend(Step::Down))
        );
        assert_eq!(intent_of(Key::Z, None, Modifiers::COMMAND), None);
    }
}
