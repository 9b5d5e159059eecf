//! Where an encoder's weights and biases lie in one flat buffer.
//!
//! Weights are stored as `[outputs, inputs]` in panels of 8 rows, a convolution's kernel as
//! `[channels, patch]`; biases as they are, padded to a multiple of 8. Padding is zero and stays
//! zero: its gradient is 0. What goes in and out has PyTorch's shapes and order: there a patch is
//! (channel, row, column), and features after convolutions are flattened likewise.

use std::ops::Range;

use kantorovich_convolutions::Convolution;
use kantorovich_kernels::{Error, PanelsMut, PanelsRef, panel_len};

use crate::EncoderSpec;

/// What a tensor is to its layer, which decides whether weight decay touches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorKind {
    /// A matrix `[rows, cols]` of outputs by inputs, in panels.
    Weight,
    /// A vector of `rows` entries (`cols` is 1).
    Bias,
}

/// One tensor of a [`Layout`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// `layers.0.weight`, `layers.0.bias`, `layers.1.weight`, ...
    pub name: String,
    /// The layer's outputs; a convolution's channels.
    pub rows: usize,
    /// The layer's inputs, the numbers of a convolution's patch, or 1 for a bias.
    pub cols: usize,
    /// The first entry's place in the flat buffer, a multiple of 8.
    pub offset: usize,
    /// Weight or bias.
    pub kind: TensorKind,
    /// The convolution whose kernel it is.
    pub convolution: Option<Convolution>,
    /// Channels that neighbour each other in each column group: column `place * channels + c` is
    /// PyTorch's `c * places + place`. 1 where the orders are one.
    pub channels: usize,
}

impl Tensor {
    /// A dense weight or a bias whose order is PyTorch's.
    pub fn plain(name: &str, rows: usize, cols: usize, offset: usize, kind: TensorKind) -> Self {
        Self { name: name.to_string(), rows, cols, offset, kind, convolution: None, channels: 1 }
    }

    /// Its dimensions in PyTorch.
    pub fn shape(&self) -> Vec<usize> {
        match (&self.convolution, self.kind) {
            (Some(c), _) => vec![self.rows, c.in_channels(), c.kernel, c.kernel],
            (None, TensorKind::Weight) => vec![self.rows, self.cols],
            (None, TensorKind::Bias) => vec![self.rows],
        }
    }

    /// The places it takes in the flat buffer, padding included.
    pub fn range(&self) -> Range<usize> {
        // A bias of `rows` entries is a panel matrix of one column: the same bytes.
        self.offset..self.offset + panel_len(self.rows, self.cols)
    }

    /// The tensor as it lies in `flat`.
    pub fn view<'a>(&self, flat: &'a [f32]) -> PanelsRef<'a> {
        PanelsRef::new(self.rows, self.cols, &flat[self.range()])
    }

    /// The tensor as it lies in `flat`, to be written.
    pub fn view_mut<'a>(&self, flat: &'a mut [f32]) -> PanelsMut<'a> {
        PanelsMut::new(self.rows, self.cols, &mut flat[self.range()])
    }

    /// Reads row-major entries, of [`Tensor::shape`] as PyTorch orders them, into their places in
    /// `flat` (case P4).
    ///
    /// # Errors
    ///
    /// `Shape` when `row_major` doesn't hold `rows * cols` entries.
    pub fn import(&self, row_major: &[f32], flat: &mut [f32]) -> Result<(), Error> {
        self.check_length(row_major.len())?;
        let mut view = self.view_mut(flat);
        if self.channels == 1 {
            view.load_row_major(row_major);
            return Ok(());
        }
        for (i, row) in row_major.chunks(self.cols).enumerate() {
            for (k, value) in view.row_mut(i).enumerate() {
                *value = row[self.outside(k)];
            }
        }
        Ok(())
    }

    /// Writes the tensor's entries in `flat` as row-major numbers of [`Tensor::shape`].
    ///
    /// # Errors
    ///
    /// `Shape` when `row_major` doesn't hold `rows * cols` entries.
    pub fn export(&self, flat: &[f32], row_major: &mut [f32]) -> Result<(), Error> {
        self.check_length(row_major.len())?;
        let view = self.view(flat);
        if self.channels == 1 {
            view.store_row_major(row_major);
            return Ok(());
        }
        for (i, row) in row_major.chunks_mut(self.cols).enumerate() {
            for (k, value) in view.row(i).enumerate() {
                row[self.outside(k)] = *value;
            }
        }
        Ok(())
    }

    /// Where column k lies in PyTorch's order.
    fn outside(&self, k: usize) -> usize {
        k % self.channels * (self.cols / self.channels) + k / self.channels
    }

    fn check_length(&self, found: usize) -> Result<(), Error> {
        let expected = self.rows * self.cols;
        if found == expected {
            return Ok(());
        }
        Err(Error::shape(format!(
            "{} is {} x {}, so {expected} numbers were expected, found {found}",
            self.name, self.rows, self.cols
        )))
    }
}

/// The tensors of one encoder, in order, in a buffer of [`Layout::len`] entries. Offsets count
/// from the encoder's own start: give methods the encoder's slice of a larger buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    tensors: Vec<Tensor>,
    has_bias: bool,
    len: usize,
}

impl Layout {
    /// Lays out the layers of `spec` one after another, each weight before its bias.
    pub fn new(spec: &EncoderSpec) -> Self {
        let mut layout = Self { tensors: Vec::new(), has_bias: spec.bias, len: 0 };
        for layer in 0..spec.layer_count() {
            let weight = layout.weight_of(spec, layer);
            let rows = weight.rows;
            layout.push(weight);
            if spec.bias {
                let name = format!("layers.{layer}.bias");
                layout.push(Tensor::plain(&name, rows, 1, layout.len, TensorKind::Bias));
            }
        }
        layout
    }

    fn weight_of(&self, spec: &EncoderSpec, layer: usize) -> Tensor {
        let name = format!("layers.{layer}.weight");
        let weight = |rows, cols| Tensor::plain(&name, rows, cols, self.len, TensorKind::Weight);
        if let Some(c) = spec.convolutions.get(layer) {
            let plain = weight(c.channels, c.patch());
            return Tensor { convolution: Some(*c), channels: c.depth, ..plain };
        }
        let (inputs, outputs) = spec.layer_widths(layer);
        let after = spec.convolutions.last().filter(|_| layer == spec.convolutions.len());
        Tensor { channels: after.map_or(1, |c| c.channels), ..weight(outputs, inputs) }
    }

    fn push(&mut self, tensor: Tensor) {
        self.len += panel_len(tensor.rows, tensor.cols);
        self.tensors.push(tensor);
    }

    /// How many entries the flat buffer has, padding included; a multiple of 8.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no tensor; never so for a valid encoder.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// Every tensor, in the buffer's order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The weight of a layer.
    pub fn weight(&self, layer: usize) -> &Tensor {
        &self.tensors[layer * self.tensors_a_layer()]
    }

    /// The bias of a layer, if the encoder has biases.
    pub fn bias(&self, layer: usize) -> Option<&Tensor> {
        self.has_bias.then(|| &self.tensors[2 * layer + 1])
    }

    fn tensors_a_layer(&self) -> usize {
        if self.has_bias { 2 } else { 1 }
    }

    /// The ranges that weight decay touches: the weights, not the biases.
    pub fn decayed(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.tensors.iter().filter(|tensor| tensor.kind == TensorKind::Weight).map(Tensor::range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Initialisation};
    use kantorovich_kernels::ErrorKind;

    fn layout(widths: &[usize], bias: bool) -> Layout {
        Layout::new(&EncoderSpec {
            widths: widths.to_vec(),
            convolutions: Vec::new(),
            activation: Activation::Relu,
            bias,
            initialisation: Initialisation::Glorot,
        })
    }

    #[test]
    fn tensors_tile_the_buffer_at_multiples_of_eight() {
        for bias in [false, true] {
            let layout = layout(&[7, 13, 3], bias);
            let mut end = 0;
            for tensor in layout.tensors() {
                assert_eq!(tensor.offset, end);
                assert_eq!(tensor.offset % 8, 0);
                end = tensor.range().end;
            }
            assert_eq!(end, layout.len());
            assert_eq!(layout.weight(1).name, "layers.1.weight");
            assert_eq!((layout.weight(1).rows, layout.weight(1).cols), (3, 13));
            assert_eq!(layout.bias(1).map(|tensor| tensor.rows), bias.then_some(3));
            assert_eq!(layout.decayed().count(), 2);
        }
    }

    #[test]
    fn p4_row_major_numbers_go_in_and_come_out_in_their_order() {
        let layout = layout(&[3, 2], true);
        let mut flat = vec![0.0; layout.len()];
        let weight = layout.weight(0);
        weight.import(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &mut flat).unwrap();
        assert_eq!(weight.view(&flat).get(1, 0), 4.0);
        let mut back = [0.0; 6];
        weight.export(&flat, &mut back).unwrap();
        assert_eq!(back, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn refusals_name_the_tensor_and_the_lengths() {
        let layout = layout(&[3, 2], true);
        let mut flat = vec![0.0; layout.len()];
        let error = layout.weight(0).import(&[1.0; 5], &mut flat).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Shape);
        assert!(error.message.contains("layers.0.weight is 2 x 3"), "{}", error.message);
        assert!(error.message.contains("found 5"), "{}", error.message);
    }
}
