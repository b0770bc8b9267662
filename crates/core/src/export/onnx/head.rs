//! The head as nodes: pooled features to logits, without dropout.

use super::graph::GraphWriter;
use super::proto::Attribute;
use crate::error::Result;
use crate::model::HeadKind;
use crate::ops::act::Act;

/// Of both normalisations in fastai's head.
pub const EPS: f64 = 1e-5;

/// From the map `features` to `logits`, by these names.
pub fn write(
    graph: &mut GraphWriter<'_>,
    kind: HeadKind,
    features: &str,
    logits: &str,
) -> Result<()> {
    let mean = graph.node("GlobalAveragePool", "pool.mean", &[features], Vec::new());
    match kind {
        HeadKind::Linear => {
            let pooled = flat(graph, "pool", &mean);
            linear(graph, ("classifier", logits), &pooled)?;
        }
        HeadKind::Fastai => {
            let max = graph.node("GlobalMaxPool", "pool.max", &[features], Vec::new());
            let axis = vec![Attribute::int("axis", 1)];
            let both = graph.node("Concat", "pool.both", &[&max, &mean], axis);
            let pooled = flat(graph, "pool", &both);
            let normed = graph.norm("head.2", &pooled, (EPS, Act::None))?;
            let hidden = linear(graph, ("head.4", "head.4"), &normed)?;
            let hidden = graph.act(Act::Relu, &hidden);
            let normed = graph.norm("head.6", &hidden, (EPS, Act::None))?;
            linear(graph, ("head.8", logits), &normed)?;
        }
    }
    Ok(())
}

fn flat(graph: &mut GraphWriter<'_>, name: &str, input: &str) -> String {
    graph.node("Flatten", name, &[input], vec![Attribute::int("axis", 1)])
}

/// `layer`: of its tensors; `name`: of the output.
fn linear(graph: &mut GraphWriter<'_>, (layer, name): (&str, &str), input: &str) -> Result<String> {
    let weight = graph.tensor(format!("{layer}.weight"))?;
    let bias = graph.tensor(format!("{layer}.bias"))?;
    let transposed = vec![Attribute::int("transB", 1)];
    Ok(graph.node("Gemm", name, &[input, &weight, &bias], transposed))
}
