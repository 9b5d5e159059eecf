//! Layers of a linear map and an activation each: forward, backward, embedding.
//!
//! ```text
//! z_0 = x W_0ᵀ + b_0,   z_l = φ(z_{l-1}) W_lᵀ + b_l,   embedding = z_last (no φ)
//! δ_last = d_out,       δ_{l-1} = φ'(z_{l-1})ᵀ (δ_l W_l)
//! dW_l = δ_lᵀ φ(z_{l-1}),   db_l = Σ_rows δ_l
//! ```
//!
//! W_l is a dense layer's matrix or that of a convolution, unrolled in words only (module `linear`).
//! Rows are samples. A row's embedding depends on no other row, bit for bit (case E2).

use std::ops::Range;

use kantorovich_kernels::{BLOCK_ROWS, Error, F32x8, LANES, PanelsMut, PanelsRef, Share};

use crate::activation::{activate, apply_transposed_pattern};
use crate::linear::Scratch;
use crate::tape::Tape;
use crate::{EncoderSpec, Layout};

/// An encoder's shapes and the scratch of its backward pass; the weights are the caller's, in a
/// flat buffer laid out by [`Encoder::layout`]. One encoder may serve several tapes (x and y
/// through shared weights, a batch and its interpolated points).
#[derive(Debug)]
pub struct Encoder {
    spec: EncoderSpec,
    layout: Layout,
    scratch: Scratch,
}

impl Encoder {
    /// An encoder of these layers.
    ///
    /// # Errors
    ///
    /// As [`EncoderSpec::validate`].
    pub fn new(spec: EncoderSpec) -> Result<Self, Error> {
        spec.validate()?;
        let layout = Layout::new(&spec);
        let scratch = Scratch::new(&spec, usize::MAX);
        Ok(Self { spec, layout, scratch })
    }

    /// Its layers, activation and biases.
    pub fn spec(&self) -> &EncoderSpec {
        &self.spec
    }

    /// Where its weights and biases lie in the flat buffer.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Records the batch `x` (rows x input width) on the tape, whose output are its embeddings.
    ///
    /// # Panics
    ///
    /// When `params` isn't as long as the layout, `x` isn't as wide as the input, or it has more
    /// rows than the tape's capacity.
    pub fn forward(&self, params: &[f32], x: PanelsRef<'_>, tape: &mut Tape) {
        assert!(x.cols() == self.spec.input_width(), "encoder: width of the input");
        tape.begin(x.rows());
        let own = tape.own();
        let (layers, patches) = tape.parts_mut();
        let first = own.view_mut(layers[0].width, &mut layers[0].pre);
        self.layout.weight(0).apply(params, own.block(x), first, patches);
        self.add_bias(params, 0, tape);
        self.forward_rest(params, tape);
    }

    /// The forward pass from the first layer's pre-activations on, which the caller has written
    /// to [`Tape::first_pre_mut`]: at points that mix rows of a batch they are the same mixtures
    /// of the batch's own, since the first layer is affine.
    pub fn forward_rest(&self, params: &[f32], tape: &mut Tape) {
        assert!(params.len() == self.layout.len(), "encoder: length of the parameters");
        for layer in 1..self.spec.layer_count() {
            let own = tape.own();
            let (layers, patches) = tape.parts_mut();
            let (before, after) = layers.split_at_mut(layer);
            let (input, output) = (&mut before[layer - 1], &mut after[0]);
            let live = own.live(input.width);
            activate(self.spec.activation, &input.pre[live.clone()], &mut input.post[live]);
            let pre = own.view_mut(output.width, &mut output.pre);
            let post = own.view(input.width, &input.post);
            self.layout.weight(layer).apply(params, post, pre, patches);
            self.add_bias(params, layer, tape);
        }
    }

    fn add_bias(&self, params: &[f32], layer: usize, tape: &mut Tape) {
        let Some(tensor) = self.layout.bias(layer) else { return };
        let bias = &params[tensor.range()];
        let own = tape.own();
        let recorded = &mut tape.layers_mut()[layer];
        let mut pre = own.view_mut(recorded.width, &mut recorded.pre);
        let mut channels = self.layout.weight(layer).by_channel_mut(pre.reborrow());
        for p in 0..channels.panel_count() {
            for (column, bias) in channels.panel_mut(p).chunks_exact_mut(LANES).zip(bias) {
                (F32x8::load(column) + F32x8::splat(*bias)).store(column);
            }
        }
        clear_padding(pre);
    }

    /// Adds to `gradient` (laid out as the parameters) what the gradient `d_out` of the tape's
    /// embeddings makes of them: [`Encoder::deltas`], then [`Encoder::later_gradients`] and
    /// [`Encoder::first_layer_gradient`]. `x` and `params` are those of the forward pass.
    pub fn backward(
        &mut self,
        params: &[f32],
        x: PanelsRef<'_>,
        tape: &mut Tape,
        d_out: PanelsRef<'_>,
        gradient: &mut [f32],
    ) {
        self.deltas(params, tape, d_out);
        self.later_gradients(tape, gradient, Share::WHOLE);
        self.first_layer_gradient(x, tape, gradient, Share::WHOLE);
    }

    /// The backward pass down to the first layer: leaves each layer's delta on the tape.
    ///
    /// # Panics
    ///
    /// When `d_out` isn't rows x output width, or `params` isn't as long as the layout. Padding rows of
    /// `d_out` must be zero.
    pub fn deltas(&self, params: &[f32], tape: &mut Tape, d_out: PanelsRef<'_>) {
        assert!(params.len() == self.layout.len(), "encoder: length of the parameters");
        assert!(d_out.rows() == tape.rows(), "encoder: rows of the gradient");
        let (own, last) = (tape.own(), self.spec.layer_count() - 1);
        let top = &mut tape.layers_mut()[last];
        own.view_mut(top.width, &mut top.delta).copy_from(own.block(d_out));
        for layer in (1..=last).rev() {
            self.delta_below(params, layer, tape);
        }
    }

    /// Adds the gradients of all layers but the first to `gradient`, from the deltas on the tape: the
    /// rows of each weight and the entries of each bias that are the share's.
    pub fn later_gradients(&mut self, tape: &Tape, gradient: &mut [f32], share: Share) {
        assert!(gradient.len() == self.layout.len(), "encoder: length of the gradient");
        for layer in (1..self.spec.layer_count()).rev() {
            self.layer_gradient(layer, tape.post(layer - 1), tape.delta(layer), gradient, share);
        }
    }

    /// Adds the first layer's part to `gradient` from the delta on the tape and the batch `x`, as
    /// [`Encoder::later_gradients`]. The input's own gradient is never computed.
    pub fn first_layer_gradient(
        &mut self,
        x: PanelsRef<'_>,
        tape: &Tape,
        gradient: &mut [f32],
        share: Share,
    ) {
        self.layer_gradient(0, x, tape.delta(0), gradient, share);
    }

    fn layer_gradient(
        &mut self,
        layer: usize,
        input: PanelsRef<'_>,
        delta: PanelsRef<'_>,
        gradient: &mut [f32],
        share: Share,
    ) {
        let weight = self.layout.weight(layer);
        weight.add_gradient(delta, input, gradient, &mut self.scratch, share);
        if let Some(bias) = self.layout.bias(layer) {
            let positions = weight.convolution.map_or(1, |c| c.positions());
            let channels = share.rows(weight.rows, LANES);
            add_column_sums(delta, positions, channels, &mut gradient[bias.range()]);
        }
    }

    fn delta_below(&self, params: &[f32], layer: usize, tape: &mut Tape) {
        let own = tape.own();
        let (layers, patches) = tape.parts_mut();
        let (below, above) = layers.split_at_mut(layer);
        let (below, above) = (&mut below[layer - 1], &above[0]);
        let delta = own.view_mut(below.width, &mut below.delta);
        let from = own.view(above.width, &above.delta);
        self.layout.weight(layer).apply_transposed(params, from, delta, patches);
        let live = own.live(below.width);
        let pattern = &below.pre[live.clone()];
        apply_transposed_pattern(self.spec.activation, pattern, &mut below.delta[live]);
    }

    /// Writes the embeddings of `x`, which may have any number of rows, to `out`; the tape's
    /// capacity, rounded down to panels, is the size of the pieces. The bits don't depend on it.
    ///
    /// # Panics
    ///
    /// When the tape has no room for a panel of 8 rows (or for all of `x`), or `out` isn't rows
    /// of `x` by output width.
    pub fn embed(&self, params: &[f32], x: PanelsRef<'_>, tape: &mut Tape, mut out: PanelsMut<'_>) {
        let width = self.spec.output_width();
        assert!(out.rows() == x.rows() && out.cols() == width, "embed: shape of the output");
        let whole = x.rows() <= tape.capacity();
        let piece = if whole { x.rows().max(1) } else { tape.capacity() / LANES * LANES };
        assert!(piece > 0, "embed: a tape for {} rows", tape.capacity());
        let share = tape.share(Share::WHOLE);
        for start in (0..x.rows()).step_by(piece) {
            let rows = piece.min(x.rows() - start);
            self.forward(params, x.row_block(start, rows), tape);
            out.reborrow().row_block(start, rows).copy_from(tape.output());
        }
        tape.share(share);
    }
}

/// Adds the sum over rows and positions of each of some channels to its place in `sums`, one block of
/// rows after another.
fn add_column_sums(a: PanelsRef<'_>, positions: usize, own: Range<usize>, sums: &mut [f32]) {
    let channels = a.cols() / positions;
    for start in (0..a.rows()).step_by(BLOCK_ROWS) {
        let block = a.row_block(start, BLOCK_ROWS.min(a.rows() - start));
        for k in own.clone() {
            let sum = &mut sums[k];
            let mut partial = F32x8::zero();
            for p in 0..block.panel_count() {
                for position in block.panel(p).chunks_exact(channels * LANES) {
                    partial += F32x8::load(&position[k * LANES..]);
                }
            }
            *sum += partial.sum();
        }
    }
}

/// Zeroes the rows past the last, which a bias has reached.
fn clear_padding(mut panels: PanelsMut<'_>) {
    let used = panels.rows() % LANES;
    if used == 0 {
        return;
    }
    let last = panels.panel_count() - 1;
    for column in panels.panel_mut(last).chunks_exact_mut(LANES) {
        column[used..].fill(0.0);
    }
}
