//! Which key does what: one table of shortcuts ([`table`]), the keys that a person has bound to them, and what was pressed.
//!
//! Handlers, the sheet of keys, tooltips and the settings page all ask here. The bindings lie in the context, like the style, so
//! that any widget can name a key.

mod chord;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{self, Event, Id, Key, Modifiers};

pub use chord::Chord;
pub use table::{Scope, Shift, Shortcut};

/// Keys by shortcut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bindings {
    /// In the order of [`Shortcut::ALL`].
    chords: Vec<Chord>,
}

impl Default for Bindings {
    fn default() -> Self {
        let all = Shortcut::ALL.iter();
        Self {
            chords: all.map(|shortcut| shortcut.entry().default).collect(),
        }
    }
}

impl Bindings {
    /// `keys`: as written in the settings, by name. What cannot be used keeps its default and is named with the remedy.
    pub fn of_settings(keys: &BTreeMap<String, String>) -> (Self, Vec<String>) {
        let mut faults = Vec::new();
        let mut bindings = Self::default();
        let mut changed = Vec::new();
        for (name, text) in keys {
            let mut all = Shortcut::ALL.iter().copied();
            let fault = match all.find(|shortcut| shortcut.entry().name == name) {
                None => Some(
                    "nothing is called so; the page Settings names each key's entry".to_owned(),
                ),
                Some(shortcut) => match text.parse().map(|chord| (chord, fixed(shortcut, chord))) {
                    Ok((chord, None)) => {
                        bindings.set(shortcut, chord);
                        changed.push(shortcut);
                        None
                    }
                    Ok((_, Some(fault))) | Err(fault) => Some(fault),
                },
            };
            faults.extend(fault.map(|fault| does_not_count(name, &fault)));
        }
        // All at once and then one by one: two keys may have changed places.
        while let Some((shortcut, other)) = changed.iter().rev().find_map(|shortcut| {
            Some((
                *shortcut,
                bindings.owner(*shortcut, bindings.chord(*shortcut))?,
            ))
        }) {
            let fault = taken(bindings.chord(shortcut), other);
            faults.push(does_not_count(shortcut.entry().name, &fault));
            bindings.set(shortcut, shortcut.entry().default);
            changed.retain(|kept| *kept != shortcut);
        }
        (bindings, faults)
    }

    pub fn chord(&self, shortcut: Shortcut) -> Chord {
        let bound = self.chords.get(shortcut as usize);
        bound.copied().unwrap_or(shortcut.entry().default)
    }

    fn set(&mut self, shortcut: Shortcut, chord: Chord) {
        if let Some(bound) = self.chords.get_mut(shortcut as usize) {
            *bound = chord;
        }
    }

    pub fn is_default(&self, shortcut: Shortcut) -> bool {
        self.chord(shortcut) == shortcut.entry().default
    }

    /// Why the key cannot be bound to the shortcut, with the remedy.
    pub fn fault(&self, shortcut: Shortcut, chord: Chord) -> Option<String> {
        fixed(shortcut, chord).or_else(|| Some(taken(chord, self.owner(shortcut, chord)?)))
    }

    /// Another shortcut that the key would reach, too.
    fn owner(&self, shortcut: Shortcut, chord: Chord) -> Option<Shortcut> {
        let entry = shortcut.entry();
        Shortcut::ALL.iter().copied().find(|other| {
            let theirs = other.entry();
            *other != shortcut
                && entry.scope.meets(theirs.scope)
                && overlap((chord, entry.shift), (self.chord(*other), theirs.shift))
        })
    }

    /// What the key does in `scope`, and whether Shift extends it.
    pub fn pressed(
        &self,
        scope: Scope,
        key: Key,
        modifiers: Modifiers,
    ) -> Option<(Shortcut, bool)> {
        Shortcut::ALL.iter().copied().find_map(|shortcut| {
            let entry = shortcut.entry();
            let chord = self.chord(shortcut);
            if entry.scope != scope {
                None
            } else if chord.is_hit(key, modifiers) {
                Some((shortcut, false))
            } else {
                let is_extended =
                    entry.shift == Shift::Extends && chord.with_shift().is_hit(key, modifiers);
                is_extended.then_some((shortcut, true))
            }
        })
    }

    /// From now on, in this window.
    pub fn install(self, ctx: &egui::Context) {
        ctx.data_mut(|data| data.insert_temp(id(), Arc::new(self)));
    }

    pub fn of(ctx: &egui::Context) -> Arc<Self> {
        ctx.data(|data| data.get_temp(id())).unwrap_or_default()
    }
}

fn id() -> Id {
    Id::unique("key bindings")
}

fn does_not_count(name: &str, fault: &str) -> String {
    format!("`keys.{name}` in the settings does not count: {fault}")
}

fn taken(chord: Chord, owner: Shortcut) -> String {
    let entry = owner.entry();
    let (title, place) = (entry.title, entry.scope.title());
    format!("{chord} is taken by “{title}” ({place}); choose another key, or change that one first")
}

/// Why the key can be bound to it by nobody.
fn fixed(shortcut: Shortcut, chord: Chord) -> Option<String> {
    if let Some(meaning) = chord.fixed_meaning() {
        return Some(format!("{chord} {meaning} everywhere; choose another key"));
    }
    let is_extended = shortcut.entry().shift == Shift::Extends;
    (is_extended && chord.has_shift()).then(|| {
        format!("Shift does the same for the whole scene or group; choose {chord} without Shift, or another key")
    })
}

fn overlap((a, a_shift): (Chord, Shift), (b, b_shift): (Chord, Shift)) -> bool {
    a == b
        || a_shift == Shift::Extends && a.with_shift() == b
        || b_shift == Shift::Extends && b.with_shift() == a
}

/// Takes the shortcut's key out of the input; true if it was pressed.
pub fn take(ui: &egui::Ui, shortcut: Shortcut) -> bool {
    take_chord(ui, Bindings::of(ui.ctx()).chord(shortcut))
}

/// As [`take`], of the key with Shift.
pub fn take_extended(ui: &egui::Ui, shortcut: Shortcut) -> bool {
    take_chord(ui, Bindings::of(ui.ctx()).chord(shortcut).with_shift())
}

/// With the modifiers as they were when the key went down: on a busy machine they may be up again before the frame is drawn.
fn take_chord(ui: &egui::Ui, chord: Chord) -> bool {
    ui.input_mut(|input| {
        let before = input.events.len();
        input.events.retain(|event| {
            !matches!(event, Event::Key { key, pressed: true, modifiers, .. } if chord.is_hit(*key, *modifiers))
        });
        input.events.len() < before
    })
}

/// The shortcut's key, for people.
pub fn name(ui: &egui::Ui, shortcut: Shortcut) -> String {
    Bindings::of(ui.ctx()).chord(shortcut).to_string()
}

/// The same key with Shift, for people.
pub fn extended_name(ui: &egui::Ui, shortcut: Shortcut) -> String {
    Bindings::of(ui.ctx())
        .chord(shortcut)
        .with_shift()
        .to_string()
}

/// "Keep and advance (K)".
pub fn hint(ui: &egui::Ui, text: &str, shortcut: Shortcut) -> String {
    format!("{text} ({})", name(ui, shortcut))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        let entries = entries.iter();
        entries
            .map(|(name, key)| ((*name).to_owned(), (*key).to_owned()))
            .collect()
    }

    #[test]
    fn the_defaults_have_names_of_their_own_and_do_not_collide() {
        let bindings = Bindings::default();
        let mut names = BTreeSet::new();
        for (at, shortcut) in Shortcut::ALL.iter().copied().enumerate() {
            assert_eq!(shortcut as usize, at);
            assert!(names.insert(shortcut.entry().name), "{shortcut:?}");
            assert_eq!(bindings.fault(shortcut, bindings.chord(shortcut)), None);
        }
    }

    #[test]
    fn keys_may_change_places_and_what_cannot_be_is_named() {
        let (bindings, faults) =
            Bindings::of_settings(&keys(&[("cull_keep", "X"), ("cull_reject", "K")]));
        assert_eq!(faults, [""; 0]);
        assert_eq!(bindings.chord(Shortcut::CullKeep).to_string(), "X");

        let (bindings, faults) = Bindings::of_settings(&keys(&[
            ("cull_keep", "H"),
            ("cull_reject", "Escape"),
            ("cull_pin", "Q"),
            ("cull_clear", "Shift+Y"),
            ("cull_fly", "F"),
            ("undo", "undo"),
        ]));
        assert_eq!(bindings.chord(Shortcut::CullPin).to_string(), "Q");
        let changed = Shortcut::ALL.iter();
        let changed = changed.filter(|shortcut| !bindings.is_default(**shortcut));
        assert_eq!(changed.count(), 1);
        let text = faults.join("\n");
        assert_eq!(faults.len(), 5, "{text}");
        for part in [
            "`keys.cull_keep` in the settings does not count: H is taken by “Explain this image” (Cull)",
            "`keys.cull_reject` in the settings does not count: Escape goes to",
            "without Shift",
            "`keys.cull_fly` in the settings does not count: nothing is called so",
            "\"undo\" is no key",
        ] {
            assert!(text.contains(part), "{part} in:\n{text}");
        }
    }

    #[test]
    fn a_key_is_taken_where_it_would_reach_both() {
        let bindings = Bindings::default();
        let fault = |shortcut, key: &str| bindings.fault(shortcut, key.parse().unwrap());
        assert_eq!(fault(Shortcut::CullReject, "V"), None, "V is Split's");
        assert!(fault(Shortcut::CullReject, "F1").is_some(), "everywhere");
        assert!(fault(Shortcut::Undo, "V").is_some(), "V is Split's");
        assert!(
            fault(Shortcut::CullPin, "Shift+X").is_some(),
            "the whole scene"
        );
        assert_eq!(fault(Shortcut::CullPin, "P"), None, "as it is");
    }

    #[test]
    fn shift_extends_only_what_it_says() {
        let bindings = Bindings::default();
        let pressed = |scope, key, modifiers| bindings.pressed(scope, key, modifiers);
        assert_eq!(
            pressed(Scope::Cull, Key::X, Modifiers::SHIFT),
            Some((Shortcut::CullReject, true))
        );
        assert_eq!(pressed(Scope::Cull, Key::P, Modifiers::SHIFT), None);
        assert_eq!(pressed(Scope::Cull, Key::V, Modifiers::NONE), None);
        assert_eq!(
            pressed(Scope::Split, Key::L, Modifiers::SHIFT),
            Some((Shortcut::SplitSeparate, false))
        );
    }
}
