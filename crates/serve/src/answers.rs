//! From what the net says to what a visitor is told.

use axum::http::StatusCode;
use cutting_room_core::explain::cam::grad_cam_of;
use cutting_room_core::predict::{Inspection, Prediction, Predictor};

use crate::documents::{Answer, ClassMap, ClassProb, HeatmapAnswer, Question};
use crate::look::Looked;
use crate::problem::Problem;

/// Maps in an answer that asks for no class.
const MOST_MAPS: usize = 24;

pub(crate) fn answer(
    classes: &[String],
    prediction: &Prediction,
    (width, height): (u32, u32),
) -> Answer {
    let ranking = prediction.ranking().into_iter();
    let probs: Vec<ClassProb> = ranking
        .filter_map(|index| {
            Some(ClassProb {
                class: classes.get(index)?.clone(),
                prob: *prediction.probs.get(index)?,
            })
        })
        .collect();
    let class = probs.first().map(|first| first.class.clone());
    Answer {
        class: class.unwrap_or_default(),
        probs,
        width,
        height,
    }
}

/// Which classes are to be explained, as indices; checked before any work is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    MostProbable,
    One(usize),
    Two(usize, usize),
}

impl Asked {
    pub fn of(question: &Question, classes: &[String]) -> Result<Self, Problem> {
        let index = |name: &str| {
            let found = classes.iter().position(|class| class == name);
            found.ok_or_else(|| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    format!(
                        "There is no class {name:?}; the model knows: {}",
                        classes.join(", ")
                    ),
                )
            })
        };
        Ok(match (&question.class, &question.against) {
            (None, None) => Self::MostProbable,
            (Some(class), None) => Self::One(index(class)?),
            (Some(class), Some(against)) => Self::Two(index(class)?, index(against)?),
            (None, Some(_)) => {
                return Err(Problem::new(
                    StatusCode::BAD_REQUEST,
                    "A class is compared with another; name both, as `class` and `against`",
                ));
            }
        })
    }

    fn classes(&self, prediction: &Prediction) -> Vec<usize> {
        match *self {
            Self::MostProbable => {
                let mut ranking = prediction.ranking();
                ranking.truncate(MOST_MAPS);
                ranking
            }
            Self::One(class) => vec![class],
            Self::Two(class, against) => vec![class, against],
        }
    }
}

/// Grad-CAM of each class: a millisecond, because the net's last map is there already.
pub(crate) fn heatmaps(
    predictor: &Predictor,
    inspection: &Inspection,
    looked: &Looked,
    asked: &Asked,
) -> Result<HeatmapAnswer, Problem> {
    let mut maps = Vec::new();
    let (mut columns, mut rows) = (0, 0);
    for class in asked.classes(&inspection.prediction) {
        let heatmap = grad_cam_of(predictor.classifier(), &inspection.features, class)
            .map_err(|error| Problem::internal(&error))?;
        (columns, rows) = (heatmap.width, heatmap.height);
        let name = predictor.classes().get(class).cloned();
        maps.push(ClassMap {
            class: name.unwrap_or_default(),
            values: heatmap.values,
        });
    }
    let difference = match (asked, maps.as_slice()) {
        (Asked::Two(..), [one, other]) => {
            let pairs = one.values.iter().zip(&other.values);
            Some(pairs.map(|(one, other)| one - other).collect())
        }
        _ => None,
    };
    Ok(HeatmapAnswer {
        answer: answer(
            predictor.classes(),
            &inspection.prediction,
            (looked.width, looked.height),
        ),
        method: "Grad-CAM",
        region: looked.region_of_whole(inspection.region),
        columns,
        rows,
        maps,
        difference,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_asked_for_by_their_names() {
        let classes = ["elves", "orcs"].map(str::to_owned);
        let ask = |class: Option<&str>, against: Option<&str>| {
            let question = Question {
                class: class.map(str::to_owned),
                against: against.map(str::to_owned),
            };
            Asked::of(&question, &classes)
        };
        assert_eq!(ask(None, None), Ok(Asked::MostProbable));
        assert_eq!(ask(Some("orcs"), None), Ok(Asked::One(1)));
        assert_eq!(ask(Some("orcs"), Some("elves")), Ok(Asked::Two(1, 0)));
        let unknown = ask(Some("cats"), None).unwrap_err();
        assert!(unknown.text.contains("elves, orcs"), "{unknown:?}");
        assert!(ask(None, Some("elves")).is_err());
    }

    #[test]
    fn the_most_probable_class_comes_first() {
        let classes = ["elves", "orcs"].map(str::to_owned);
        let prediction = Prediction {
            probs: vec![0.25, 0.75],
        };
        let answer = answer(&classes, &prediction, (4, 3));
        assert_eq!(answer.class, "orcs");
        assert_eq!(answer.probs[1].class, "elves");
    }
}
