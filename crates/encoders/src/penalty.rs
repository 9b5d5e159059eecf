//! The gradient of a critic with respect to an encoder's input, and the exact gradient of a
//! penalty on its norm.
//!
//! For f(x, y) whose gradient at the embedding g(x) is v, the encoder being piecewise linear:
//!
//! ```text
//! d_last = v,  d_{l-1} = φ'(z_{l-1})ᵀ (d_l W_l)         and  ∇ₓf = d_0 W_0
//! u_0 = φ'(z_0) (a ∇ₓf W_0ᵀ),  u_l = φ'(z_l) (u_{l-1} W_lᵀ),  u_last without φ'
//! dW_0 += d_0ᵀ (a ∇ₓf),        dW_l += d_lᵀ u_{l-1},   and the gradient of v is u_last
//! ```
//!
//! with a the penalty's slope over the norm, one number a row. Nothing is left out: φ'' is 0
//! (double backpropagation as in Gulrajani et al. 2017, written out for this case). A convolution
//! is a W_l as any other. The input may be far wider than the first layer; [`Route`] says how it is kept out of the way.

use kantorovich_kernels::{
    BLOCK_ROWS, Into, LANES, PanelsRef, lower_nt, mirror, nn, nt, panel_len, rows, transpose,
};

use crate::activation::{apply_pattern, apply_transposed_pattern};
use crate::linear::Scratch;
use crate::tape::{Tape, view, view_mut};
use crate::{Encoder, EncoderSpec, Tensor};

/// How `|∇ₓf|²` and its gradient are computed; the results agree but for rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// By ∇ₓf itself, rows x input width: three products with W_0 of as many rows as there are
    /// points. Cheapest for few points.
    Direct,
    /// By the Gram matrix M = W_0 W_0ᵀ, since |∇ₓf|² = d_0 M d_0ᵀ: one and a half products with W_0
    /// of as many rows as the first layer has outputs, however many points there are. Dense only.
    Gram,
}

impl Route {
    /// The cheaper one, by multiplications, for `points` rows through the layers of `spec`; the direct
    /// one where the first layer is a convolution.
    pub fn cheapest(spec: &EncoderSpec, points: usize) -> Self {
        if !spec.convolutions.is_empty() {
            return Self::Direct;
        }
        let (inputs, outputs) = spec.layer_widths(0);
        let direct = 3 * points * inputs * outputs;
        let gram = 3 * outputs * outputs * (inputs + points) / 2;
        if direct <= gram { Self::Direct } else { Self::Gram }
    }
}

/// The buffers of one encoder's input gradients at a fixed number of points.
#[derive(Debug)]
pub struct InputGradient {
    rows: usize,
    route: Route,
    /// The input's width, then each layer's.
    widths: Vec<usize>,
    /// d_l, a buffer a layer.
    deltas: Vec<Vec<f32>>,
    /// u_l, a buffer a layer.
    tangents: Vec<Vec<f32>>,
    /// ∇ₓf (direct) or d_0 M (Gram); scaled by a once the penalty's slope is known.
    carried: Vec<f32>,
    /// M, then Σ a d_0ᵀ d_0 (Gram only).
    gram: Vec<f32>,
    squared_norms: Vec<f64>,
    scratch: Scratch,
    /// Some rows, transposed, beside those of the scratch (Gram only).
    transposed_right: Vec<f32>,
}

impl InputGradient {
    /// Room for up to `max_rows` points through the layers of `spec`.
    ///
    /// # Panics
    ///
    /// On [`Route::Gram`] where the first layer is a convolution.
    pub fn new(spec: &EncoderSpec, max_rows: usize, route: Route) -> Self {
        assert!(route == Route::Direct || spec.convolutions.is_empty(), "penalty: route");
        let layers = || spec.outputs().map(|width| vec![0.0; panel_len(max_rows, width)]);
        let (inputs, outputs) = spec.layer_widths(0);
        let (carried, gram) = match route {
            Route::Direct => (panel_len(max_rows, inputs), 0),
            Route::Gram => (panel_len(max_rows, outputs), panel_len(outputs, outputs)),
        };
        Self {
            rows: 0,
            route,
            widths: [inputs].into_iter().chain(spec.outputs()).collect(),
            deltas: layers().collect(),
            tangents: layers().collect(),
            carried: vec![0.0; carried],
            gram: vec![0.0; gram],
            squared_norms: vec![0.0; max_rows],
            scratch: Scratch::new(spec, max_rows),
            transposed_right: vec![0.0; if gram > 0 { panel_len(outputs, BLOCK_ROWS) } else { 0 }],
        }
    }

    /// `|∇ₓf|²` of each point.
    pub fn squared_norms(&self) -> &[f64] {
        &self.squared_norms[..self.rows]
    }

    /// The gradient of the penalty with respect to v: to go on, through what v is made of, into
    /// the critic's parameters and the other encoder.
    pub fn upstream(&self) -> PanelsRef<'_> {
        let last = self.deltas.len() - 1;
        self.tangent(last)
    }

    fn tangent(&self, layer: usize) -> PanelsRef<'_> {
        view(self.rows, self.widths[layer + 1], &self.tangents[layer])
    }

    fn carried_width(&self) -> usize {
        match self.route {
            Route::Direct => self.widths[0],
            Route::Gram => self.widths[1],
        }
    }

    fn begin(&mut self, v: PanelsRef<'_>) {
        assert!(v.rows() <= self.squared_norms.len(), "input gradient: too many points");
        self.rows = v.rows();
        let last = self.deltas.len() - 1;
        view_mut(v.rows(), self.widths[last + 1], &mut self.deltas[last]).copy_from(v);
    }

    /// Carries d_0 through the first layer and keeps the squared norms.
    fn measure(&mut self, tensor: &Tensor, params: &[f32]) {
        let (rows, outputs) = (self.rows, self.widths[1]);
        let carried = view_mut(rows, self.carried_width(), &mut self.carried);
        let first = view(rows, outputs, &self.deltas[0]);
        match self.route {
            Route::Direct => {
                tensor.apply_transposed(params, first, carried, &mut self.scratch.patches);
            }
            Route::Gram => {
                let weight = tensor.view(params);
                let mut gram = view_mut(outputs, outputs, &mut self.gram);
                lower_nt(weight, weight, gram.reborrow(), Into::Write);
                mirror(gram);
                nt(first, view(outputs, outputs, &self.gram), carried, Into::Write);
            }
        }
        let carried = view(rows, self.carried_width(), &self.carried);
        for (p, norms) in self.squared_norms[..rows].chunks_mut(LANES).enumerate() {
            let other = if self.route == Route::Direct { carried } else { first };
            let squares = rows::dot(carried.panel(p), other.panel(p));
            for (norm, square) in norms.iter_mut().zip(squares) {
                *norm = square.max(0.0); // d M d may round to just below 0
            }
        }
    }

    /// Multiplies row k of the carried matrix by `slopes[k]`.
    fn scale(&mut self, slopes: &[f32]) {
        assert!(slopes.len() == self.rows, "penalty: a slope for each point");
        let mut carried = view_mut(self.rows, self.carried_width(), &mut self.carried);
        for p in 0..carried.panel_count() {
            rows::scale(carried.panel_mut(p), lanes(slopes, p));
        }
    }

    /// u_0 before its pattern, and the first weight's gradient.
    fn first_layer(
        &mut self,
        tensor: &Tensor,
        params: &[f32],
        slopes: &[f32],
        gradient: &mut [f32],
    ) {
        let (rows, inputs, outputs) = (self.rows, self.widths[0], self.widths[1]);
        let first = view(rows, outputs, &self.deltas[0]);
        let mut tangent = view_mut(rows, outputs, &mut self.tangents[0]);
        if self.route == Route::Direct {
            let input = view(rows, inputs, &self.carried);
            tensor.apply(params, input, tangent, &mut self.scratch.patches);
            tensor.add_gradient(first, input, gradient, &mut self.scratch);
            return;
        }
        // The carried matrix becomes u_0; its own place then holds a d_0.
        tangent.copy_from(view(rows, outputs, &self.carried));
        let mut scaled = view_mut(rows, outputs, &mut self.carried);
        scaled.copy_from(first);
        for p in 0..scaled.panel_count() {
            rows::scale(scaled.panel_mut(p), lanes(slopes, p));
        }
        let mut weighted = view_mut(outputs, outputs, &mut self.gram);
        weighted.clear();
        for start in (0..rows).step_by(BLOCK_ROWS) {
            let block = BLOCK_ROWS.min(rows - start);
            let mut left = view_mut(outputs, block, &mut self.scratch.turned);
            let mut right = view_mut(outputs, block, &mut self.transposed_right);
            transpose(scaled.as_ref().row_block(start, block), left.reborrow());
            transpose(first.row_block(start, block), right.reborrow());
            lower_nt(left.as_ref(), right.as_ref(), weighted.reborrow(), Into::Add);
        }
        mirror(weighted.reborrow());
        let gradient = tensor.view_mut(gradient);
        nn(weighted.as_ref(), tensor.view(params), gradient, Into::Add);
    }
}

/// Eight factors from place 8p on, zeros past the end.
fn lanes(values: &[f32], p: usize) -> [f32; LANES] {
    core::array::from_fn(|i| values.get(p * LANES + i).copied().unwrap_or(0.0))
}

impl Encoder {
    /// Carries v, the critic's gradient at the embeddings on the tape (a row each), back to the
    /// input; afterwards [`InputGradient::squared_norms`] are those of ∇ₓf. No parameter's
    /// gradient is touched.
    ///
    /// # Panics
    ///
    /// When `v` isn't as the tape's output, or has more rows than `pass` has room for.
    pub fn input_gradient(
        &self,
        params: &[f32],
        tape: &Tape,
        v: PanelsRef<'_>,
        pass: &mut InputGradient,
    ) {
        assert!(v.rows() == tape.rows(), "input gradient: a row for each recorded one");
        pass.begin(v);
        for layer in (1..self.spec().layer_count()).rev() {
            let (below, above) = pass.deltas.split_at_mut(layer);
            let delta = view_mut(pass.rows, pass.widths[layer], &mut below[layer - 1]);
            let from = view(pass.rows, pass.widths[layer + 1], &above[0]);
            let weight = self.layout().weight(layer);
            weight.apply_transposed(params, from, delta, &mut pass.scratch.patches);
            let pre = tape.pre(layer - 1).as_slice();
            let delta = &mut below[layer - 1][..pre.len()];
            apply_transposed_pattern(self.spec().activation, pre, delta);
        }
        pass.measure(self.layout().weight(0), params);
    }

    /// Adds to `gradient` that of a penalty `Σ_k P(n_k)` through this encoder's weights, v held
    /// fixed; `slopes[k]` is `P'(n_k) / n_k` (0 where n_k is 0), with n_k the norm over x and y
    /// together. To be called once after [`Encoder::input_gradient`]; then
    /// [`InputGradient::upstream`] is the gradient of v.
    pub fn penalty_gradient(
        &self,
        params: &[f32],
        tape: &Tape,
        pass: &mut InputGradient,
        slopes: &[f32],
        gradient: &mut [f32],
    ) {
        assert!(gradient.len() == self.layout().len(), "penalty: length of the gradient");
        pass.scale(slopes);
        pass.first_layer(self.layout().weight(0), params, slopes, gradient);
        for layer in 1..self.spec().layer_count() {
            let pre = tape.pre(layer - 1).as_slice();
            let tangent = &mut pass.tangents[layer - 1][..pre.len()];
            apply_pattern(self.spec().activation, pre, tangent);
            let weight = self.layout().weight(layer);
            let (below, above) = pass.tangents.split_at_mut(layer);
            let input = view(pass.rows, pass.widths[layer], &below[layer - 1]);
            let output = view_mut(pass.rows, pass.widths[layer + 1], &mut above[0]);
            weight.apply(params, input, output, &mut pass.scratch.patches);
            let delta = view(pass.rows, pass.widths[layer + 1], &pass.deltas[layer]);
            weight.add_gradient(delta, input, gradient, &mut pass.scratch);
        }
    }
}
