//! What a page says of its model: what it learned from, how right it is, where it is weak, what it is not for.

use std::fmt::Write as _;

use crate::export::bundle::ModelCard;
use crate::model::HeadKind;
use crate::report::interval_text;

/// Classes that are named as weak.
const MOST_WEAK: usize = 3;

/// Of the accuracy: a class that is known by so much less is weak.
const WEAKER_BY: f64 = 0.05;

/// What is said of a run beside its card.
pub struct About<'a> {
    pub card: &'a ModelCard,
    pub head: HeadKind,
    /// What the page does otherwise than the program, in whole sentences.
    pub notes: &'a [String],
    pub has_credits: bool,
}

impl About<'_> {
    pub fn to_html(&self) -> String {
        let mut html = String::new();
        let mut paragraph = |text: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(html, "<p>{}</p>", escaped(text));
        };
        paragraph(&self.trained_on());
        paragraph(&self.how_right());
        paragraph(&self.weak_at());
        let caveats = self.card.caveats.iter();
        for caveat in caveats {
            let _ = writeln!(html, "<p class=\"caveat\">{}</p>", escaped(caveat));
        }
        html.push_str("<h3>Not meant for</h3>\n<ul>\n");
        for line in NOT_MEANT_FOR {
            let _ = writeln!(html, "<li>{line}</li>");
        }
        html.push_str("</ul>\n");
        html.push_str(&self.details());
        html
    }

    fn trained_on(&self) -> String {
        let ModelCard {
            architecture,
            train_images,
            valid_images,
            trained,
            ..
        } = self.card;
        format!(
            "{architecture}, trained on {} ({trained}); {} held out to measure it by.",
            images(*train_images),
            images(*valid_images)
        )
    }

    fn how_right(&self) -> String {
        match self.card.accuracy {
            Some(accuracy) => {
                let interval = self.card.interval.map(interval_text);
                let interval = interval.map(|text| format!(" ({text})"));
                format!(
                    "It names {:.1} % of the held-out images rightly{}.",
                    accuracy * 100.0,
                    interval.unwrap_or_default()
                )
            }
            None => "How right it is was not measured.".to_owned(),
        }
    }

    fn weak_at(&self) -> String {
        let Some(accuracy) = self
            .card
            .accuracy
            .filter(|_| !self.card.per_class.is_empty())
        else {
            return "How well it knows each class was not measured.".to_owned();
        };
        let weak = self.card.per_class.iter();
        let weak: Vec<String> = weak
            .filter(|class| class.recall < accuracy - WEAKER_BY)
            .take(MOST_WEAK)
            .map(|class| {
                let recall = class.recall * 100.0;
                format!(
                    "{} ({recall:.0} % of {})",
                    class.class,
                    images(class.images)
                )
            })
            .collect();
        if weak.is_empty() {
            "It knows no class much worse than the others.".to_owned()
        } else {
            format!("Weak at {}.", weak.join(", "))
        }
    }

    fn details(&self) -> String {
        let mut html = String::from("<details>\n<summary>How exact this page is</summary>\n<ul>\n");
        let heatmap = match self.head {
            HeadKind::Linear => {
                "The heatmap is exact: the mean of a class's map plus a constant of that class is its score before the softmax. What speaks against the class is not drawn."
            }
            HeadKind::Fastai => {
                "The heatmap is Grad-CAM. The head has two layers, so the map is exact only as the slope of the class's score at this very image: it shows what would raise the score, and does not add up to it."
            }
        };
        let own = self.notes.iter().map(String::as_str);
        for line in [heatmap, SCALING, DECODING].into_iter().chain(own) {
            let _ = writeln!(html, "<li>{}</li>", escaped(line));
        }
        html.push_str("</ul>\n</details>\n<details>\n<summary>Where it is from</summary>\n<dl>\n");
        let facts = [
            ("Project", self.card.project.clone()),
            ("Run", self.card.run.clone()),
            ("Split", self.card.split_hash.clone()),
            (
                "Data",
                self.card
                    .data_version
                    .clone()
                    .unwrap_or_else(|| "unknown".to_owned()),
            ),
            ("Made with", self.card.program.clone()),
        ];
        for (term, fact) in facts {
            let _ = writeln!(html, "<dt>{term}</dt><dd>{}</dd>", escaped(&fact));
        }
        html.push_str("</dl>\n<p><a href=\"model-card.json\">All that is known of it</a>");
        if self.has_credits {
            html.push_str(", <a href=\"CREDITS.md\">credits of its images</a>");
        }
        html.push_str(
            ", <a href=\"runtime/LICENSE\">license of ONNX Runtime Web</a></p>\n</details>",
        );
        html
    }

    /// "Which of elves, orcs and undead is it?"
    pub fn question(&self) -> String {
        let names = &self.card.classes;
        match names.as_slice() {
            [] => String::new(),
            [one] => format!("Is it {one}?"),
            [first @ .., last] if names.len() <= NAMED => {
                format!("Which is it: {} or {last}?", first.join(", "))
            }
            many => format!("Which of {} classes is it?", many.len()),
        }
    }
}

/// Classes that are named in the heading.
const NAMED: usize = 8;

const NOT_MEANT_FOR: [&str; 3] = [
    "Images of anything else: it knows its classes alone, and takes everything for one of them.",
    "Images of another style than those it was trained on: it knows them less well than the numbers say.",
    "Decisions about people.",
];

const SCALING: &str =
    "Images are scaled to the same pixels as in the program that trained it, to the last bit.";

const DECODING: &str = "JPEG decoders round differently, and the program decodes large JPEGs at a half, a quarter or an eighth of their size, so probabilities of JPEGs may differ a little from the program's. Turned photos (EXIF) are set upright, color profiles are ignored, and transparent pixels are white, as there.";

fn images(count: usize) -> String {
    match count {
        1 => "1 image".to_owned(),
        count => format!("{count} images"),
    }
}

/// For the text of a page.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::export::bundle::ClassRecall;

    fn card() -> ModelCard {
        let recall = |(class, recall): (&str, f64)| ClassRecall {
            class: class.to_owned(),
            images: 10,
            recall,
        };
        let recalls = [("<orcs>", 0.5), ("elves", 0.78), ("undead", 1.0)];
        ModelCard {
            program: "cutting-room 1".into(),
            project: "films & portraits".into(),
            run: "20261126-101500-s1".into(),
            trained: "2026-11-26".into(),
            hardware: String::new(),
            architecture: "ResNet-18".to_owned(),
            stage: 1,
            classes: vec!["elves".into(), "<orcs>".into(), "undead".into()],
            train_images: 1,
            valid_images: 30,
            data_version: None,
            split_hash: "0123".into(),
            is_random_split: true,
            lineage: None,
            accuracy: Some(0.8),
            interval: Some([0.7, 0.9]),
            contaminated: None,
            caveats: vec!["Random split: it looks better than it is.".into()],
            sets: Vec::new(),
            per_class: recalls.map(recall).to_vec(),
            licences: BTreeMap::new(),
        }
    }

    fn about(card: &ModelCard, head: HeadKind) -> About<'_> {
        About {
            card,
            head,
            notes: &[],
            has_credits: false,
        }
    }

    #[test]
    fn it_says_how_right_it_is_where_it_is_weak_and_why_to_distrust_that() {
        let card = card();
        let html = about(&card, HeadKind::Linear).to_html();
        for part in [
            "trained on 1 image (2026-11-26); 30 images held out",
            "80.0 % of the held-out images rightly (95 % interval 70.0 to 90.0 %)",
            "Weak at &lt;orcs&gt; (50 % of 10 images).",
            "class=\"caveat\">Random split",
            "The heatmap is exact",
            "films &amp; portraits",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("CREDITS"), "{html}");
        let html = about(&card, HeadKind::Fastai).to_html();
        assert!(html.contains("Grad-CAM") && !html.contains("The heatmap is exact"));
    }

    #[test]
    fn what_was_not_measured_is_not_claimed() {
        let mut card = card();
        card.per_class.clear();
        let html = about(&card, HeadKind::Linear).to_html();
        assert!(html.contains("How well it knows each class was not measured."));
        card.accuracy = None;
        let html = about(&card, HeadKind::Linear).to_html();
        assert!(html.contains("How right it is was not measured."));
    }

    #[test]
    fn the_question_names_few_classes_and_counts_many() {
        let mut card = card();
        let question = |card: &ModelCard| about(card, HeadKind::Linear).question();
        assert_eq!(question(&card), "Which is it: elves, <orcs> or undead?");
        card.classes = vec!["elves".into()];
        assert_eq!(question(&card), "Is it elves?");
        card.classes = vec!["x".into(); 20];
        assert_eq!(question(&card), "Which of 20 classes is it?");
    }
}
