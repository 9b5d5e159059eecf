//! What a trainer is built from.

use kantorovich_encoders::{Activation, Convolution, EncoderSpec, Initialisation, Rule, Schedule};
use kantorovich_kernels::{Decimal, Error, Sizes};
use kantorovich_lipschitz::{Ball, Penalty};
use kantorovich_objectives::{CriticSpec, ObjectiveOptions};

use crate::critic::TEMPERATURE_FLOOR;
use crate::lagrangian::LagrangianSpec;

/// Everything that fixes a run: shapes, objective, critic, constraint, optimiser, seed.
#[derive(Clone, Debug)]
pub struct TrainerSpec {
    /// The objective's name in the vocabulary: `cpc`, `wdm`, ...
    pub objective: String,
    /// The numbers that fix it.
    pub objective_options: ObjectiveOptions,
    /// The critic's name in the vocabulary: `separable`, `distance`, ...
    pub critic: String,
    /// The joint critic's hidden layers; of no meaning for the others.
    pub critic_hidden: Vec<usize>,
    /// τ, above 0: what scores are divided by. Where it is learnt, where it starts.
    pub temperature: f32,
    /// Whether τ is a parameter, held as ln τ and kept at or above [`TEMPERATURE_FLOOR`].
    pub learn_temperature: bool,
    /// Widths of the encoder of x, input first, then the dense layers.
    pub x_widths: Vec<usize>,
    /// Widths of the encoder of y; `None` where x's serves both.
    pub y_widths: Option<Vec<usize>>,
    /// The convolutions before the dense layers of x's encoder, and of y's own.
    pub convolutions: [Vec<Convolution>; 2],
    /// The activation of both.
    pub activation: Activation,
    /// Whether layers have biases.
    pub bias: bool,
    /// How weights begin.
    pub initialisation: Initialisation,
    /// What keeps the critic Lipschitz.
    pub constraint: Constraint,
    /// The optimiser's rule.
    pub rule: Rule,
    /// The weight decay of weights; biases and the temperature have none.
    pub weight_decay: f64,
    /// The learning rate of each step.
    pub schedule: Schedule,
    /// The largest global norm of a gradient, above 0; longer ones are scaled to it.
    pub clip_norm: Option<f64>,
    /// Pairs in a batch, n, at least 2.
    pub batch: usize,
    /// Fixes initial weights and the penalty's points.
    pub seed: u64,
}

/// What keeps the critic Lipschitz. Projections apply to every weight matrix, a bilinear critic's
/// included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constraint {
    /// Nothing.
    None,
    /// The norm of the critic's gradient is pulled to a target.
    GradientPenalty(PenaltySpec),
    /// Weights are replaced by the nearest (semi-)orthonormal matrix every so many steps.
    Orthonormal {
        /// The steps from one time to the next, at least 1.
        every: u64,
    },
    /// Weights are scaled down to a largest spectral norm after every step.
    Spectral {
        /// That norm, above 0.
        norm: f64,
    },
    /// Weights are replaced by the nearest matrix of a ball every so many steps; a convolution's kernel
    /// as channels x patch, whose norm may be below the convolution's.
    Ball {
        /// The ball.
        ball: Ball,
        /// The steps from one time to the next, at least 1.
        every: u64,
    },
    /// Embeddings are kept from lying further apart than inputs, on pairs of a batch.
    Lagrangian(LagrangianSpec),
}

/// A gradient penalty and where it is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PenaltySpec {
    /// Sides, target and coefficient.
    pub rule: Penalty,
    /// Points a step, at least 1; a quarter of the batch trains as well as all of it.
    pub points: usize,
    /// What the critic is differentiated by.
    pub over: PenaltyOver,
}

/// Of what the critic is a function whose gradient is penalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PenaltyOver {
    /// The inputs (x, y): the l2 metric of the data.
    Inputs,
    /// The embeddings (g, h): the l2 metric of the representation.
    Embeddings,
}

/// The most numbers that parameters and their optimiser may take: 2 GiB.
const MOST_NUMBERS: u64 = 1 << 29;

impl TrainerSpec {
    /// Checks everything that isn't checked by a part's own constructor.
    ///
    /// # Errors
    ///
    /// `Options` on a number out of its range or a constraint that the critic doesn't have,
    /// `Shape` on widths that don't fit; the message names what was given.
    pub fn validate(&self) -> Result<(), Error> {
        self.encoder(0).validate()?;
        self.encoder(1).validate()?;
        self.validate_size()?;
        self.validate_temperature()?;
        self.validate_constraint()?;
        if self.batch < 2 {
            return Err(Error::options(format!(
                "a batch must have at least 2 pairs, found {}",
                self.batch
            )));
        }
        match self.clip_norm {
            Some(norm) if !(norm.is_finite() && norm > 0.0) => Err(Error::options(format!(
                "the gradient's largest norm must be finite and above 0, found {}",
                Decimal(norm)
            ))),
            _ => Ok(()),
        }
    }

    /// The critic, sizes aside.
    pub(crate) fn critic(&self) -> CriticSpec<'_> {
        CriticSpec { name: &self.critic, hidden: &self.critic_hidden }
    }

    /// The encoder of x (side 0) or of y (side 1).
    pub(crate) fn encoder(&self, side: usize) -> EncoderSpec {
        let own = if side == 0 { None } else { self.y_widths.as_ref() };
        EncoderSpec {
            widths: own.unwrap_or(&self.x_widths).clone(),
            convolutions: self.convolutions[if own.is_some() { 1 } else { 0 }].clone(),
            activation: self.activation,
            bias: self.bias,
            initialisation: self.initialisation,
        }
    }

    fn validate_size(&self) -> Result<(), Error> {
        let sides = if self.y_widths.is_some() { 2 } else { 1 };
        let (mut weights, mut activations) = (0u64, 0u64);
        for encoder in (0..sides).map(|side| self.encoder(side)) {
            for layer in 0..encoder.layer_count() {
                let (inputs, outputs) = encoder.layer_widths(layer);
                let weight = match encoder.convolutions.get(layer) {
                    Some(convolution) => (convolution.channels, convolution.patch()),
                    None => (inputs, outputs),
                };
                weights = weights.saturating_add((weight.0 as u64).saturating_mul(weight.1 as u64));
                let rows = (inputs as u64).saturating_add(outputs as u64);
                activations = activations.saturating_add((self.batch as u64).saturating_mul(rows));
            }
        }
        let hidden = if self.critic == "joint" { &self.critic_hidden[..] } else { &[] };
        let mut inputs = (0..2).map(|side| self.encoder(side).output_width() as u64).sum::<u64>();
        for units in hidden.iter().map(|units| *units as u64) {
            weights = weights.saturating_add(units.saturating_mul(inputs));
            activations = activations.saturating_add(units.saturating_mul(self.batch as u64));
            inputs = units;
        }
        // Parameters, gradient, two moments, the constrained copy; activations and their gradients.
        let numbers = weights.saturating_mul(5).saturating_add(activations.saturating_mul(3));
        if numbers <= MOST_NUMBERS {
            return Ok(());
        }
        Err(Error::shape(format!(
            "encoders of widths {} and {} on batches of {} would take {} MiB, more than the {} there can be",
            Sizes(&self.x_widths),
            Sizes(&self.encoder(1).widths),
            self.batch,
            numbers >> 18,
            MOST_NUMBERS >> 18
        )))
    }

    fn validate_temperature(&self) -> Result<(), Error> {
        let temperature = self.temperature;
        if !(temperature.is_finite() && temperature > 0.0) {
            return Err(Error::options(format!(
                "temperature must be finite and above 0, found {}",
                Decimal(temperature.into())
            )));
        }
        if self.learn_temperature && temperature < TEMPERATURE_FLOOR as f32 {
            return Err(Error::options(format!(
                "a learnt temperature must start at {} or above, found {}",
                Decimal(TEMPERATURE_FLOOR),
                Decimal(temperature.into())
            )));
        }
        Ok(())
    }

    fn validate_constraint(&self) -> Result<(), Error> {
        match self.constraint {
            Constraint::Orthonormal { every: 0 } | Constraint::Ball { every: 0, .. } => Err(
                Error::options("weights are projected every so many steps, at least 1, found 0"),
            ),
            Constraint::Lagrangian(lagrangian) => lagrangian.validate(),
            Constraint::Spectral { norm } if !(norm.is_finite() && norm > 0.0) => {
                Err(Error::options(format!(
                    "the spectral norm must be finite and above 0, found {}",
                    Decimal(norm)
                )))
            }
            _ => Ok(()),
        }
    }
}
