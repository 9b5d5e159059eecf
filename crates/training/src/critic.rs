//! The critic's parameters: as the trainer holds them, and as a loss takes them.
//!
//! A learnt temperature is held as ln τ, so that it stays positive and a step changes it by a
//! factor; `d/d ln τ = τ d/dτ`. It doesn't decay and stays at or above a floor, as CLIP's does.

use std::ops::Range;

use kantorovich_encoders::Tensor;
use kantorovich_kernels::{Error, Random};
use kantorovich_objectives::critics;

use crate::TrainerSpec;
use crate::parameters::Parameters;

/// The smallest value of a learnt temperature (CLIP, Radford et al. 2021: logits at most 100).
pub const TEMPERATURE_FLOOR: f64 = 0.01;

/// The critic's slots in the flat buffer and its parameters as a loss takes them: tensors in panels,
/// then τ.
#[derive(Debug)]
pub(crate) struct CriticParameters {
    /// The places of its weights and biases.
    range: Range<usize>,
    log_temperature: Option<Tensor>,
    temperature: f64,
    values: Vec<f32>,
}

impl CriticParameters {
    /// For a critic whose slots are those of `parameters`.
    pub(crate) fn new(spec: &TrainerSpec, parameters: &Parameters) -> Self {
        let range = parameters.critic();
        let count = range.len();
        let mut values = vec![0.0; count + 1];
        values[count] = spec.temperature;
        Self {
            range,
            log_temperature: parameters.log_temperature().cloned(),
            temperature: f64::from(spec.temperature),
            values,
        }
    }

    /// Writes where training starts: the critic's own beginning, and ln τ.
    pub(crate) fn initialise(
        &self,
        spec: &TrainerSpec,
        params: &mut [f32],
        random: &mut Random,
    ) -> Result<(), Error> {
        let [x, y] = [0, 1].map(|side| spec.encoder(side).output_width());
        critics::initialise(spec.critic(), [x, y], &mut params[self.range.clone()], random)?;
        if let Some(tensor) = &self.log_temperature {
            params[tensor.offset] = libm::log(self.temperature) as f32;
        }
        Ok(())
    }

    /// Takes up the parameters of this step.
    pub(crate) fn load(&mut self, params: &[f32]) {
        let count = self.values.len() - 1;
        self.values[..count].copy_from_slice(&params[self.range.clone()]);
        if let Some(tensor) = &self.log_temperature {
            let learnt = libm::exp(f64::from(params[tensor.offset]));
            self.temperature = learnt.max(TEMPERATURE_FLOOR);
            self.values[count] = self.temperature as f32;
        }
    }

    /// What a loss takes.
    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }

    /// τ as last loaded.
    pub(crate) fn temperature(&self) -> f64 {
        self.temperature
    }

    /// Subtracts from the flat `gradient` the derivatives that a loss gave for [`Self::values`].
    pub(crate) fn subtract(&self, derivatives: &[f32], gradient: &mut [f32]) {
        let count = self.values.len() - 1;
        let pairs = gradient[self.range.clone()].iter_mut().zip(&derivatives[..count]);
        pairs.for_each(|(sum, derivative)| *sum -= derivative);
        self.add_log_temperature(-self.temperature * f64::from(derivatives[count]), gradient);
    }

    /// Adds a derivative by ln τ, where that is learnt.
    pub(crate) fn add_log_temperature(&self, derivative: f64, gradient: &mut [f32]) {
        if let Some(tensor) = &self.log_temperature {
            gradient[tensor.offset] += derivative as f32;
        }
    }

    /// Adds to the flat `gradient` derivatives by the weights, laid out as in [`Self::values`].
    pub(crate) fn add_weights(&self, derivatives: &[f32], gradient: &mut [f32]) {
        let pairs = gradient[self.range.clone()].iter_mut().zip(derivatives);
        pairs.for_each(|(sum, derivative)| *sum += derivative);
    }

    /// Raises a learnt temperature to the floor, once the optimiser has moved it.
    pub(crate) fn hold_floor(&self, params: &mut [f32]) {
        if let Some(tensor) = &self.log_temperature {
            let floor = libm::log(TEMPERATURE_FLOOR) as f32;
            params[tensor.offset] = params[tensor.offset].max(floor);
        }
    }
}
