//! Class-activation maps as one more output, `cams` `(N, classes, h, w)`: of each class the sum of the feature maps, each times
//! the gradient of the class's raw logit by its pooled value.
//!
//! With one linear layer that is the class-activation map of Zhou et al. (2016, <https://arxiv.org/abs/1512.04150>), and exact: the
//! mean of a map plus the class's bias is its logit. fastai's head is linear around each image too, because its ReLU is, but
//! the maximum pool passes its gradient to one cell: what is left is Grad-CAM (before its ReLU, times the number of cells).

use super::graph::GraphWriter;
use super::head::EPS;
use super::proto::Attribute;
use crate::error::Result;
use crate::model::HeadKind;

pub const OUTPUT: &str = "cams";

/// Behind the head, whose nodes and tensors it reads.
pub fn write(graph: &mut GraphWriter<'_>, kind: HeadKind, features: &str) -> Result<()> {
    match kind {
        HeadKind::Linear => {
            sum(
                graph,
                "kc,nchw->nkhw",
                OUTPUT,
                &["classifier.weight", features],
            );
        }
        HeadKind::Fastai => {
            // 1 where the hidden layer lets through, 0 where its ReLU does not.
            let open = graph.node("Sign", "cams.open", &["head.4.relu"], Vec::new());
            let scale = graph.norm_scale("head.6", EPS)?;
            let open = graph.node("Mul", "cams.scaled", &[&open, &scale], Vec::new());
            let hidden = sum(
                graph,
                "nj,kj->nkj",
                "cams.hidden",
                &[&open, "head.8.weight"],
            );
            let pooled = sum(
                graph,
                "nkj,ji->nki",
                "cams.pooled",
                &[&hidden, "head.4.weight"],
            );
            let scale = graph.norm_scale("head.2", EPS)?;
            let weights = graph.node("Mul", "cams.weights", &[&pooled, &scale], Vec::new());
            // Maxima and means of the same maps, as the head pools them.
            let axis = vec![Attribute::int("axis", 1)];
            let twice = graph.node("Concat", "cams.features", &[features, features], axis);
            sum(graph, "nki,nihw->nkhw", OUTPUT, &[&weights, &twice]);
        }
    }
    Ok(())
}

fn sum(graph: &mut GraphWriter<'_>, equation: &str, name: &str, inputs: &[&str]) -> String {
    let equation = vec![Attribute::text("equation", equation)];
    graph.node("Einsum", name, inputs, equation)
}
