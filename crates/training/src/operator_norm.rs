//! The norm of a weight as the map that it is: a matrix, or a convolution's kernel.

use kantorovich_encoders::Tensor;
use kantorovich_lipschitz::{
    ConvolutionPower, PowerIteration, certified_upper_bound, convolution_upper_bound,
    project_convolution, project_spectral,
};

/// Power iteration on one weight, from where the last step's ended.
pub(crate) enum OperatorNorm {
    Matrix(PowerIteration),
    Convolution(ConvolutionPower),
}

impl OperatorNorm {
    pub(crate) fn new(tensor: &Tensor) -> Self {
        match tensor.convolution {
            Some(convolution) => Self::Convolution(ConvolutionPower::new(convolution)),
            None => Self::Matrix(PowerIteration::new(tensor.rows, tensor.cols)),
        }
    }

    /// Scales the weight down to `radius`, by the norm as a few iterations estimate it.
    pub(crate) fn project(
        &mut self,
        tensor: &Tensor,
        params: &mut [f32],
        radius: f64,
        max_iterations: usize,
        tolerance: f64,
    ) {
        let weight = tensor.view_mut(params);
        match self {
            Self::Matrix(power) => {
                project_spectral(weight, radius, power, max_iterations, tolerance)
            }
            Self::Convolution(power) => {
                project_convolution(weight, radius, power, max_iterations, tolerance)
            }
        };
    }

    /// The vectors from which the next step's iteration starts.
    pub(crate) fn start(&self) -> &[f32] {
        match self {
            Self::Matrix(power) => power.start(),
            Self::Convolution(power) => power.start(),
        }
    }

    /// The same, to be restored.
    pub(crate) fn set_start(&mut self, start: &[f32]) {
        match self {
            Self::Matrix(power) => power.set_start(start),
            Self::Convolution(power) => power.set_start(start),
        }
    }
}

/// The certified upper bound on a weight's norm.
pub(crate) fn upper_bound(tensor: &Tensor, params: &[f32]) -> f64 {
    let weight = tensor.view(params);
    match &tensor.convolution {
        Some(convolution) => convolution_upper_bound(convolution, weight),
        None => certified_upper_bound(weight),
    }
}
