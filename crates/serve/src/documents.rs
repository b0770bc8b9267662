//! The documents that images are answered with.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::card::Card;

/// What the model is, and how large an image it takes.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Model {
    #[serde(flatten)]
    pub card: Card,
    /// Of a file.
    pub most_bytes: usize,
    /// Of an image.
    pub most_pixels: u64,
}

/// What an image shows.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Answer {
    /// The most probable class.
    pub class: String,
    /// All classes, the most probable first.
    pub probs: Vec<ClassProb>,
    /// Of the image, upright, in pixels.
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct ClassProb {
    pub class: String,
    /// 0 to 1; all together are 1.
    pub prob: f32,
}

/// What an image shows, and where.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct HeatmapAnswer {
    #[serde(flatten)]
    pub answer: Answer,
    /// How the maps were made.
    pub method: &'static str,
    /// The part of the upright image that the maps lie over, as fractions of its width and height: left, top, right, bottom.
    pub region: [f32; 4],
    /// Cells of a map.
    pub columns: usize,
    pub rows: usize,
    /// Of the class that was asked for and the one that it is compared with; else of the most probable classes, in their order.
    pub maps: Vec<ClassMap>,
    /// The first map less the second, if two classes were asked for: what speaks for the one and not for the other.
    pub difference: Option<Vec<f32>>,
}

/// What speaks for a class, cell by cell.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct ClassMap {
    pub class: String,
    /// Row by row, unscaled, from 0.
    pub values: Vec<f32>,
}

/// Which classes heatmaps are of.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// One class; without it the answer has the maps of the 24 most probable ones.
    pub class: Option<String>,
    /// Another class, to say why it is that one and not this.
    pub against: Option<String>,
}

/// The bytes of an image, in any format that is read.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct ImageBytes(Vec<u8>);

/// A file in a form, as browsers send it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct ImageForm {
    /// The only file in the form.
    #[schema(value_type = String, format = Binary)]
    pub image: Vec<u8>,
}
