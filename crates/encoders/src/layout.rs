//! Where an encoder's weights and biases lie in one flat buffer.
//!
//! Weights are stored as PyTorch shapes them, `[outputs, inputs]`, in panels of 8 rows; biases
//! as they are, padded to a multiple of 8. Padding is zero and stays zero: its gradient is 0.

use std::ops::Range;

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
    /// The layer's outputs.
    pub rows: usize,
    /// The layer's inputs, or 1 for a bias.
    pub cols: usize,
    /// The first entry's place in the flat buffer, a multiple of 8.
    pub offset: usize,
    /// Weight or bias.
    pub kind: TensorKind,
}

impl Tensor {
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

    /// Reads row-major entries, `[rows, cols]` as PyTorch orders them, into their places in
    /// `flat` (case P4).
    ///
    /// # Errors
    ///
    /// `Shape` when `row_major` doesn't hold `rows * cols` entries.
    pub fn import(&self, row_major: &[f32], flat: &mut [f32]) -> Result<(), Error> {
        self.check_length(row_major.len())?;
        self.view_mut(flat).load_row_major(row_major);
        Ok(())
    }

    /// Writes the tensor's entries in `flat` as row-major `[rows, cols]`.
    ///
    /// # Errors
    ///
    /// `Shape` when `row_major` doesn't hold `rows * cols` entries.
    pub fn export(&self, flat: &[f32], row_major: &mut [f32]) -> Result<(), Error> {
        self.check_length(row_major.len())?;
        self.view(flat).store_row_major(row_major);
        Ok(())
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
        for (layer, pair) in spec.widths.windows(2).enumerate() {
            layout.push(format!("layers.{layer}.weight"), pair[1], pair[0], TensorKind::Weight);
            if spec.bias {
                layout.push(format!("layers.{layer}.bias"), pair[1], 1, TensorKind::Bias);
            }
        }
        layout
    }

    fn push(&mut self, name: String, rows: usize, cols: usize, kind: TensorKind) {
        self.tensors.push(Tensor { name, rows, cols, offset: self.len, kind });
        self.len += panel_len(rows, cols);
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
