//! What an encoder is: its widths, activation, biases and initialisation.

use kantorovich_kernels::Error;

/// The slope of [`Activation::LeakyRelu`] below zero (PyTorch's default).
pub const LEAKY_SLOPE: f32 = 0.01;

/// The function between two layers. All three are 1-Lipschitz and piecewise linear; the last
/// layer has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `max(z, 0)`; its derivative at 0 is taken as 0.
    Relu,
    /// `z` above 0, `0.01 z` elsewhere.
    LeakyRelu,
    /// Each pair of channels `(2i, 2i + 1)` becomes `(max, min)` (Anil, Lucas and Grosse 2019):
    /// a permutation, so gradients keep their norm. A tie keeps its order.
    MaxMin,
}

impl Activation {
    /// The activation of this name: `relu`, `leaky-relu` or `maxmin`.
    ///
    /// # Errors
    ///
    /// `Options`, naming what was given.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        match name {
            "relu" => Ok(Self::Relu),
            "leaky-relu" => Ok(Self::LeakyRelu),
            "maxmin" => Ok(Self::MaxMin),
            _ => Err(Error::options(format!(
                "activation must be relu, leaky-relu or maxmin, found \"{name}\""
            ))),
        }
    }

    /// The name that [`Activation::from_name`] reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky-relu",
            Self::MaxMin => "maxmin",
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

/// A multi-layer perceptron: dense layers with an activation after each but the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncoderSpec {
    /// The input's width, then each layer's outputs: `[784, 512, 256, 64]`. At least two.
    pub widths: Vec<usize>,
    /// The function after each layer but the last.
    pub activation: Activation,
    /// Whether the layers have biases.
    pub bias: bool,
    /// How the weights begin.
    pub initialisation: Initialisation,
}

impl EncoderSpec {
    /// Checks the widths.
    ///
    /// # Errors
    ///
    /// `Shape` for fewer than two widths, a width of 0, or an odd hidden width under
    /// [`Activation::MaxMin`] (case L8 F); the message names the width.
    pub fn validate(&self) -> Result<(), Error> {
        if self.widths.len() < 2 {
            return Err(Error::shape(format!(
                "an encoder needs an input width and at least one layer, found widths {:?}",
                self.widths
            )));
        }
        if let Some(position) = self.widths.iter().position(|&width| width == 0) {
            return Err(Error::shape(format!(
                "an encoder's widths must be above 0, found 0 at position {position} of {:?}",
                self.widths
            )));
        }
        self.validate_pairs()
    }

    fn validate_pairs(&self) -> Result<(), Error> {
        let hidden = &self.widths[1..self.widths.len() - 1];
        match hidden.iter().find(|&&width| width % 2 == 1) {
            Some(width) if self.activation == Activation::MaxMin => Err(Error::shape(format!(
                "maxmin pairs channels, so every hidden width must be even, found {width} in {:?}",
                self.widths
            ))),
            _ => Ok(()),
        }
    }

    /// How many dense layers there are.
    pub fn layer_count(&self) -> usize {
        self.widths.len() - 1
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
        for activation in [Activation::Relu, Activation::LeakyRelu, Activation::MaxMin] {
            assert_eq!(Activation::from_name(activation.name()).unwrap(), activation);
        }
        for start in [Initialisation::Glorot, Initialisation::He, Initialisation::Orthogonal] {
            assert_eq!(Initialisation::from_name(start.name()).unwrap(), start);
        }
        assert_eq!(Activation::from_name("gelu").unwrap_err().kind, ErrorKind::Options);
        assert!(Initialisation::from_name("").unwrap_err().message.contains("glorot"));
    }
}
