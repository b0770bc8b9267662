//! Long names cut in the middle: the beginning tells what it is, the end (a number, an ending) which one.

use eframe::egui::{Color32, FontId, Painter};

/// `text` if it fits into `room` points, else as much of both ends as does, with … between them.
pub fn elided(painter: &Painter, text: &str, font: &FontId, room: f32) -> String {
    let fits = |candidate: &str| {
        let galley = painter.layout_no_wrap(candidate.to_owned(), font.clone(), Color32::WHITE);
        galley.size().x <= room
    };
    elided_by(text, fits)
}

fn elided_by(text: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    // The most letters that fit, by halving; none is kept where not even … has room.
    let (mut kept, mut too_many) = (0, letters.len());
    while kept + 1 < too_many {
        let middle = kept.midpoint(too_many);
        if fits(&shortened(&letters, middle)) {
            kept = middle;
        } else {
            too_many = middle;
        }
    }
    shortened(&letters, kept)
}

/// `kept` letters: of an odd number the end gets one more.
fn shortened(letters: &[char], kept: usize) -> String {
    let (front, back) = (kept / 2, kept.div_ceil(2));
    let mut text: String = letters.iter().take(front).collect();
    text.push('…');
    text.extend(letters.iter().skip(letters.len() - back));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_long_name_are_kept() {
        let within = |most: usize| move |text: &str| text.chars().count() <= most;
        assert_eq!(
            elided_by("drakes-000012.jpg", within(17)),
            "drakes-000012.jpg"
        );
        assert_eq!(elided_by("drakes-000012.jpg", within(10)), "drak…2.jpg");
        assert_eq!(elided_by("日本語の映画の名前", within(5)), "日本…名前");
        assert_eq!(elided_by("drakes", within(1)), "…");
        assert_eq!(elided_by("drakes", within(0)), "…");
    }
}
