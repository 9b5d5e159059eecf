//! The naive float64 twin of an encoder: one sample at a time, PyTorch's shapes and orders.

use kantorovich_encoders::{Activation, Convolution, EncoderSpec, Initialisation, Layout, Tensor};
use kantorovich_kernels::Random;

/// An encoder with every entry in f64.
#[derive(Clone)]
pub struct Twin {
    activation: Activation,
    layers: Vec<Layer>,
    /// The layout's tensors, each in PyTorch's order; zeros where there is no bias.
    tensors: Vec<Vec<f64>>,
}

#[derive(Clone)]
struct Layer {
    weight: usize,
    bias: Option<usize>,
    outputs: usize,
    inputs: usize,
    convolution: Option<Convolution>,
}

impl Twin {
    pub fn new(spec: &EncoderSpec, params: &[f32]) -> Self {
        let layout = Layout::new(spec);
        let place = |tensor: &Tensor| layout.tensors().iter().position(|own| own == tensor);
        let layer = |at| {
            let (inputs, outputs) = spec.layer_widths(at);
            Layer {
                weight: place(layout.weight(at)).unwrap(),
                bias: layout.bias(at).and_then(place),
                outputs,
                inputs,
                convolution: spec.convolutions.get(at).copied(),
            }
        };
        Self {
            activation: spec.activation,
            layers: (0..spec.layer_count()).map(layer).collect(),
            tensors: exported(&layout, params),
        }
    }

    /// The values before each layer's activation; the last are the embedding.
    pub fn pre(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let mut input = self.by_channel(x);
        let mut pre: Vec<Vec<f64>> = Vec::new();
        for (at, layer) in self.layers.iter().enumerate() {
            let mut z = vec![0.0; layer.outputs];
            self.for_each_product(layer, |o, i, weight| z[o] += weight * input[i]);
            let positions = layer.convolution.map_or(1, |c| c.positions());
            if let Some(bias) = layer.bias {
                z.iter_mut().enumerate().for_each(|(o, z)| *z += self.tensors[bias][o / positions]);
            }
            input = self.masked(at, &z, &z, false);
            pre.push(z);
        }
        pre
    }

    pub fn embed(&self, x: &[f64]) -> Vec<f64> {
        self.pre(x).pop().unwrap()
    }

    /// The gradient of `v · embed(x)` with respect to x, by channel, row and column.
    pub fn input_gradient(&self, x: &[f64], v: &[f64]) -> Vec<f64> {
        let pre = self.pre(x);
        let mut delta = v.to_vec();
        for (at, layer) in self.layers.iter().enumerate().rev() {
            let mut below = vec![0.0; layer.inputs];
            self.for_each_product(layer, |o, i, weight| below[i] += weight * delta[o]);
            delta = if at == 0 { below } else { self.masked(at - 1, &pre[at - 1], &below, true) };
        }
        delta
    }

    /// An image by pixels becomes one by planes.
    fn by_channel(&self, x: &[f64]) -> Vec<f64> {
        let depth = self.layers[0].convolution.map_or(1, |c| c.depth);
        let pixels = x.len() / depth;
        (0..x.len()).map(|at| x[at % pixels * depth + at / pixels]).collect()
    }

    /// Calls `visit` with an output, an input and the weight between them, for each such.
    fn for_each_product(&self, layer: &Layer, mut visit: impl FnMut(usize, usize, f64)) {
        let weight = &self.tensors[layer.weight];
        let Some(c) = layer.convolution else {
            for (at, weight) in weight.iter().enumerate() {
                visit(at / layer.inputs, at % layer.inputs, *weight);
            }
            return;
        };
        let [height, width] = c.out_size();
        for (at, weight) in weight.iter().enumerate() {
            let (j, i) = (at % c.kernel, at / c.kernel % c.kernel);
            let (channel, out) = (at / c.kernel / c.kernel % c.in_channels(), at / c.patch());
            for (v, u) in (0..height).flat_map(|v| (0..width).map(move |u| (v, u))) {
                let inside = |at: usize, size| at.checked_sub(c.padding).filter(|at| *at < size);
                let (y, x) =
                    (inside(v * c.stride + i, c.height), inside(u * c.stride + j, c.width));
                if let (Some(y), Some(x)) = (y, x) {
                    let from = (channel * c.height + y) * c.width + x;
                    visit((out * height + v) * width + u, from, *weight);
                }
            }
        }
    }

    /// The Jacobian at z, or its transpose, times `values`; at z itself, the activation.
    fn masked(&self, layer: usize, z: &[f64], values: &[f64], transposed: bool) -> Vec<f64> {
        let slope = |z: f64| match self.activation {
            _ if z > 0.0 => 1.0,
            Activation::LeakyRelu => 0.01f32.into(),
            _ => 0.0,
        };
        let group = match self.activation {
            Activation::Relu | Activation::LeakyRelu => {
                return z.iter().zip(values).map(|(z, value)| slope(*z) * value).collect();
            }
            Activation::MaxMin => 2,
            Activation::GroupSort => 4,
        };
        let positions = self.layers[layer].convolution.map_or(1, |c| c.positions());
        let mut out = values.to_vec();
        // An embedding has no activation, and need not divide into groups.
        for first in (0..z.len() / positions / group).map(|at| at * group) {
            for position in 0..positions {
                let places: Vec<usize> =
                    (first..first + group).map(|channel| channel * positions + position).collect();
                let mut sorted = places.clone();
                sorted.sort_by(|a, b| z[*b].total_cmp(&z[*a]));
                for (place, from) in places.into_iter().zip(sorted) {
                    let (to, from) = if transposed { (from, place) } else { (place, from) };
                    out[to] = values[from];
                }
            }
        }
        out
    }

    /// Calls `visit` with each parameter's tensor and place in it, and two twins that have it moved
    /// by `step` up and down.
    pub fn for_each_nudge(&self, step: f64, mut visit: impl FnMut(usize, usize, &Self, &Self)) {
        for tensor in 0..self.tensors.len() {
            for place in 0..self.tensors[tensor].len() {
                let nudged = |by: f64| {
                    let mut twin = self.clone();
                    twin.tensors[tensor][place] += by;
                    twin
                };
                visit(tensor, place, &nudged(step), &nudged(-step));
            }
        }
    }
}

/// A flat buffer's tensors in PyTorch's order.
pub fn exported(layout: &Layout, flat: &[f32]) -> Vec<Vec<f64>> {
    let export = |tensor: &Tensor| {
        let mut own = vec![0.0; tensor.rows * tensor.cols];
        tensor.export(flat, &mut own).unwrap();
        own.into_iter().map(f64::from).collect()
    };
    layout.tensors().iter().map(export).collect()
}

/// An encoder with convolutions before its dense layers; `layers` are channels, kernel, stride and
/// padding. Channels of the image lie by planes, or by pixels.
pub fn convolutional(
    image: [usize; 3],
    by_pixels: bool,
    layers: &[[usize; 4]],
    dense: &[usize],
    activation: Activation,
    bias: bool,
) -> EncoderSpec {
    let [channels, height, width] = image;
    let (planes, depth) = if by_pixels { (1, channels) } else { (channels, 1) };
    let mut convolutions: Vec<Convolution> = Vec::new();
    for &[channels, kernel, stride, padding] in layers {
        convolutions.push(match convolutions.last() {
            Some(before) => before.then(channels, kernel, stride, padding),
            None => Convolution { planes, depth, height, width, channels, kernel, stride, padding },
        });
    }
    let widths = [&[image.iter().product()], dense].concat();
    EncoderSpec { convolutions, ..spec(&widths, activation, bias) }
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
