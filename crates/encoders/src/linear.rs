//! The linear map of a layer, dense or a convolution, as its weight's tensor says.
//!
//! ```text
//! apply:  z = a Wᵀ        transposed:  d = δ W        gradient:  dW += δᵀ a
//! ```

use kantorovich_convolutions::ConvolutionScratch;
use kantorovich_kernels::{
    Into, LANES, PanelsMut, PanelsRef, Share, nn, nt, panel_len, tn_rows, tn_scratch,
};

use crate::{EncoderSpec, Tensor};

/// The buffers of weights' gradients.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// Some rows of a delta, transposed.
    pub(crate) turned: Vec<f32>,
    pub(crate) patches: ConvolutionScratch,
}

impl Scratch {
    /// For batches of up to `max_rows` rows.
    pub(crate) fn new(spec: &EncoderSpec, max_rows: usize) -> Self {
        let widest = spec.widths[1..].iter().copied().max().unwrap_or(0);
        Self {
            turned: vec![0.0; tn_scratch(max_rows, widest)],
            patches: ConvolutionScratch::new(&spec.convolutions, true),
        }
    }
}

impl Tensor {
    /// `output = input Wᵀ`, without the bias.
    #[inline(never)]
    pub(crate) fn apply(
        &self,
        params: &[f32],
        input: PanelsRef<'_>,
        output: PanelsMut<'_>,
        patches: &mut ConvolutionScratch,
    ) {
        let weight = self.view(params);
        match &self.convolution {
            Some(convolution) => convolution.apply(weight, input, output, patches),
            None => nt(input, weight, output, Into::Write),
        }
    }

    /// `below = delta W`.
    #[inline(never)]
    pub(crate) fn apply_transposed(
        &self,
        params: &[f32],
        delta: PanelsRef<'_>,
        below: PanelsMut<'_>,
        patches: &mut ConvolutionScratch,
    ) {
        let weight = self.view(params);
        match &self.convolution {
            Some(convolution) => convolution.apply_transposed(weight, delta, below, patches),
            None => nn(delta, weight, below, Into::Write),
        }
    }

    /// `dW += deltaᵀ input`, the rows of a share.
    #[inline(never)]
    pub(crate) fn add_gradient(
        &self,
        delta: PanelsRef<'_>,
        input: PanelsRef<'_>,
        gradient: &mut [f32],
        scratch: &mut Scratch,
        share: Share,
    ) {
        let rows = share.rows(self.rows, LANES);
        if rows.is_empty() {
            return;
        }
        let (first, gradient) =
            (rows.start, self.view_mut(gradient).row_block(rows.start, rows.len()));
        match &self.convolution {
            Some(c) => c.add_weight_gradient(delta, first, input, gradient, &mut scratch.patches),
            None => tn_rows(delta, first, input, gradient, Into::Add, &mut scratch.turned),
        }
    }

    /// A layer's values with a column for each of the weight's rows: a convolution's lie so already,
    /// a row for each position and sample (padding too, which every position has).
    pub(crate) fn by_channel_mut<'a>(&self, values: PanelsMut<'a>) -> PanelsMut<'a> {
        if self.convolution.is_none() {
            return values;
        }
        let rows = panel_len(values.rows(), values.cols()) / self.rows;
        PanelsMut::new(rows, self.rows, values.into_mut_slice())
    }
}
