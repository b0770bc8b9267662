//! "Why this class and not that one": both maps and their difference on one picture.

use image::RgbImage;

use super::colormap::Colormap;
use super::explained::{Against, Explained};
use super::explanation::Explanation;
use super::figure::{Panel, figure, resized};
use super::style::{Scale, Style};
use crate::error::{Error, Result};

/// Of a panel's longer side: room for its words, and no more than a screen.
const LEAST_SIDE: u32 = 360;
const MOST_SIDE: u32 = 800;

/// How two maps are drawn together.
#[derive(Clone, Copy, Debug)]
pub struct Drawing {
    pub style: Style,
    /// 0 to 1
    pub opacity: f32,
    /// The same color means the same value on both.
    pub shares_scale: bool,
}

/// The image with the map of each class and with the difference, side by side; what the colors stand for is written below.
///
/// # Errors
/// [`Error::Invalid`] if only one class was asked for.
pub fn comparison(explained: &Explained, image: &RgbImage, drawing: &Drawing) -> Result<RgbImage> {
    let (Some(other), Some(difference)) = (&explained.against, explained.difference()) else {
        return Err(Error::Invalid(
            "a comparison needs two classes; say which one it is compared with".into(),
        ));
    };
    let image = resized(image, LEAST_SIDE, MOST_SIDE);
    let over =
        |explanation: &Explanation, style: &Style| explanation.over(&image, style, drawing.opacity);
    let styles = styles(explained, drawing);
    let title = |rank: u8, class: usize| {
        let (name, prob) = (explained.name_of(class), explained.prob_of(class));
        vec![format!("{rank}. {name} {prob:.3}")]
    };
    let panels = [
        Panel {
            lines: vec!["Image".into()],
            image: image.clone(),
        },
        Panel {
            lines: title(1, explained.class),
            image: over(&explained.explanation, &styles[0]),
        },
        Panel {
            lines: title(2, other.class),
            image: over(&other.explanation, &styles[1]),
        },
        Panel {
            lines: vec!["Difference, 1 minus 2".into()],
            image: over(&difference, &difference_style(&difference, &drawing.style)),
        },
    ];
    figure(&panels, panels.len(), &words(explained, other, drawing))
}

/// Of the class's map and of the other's.
pub fn styles(explained: &Explained, drawing: &Drawing) -> [Style; 2] {
    let scale = drawing.shares_scale.then(|| explained.shared_scale());
    [Style {
        scale,
        ..drawing.style
    }; 2]
}

/// Blue below 0, orange above, alike on both sides.
pub fn difference_style(difference: &Explanation, style: &Style) -> Style {
    Style {
        colormap: Colormap::Diverging,
        scale: Some(Scale::of(difference.values()).symmetric()),
        veil: super::style::Veil::FollowsHeat,
        ..*style
    }
}

/// What the colors stand for.
pub fn scale_words(explained: &Explained, shares_scale: bool) -> String {
    let range = |scale: Scale| format!("{:.3} to {:.3}", scale.low, scale.high);
    let own = |explanation: &Explanation| range(Scale::of(explanation.values()));
    match &explained.against {
        None => format!("scale {}", own(&explained.explanation)),
        Some(_) if shares_scale => {
            format!("one scale for both, {}", range(explained.shared_scale()))
        }
        Some(other) => format!(
            "each on its own scale, {} and {}",
            own(&explained.explanation),
            own(&other.explanation)
        ),
    }
}

/// Which color of the difference speaks for which class.
pub fn difference_words(explained: &Explained, other: &Against) -> String {
    format!(
        "Difference: orange speaks more for {}, blue more for {}",
        explained.class_name(),
        explained.name_of(other.class)
    )
}

fn words(explained: &Explained, other: &Against, drawing: &Drawing) -> Vec<String> {
    let scale = scale_words(explained, drawing.shares_scale);
    let title = explained.method.title();
    let first = if explained.method.takes_layer() {
        format!("{title} at {}; {scale}", explained.layer_name())
    } else {
        format!("{title}; {scale}")
    };
    let second = if explained.method.is_map() {
        difference_words(explained, other)
    } else {
        "Difference: what of it is only the first one's".to_owned()
    };
    vec![first, second]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::explain::Heatmap;
    use crate::explain::method::Method;
    use crate::media::recipe::Recipe;
    use crate::predict::Prediction;

    fn regions(values: [f32; 4]) -> Arc<Explanation> {
        Arc::new(Explanation::Regions {
            heatmap: Heatmap {
                width: 2,
                height: 2,
                values: values.to_vec(),
            },
            region: [0.0, 0.0, 1.0, 1.0],
        })
    }

    fn explained() -> Explained {
        Explained {
            classes: ["elves".to_owned(), "orcs".to_owned()].into(),
            layers: ["layer4".to_owned()].into(),
            prediction: Prediction {
                probs: vec![0.75, 0.25],
            },
            class: 0,
            method: Method::GradCam,
            layer: 0,
            image_size: (64, 64),
            recipe: Recipe::default(),
            explanation: regions([4.0, 0.0, 0.0, 0.0]),
            against: Some(Against {
                class: 1,
                explanation: regions([0.0, 0.0, 0.0, 1.0]),
            }),
        }
    }

    #[test]
    fn the_weaker_map_is_paler_on_a_shared_scale_and_the_words_say_so() {
        let explained = explained();
        let image = RgbImage::from_pixel(400, 400, image::Rgb([100; 3]));
        let drawn = |shares_scale| {
            let drawing = Drawing {
                style: Style::default(),
                opacity: 1.0,
                shares_scale,
            };
            comparison(&explained, &image, &drawing).unwrap()
        };
        let (shared, own) = (drawn(true), drawn(false));
        // The lower right corner of the third panel, where the other class is hottest.
        let corner = |figure: &RgbImage| figure.get_pixel(12 + 2 * 412 + 395, 12 + 22 + 390).0;
        assert_ne!(corner(&shared), corner(&own));
        assert_eq!(corner(&own), [0xfc, 0xfd, 0xbf]);
        assert!(scale_words(&explained, true).contains("one scale for both, 0.000 to 4.000"));
        assert!(scale_words(&explained, false).ends_with("0.000 to 4.000 and 0.000 to 1.000"));
        let difference = explained.difference().unwrap();
        assert_eq!(difference.values(), [4.0, 0.0, 0.0, -1.0]);
    }

    #[test]
    fn one_class_is_no_comparison() {
        let mut alone = explained();
        alone.against = None;
        let drawing = Drawing {
            style: Style::default(),
            opacity: 1.0,
            shares_scale: true,
        };
        assert!(comparison(&alone, &RgbImage::new(8, 8), &drawing).is_err());
    }
}
