//! A key with its modifiers, as it is pressed, shown and written in the settings: `X`, `F5`, `Ctrl+Shift+L`.

use std::fmt;
use std::str::FromStr;

use eframe::egui::{Event, Key, Modifiers};

/// The modifier for commands: ⌘ on a Mac, Ctrl elsewhere.
const COMMAND: &str = if cfg!(target_os = "macos") {
    "Cmd"
} else {
    "Ctrl"
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chord {
    /// Of command, shift and alt alone.
    modifiers: Modifiers,
    key: Key,
}

impl Chord {
    pub const fn new(modifiers: Modifiers, key: Key) -> Self {
        Self { modifiers, key }
    }

    /// What was pressed; `None` for other events and for modifiers alone.
    pub fn of(event: &Event) -> Option<Self> {
        let Event::Key {
            key,
            pressed: true,
            modifiers,
            ..
        } = event
        else {
            return None;
        };
        if is_modifier(*key) {
            return None;
        }
        let mut kept = Modifiers::NONE;
        if modifiers.command || modifiers.ctrl {
            kept |= Modifiers::COMMAND;
        }
        if modifiers.shift {
            kept |= Modifiers::SHIFT;
        }
        if modifiers.alt {
            kept |= Modifiers::ALT;
        }
        Some(Self::new(kept, *key))
    }

    /// With exactly its modifiers (egui's own shortcuts also match when more are held).
    pub fn is_hit(self, key: Key, modifiers: Modifiers) -> bool {
        key == self.key && modifiers.matches_exact(self.modifiers)
    }

    #[must_use]
    pub fn with_shift(self) -> Self {
        Self::new(self.modifiers | Modifiers::SHIFT, self.key)
    }

    pub fn has_shift(self) -> bool {
        self.modifiers.shift
    }

    /// Whether it is a command, which a text field does not take for typing.
    pub fn is_command(self) -> bool {
        self.modifiers.command
    }

    /// What it does on every page and cannot cease to do.
    pub fn fixed_meaning(self) -> Option<&'static str> {
        let Self { modifiers, key } = self;
        let is_plain = !modifiers.command && !modifiers.alt;
        match key {
            Key::Tab | Key::Escape => Some("goes to the next control or leaves"),
            Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp | Key::ArrowDown if is_plain => {
                Some("moves")
            }
            Key::Home | Key::End | Key::PageUp | Key::PageDown if is_plain => Some("moves"),
            Key::Enter | Key::Space if is_plain => Some("presses what has the focus"),
            Key::Questionmark => Some("shows all keys"),
            Key::Copy | Key::Cut | Key::Paste => Some("copies and pastes"),
            Key::C | Key::X | Key::V if modifiers == Modifiers::COMMAND => {
                Some("copies and pastes")
            }
            Key::Q if modifiers == Modifiers::COMMAND => Some("closes the window"),
            Key::Plus | Key::Minus | Key::Equals | Key::Num0 if modifiers.command => Some("zooms"),
            _ if is_plain && is_digit(key) => Some("chooses a class, or an image of a group"),
            _ => None,
        }
    }
}

fn is_digit(key: Key) -> bool {
    let name = key.name();
    name.len() == 1 && name.bytes().all(|letter| letter.is_ascii_digit())
}

fn is_modifier(key: Key) -> bool {
    matches!(
        key,
        Key::ShiftLeft
            | Key::ShiftRight
            | Key::ControlLeft
            | Key::ControlRight
            | Key::AltLeft
            | Key::AltRight
            | Key::SuperLeft
            | Key::SuperRight
            | Key::Fn
            | Key::CapsLock
            | Key::NumLock
            | Key::ScrollLock
    )
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (is_held, name) in [
            (self.modifiers.command, COMMAND),
            (self.modifiers.alt, "Alt"),
            (self.modifiers.shift, "Shift"),
        ] {
            if is_held {
                write!(f, "{name}+")?;
            }
        }
        f.write_str(match self.key {
            // Signs that would be taken for what joins the parts, or that not every font has.
            Key::Plus
            | Key::Minus
            | Key::ArrowLeft
            | Key::ArrowRight
            | Key::ArrowUp
            | Key::ArrowDown => self.key.name(),
            key => key.symbol_or_name(),
        })
    }
}

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault =
            || format!("{text:?} is no key; write one such as X, F5, Ctrl+, or Ctrl+Shift+L");
        let mut modifiers = Modifiers::NONE;
        let mut rest = text.trim();
        loop {
            let (held, after) = match rest.split_once('+') {
                Some((first, after)) if !after.is_empty() => {
                    let held = match first.trim().to_lowercase().as_str() {
                        "ctrl" | "cmd" | "command" => Modifiers::COMMAND,
                        "shift" => Modifiers::SHIFT,
                        "alt" => Modifiers::ALT,
                        _none => return Err(fault()),
                    };
                    (held, after.trim())
                }
                Some(_) | None => break,
            };
            modifiers |= held;
            rest = after;
        }
        let key = Key::from_name(rest).filter(|key| !is_modifier(*key));
        Ok(Self::new(modifiers, key.ok_or_else(fault)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_written() {
        let both = Modifiers::COMMAND | Modifiers::SHIFT;
        for chord in [
            Chord::new(Modifiers::NONE, Key::X),
            Chord::new(both, Key::Enter),
            Chord::new(Modifiers::COMMAND, Key::Comma),
            Chord::new(Modifiers::ALT, Key::Plus),
            Chord::new(Modifiers::ALT, Key::Minus),
            Chord::new(Modifiers::NONE, Key::Backspace),
        ] {
            assert_eq!(chord.to_string().parse(), Ok(chord), "{chord}");
        }
        assert_eq!(
            "ctrl + k".parse(),
            Ok(Chord::new(Modifiers::COMMAND, Key::K))
        );
        for text in ["", "Ctrl", "Ctrl+", "Hyper+X", "XX", "ShiftLeft"] {
            let fault = text.parse::<Chord>().unwrap_err();
            assert!(fault.contains("such as X"), "{fault}");
        }
    }

    #[test]
    fn keys_that_mean_one_thing_everywhere_are_fixed() {
        for text in [
            "Escape",
            "Left",
            "Shift+Home",
            "Enter",
            "3",
            "?",
            "Ctrl+C",
            "Ctrl+Plus",
            "Ctrl+Q",
        ] {
            let chord: Chord = text.parse().unwrap();
            assert!(chord.fixed_meaning().is_some(), "{text}");
        }
        for text in [
            "X",
            "Ctrl+Enter",
            "Ctrl+3",
            "F5",
            "Alt+Left",
            "Ctrl+Shift+C",
        ] {
            let chord: Chord = text.parse().unwrap();
            assert_eq!(chord.fixed_meaning(), None, "{text}");
        }
    }
}
