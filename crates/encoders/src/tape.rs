//! What one forward pass leaves for the backward passes.

use kantorovich_convolutions::ConvolutionScratch;
use kantorovich_kernels::{PanelsMut, PanelsRef, panel_len};

use crate::EncoderSpec;

/// The activations of one batch, in panels, and room for the gradients that come back.
///
/// Built once for a largest batch; any smaller one may use it. Padding rows are zero.
#[derive(Debug)]
pub struct Tape {
    rows: usize,
    capacity: usize,
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
        Self { rows: 0, capacity: max_rows, layers: layers.collect(), patches }
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

/// The first `rows` rows of a buffer of `cols` columns.
pub(crate) fn view(rows: usize, cols: usize, buffer: &[f32]) -> PanelsRef<'_> {
    PanelsRef::new(rows, cols, &buffer[..panel_len(rows, cols)])
}

/// The first `rows` rows of a buffer of `cols` columns, to be written.
pub(crate) fn view_mut(rows: usize, cols: usize, buffer: &mut [f32]) -> PanelsMut<'_> {
    PanelsMut::new(rows, cols, &mut buffer[..panel_len(rows, cols)])
}
