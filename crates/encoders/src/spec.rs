//! What an encoder is: its layers, activation, biases and initialisation.

use kantorovich_convolutions::Convolution;
use kantorovich_kernels::{Error, Sizes};

/// The slope of [`Activation::LeakyRelu`] below zero (PyTorch's default).
pub const LEAKY_SLOPE: f32 = 0.01;

/// The function between two layers. All are 1-Lipschitz and piecewise linear; the last layer has
/// none. Of a convolution's features, those of one position are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `max(z, 0)`; its derivative at 0 is taken as 0.
    Relu,
    /// `z` above 0, `0.01 z` elsewhere.
    LeakyRelu,
    /// Each pair of channels `(2i, 2i + 1)` becomes `(max, min)` (Anil, Lucas and Grosse 2019):
    /// a permutation, so gradients keep their norm. A tie keeps its order.
    MaxMin,
    /// Each four channels `(4i, ..., 4i + 3)` are sorted, the largest first (GroupSort of the same
    /// paper, with groups of 4): a permutation too.
    GroupSort,
}

impl Activation {
    /// The activation of this name: `relu`, `leaky-relu`, `maxmin` or `groupsort`.
    ///
    /// # Errors
    ///
    /// `Options`, naming what was given.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        match name {
            "relu" => Ok(Self::Relu),
            "leaky-relu" => Ok(Self::LeakyRelu),
            "maxmin" => Ok(Self::MaxMin),
            "groupsort" => Ok(Self::GroupSort),
            _ => Err(Error::options(format!(
                "activation must be relu, leaky-relu, maxmin or groupsort, found \"{name}\""
            ))),
        }
    }

    /// The name that [`Activation::from_name`] reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky-relu",
            Self::MaxMin => "maxmin",
            Self::GroupSort => "groupsort",
        }
    }

    /// How many neighbouring channels it takes together.
    pub const fn group(self) -> usize {
        match self {
            Self::Relu | Self::LeakyRelu => 1,
            Self::MaxMin => 2,
            Self::GroupSort => 4,
        }
    }
}

/// How weights begin. Biases begin at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initialisation {
    /// Uniform on `±sqrt(6 / (inputs + outputs))` (Glorot and Bengio 2010, eq. 16).
    Glorot,
    /// Uniform on `±sqrt(6 / inputs)` (He et al. 2015, eq. 10, as a uniform law).
    He,
    /// A random semi-orthonormal matrix (Saxe, McClelland and Ganguli 2014): the rows are
    /// orthonormal, or the columns where there are fewer of them.
    Orthogonal,
}

impl Initialisation {
    /// The initialisation of this name: `glorot`, `he` or `orthogonal`.
    ///
    /// # Errors
    ///
    /// `Options`, naming what was given.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        match name {
            "glorot" => Ok(Self::Glorot),
            "he" => Ok(Self::He),
            "orthogonal" => Ok(Self::Orthogonal),
            _ => Err(Error::options(format!(
                "initialisation must be glorot, he or orthogonal, found \"{name}\""
            ))),
        }
    }

    /// The name that [`Initialisation::from_name`] reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Glorot => "glorot",
            Self::He => "he",
            Self::Orthogonal => "orthogonal",
        }
    }
}

/// Layers with an activation after each but the last: some convolutions, which there need not be,
/// then at least one dense layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncoderSpec {
    /// The input's width, then each dense layer's outputs: `[784, 512, 256, 64]`. At least two.
    pub widths: Vec<usize>,
    /// The first layers, the first of the input's width; each reads the output of the one before
    /// ([`Convolution::then`]).
    pub convolutions: Vec<Convolution>,
    /// The function after each layer but the last.
    pub activation: Activation,
    /// Whether the layers have biases; a convolution's has one number a channel.
    pub bias: bool,
    /// How the weights begin.
    pub initialisation: Initialisation,
}

impl EncoderSpec {
    /// Checks the widths and the convolutions.
    ///
    /// # Errors
    ///
    /// `Shape` for fewer than two widths, a width of 0, hidden channels that don't divide into
    /// groups under [`Activation::MaxMin`] (case L8 F) or [`Activation::GroupSort`], convolutions
    /// that don't fit their inputs; the message names the width.
    pub fn validate(&self) -> Result<(), Error> {
        if self.widths.len() < 2 {
            return Err(Error::shape(format!(
                "an encoder needs an input width and at least one dense layer, found widths {}",
                Sizes(&self.widths)
            )));
        }
        if let Some(position) = self.widths.iter().position(|&width| width == 0) {
            return Err(Error::shape(format!(
                "an encoder's widths must be above 0, found 0 at position {position} of {}",
                Sizes(&self.widths)
            )));
        }
        self.validate_convolutions()?;
        self.validate_groups()
    }

    fn validate_convolutions(&self) -> Result<(), Error> {
        let mut before: Option<&Convolution> = None;
        for convolution in &self.convolutions {
            convolution.validate()?;
            if convolution.planes > 1 && convolution.depth > 1 {
                return Err(Error::shape(format!(
                    "images lie by planes or by pixels, found {} planes of {} channels",
                    convolution.planes, convolution.depth
                )));
            }
            let expected = before.map_or(self.input_width(), Convolution::outputs);
            if convolution.inputs() != expected {
                return Err(Error::shape(format!(
                    "a convolution over images of {} x {} x {} takes {} numbers, found {expected}",
                    convolution.in_channels(),
                    convolution.height,
                    convolution.width,
                    convolution.inputs()
                )));
            }
            before = Some(convolution);
        }
        Ok(())
    }

    fn validate_groups(&self) -> Result<(), Error> {
        let group = self.activation.group();
        let dense = &self.widths[1..self.widths.len() - 1];
        let mut hidden = self.convolutions.iter().map(|c| c.channels).chain(dense.iter().copied());
        match hidden.find(|width| width % group != 0) {
            Some(width) => Err(Error::shape(format!(
                "{} takes {group} channels together, so every hidden width must be a multiple of {group}, found {width}",
                self.activation.name()
            ))),
            None => Ok(()),
        }
    }

    /// How many layers there are.
    pub fn layer_count(&self) -> usize {
        self.convolutions.len() + self.widths.len() - 1
    }

    /// The features that a layer reads and writes.
    pub fn layer_widths(&self, layer: usize) -> (usize, usize) {
        let count = self.convolutions.len();
        match self.convolutions.get(layer) {
            Some(convolution) => (convolution.inputs(), convolution.outputs()),
            None => {
                let dense = layer - count;
                let last = self.convolutions.last().filter(|_| dense == 0);
                (last.map_or(self.widths[dense], Convolution::outputs), self.widths[dense + 1])
            }
        }
    }

    /// The features after each layer.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.layer_count()).map(|layer| self.layer_widths(layer).1)
    }

    /// The width of the input.
    pub fn input_width(&self) -> usize {
        self.widths[0]
    }

    /// The width of the embedding.
    pub fn output_width(&self) -> usize {
        self.widths[self.widths.len() - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::ErrorKind;

    fn spec(widths: &[usize], activation: Activation) -> EncoderSpec {
        EncoderSpec {
            widths: widths.to_vec(),
            convolutions: Vec::new(),
            activation,
            bias: true,
            initialisation: Initialisation::Glorot,
        }
    }

    #[test]
    fn l8_f_maxmin_refuses_an_odd_hidden_width_by_name() {
        let error = spec(&[4, 5, 3], Activation::MaxMin).validate().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Shape);
        assert!(error.message.contains("found 5"), "{}", error.message);
        // The input and the embedding are never paired.
        assert!(spec(&[5, 4, 3], Activation::MaxMin).validate().is_ok());
        assert!(spec(&[4, 5, 3], Activation::Relu).validate().is_ok());
    }

    #[test]
    fn refusals_name_the_widths() {
        let lone = spec(&[7], Activation::Relu).validate().unwrap_err();
        assert!(lone.message.contains("[7]"), "{}", lone.message);
        let zero = spec(&[7, 0, 3], Activation::Relu).validate().unwrap_err();
        assert!(zero.message.contains("position 1"), "{}", zero.message);
    }

    #[test]
    fn names_are_read_back() {
        for activation in
            [Activation::Relu, Activation::LeakyRelu, Activation::MaxMin, Activation::GroupSort]
        {
            assert_eq!(Activation::from_name(activation.name()).unwrap(), activation);
        }
        for start in [Initialisation::Glorot, Initialisation::He, Initialisation::Orthogonal] {
            assert_eq!(Initialisation::from_name(start.name()).unwrap(), start);
        }
        assert_eq!(Activation::from_name("gelu").unwrap_err().kind, ErrorKind::Options);
        assert!(Initialisation::from_name("").unwrap_err().message.contains("glorot"));
    }
}
