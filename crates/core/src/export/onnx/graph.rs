//! Nodes and weights of a graph, written one after another.

use super::proto::{Attribute, FLOAT, Graph, Node, Tensor};
use crate::error::{Error, Result};
use crate::model::weights::State;
use crate::ops::act::Act;

/// The lower and the upper bound of a ReLU6.
const BOUNDS: [(&str, f32); 2] = [("relu6.min", 0.0), ("relu6.max", 6.0)];

/// Every node has one output, which is called as the node.
pub struct GraphWriter<'a> {
    state: &'a State,
    graph: Graph,
}

impl<'a> GraphWriter<'a> {
    /// `state`: all tensors of the net.
    pub fn new(state: &'a State) -> Self {
        Self {
            state,
            graph: Graph::default(),
        }
    }

    pub fn finish(self, name: &str) -> Graph {
        Graph {
            name: name.to_owned(),
            ..self.graph
        }
    }

    /// Appends a node; returns the name of its output.
    pub fn node(
        &mut self,
        op_type: &str,
        name: &str,
        inputs: &[&str],
        attribute: Vec<Attribute>,
    ) -> String {
        self.graph.node.push(Node {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.to_owned()],
            name: name.to_owned(),
            op_type: op_type.to_owned(),
            attribute,
        });
        name.to_owned()
    }

    /// Adds the net's tensor `name`; returns the name.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the net has none such; candle's.
    pub fn tensor(&mut self, name: String) -> Result<String> {
        let Some(tensor) = self.state.get(&name) else {
            return Err(missing(&name));
        };
        let values = tensor.flatten_all()?.to_vec1::<f32>()?;
        self.add(&name, tensor.dims(), &values);
        Ok(name)
    }

    fn add(&mut self, name: &str, dims: &[usize], values: &[f32]) {
        self.graph.initializer.push(Tensor {
            dims: dims.iter().map(|&dim| dim as i64).collect(),
            data_type: FLOAT,
            name: name.to_owned(),
            raw_data: values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        });
    }

    /// The batch normalisation `name` of `input` on its running statistics, and the activation behind it.
    ///
    /// # Errors
    /// As [`GraphWriter::tensor`].
    pub fn norm(&mut self, name: &str, input: &str, (eps, act): (f64, Act)) -> Result<String> {
        let fields = ["weight", "bias", "running_mean", "running_var"];
        let mut inputs = vec![input.to_owned()];
        for field in fields {
            inputs.push(self.tensor(format!("{name}.{field}"))?);
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let epsilon = vec![Attribute::float("epsilon", eps as f32)];
        let output = self.node("BatchNormalization", name, &inputs, epsilon);
        Ok(self.act(act, &output))
    }

    /// What the normalisation `name` multiplies each value by; returns the name of that vector.
    ///
    /// # Errors
    /// As [`GraphWriter::tensor`].
    pub fn norm_scale(&mut self, name: &str, eps: f64) -> Result<String> {
        let [gamma, var] = ["weight", "running_var"].map(|field| {
            let tensor = self.state.get(&format!("{name}.{field}"));
            tensor.ok_or_else(|| missing(&format!("{name}.{field}")))
        });
        let scale = (gamma? / (var? + eps)?.sqrt()?)?;
        let name = format!("{name}.scale");
        self.add(&name, scale.dims(), &scale.to_vec1::<f32>()?);
        Ok(name)
    }

    /// `input` itself without one.
    pub fn act(&mut self, act: Act, input: &str) -> String {
        match act {
            Act::None => input.to_owned(),
            Act::Relu => self.node("Relu", &format!("{input}.relu"), &[input], Vec::new()),
            Act::Relu6 => {
                for (name, bound) in BOUNDS {
                    let mut known = self.graph.initializer.iter();
                    if !known.any(|known| known.name == name) {
                        self.add(name, &[], &[bound]);
                    }
                }
                let [low, high] = BOUNDS.map(|(name, _)| name);
                let name = format!("{input}.relu6");
                self.node("Clip", &name, &[input, low, high], Vec::new())
            }
        }
    }
}

fn missing(tensor: &str) -> Error {
    Error::Invalid(format!(
        "the net has no tensor {tensor}, so it cannot be exported; train a new run"
    ))
}
