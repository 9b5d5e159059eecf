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

use std::ops::Range;

use kantorovich_kernels::{
    BLOCK_ROWS, Into, LANES, PanelsRef, Region, Share, lower_nt, lower_nt_panels, mirror, nn, nt,
    panel_len, rows, transpose,
};

use crate::activation::{apply_pattern, apply_transposed_pattern};
use crate::linear::Scratch;
use crate::tape::{Tape, Window, view, view_mut};
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
        // In 64 bits: in wasm's 32 the products would wrap.
        let (inputs, outputs) = spec.layer_widths(0);
        let [points, inputs, outputs] = [points, inputs, outputs].map(|size| size as u64);
        let direct = 3 * points * inputs * outputs;
        let gram = 3 * outputs * outputs * (inputs + points) / 2;
        if direct <= gram { Self::Direct } else { Self::Gram }
    }
}

/// The buffers of one encoder's input gradients at a fixed number of points. Passes compute the points
/// of a share, which is all of them unless told.
#[derive(Debug)]
pub struct InputGradient {
    rows: usize,
    share: Share,
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
            share: Share::WHOLE,
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

    /// From now on passes compute only the points of `share`, in whole blocks; what others compute is to
    /// be put in its place ([`InputGradient::gram_regions`] and its siblings).
    pub fn share(&mut self, share: Share) {
        self.share = share;
    }

    /// Adds to `list` what [`Encoder::first_gram`] has computed that others need.
    pub fn gram_regions(&self, list: &mut Vec<Region>) {
        if self.route == Route::Gram {
            let outputs = self.widths[1];
            for share in self.share.all() {
                let panels = triangle_part(share, outputs.div_ceil(LANES));
                let at = |panel: usize| panel * LANES * outputs;
                list.push(Region::of(share.index, &self.gram[at(panels.start)..at(panels.end)]));
            }
        }
    }

    /// The same of [`Encoder::input_gradient`] at `points` points.
    pub fn norm_regions(&self, points: usize, list: &mut Vec<Region>) {
        self.row_regions(points, &self.deltas, list);
        for share in self.share.all() {
            let rows = share.rows(points, BLOCK_ROWS);
            list.push(Region::of(share.index, &self.squared_norms[rows]));
        }
    }

    /// The same of [`Encoder::penalty_tangents`] at `points` points.
    pub fn tangent_regions(&self, points: usize, list: &mut Vec<Region>) {
        self.row_regions(points, &self.tangents, list);
        if self.route == Route::Direct {
            let carried = view(points, self.widths[0], &self.carried);
            Region::of_rows(self.share, carried, BLOCK_ROWS, list);
        }
    }

    fn row_regions(&self, points: usize, layers: &[Vec<f32>], list: &mut Vec<Region>) {
        for (layer, width) in layers.iter().zip(&self.widths[1..]) {
            Region::of_rows(self.share, view(points, *width, layer), BLOCK_ROWS, list);
        }
    }

    fn own(&self) -> Window {
        Window::of(self.share, self.rows)
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
        let (own, last) = (self.own(), self.deltas.len() - 1);
        own.view_mut(self.widths[last + 1], &mut self.deltas[last]).copy_from(own.block(v));
    }

    /// Carries d_0 through the first layer and keeps the squared norms.
    fn measure(&mut self, tensor: &Tensor, params: &[f32]) {
        let (own, outputs) = (self.own(), self.widths[1]);
        let width = self.carried_width();
        let carried = own.view_mut(width, &mut self.carried);
        let first = own.view(outputs, &self.deltas[0]);
        match self.route {
            Route::Direct => {
                tensor.apply_transposed(params, first, carried, &mut self.scratch.patches);
            }
            Route::Gram => {
                mirror(view_mut(outputs, outputs, &mut self.gram));
                nt(first, view(outputs, outputs, &self.gram), carried, Into::Write);
            }
        }
        let carried = own.view(width, &self.carried);
        let norms = self.squared_norms[own.rows()].chunks_mut(LANES);
        for (p, norms) in norms.enumerate() {
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
        let own = self.own();
        let mut carried = own.view_mut(self.carried_width(), &mut self.carried);
        let slopes = &slopes[own.rows()];
        for p in 0..carried.panel_count() {
            rows::scale(carried.panel_mut(p), lanes(slopes, p));
        }
    }

    /// u_0 before its pattern.
    fn first_tangent(&mut self, tensor: &Tensor, params: &[f32]) {
        let (own, outputs) = (self.own(), self.widths[1]);
        let carried = own.view(self.carried_width(), &self.carried);
        let mut tangent = own.view_mut(outputs, &mut self.tangents[0]);
        match self.route {
            Route::Direct => {
                tensor.apply(params, carried, tangent, &mut self.scratch.patches);
            }
            Route::Gram => tangent.copy_from(carried),
        }
    }

    /// The first weight's gradient.
    fn first_gradient(
        &mut self,
        tensor: &Tensor,
        params: &[f32],
        slopes: &[f32],
        gradient: &mut [f32],
        share: Share,
    ) {
        let (rows, inputs, outputs) = (self.rows, self.widths[0], self.widths[1]);
        let first = view(rows, outputs, &self.deltas[0]);
        if self.route == Route::Direct {
            let input = view(rows, inputs, &self.carried);
            tensor.add_gradient(first, input, gradient, &mut self.scratch, share);
            return;
        }
        // What was carried is in u_0; its place takes a d_0.
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
        let own = share.rows(outputs, LANES);
        if !own.is_empty() {
            let gradient = tensor.view_mut(gradient).row_block(own.start, own.len());
            let weighted = weighted.as_ref().row_block(own.start, own.len());
            nn(weighted, tensor.view(params), gradient, Into::Add);
        }
    }
}

/// The panels of a lower triangle that are a share's, so that all have about as many blocks.
fn triangle_part(share: Share, panels: usize) -> Range<usize> {
    let start =
        |index: usize| (libm::sqrt(index as f64 / share.count as f64) * panels as f64) as usize;
    start(share.index)..start(share.index + 1)
}

/// Eight factors from place 8p on, zeros past the end.
fn lanes(values: &[f32], p: usize) -> [f32; LANES] {
    core::array::from_fn(|i| values.get(p * LANES + i).copied().unwrap_or(0.0))
}

impl Encoder {
    /// What [`Encoder::input_gradient`] needs of the weights alone, once a step: of M, where that is the
    /// route.
    pub fn first_gram(&self, params: &[f32], pass: &mut InputGradient) {
        if pass.route == Route::Gram {
            let weight = self.layout().weight(0).view(params);
            let outputs = pass.widths[1];
            let own = triangle_part(pass.share, weight.panel_count());
            let gram = view_mut(outputs, outputs, &mut pass.gram);
            lower_nt_panels(weight, weight, gram, Into::Write, own);
        }
    }

    /// Carries v, the critic's gradient at the embeddings on the tape (a row each), back to the
    /// input, after [`Encoder::first_gram`]; afterwards [`InputGradient::squared_norms`] are those of ∇ₓf. No parameter's
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
        let own = pass.own();
        for layer in (1..self.spec().layer_count()).rev() {
            let (below, above) = pass.deltas.split_at_mut(layer);
            let width = pass.widths[layer];
            let delta = own.view_mut(width, &mut below[layer - 1]);
            let from = own.view(pass.widths[layer + 1], &above[0]);
            let weight = self.layout().weight(layer);
            weight.apply_transposed(params, from, delta, &mut pass.scratch.patches);
            let pre = own.block(tape.pre(layer - 1)).as_slice();
            let delta = &mut below[layer - 1][own.live(width)];
            apply_transposed_pattern(self.spec().activation, pre, delta);
        }
        pass.measure(self.layout().weight(0), params);
    }

    /// The tangents of a penalty `Σ_k P(n_k)`; `slopes[k]` is `P'(n_k) / n_k` (0 where n_k is 0), with n_k
    /// the norm over x and y together. To be called once after [`Encoder::input_gradient`]; then
    /// [`InputGradient::upstream`] is the gradient of v.
    pub fn penalty_tangents(
        &self,
        params: &[f32],
        tape: &Tape,
        pass: &mut InputGradient,
        slopes: &[f32],
    ) {
        pass.scale(slopes);
        pass.first_tangent(self.layout().weight(0), params);
        let own = pass.own();
        for layer in 1..self.spec().layer_count() {
            let pre = own.block(tape.pre(layer - 1)).as_slice();
            let width = pass.widths[layer];
            let tangent = &mut pass.tangents[layer - 1][own.live(width)];
            apply_pattern(self.spec().activation, pre, tangent);
            let (below, above) = pass.tangents.split_at_mut(layer);
            let input = own.view(width, &below[layer - 1]);
            let output = own.view_mut(pass.widths[layer + 1], &mut above[0]);
            let weight = self.layout().weight(layer);
            weight.apply(params, input, output, &mut pass.scratch.patches);
        }
    }

    /// Adds to `gradient` that of the penalty through this encoder's weights, v held fixed: the rows
    /// that are the share's. To be called once after [`Encoder::penalty_tangents`], with its slopes.
    pub fn penalty_gradient(
        &self,
        params: &[f32],
        pass: &mut InputGradient,
        slopes: &[f32],
        gradient: &mut [f32],
        share: Share,
    ) {
        assert!(gradient.len() == self.layout().len(), "penalty: length of the gradient");
        pass.first_gradient(self.layout().weight(0), params, slopes, gradient, share);
        for layer in 1..self.spec().layer_count() {
            let input = view(pass.rows, pass.widths[layer], &pass.tangents[layer - 1]);
            let delta = view(pass.rows, pass.widths[layer + 1], &pass.deltas[layer]);
            let weight = self.layout().weight(layer);
            weight.add_gradient(delta, input, gradient, &mut pass.scratch, share);
        }
    }
}
