//! What a net says about a few images: of each its most probable class, and which regions speak for it. A worker explains
//! them anew whenever the weights are other ones.

use std::time::Duration;

use eframe::egui::{self, ColorImage, TextureHandle, TextureOptions};
use image::RgbaImage;

use crate::catalog::ImageId;
use crate::error::Result;
use crate::explain::method::Method;
use crate::explain::{Explainer, Question};
use crate::jobs::beside::work_beside;
use crate::jobs::slot::{Latest, Rest};
use crate::predict::ImageFile;
use crate::progress::Progress;
use crate::ui::context::ViewCtx;
use crate::ui::widgets::weights::Weights;

/// How an image is explained.
pub const METHOD: Method = Method::GradCam;
/// Long side of a colored map in pixels; it has about 7 x 7 values, and is stretched over the image.
pub const HEATMAP_SIDE: u32 = 96;
/// After the last request.
const NET_IS_KEPT: Duration = Duration::from_secs(30);

/// These images, as these weights see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub weights: Weights,
    pub images: Vec<(ImageId, ImageFile)>,
}

/// What the net says about one image.
struct Answer {
    image: ImageId,
    class: String,
    prob: f32,
    heatmap: RgbaImage,
}

struct Response {
    request: Request,
    answers: Result<Vec<Answer>>,
}

/// As it is drawn.
pub struct Glance {
    pub image: ImageId,
    /// The most probable one.
    pub class: String,
    /// Of the class.
    pub prob: f32,
    pub heatmap: TextureHandle,
}

#[derive(Default)]
pub struct Glances {
    worker: Option<Latest<Request, Response>>,
    requested: Option<Request>,
    answered: Option<Request>,
    pub glances: Vec<Glance>,
    /// Why the newest request failed.
    pub failure: Option<String>,
}

impl Glances {
    /// Asks if that is news, and takes what came; once a frame.
    pub fn follow(&mut self, ui: &egui::Ui, ctx: &ViewCtx<'_>, request: Option<Request>) {
        if let Some(request) = request
            && !request.images.is_empty()
        {
            self.request(ctx, request);
        }
        match self.worker.as_ref().and_then(Latest::take) {
            Some(Ok(response)) => self.take_in(ui, response),
            Some(Err(error)) => self.failure = Some(error.to_string()),
            None => {}
        }
    }

    /// What the glances answer.
    pub fn answered(&self) -> Option<&Request> {
        self.answered.as_ref()
    }

    fn request(&mut self, ctx: &ViewCtx<'_>, request: Request) {
        if self.requested.as_ref() == Some(&request) {
            return;
        }
        if self.worker.is_none() {
            let started = Latest::with(
                "glances",
                ctx.waker.clone(),
                Explainer::new(ctx.session.project().clone()),
                |explainer, request, progress| {
                    let answers = work_beside(|| explain(explainer, &request, progress));
                    Ok(Response { request, answers })
                },
                &Rest {
                    after: NET_IS_KEPT,
                    let_go: Explainer::release,
                },
            );
            match started {
                Ok(worker) => self.worker = Some(worker),
                Err(error) => self.failure = Some(error.to_string()),
            }
        }
        if let Some(worker) = &self.worker {
            worker.request(request.clone());
        }
        self.requested = Some(request);
    }

    fn take_in(&mut self, ui: &egui::Ui, response: Response) {
        match response.answers {
            Ok(answers) => {
                self.failure = None;
                self.glances = answers
                    .into_iter()
                    .map(|answer| drawn(ui, answer))
                    .collect();
                self.answered = Some(response.request);
            }
            Err(error) if self.requested.as_ref() == Some(&response.request) => {
                self.failure = Some(error.to_string());
            }
            Err(_) => {}
        }
    }
}

fn drawn(ui: &egui::Ui, answer: Answer) -> Glance {
    Glance {
        image: answer.image,
        class: answer.class,
        prob: answer.prob,
        heatmap: texture(ui, &answer.heatmap),
    }
}

/// For a map's colors.
pub fn texture(ui: &egui::Ui, colors: &RgbaImage) -> TextureHandle {
    let size = [colors.width() as usize, colors.height() as usize];
    let pixels = ColorImage::from_rgba_unmultiplied(size, colors.as_raw());
    ui.load_texture("glance", pixels, TextureOptions::LINEAR)
}

/// Runs on the worker's thread. An image that cannot be read any more is left out.
///
/// # Errors
/// The first one, if not one image can be explained.
fn explain(
    explainer: &mut Explainer,
    request: &Request,
    progress: &Progress,
) -> Result<Vec<Answer>> {
    request.weights.lead(explainer);
    let question = Question {
        method: METHOD,
        ..Question::default()
    };
    let mut answers = Vec::with_capacity(request.images.len());
    let mut failure = None;
    for (image, file) in &request.images {
        match explainer.explain(&request.weights.run, file, &question, progress) {
            Ok(explained) => answers.push(Answer {
                image: *image,
                class: explained.class_name().to_owned(),
                prob: explained.prob(),
                heatmap: explained.colors(HEATMAP_SIDE),
            }),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match failure {
        Some(error) if answers.is_empty() => Err(error),
        _ => Ok(answers),
    }
}
