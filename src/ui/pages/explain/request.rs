//! The worker's side of the explain page: image and class in, probabilities and heatmap out.
//!
//! [`Explainer`] keeps what is slow between requests, and opacity is a tint of the window: it costs nothing at all.

use std::sync::Arc;

use image::RgbaImage;

use crate::error::Result;
use crate::explain::colormap::Colormap;
use crate::explain::comparison::{Drawing, difference_style, styles};
use crate::explain::explanation::Explanation;
use crate::explain::faithfulness::{Faithfulness, Plan};
use crate::explain::method::Method;
use crate::explain::style::Style;
use crate::explain::{Explained, Explainer, Question};
use crate::predict::ImageFile;
use crate::progress::Progress;
use crate::ui::widgets::weights::Weights;

/// Long side of what is drawn. A heatmap has about 7 x 7 values and a gradient about 224 x 224, so more pixels show nothing more.
const HEATMAP_SIDE: u32 = 384;
/// With contours, which are a pixel wide.
const CONTOUR_SIDE: u32 = 1024;

/// Which image and which class of which run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub weights: Weights,
    pub file: ImageFile,
    pub asked: Asked,
    pub looks: Looks,
    /// Check the heatmap by hiding regions, which takes seconds.
    pub is_checked: bool,
}

impl Request {
    /// Whether this asks what `before` asked, of the same training a few steps later.
    pub fn is_later(&self, before: &Self) -> bool {
        let both_live = self.weights.live.is_some() && before.weights.live.is_some();
        let at_once = Self {
            weights: before.weights.clone(),
            ..self.clone()
        };
        both_live && self.weights.run == before.weights.run && at_once == *before
    }

    /// Better stopped when something else is asked for.
    pub fn is_slow(&self) -> bool {
        self.is_checked || self.asked.method.is_slow()
    }
}

/// What is asked of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// By name; `None` is the most probable one.
    pub class: Option<String>,
    /// Shown beside it.
    pub against: Option<String>,
    pub method: Method,
    /// `None` is the last one.
    pub layer: Option<String>,
}

impl Asked {
    pub fn question(&self) -> Question<'_> {
        Question {
            class: self.class.as_deref(),
            against: self.against.as_deref(),
            method: self.method,
            layer: self.layer.as_deref(),
        }
    }
}

/// How it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    pub colormap: Colormap,
    pub has_contours: bool,
    /// Both classes on one scale.
    pub shares_scale: bool,
}

impl Looks {
    pub fn drawing(self, method: Method, opacity: f32) -> Drawing {
        Drawing {
            style: Style {
                colormap: self.colormap,
                has_contours: self.has_contours,
                veil: method.veil(),
                scale: None,
            },
            opacity,
            shares_scale: self.shares_scale,
        }
    }
}

/// What came of a request, also when it failed: a failure of the last image must not lie over this one.
pub struct Response {
    pub request: Request,
    pub result: Result<Drawn>,
}

/// What the page draws.
pub struct Drawn {
    pub explained: Arc<Explained>,
    /// Of the class; where there is another one, its map and the difference too.
    pub maps: Vec<DrawnMap>,
    pub faithfulness: Option<Faithfulness>,
}

/// A map and its colors, opaque where the net looked.
pub struct DrawnMap {
    pub explanation: Arc<Explanation>,
    pub colors: RgbaImage,
}

/// Runs on the worker's thread.
pub fn respond(explainer: &mut Explainer, request: Request, progress: &Progress) -> Response {
    let result = draw(explainer, &request, progress);
    Response { request, result }
}

fn draw(explainer: &mut Explainer, request: &Request, progress: &Progress) -> Result<Drawn> {
    let question = request.asked.question();
    request.weights.lead(explainer);
    let (run_id, file) = (request.weights.run.as_str(), &request.file);
    let explained = explainer.explain(run_id, file, &question, progress)?;
    let faithfulness = if request.is_checked {
        let plan = Plan::default();
        Some(explainer.faithfulness((run_id, file), &question, &plan, progress)?)
    } else {
        None
    };
    Ok(Drawn {
        maps: maps(&explained, request.looks),
        explained: Arc::new(explained),
        faithfulness,
    })
}

fn maps(explained: &Explained, looks: Looks) -> Vec<DrawnMap> {
    let side = if looks.has_contours {
        CONTOUR_SIDE
    } else {
        HEATMAP_SIDE
    };
    let drawing = looks.drawing(explained.method, 1.0);
    let [own, others] = styles(explained, &drawing);
    let draw = |explanation: Arc<Explanation>, style: &Style| DrawnMap {
        colors: explained.colors_of(&explanation, side, style),
        explanation,
    };
    let mut maps = vec![draw(Arc::clone(&explained.explanation), &own)];
    if let (Some(other), Some(difference)) = (&explained.against, explained.difference()) {
        maps.push(draw(Arc::clone(&other.explanation), &others));
        let style = difference_style(&difference, &drawing.style);
        maps.push(draw(Arc::new(difference), &style));
    }
    maps
}
