//! Long names cut in the middle: the beginning tells what it is, the end (a number, an ending) which one, and between
//! them stays what tells it from its siblings (the episode of a series).

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::{self, Color32, FontId, Id, Painter};

/// Where each name of a project begins to differ from the one that is most like it, in letters.
#[derive(Clone, Debug, Default)]
pub struct Siblings(HashMap<String, usize>);

impl Siblings {
    pub fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names.dedup();
        let mut places: HashMap<String, usize> = HashMap::new();
        // Those that are most alike stand side by side.
        for pair in names.windows(2) {
            let [a, b] = pair else { continue };
            let letters = a.chars().zip(b.chars());
            let same = letters.take_while(|(a, b)| a == b).count();
            for name in [a, b] {
                let place = places.entry((*name).to_owned()).or_default();
                *place = same.max(*place);
            }
        }
        Self(places)
    }

    /// From now on names are shortened by these.
    pub fn install(self, ctx: &egui::Context) {
        ctx.data_mut(|data| data.insert_temp(Id::unique("siblings"), Arc::new(self)));
    }

    fn installed(ctx: &egui::Context) -> Option<Arc<Self>> {
        ctx.data(|data| data.get_temp(Id::unique("siblings")))
    }

    /// Of a name, or of a scene by the name of its film (`film:12`).
    fn place_of(&self, text: &str) -> Option<usize> {
        let film = || text.rsplit_once(':').and_then(|(film, _)| self.0.get(film));
        self.0.get(text).or_else(film).copied()
    }
}

/// `text` if it fits into `room` points, else as much of both ends and of what tells it from others as does, with …
/// between them.
pub fn elided(painter: &Painter, text: &str, font: &FontId, room: f32) -> String {
    elided_within(painter, ["", text, ""], font, room)
}

/// Words around a name, of which only the name, the middle one, is shortened as by [`elided`].
pub fn elided_within(
    painter: &Painter,
    [before, name, after]: [&str; 3],
    font: &FontId,
    room: f32,
) -> String {
    let around = |name: &str| format!("{before}{name}{after}");
    let fits = |candidate: &str| {
        let galley = painter.layout_no_wrap(around(candidate), font.clone(), Color32::WHITE);
        galley.size().x <= room
    };
    if fits(name) {
        return around(name);
    }
    let siblings = Siblings::installed(painter.ctx());
    let differs = siblings.and_then(|siblings| siblings.place_of(name));
    around(&elided_by(name, differs, fits))
}

fn elided_by(text: &str, differs: Option<usize>, fits: impl Fn(&str) -> bool) -> String {
    let letters: Vec<char> = text.chars().collect();
    // The most letters that fit, by halving; none is kept where not even … has room.
    let (mut kept, mut too_many) = (0, letters.len());
    while kept + 1 < too_many {
        let middle = kept.midpoint(too_many);
        if fits(&shortened(&letters, differs, middle)) {
            kept = middle;
        } else {
            too_many = middle;
        }
    }
    shortened(&letters, differs, kept)
}

/// As many letters are worth a third part between the ends.
const FEWEST_IN_PARTS: usize = 6;

/// `kept` letters: of an odd number the end gets one more.
fn shortened(letters: &[char], differs: Option<usize>, kept: usize) -> String {
    let (front, back) = (kept / 2, kept.div_ceil(2));
    let cut = front..letters.len() - back;
    // Two gaps between too few letters say nothing.
    match differs.filter(|place| kept >= FEWEST_IN_PARTS && cut.contains(place)) {
        Some(place) => with_middle(letters, place, kept),
        None => joined(letters, &[0..front, cut.end..letters.len()]),
    }
}

/// A quarter for each end, the rest from the word on in which the name differs. The number of a scene is kept whole.
fn with_middle(letters: &[char], place: usize, kept: usize) -> String {
    let front = kept / 4;
    let colon = letters.iter().rposition(|letter| *letter == ':');
    let number = colon.map_or(0, |at| letters.len() - at);
    let back = if number <= kept * 2 / 3 {
        number.max(front)
    } else {
        front
    };
    let word = letters.get(..place).unwrap_or_default();
    let begun = word
        .iter()
        .rev()
        .take_while(|letter| letter.is_alphanumeric());
    let middle = kept - front - back;
    // Of a long word only what leads up to the difference.
    let start = place - begun.count().min(middle / 2);
    let start = start.max(front).min(letters.len() - back - middle);
    let parts = [
        0..front,
        start..start + middle,
        letters.len() - back..letters.len(),
    ];
    joined(letters, &parts)
}

/// The parts in their order, with … where something is left out.
fn joined(letters: &[char], parts: &[std::ops::Range<usize>]) -> String {
    let mut text = String::new();
    let mut at = 0;
    for part in parts {
        if part.start > at {
            text.push('…');
        }
        text.extend(letters.get(part.clone()).unwrap_or_default());
        at = part.end.max(at);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(most: usize) -> impl Fn(&str) -> bool {
        move |text: &str| text.chars().count() <= most
    }

    #[test]
    fn both_ends_of_a_long_name_are_kept() {
        let short = |text: &str, most: usize| elided_by(text, None, within(most));
        assert_eq!(short("drakes-000012.jpg", 10), "drak…2.jpg");
        assert_eq!(short("日本語の映画の名前", 5), "日本…名前");
        assert_eq!(short("drakes", 1), "…");
        assert_eq!(short("drakes", 0), "…");
    }

    #[test]
    fn what_tells_a_name_from_its_siblings_is_kept() {
        let names = [
            "The_Peoples_S01E01_of_the_north_1080p",
            "The_Peoples_S01E02_of_the_north_1080p",
            "elves",
        ];
        let siblings = Siblings::of(names.into_iter());
        let short = |name: &str| elided_by(name, siblings.place_of(name), within(20));
        assert_eq!(short(names[0]), "The_…S01E01_of_…080p");
        assert_eq!(short(names[1]), "The_…S01E02_of_…080p");
        // A scene, by its film.
        let scene = format!("{}:12", names[1]);
        let shown = short(&scene);
        assert!(shown.contains("E02") && shown.ends_with(":12"), "{shown}");
        let counted = format!("{scene} (4 images)");
        let shown = elided_by(&counted, siblings.place_of(&counted), within(32));
        assert!(shown.ends_with(":12 (4 images)"), "{shown}");
        for most in 0..names[0].chars().count() {
            let shown = elided_by(names[0], siblings.place_of(names[0]), within(most));
            assert!(shown.chars().count() <= most.max(1), "{shown}");
        }
    }
}
