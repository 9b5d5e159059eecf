//! The naive float64 twin of an encoder: row-major weights, one sample at a time.

use kantorovich_encoders::{Activation, EncoderSpec, Initialisation, Layout};
use kantorovich_kernels::Random;

/// A perceptron with every entry in f64.
#[derive(Clone)]
pub struct Twin {
    pub activation: Activation,
    /// `[outputs][inputs]`, a layer each.
    pub weights: Vec<Vec<Vec<f64>>>,
    pub biases: Vec<Vec<f64>>,
}

impl Twin {
    pub fn new(spec: &EncoderSpec, params: &[f32]) -> Self {
        let layout = Layout::new(spec);
        let layers = 0..spec.layer_count();
        let weight = |layer| {
            let view = layout.weight(layer).view(params);
            let row = |i| (0..view.cols()).map(|k| f64::from(view.get(i, k))).collect();
            (0..view.rows()).map(row).collect()
        };
        let bias = |layer: usize| match layout.bias(layer) {
            Some(tensor) => {
                let view = tensor.view(params);
                (0..tensor.rows).map(|i| f64::from(view.get(i, 0))).collect()
            }
            None => vec![0.0; spec.widths[layer + 1]],
        };
        Self {
            activation: spec.activation,
            weights: layers.clone().map(weight).collect(),
            biases: layers.map(bias).collect(),
        }
    }

    /// The values before each layer's activation; the last are the embedding.
    pub fn pre(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let mut input = x.to_vec();
        let mut pre = Vec::new();
        for (weight, bias) in self.weights.iter().zip(&self.biases) {
            let z: Vec<f64> =
                weight.iter().zip(bias).map(|(row, b)| dot(row, &input) + b).collect();
            input = self.activate(&z);
            pre.push(z);
        }
        pre
    }

    pub fn embed(&self, x: &[f64]) -> Vec<f64> {
        self.pre(x).pop().unwrap()
    }

    /// The gradient of `v · embed(x)` with respect to x.
    pub fn input_gradient(&self, x: &[f64], v: &[f64]) -> Vec<f64> {
        let pre = self.pre(x);
        let mut delta = v.to_vec();
        for layer in (0..self.weights.len()).rev() {
            let weight = &self.weights[layer];
            let below = (0..weight[0].len())
                .map(|k| (0..weight.len()).map(|i| delta[i] * weight[i][k]).sum())
                .collect();
            delta = if layer == 0 { below } else { self.masked(&pre[layer - 1], &below) };
        }
        delta
    }

    fn activate(&self, z: &[f64]) -> Vec<f64> {
        self.masked(z, z)
    }

    /// The Jacobian at z times `values`; at z itself, the activation.
    fn masked(&self, z: &[f64], values: &[f64]) -> Vec<f64> {
        let slope = |z: f64| match self.activation {
            _ if z > 0.0 => 1.0,
            Activation::LeakyRelu => 0.01f32.into(),
            _ => 0.0,
        };
        if self.activation != Activation::MaxMin {
            return z.iter().zip(values).map(|(z, value)| slope(*z) * value).collect();
        }
        let partner = |i: usize| if (i ^ 1) < z.len() { i ^ 1 } else { i };
        let swapped = |i: usize| z[i | 1] > z[i & !1];
        (0..z.len())
            .map(|i| if partner(i) != i && swapped(i) { values[partner(i)] } else { values[i] })
            .collect()
    }

    /// Calls `visit` with each parameter's place in the flat buffer and two twins that have it
    /// moved by `step` up and down.
    pub fn for_each_nudge(
        &self,
        layout: &Layout,
        step: f64,
        mut visit: impl FnMut(usize, &Self, &Self),
    ) {
        for layer in 0..self.weights.len() {
            let tensor = layout.weight(layer);
            for i in 0..tensor.rows {
                for k in 0..tensor.cols {
                    let place = tensor.offset + (i / 8 * tensor.cols + k) * 8 + i % 8;
                    let nudged = |by: f64| {
                        let mut twin = self.clone();
                        twin.weights[layer][i][k] += by;
                        twin
                    };
                    visit(place, &nudged(step), &nudged(-step));
                }
            }
            let Some(bias) = layout.bias(layer) else { continue };
            for i in 0..bias.rows {
                let nudged = |by: f64| {
                    let mut twin = self.clone();
                    twin.biases[layer][i] += by;
                    twin
                };
                visit(bias.offset + i, &nudged(step), &nudged(-step));
            }
        }
    }
}

pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub fn spec(widths: &[usize], activation: Activation, bias: bool) -> EncoderSpec {
    EncoderSpec {
        widths: widths.to_vec(),
        convolutions: Vec::new(),
        activation,
        bias,
        initialisation: Initialisation::He,
    }
}

/// Initial weights and random biases.
pub fn parameters(spec: &EncoderSpec, random: &mut Random) -> Vec<f32> {
    let layout = Layout::new(spec);
    let mut params = vec![0.0; layout.len()];
    kantorovich_encoders::initialise(spec, &mut params, random);
    for bias in (0..spec.layer_count()).filter_map(|layer| layout.bias(layer)) {
        let values = normals(bias.rows, random);
        bias.import(&values, &mut params).unwrap();
    }
    params
}

pub fn normals(count: usize, random: &mut Random) -> Vec<f32> {
    (0..count).map(|_| random.normal()).collect()
}

/// Row i of a row-major matrix, in f64.
pub fn row(values: &[f32], cols: usize, i: usize) -> Vec<f64> {
    values[i * cols..][..cols].iter().map(|value| f64::from(*value)).collect()
}
