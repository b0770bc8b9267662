//! Frames of a film among the images of a folder, told by their names and by how alike they are, and the shots they are of.
//!
//! Names: files of one folder that are called the same but for a number at the end, such as `scene00049.png` (VLC),
//! `film_000123.jpg` or `0001.png` (ffmpeg), and `film-Scene-007-02.jpg` (`PySceneDetect`), which names the shot itself.
//!
//! Scraped images are often numbered as well (`000001.jpg`), so the name is not enough. Frames of a film have one size, and
//! either their numbers go up in even steps of more than one, which only a sampler of frames makes, or many of them look
//! like the one before: more alike than almost all pairs that lie far apart. Of numbered single images hardly any pair of
//! neighbors is. On frames of ten films, 12 to 48 frames apart, 41 to 90 % of the neighbors are; on scraped folders
//! up to 4 %.
//!
//! A shot ends where two neighbors are not as alike as that, and where numbers are missing between them unless they are
//! very much alike: what was taken out between them may have held the cut. Rather too long than too short: a shot on both
//! sides of a split is a leak, two shots in one are none.

use std::collections::BTreeMap;

use super::frame_look::FrameLook;

/// Fewer images are no series.
const LEAST_IMAGES: usize = 8;
/// Part of the images that have to have the most frequent size.
const SAME_SIZE: f64 = 0.9;
/// Part of the steps between numbers that have to be the most frequent one.
const EVEN_STEPS: f64 = 0.8;
/// Part of the neighbors that have to be alike where the numbers do not tell.
const ALIKE_NEIGHBORS: f64 = 0.25;
/// How far outside of far pairs two images count as alike, above their upper quartile in interquartile ranges of Fisher's
/// z; and the bounds of that limit where shots are cut. Whether the images are frames at all is asked without bounds: single
/// images may all be alike, digits on white for instance, and neighbors no more than others.
const RANGES: f32 = 1.0;
const LIMITS: (f32, f32) = (0.7, 0.85);
/// Where a quarter of the far pairs are as alike as this, all images are, and a likeness tells nothing.
const TELLS_NOTHING: f32 = 0.95;
/// Far pairs that are looked at for each image.
const FAR_PAIRS: usize = 5;
/// Images a shot of `PySceneDetect` may have.
const SCENE_IMAGES: u64 = 100_000;

/// Which series a file name belongs to, and its place there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumberedName {
    /// The folder and what the names have in common.
    pub series: String,
    pub number: u64,
    /// The shot, where the name says it.
    pub shot: Option<u64>,
}

impl NumberedName {
    /// `None` for a name without a number at its end. `origin`: with `/` between folders.
    ///
    /// ```
    /// use cutting_room_core::media::frame_series::NumberedName;
    /// let name = NumberedName::of("elves/scene00049.png").unwrap();
    /// assert_eq!((name.series.as_str(), name.number), ("elves/scene", 49));
    /// ```
    pub fn of(origin: &str) -> Option<Self> {
        let (stem, extension) = origin.rsplit_once('.')?;
        if extension.contains('/') {
            return None;
        }
        let (common, number) = ending_number(stem)?;
        let scene = common.trim_end_matches(['-', '_', ' ']);
        if let Some((before, shot)) = ending_number(scene)
            && before
                .trim_end_matches(['-', '_', ' '])
                .to_lowercase()
                .ends_with("scene")
        {
            return Some(Self {
                series: before.to_owned(),
                number: shot * SCENE_IMAGES + number.min(SCENE_IMAGES - 1),
                shot: Some(shot),
            });
        }
        Some(Self {
            series: common.to_owned(),
            number,
            shot: None,
        })
    }
}

/// The text before it, and the number that it ends with, of at most nine digits.
fn ending_number(text: &str) -> Option<(&str, u64)> {
    let common = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = text.get(common.len()..)?;
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    Some((common, digits.parse().ok()?))
}

/// An image of a series.
#[derive(Clone, Debug)]
pub struct Member {
    pub number: u64,
    /// As its name says.
    pub shot: Option<u64>,
    pub size: (u32, u32),
    /// `None` if nobody has looked.
    pub look: Option<FrameLook>,
    /// The shot that it is known to be of, if any.
    pub known: Option<i64>,
}

/// Where each shot begins, as places in `members`, which are sorted by number; `None` if they are no frames of a film. What
/// is known of two neighbors stays.
pub fn shots(members: &[Member]) -> Option<Vec<usize>> {
    let is_known = members.iter().any(|member| member.known.is_some());
    if !is_known && (members.len() < LEAST_IMAGES || !has_one_size(members)) {
        return None;
    }
    let step = even_step(members);
    let limit = limit(members);
    let is_named = members.iter().all(|member| member.shot.is_some());
    if !is_known && !is_named && step.is_none_or(|step| step == 1) && !is_alike(members, limit?) {
        return None;
    }
    Some(cut(members, step, limit))
}

/// As [`shots`], of images that are frames because a person says so.
pub fn shots_of_frames(members: &[Member]) -> Vec<usize> {
    cut(members, even_step(members), limit(members))
}

/// `limit`: from where on neighbors are alike, if that could be told.
fn cut(members: &[Member], step: Option<u64>, limit: Option<f32>) -> Vec<usize> {
    let limit = limit.unwrap_or(LIMITS.0).clamp(LIMITS.0, LIMITS.1);
    let cuts = members.windows(2).enumerate().filter_map(|(at, pair)| {
        let [one, next] = pair else {
            return None;
        };
        is_cut(one, next, step, limit).then_some(at + 1)
    });
    std::iter::once(0).chain(cuts).collect()
}

fn is_cut(one: &Member, next: &Member, step: Option<u64>, limit: f32) -> bool {
    if let (Some(one), Some(next)) = (one.known, next.known) {
        return one != next;
    }
    if let (Some(one), Some(next)) = (one.shot, next.shot) {
        return one != next;
    }
    let (Some(look), Some(other)) = (&one.look, &next.look) else {
        return true;
    };
    let is_gap = step.is_some_and(|step| next.number - one.number > step);
    let needed = if is_gap {
        f32::midpoint(1.0, limit)
    } else {
        limit
    };
    look.likeness(other) < needed
}

fn has_one_size(members: &[Member]) -> bool {
    let mut sizes: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for member in members {
        *sizes.entry(member.size).or_default() += 1;
    }
    let most = sizes.into_values().max().unwrap_or_default();
    most as f64 >= SAME_SIZE * members.len() as f64
}

/// The step between most of the numbers, if there is one. Files that left the folder leave gaps.
fn even_step(members: &[Member]) -> Option<u64> {
    let mut steps: BTreeMap<u64, usize> = BTreeMap::new();
    for pair in members.windows(2) {
        if let [one, next] = pair {
            *steps.entry(next.number - one.number).or_default() += 1;
        }
    }
    let all: usize = steps.values().sum();
    let (&step, &count) = steps.iter().max_by_key(|(_, count)| **count)?;
    (step > 0 && count as f64 >= EVEN_STEPS * all as f64).then_some(step)
}

/// More alike than almost all pairs that lie far apart; `None` without enough looks, or if all are alike.
fn limit(members: &[Member]) -> Option<f32> {
    let looks: Vec<&FrameLook> = members.iter().filter_map(|m| m.look.as_ref()).collect();
    if looks.len() < LEAST_IMAGES {
        return None;
    }
    let mut far = Vec::new();
    for (at, look) in looks.iter().enumerate() {
        for part in 1..=FAR_PAIRS {
            // All distances but the shortest eighth, on a ring.
            let ahead = looks.len() * (part * 6 + FAR_PAIRS) / (8 * FAR_PAIRS);
            let other = looks.get((at + ahead) % looks.len())?;
            far.push(look.likeness(other).min(0.999).atanh());
        }
    }
    far.sort_by(f32::total_cmp);
    let quartile = |part: usize| far.get(part * far.len() / 4).copied();
    let (low, high) = (quartile(1)?, quartile(3)?);
    if high > TELLS_NOTHING.atanh() {
        return None;
    }
    Some((high + RANGES * (high - low)).tanh())
}

fn is_alike(members: &[Member], limit: f32) -> bool {
    let mut pairs = 0;
    let mut alike = 0;
    for pair in members.windows(2) {
        if let [
            Member {
                look: Some(one), ..
            },
            Member {
                look: Some(next), ..
            },
        ] = pair
        {
            pairs += 1;
            alike += usize::from(one.likeness(next) >= limit);
        }
    }
    alike as f64 >= ALIKE_NEIGHBORS * f64::from(pairs.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    /// One of many scenes, with something that moves in it.
    fn look(scene: u64, moment: u64) -> FrameLook {
        let noise = blake3::hash(&scene.to_le_bytes());
        let color = |at: u32| noise.as_bytes()[at as usize % 32];
        FrameLook::of(&RgbImage::from_fn(64, 36, |x, y| {
            let cell = x / 8 + 8 * (y / 9);
            let is_actor = x / 4 == (moment % 16) as u32 && y > 18;
            let shade = if is_actor { 255 } else { color(cell) };
            image::Rgb([shade, color(cell + 7) / 2, shade / 3])
        }))
    }

    fn member(number: u64, scene: u64) -> Member {
        Member {
            number,
            shot: None,
            size: (64, 36),
            look: Some(look(scene, number)),
            known: None,
        }
    }

    /// Five scenes of six frames, from number 1 on.
    fn film(step: u64) -> Vec<Member> {
        (0..30).map(|at| member(1 + at * step, at / 6)).collect()
    }

    #[test]
    fn names_of_frames_are_told_from_other_names() {
        let name = |origin| NumberedName::of(origin).map(|name| (name.series, name.number));
        let some = |series: &str, number| Some((series.to_owned(), number));
        assert_eq!(name("scene00049.png"), some("scene", 49));
        assert_eq!(name("elves/0001.png"), some("elves/", 1));
        assert_eq!(name("a/film_000123.jpg"), some("a/film_", 123));
        assert_eq!(name("portrait.jpg"), None);
        assert_eq!(name("no extension 12"), None);
        assert_eq!(name("1234567890123.jpg"), None, "a time or an address");
        let scene = NumberedName::of("film-Scene-007-02.jpg").unwrap();
        assert_eq!(
            (scene.series.as_str(), scene.shot),
            ("film-Scene-", Some(7))
        );
    }

    #[test]
    fn frames_are_cut_where_they_stop_being_alike() {
        assert_eq!(shots(&film(1)).unwrap(), [0, 6, 12, 18, 24]);
        assert_eq!(shots(&film(48)).unwrap(), [0, 6, 12, 18, 24]);
    }

    #[test]
    fn numbered_single_images_are_no_film() {
        let single = |number| member(number, 100 + number);
        let singles: Vec<Member> = (1..60).map(single).collect();
        assert_eq!(shots(&singles), None);
        // Even if they are of many sizes and some are copies.
        let mixed: Vec<Member> = film(1)
            .into_iter()
            .map(|member| Member {
                size: (64 + member.number as u32 % 9, 36),
                ..member
            })
            .collect();
        assert_eq!(shots(&mixed), None);
        assert_eq!(shots(&film(1)[..6]), None, "too few");
        // All alike, neighbors no more than others.
        let alike: Vec<Member> = (0..60)
            .map(|number| Member {
                look: Some(look(3, number * 7)),
                ..member(number, 3)
            })
            .collect();
        assert_eq!(shots(&alike), None);
        let equal: Vec<Member> = (0..60).map(|number| member(number, 3)).collect();
        let equal: Vec<Member> = equal
            .into_iter()
            .map(|member| Member {
                look: Some(look(3, 0)),
                ..member
            })
            .collect();
        assert_eq!(shots(&equal), None);
        // Steps of more than one are a sampler's, whatever the images show.
        let sampled: Vec<Member> = (1..20).map(|at| member(at * 50, 100 + at)).collect();
        assert_eq!(shots(&sampled).unwrap().len(), 19);
    }

    #[test]
    fn what_is_known_stays_and_names_of_shots_count() {
        let mut members = film(1);
        for (at, member) in members.iter_mut().enumerate().take(12) {
            member.known = Some(if at < 3 { 1 } else { 2 });
        }
        assert_eq!(shots(&members).unwrap(), [0, 3, 12, 18, 24]);
        let named: Vec<Member> = (0..9)
            .map(|at| Member {
                shot: Some(at / 3),
                ..member(at, 100 + at)
            })
            .collect();
        assert_eq!(shots(&named).unwrap(), [0, 3, 6]);
    }

    #[test]
    fn a_gap_between_numbers_is_a_cut_unless_both_sides_show_the_same() {
        let mut members: Vec<Member> = film(1);
        for member in members.iter_mut().skip(3) {
            member.number += 10;
        }
        assert_eq!(shots(&members).unwrap(), [0, 6, 12, 18, 24]);
    }
}
