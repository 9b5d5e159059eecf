//! The projections that keep weights within a constraint: a cheap one after each step, and a
//! strict one on the copy that is evaluated, certified and exported.

use kantorovich_encoders::Tensor;
use kantorovich_lipschitz::{BallProjection, Orthonormaliser, overlap};

use crate::Constraint;
use crate::operator_norm::{OperatorNorm, upper_bound};
use crate::parameters::Parameters;

/// Residual at which the refresh between steps stops, over the root of the number of singular
/// values: each is then within some half per cent of 1, below the drift of a single step, and one
/// iteration does.
const REFRESH_TOLERANCE: f64 = 1e-2;

/// Iterations to which the strict projection is held; a full-rank matrix takes about 20.
const MAX_ITERATIONS: usize = 100;

/// One warm iteration a step follows the largest singular value.
const POWER_TOLERANCE: f64 = 1e-3;

/// Iterations of the power method after a step, where one does not suffice.
const MAX_POWER_ITERATIONS: usize = 3;

/// Room below the norm for the slack of the certified bound, so that projecting twice changes
/// nothing.
const SPECTRAL_MARGIN: f64 = 4e-5;

/// A constraint's projections with their plans. Penalties have none.
pub(crate) enum Policy {
    /// Weights are left alone.
    Free,
    /// The nearest semi-orthonormal matrix; a convolution's kernel is one, reshaped to channels x patch,
    /// divided by the norm of taking patches.
    Orthonormal(Orthonormal),
    /// A largest spectral norm.
    Spectral(Spectral),
    /// The nearest matrix of a ball.
    Ball(BallPolicy),
}

/// Orthonormalisation every so many steps; matrices of one shape share a plan.
pub(crate) struct Orthonormal {
    every: u64,
    weights: Vec<(Tensor, usize)>,
    plans: Vec<Orthonormaliser>,
}

/// Projection on a ball every so many steps.
pub(crate) struct BallPolicy {
    every: u64,
    weights: Vec<(Tensor, BallProjection)>,
}

/// Spectral projection after every step.
pub(crate) struct Spectral {
    norm: f64,
    weights: Vec<(Tensor, OperatorNorm)>,
}

impl Policy {
    pub(crate) fn new(constraint: Constraint, parameters: &Parameters) -> Self {
        match constraint {
            Constraint::None | Constraint::GradientPenalty(_) | Constraint::Lagrangian(_) => {
                Self::Free
            }
            Constraint::Orthonormal { every } => {
                Self::Orthonormal(Orthonormal::new(every, parameters))
            }
            Constraint::Spectral { norm } => Self::Spectral(Spectral::new(norm, parameters)),
            Constraint::Ball { ball, every } => {
                let plan = |tensor: &Tensor| BallProjection::new(ball, tensor.rows, tensor.cols);
                let weights = parameters.weights().map(|tensor| (tensor.clone(), plan(tensor)));
                Self::Ball(BallPolicy { every, weights: weights.collect() })
            }
        }
    }

    /// Whether weights are ever changed.
    pub(crate) fn is_free(&self) -> bool {
        matches!(self, Self::Free)
    }

    /// Whether anything follows the optimiser in a step, counted from 1.
    pub(crate) fn acts_after(&self, step: u64) -> bool {
        match self {
            Self::Free => false,
            Self::Orthonormal(Orthonormal { every, .. }) | Self::Ball(BallPolicy { every, .. }) => {
                step.is_multiple_of(*every)
            }
            Self::Spectral(_) => true,
        }
    }

    /// What follows the optimiser in a step, counted from 1, for the weights that one owns.
    pub(crate) fn after_step(
        &mut self,
        params: &mut [f32],
        step: u64,
        owns: impl Fn(&Tensor) -> bool,
    ) {
        if !self.acts_after(step) {
            return;
        }
        match self {
            Self::Free => {}
            Self::Orthonormal(policy) => policy.after_step(params, owns),
            Self::Spectral(policy) => policy.after_step(params, owns),
            Self::Ball(policy) => policy.project(params, owns),
        }
    }

    /// Applies the constraint strictly. Touches no state that the next step depends on.
    pub(crate) fn constrain(&mut self, params: &mut [f32]) {
        match self {
            Self::Free => {}
            Self::Orthonormal(policy) => policy.constrain(params),
            Self::Spectral(policy) => policy.constrain(params),
            Self::Ball(policy) => policy.project(params, |_| true),
        }
    }

    /// The weights with a vector from which the next projection starts.
    pub(crate) fn warm_starts(&self) -> &[(Tensor, OperatorNorm)] {
        match self {
            Self::Spectral(policy) => &policy.weights,
            _ => &[],
        }
    }

    /// The same, to be restored.
    pub(crate) fn warm_starts_mut(&mut self) -> &mut [(Tensor, OperatorNorm)] {
        match self {
            Self::Spectral(policy) => &mut policy.weights,
            _ => &mut [],
        }
    }
}

impl Orthonormal {
    fn new(every: u64, parameters: &Parameters) -> Self {
        let mut shapes: Vec<(usize, usize)> = Vec::new();
        let mut weights = Vec::new();
        for tensor in parameters.weights() {
            let shape = (tensor.rows, tensor.cols);
            let place = shapes.iter().position(|known| *known == shape).unwrap_or(shapes.len());
            if place == shapes.len() {
                shapes.push(shape);
            }
            weights.push((tensor.clone(), place));
        }
        let plans = shapes.iter().map(|(rows, cols)| Orthonormaliser::new(*rows, *cols)).collect();
        Self { every, weights, plans }
    }

    fn after_step(&mut self, params: &mut [f32], owns: impl Fn(&Tensor) -> bool) {
        for (tensor, plan) in self.weights.iter().filter(|(tensor, _)| owns(tensor)) {
            let values = tensor.rows.min(tensor.cols) as f64;
            let tolerance = REFRESH_TOLERANCE * libm::sqrt(values);
            rescale(tensor, params, false);
            self.plans[*plan].refresh(tensor.view_mut(params), tolerance);
            rescale(tensor, params, true);
        }
    }

    fn constrain(&mut self, params: &mut [f32]) {
        for (tensor, plan) in &self.weights {
            // What f32 reaches grows with the size.
            let tolerance = 1e-6 * tensor.rows.min(tensor.cols) as f64;
            rescale(tensor, params, false);
            let weight = tensor.view_mut(params);
            self.plans[*plan].orthonormalise(weight, MAX_ITERATIONS, tolerance);
            rescale(tensor, params, true);
        }
    }
}

impl BallPolicy {
    fn project(&mut self, params: &mut [f32], owns: impl Fn(&Tensor) -> bool) {
        for (tensor, plan) in self.weights.iter_mut().filter(|(tensor, _)| owns(tensor)) {
            plan.project(tensor.view_mut(params));
        }
    }
}

/// Divides a convolution's kernel by the norm of taking patches, or multiplies it again.
fn rescale(tensor: &Tensor, params: &mut [f32], divide: bool) {
    let Some(convolution) = &tensor.convolution else { return };
    let norm = overlap(convolution);
    tensor.view_mut(params).scale(if divide { 1.0 / norm } else { norm } as f32);
}

impl Spectral {
    fn new(norm: f64, parameters: &Parameters) -> Self {
        let weights =
            parameters.weights().map(|tensor| (tensor.clone(), OperatorNorm::new(tensor)));
        Self { norm, weights: weights.collect() }
    }

    fn after_step(&mut self, params: &mut [f32], owns: impl Fn(&Tensor) -> bool) {
        for (tensor, norm) in self.weights.iter_mut().filter(|(tensor, _)| owns(tensor)) {
            norm.project(tensor, params, self.norm, MAX_POWER_ITERATIONS, POWER_TOLERANCE);
        }
    }

    fn constrain(&self, params: &mut [f32]) {
        for (tensor, _) in &self.weights {
            let bound = upper_bound(tensor, params);
            if bound > self.norm && bound.is_finite() {
                tensor.view_mut(params).scale((self.norm * (1.0 - SPECTRAL_MARGIN) / bound) as f32);
            }
        }
    }
}
