//! `s = f([g; h]) / τ`, f a perceptron with rectified layers, so that all second derivatives by the
//! embeddings are 0, and <u, v> is the tangent of u carried forward through the same pattern of units:
//!
//! ```text
//! δ_L = w m_L / τ,  δ_l = (δ_{l+1} W_l) m_l,  v = δ_1 W_0          m: which units are above 0
//! t_1 = (W_0 u) m_1,  t_{l+1} = (W_l t_l) m_{l+1},  <u, v> = w · t_L / τ
//! dW_0 = Σ_k δ_1 uᵀ,  dW_l = Σ_k δ_{l+1} t_lᵀ,  dw = Σ_k t_L / τ,  biases 0
//! ```

use super::{ScoreGradient, temperature};
use kantorovich_kernels::rectify::{add_and_rectify, keep_where_positive};
use kantorovich_kernels::{
    F32x8, Into, LANES, Panels, PanelsMut, PanelsRef, nn, nt, panel_len, tn, tn_scratch,
};

pub(super) struct Joint {
    layers: Vec<Layer>,
    /// The columns of W_0 for g and for h.
    parts: [Panels; 2],
    /// Of each hidden layer at the points.
    activations: Vec<Panels>,
    deltas: Vec<Panels>,
    tangents: Vec<Panels>,
    /// A sum over points, as large as the largest layer's weights, and scratch for it.
    d_weight: Vec<f32>,
    scratch: Vec<f32>,
}

/// Where a layer's weights and biases lie among the parameters.
#[derive(Clone, Copy)]
struct Layer {
    outputs: usize,
    inputs: usize,
    weight: usize,
    bias: usize,
}

impl Layer {
    fn weight<'a>(&self, parameters: &'a [f32]) -> PanelsRef<'a> {
        let length = panel_len(self.outputs, self.inputs);
        PanelsRef::new(self.outputs, self.inputs, &parameters[self.weight..][..length])
    }

    fn bias<'a>(&self, parameters: &'a [f32]) -> &'a [f32] {
        &parameters[self.bias..][..self.outputs]
    }
}

impl Joint {
    pub(super) fn new(hidden: &[usize], widths: [usize; 2], points: usize) -> Self {
        let mut layers = Vec::new();
        let (mut inputs, mut offset) = (widths[0] + widths[1], 0);
        for outputs in hidden.iter().copied().chain([1]) {
            let (weight, bias) = (offset, offset + panel_len(outputs, inputs));
            layers.push(Layer { outputs, inputs, weight, bias });
            offset = bias + panel_len(outputs, 1);
            inputs = outputs;
        }
        let each = || hidden.iter().map(|units| Panels::zeros(points, *units)).collect();
        let largest = layers.iter().map(|layer| panel_len(layer.outputs, layer.inputs)).max();
        let widest = hidden.iter().copied().max().unwrap_or(0);
        Self {
            parts: widths.map(|width| Panels::zeros(layers[0].outputs, width)),
            activations: each(),
            deltas: each(),
            tangents: each(),
            d_weight: vec![0.0; largest.unwrap_or(0)],
            scratch: vec![0.0; tn_scratch(points, widest)],
            layers,
        }
    }

    /// The activations of each layer and the deltas of v.
    fn run(&mut self, parameters: &[f32], embeddings: [PanelsRef<'_>; 2]) {
        self.first_layer(parameters, embeddings);
        let count = self.activations.len();
        add_and_rectify(self.activations[0].as_mut_slice(), self.layers[0].bias(parameters));
        for l in 1..count {
            let (below, above) = self.activations.split_at_mut(l);
            let layer = self.layers[l];
            nt(below[l - 1].view(), layer.weight(parameters), above[0].view_mut(), Into::Write);
            add_and_rectify(above[0].as_mut_slice(), layer.bias(parameters));
        }
        let output = self.layers[count].weight(parameters);
        spread(output, 1.0 / temperature(parameters), self.deltas[count - 1].view_mut());
        keep_where_positive(
            self.deltas[count - 1].as_mut_slice(),
            self.activations[count - 1].as_slice(),
        );
        for l in (1..count).rev() {
            let (below, above) = self.deltas.split_at_mut(l);
            let weight = self.layers[l].weight(parameters);
            nn(above[0].view(), weight, below[l - 1].view_mut(), Into::Write);
            keep_where_positive(below[l - 1].as_mut_slice(), self.activations[l - 1].as_slice());
        }
    }

    /// `W_0 [g; h]`, to the first layer's activations; takes W_0 apart.
    fn first_layer(&mut self, parameters: &[f32], rows: [PanelsRef<'_>; 2]) {
        let weight = self.layers[0].weight(parameters);
        let mut first = 0;
        for (side, part) in self.parts.iter_mut().enumerate() {
            part.view_mut().copy_columns(weight, first);
            first += part.cols();
            let into = if side == 0 { Into::Write } else { Into::Add };
            nt(rows[side], part.view(), self.activations[0].view_mut(), into);
        }
    }

    /// Adds `Σ_k δ_{l+1} inputᵀ` to the columns of layer l's weights from `first` on.
    fn add_outer(&mut self, l: usize, input: PanelsRef<'_>, first: usize, d_weights: &mut [f32]) {
        let Layer { outputs, inputs, weight, .. } = self.layers[l];
        let product = &mut self.d_weight[..panel_len(outputs, input.cols())];
        let mut product = PanelsMut::new(outputs, input.cols(), product);
        tn(self.deltas[l].view(), input, product.reborrow(), Into::Write, &mut self.scratch);
        let to = &mut d_weights[weight..][..panel_len(outputs, inputs)];
        PanelsMut::new(outputs, inputs, to).add_columns(product.as_ref(), first);
    }
}

/// Every row becomes the one row of `row`, times a factor.
fn spread(row: PanelsRef<'_>, factor: f32, mut out: PanelsMut<'_>) {
    let rows = out.rows();
    for p in 0..out.panel_count() {
        let real = LANES.min(rows - p * LANES);
        let lanes = core::array::from_fn(|lane| if lane < real { factor } else { 0.0 });
        let lanes = F32x8::from_array(lanes);
        for (to, x) in out.panel_mut(p).chunks_exact_mut(LANES).zip(row.row(0)) {
            (lanes * F32x8::splat(*x)).store(to);
        }
    }
}

impl ScoreGradient for Joint {
    fn differentiate(
        &mut self,
        parameters: &[f32],
        embeddings: [PanelsRef<'_>; 2],
        v: [PanelsMut<'_>; 2],
    ) {
        self.run(parameters, embeddings);
        for (part, v) in self.parts.iter().zip(v) {
            nn(self.deltas[0].view(), part.view(), v, Into::Write);
        }
    }

    fn backward(
        &mut self,
        parameters: &[f32],
        embeddings: [PanelsRef<'_>; 2],
        u: [PanelsRef<'_>; 2],
        d: [PanelsMut<'_>; 2],
        d_weights: &mut [f32],
    ) {
        self.run(parameters, embeddings);
        for mut d in d {
            d.clear();
        }
        let mut first = 0;
        for (side, u) in u.into_iter().enumerate() {
            self.add_outer(0, u, first, d_weights);
            first += u.cols();
            let into = if side == 0 { Into::Write } else { Into::Add };
            nt(u, self.parts[side].view(), self.tangents[0].view_mut(), into);
        }
        let count = self.tangents.len();
        keep_where_positive(self.tangents[0].as_mut_slice(), self.activations[0].as_slice());
        for l in 1..count {
            let below = core::mem::take(&mut self.tangents[l - 1]);
            self.add_outer(l, below.view(), 0, d_weights);
            let weight = self.layers[l].weight(parameters);
            nt(below.view(), weight, self.tangents[l].view_mut(), Into::Write);
            keep_where_positive(self.tangents[l].as_mut_slice(), self.activations[l].as_slice());
            self.tangents[l - 1] = below;
        }
        let inverse = 1.0 / temperature(parameters);
        let last = self.tangents[count - 1].view();
        let d_output = &mut d_weights[self.layers[count].weight..];
        for p in 0..last.panel_count() {
            let groups = last.panel(p).chunks_exact(LANES).zip(d_output.chunks_exact_mut(LANES));
            groups.for_each(|(t, d)| d[0] += inverse * F32x8::load(t).sum());
        }
    }
}
