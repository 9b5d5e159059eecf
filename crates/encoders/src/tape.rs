//! What one forward pass leaves for the backward passes.

use core::ops::Range;
use kantorovich_convolutions::ConvolutionScratch;

use kantorovich_kernels::{BLOCK_ROWS, PanelsMut, PanelsRef, Region, Share, panel_len};

use crate::EncoderSpec;

/// The activations of one batch, in panels, and room for the gradients that come back.
///
/// Built once for a largest batch; any smaller one may use it. Padding rows are zero. Passes compute
/// the rows of a share, which is all of them unless told.
#[derive(Debug)]
pub struct Tape {
    rows: usize,
    capacity: usize,
    share: Share,
    layers: Vec<LayerTape>,
    patches: ConvolutionScratch,
}

/// One layer's part of a [`Tape`], each buffer of `capacity` rows by `width`.
#[derive(Debug)]
pub(crate) struct LayerTape {
    pub(crate) width: usize,
    /// Before the activation.
    pub(crate) pre: Vec<f32>,
    /// After it; empty for the last layer, which has none.
    pub(crate) post: Vec<f32>,
    /// The gradient with respect to `pre`.
    pub(crate) delta: Vec<f32>,
}

impl Tape {
    /// Room for batches of up to `max_rows` rows through the layers of `spec`.
    pub fn new(spec: &EncoderSpec, max_rows: usize) -> Self {
        let last = spec.layer_count() - 1;
        let layers = spec.outputs().enumerate().map(|(layer, width)| LayerTape {
            width,
            pre: vec![0.0; panel_len(max_rows, width)],
            post: vec![0.0; if layer == last { 0 } else { panel_len(max_rows, width) }],
            delta: vec![0.0; panel_len(max_rows, width)],
        });
        let patches = ConvolutionScratch::new(&spec.convolutions, false);
        Self { rows: 0, capacity: max_rows, share: Share::WHOLE, layers: layers.collect(), patches }
    }

    /// From now on passes compute only the rows of `share`, in whole blocks; what others compute is
    /// to be put in its place ([`Tape::forward_regions`], [`Tape::delta_regions`]). Returns the share of before.
    pub fn share(&mut self, share: Share) -> Share {
        core::mem::replace(&mut self.share, share)
    }

    /// The rows that passes compute.
    pub(crate) fn own(&self) -> Window {
        Window::of(self.share, self.rows)
    }

    /// Adds to `list` what of a forward pass of `rows` rows others need: embeddings and activations,
    /// and the first layer's values before its activation if asked for.
    pub fn forward_regions(&self, rows: usize, with_first: bool, list: &mut Vec<Region>) {
        let last = self.layers.len() - 1;
        for (at, layer) in self.layers.iter().enumerate() {
            if at == last || (at == 0 && with_first) {
                Region::of_rows(self.share, view(rows, layer.width, &layer.pre), BLOCK_ROWS, list);
            }
            if at < last {
                Region::of_rows(self.share, view(rows, layer.width, &layer.post), BLOCK_ROWS, list);
            }
        }
    }

    /// Adds to `list` what of a backward pass of `rows` rows others need: the layers' deltas.
    pub fn delta_regions(&self, rows: usize, list: &mut Vec<Region>) {
        for layer in &self.layers {
            Region::of_rows(self.share, view(rows, layer.width, &layer.delta), BLOCK_ROWS, list);
        }
    }

    /// The rows of the batch that was last recorded.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The most rows it can hold.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The embeddings, `rows` x output width.
    pub fn output(&self) -> PanelsRef<'_> {
        self.pre(self.layers.len() - 1)
    }

    /// The values of `layer` before its activation; of the last layer, the embeddings.
    pub fn pre(&self, layer: usize) -> PanelsRef<'_> {
        view(self.rows, self.layers[layer].width, &self.layers[layer].pre)
    }

    /// The values of `layer` after its activation. Not there for the last layer.
    pub(crate) fn post(&self, layer: usize) -> PanelsRef<'_> {
        view(self.rows, self.layers[layer].width, &self.layers[layer].post)
    }

    /// The gradient with respect to [`Tape::pre`], as the last backward pass left it.
    pub fn delta(&self, layer: usize) -> PanelsRef<'_> {
        view(self.rows, self.layers[layer].width, &self.layers[layer].delta)
    }

    /// [`Tape::delta`] of the first layer, to which a penalty's share may be added before
    /// [`crate::Encoder::first_layer_gradient`].
    pub fn first_delta_mut(&mut self) -> PanelsMut<'_> {
        view_mut(self.rows, self.layers[0].width, &mut self.layers[0].delta)
    }

    /// Begins a batch of `rows` rows and gives its first layer's values before the activation,
    /// to be written (padding rows as zero) ahead of [`crate::Encoder::forward_rest`].
    ///
    /// # Panics
    ///
    /// When `rows` is above the capacity.
    pub fn first_pre_mut(&mut self, rows: usize) -> PanelsMut<'_> {
        self.begin(rows);
        view_mut(rows, self.layers[0].width, &mut self.layers[0].pre)
    }

    pub(crate) fn begin(&mut self, rows: usize) {
        assert!(rows <= self.capacity, "a tape for {} rows was given {rows}", self.capacity);
        self.rows = rows;
    }

    pub(crate) fn layers_mut(&mut self) -> &mut [LayerTape] {
        &mut self.layers
    }

    /// The layers with the buffer of patches.
    pub(crate) fn parts_mut(&mut self) -> (&mut [LayerTape], &mut ConvolutionScratch) {
        (&mut self.layers, &mut self.patches)
    }
}

/// Some rows of a buffer, the first a multiple of eight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    first: usize,
    rows: usize,
}

impl Window {
    /// The rows of a share, in whole blocks.
    pub(crate) fn of(share: Share, rows: usize) -> Self {
        let range = share.rows(rows, BLOCK_ROWS);
        Self { first: if range.is_empty() { 0 } else { range.start }, rows: range.len() }
    }

    /// Their numbers.
    pub(crate) fn rows(self) -> Range<usize> {
        self.first..self.first + self.rows
    }

    /// Those rows of a matrix.
    pub(crate) fn block(self, whole: PanelsRef<'_>) -> PanelsRef<'_> {
        whole.row_block(self.first, self.rows)
    }

    /// Their numbers, in a buffer of `cols` columns.
    pub(crate) fn live(self, cols: usize) -> Range<usize> {
        self.first * cols..self.first * cols + panel_len(self.rows, cols)
    }

    /// Those rows of a buffer of `cols` columns.
    pub(crate) fn view(self, cols: usize, buffer: &[f32]) -> PanelsRef<'_> {
        PanelsRef::new(self.rows, cols, &buffer[self.live(cols)])
    }

    /// Those rows of a buffer of `cols` columns, to be written.
    pub(crate) fn view_mut(self, cols: usize, buffer: &mut [f32]) -> PanelsMut<'_> {
        PanelsMut::new(self.rows, cols, &mut buffer[self.live(cols)])
    }
}

/// The first `rows` rows of a buffer of `cols` columns.
pub(crate) fn view(rows: usize, cols: usize, buffer: &[f32]) -> PanelsRef<'_> {
    PanelsRef::new(rows, cols, &buffer[..panel_len(rows, cols)])
}

/// The first `rows` rows of a buffer of `cols` columns, to be written.
pub(crate) fn view_mut(rows: usize, cols: usize, buffer: &mut [f32]) -> PanelsMut<'_> {
    PanelsMut::new(rows, cols, &mut buffer[..panel_len(rows, cols)])
}
