//! The penalty on the critic as a function of the inputs, in the l2 metric on (x, y), through
//! critic and encoders.
//!
//! ```text
//! points:   x^, y^ through the later layers; first pre-activations are mixtures of the batch's
//! norms:    v_x = ∇_g s, v_y = ∇_h s (critic), carried back to ∇_x f, ∇_y f (encoders)
//! gradient: tangents forward to u_x, u_y (encoders), through v into the critic's parameters and
//!           both embeddings (critic's second derivative), and back to the first layer's delta
//! ```
//!
//! That delta joins the batch's own before the one product with the inputs that a step needs
//! anyway, so the input's width never meets the points (PERFORMANCE 5.3).

use kantorovich_encoders::{InputGradient, Route, Tape};
use kantorovich_kernels::{Error, Region, Share};
use kantorovich_lipschitz::Interpolation;

use super::score_points::ScorePoints;
use crate::critic::CriticParameters;
use crate::network::Network;
use crate::parameters::Side;
use crate::{PenaltySpec, TrainerSpec};

/// What of a penalty's work others need.
#[derive(Clone, Copy, Debug)]
pub(crate) enum InputPart {
    Begin,
    Embed,
    Differentiate,
    Tangents,
    Backward,
}

pub(crate) struct InputPenalty {
    scores: ScorePoints,
    sides: [PointSide; 2],
}

/// One side of the points.
struct PointSide {
    tape: Tape,
    pass: InputGradient,
}

impl InputPenalty {
    pub(super) fn new(spec: &TrainerSpec, penalty: PenaltySpec) -> Result<Self, Error> {
        let sides = Side::BOTH.map(|side| PointSide::new(spec, side, penalty.points));
        Ok(Self { scores: ScorePoints::new(spec, penalty)?, sides })
    }

    /// From now on passes compute the points of `share`.
    pub(crate) fn share(&mut self, share: Share) {
        for point in &mut self.sides {
            point.tape.share(share);
            point.pass.share(share);
        }
    }

    /// Adds to `list` what others need of [`InputPenalty::begin`], and so on in the order of a step.
    pub(crate) fn regions(&self, part: InputPart, list: &mut Vec<Region>) {
        let points = self.scores.count();
        for PointSide { tape, pass } in &self.sides {
            match part {
                InputPart::Begin => pass.gram_regions(list),
                InputPart::Embed => tape.forward_regions(points, false, list),
                InputPart::Differentiate => pass.norm_regions(points, list),
                InputPart::Tangents => pass.tangent_regions(points, list),
                InputPart::Backward => tape.delta_regions(points, list),
            }
        }
    }

    /// What needs the weights alone.
    pub(crate) fn begin(&mut self, network: &Network, params: &[f32]) {
        for (side, point) in Side::BOTH.into_iter().zip(&mut self.sides) {
            network.first_gram(side, params, &mut point.pass);
        }
    }

    /// Embeds the points, from the batch's first pre-activations on `tapes`.
    pub(crate) fn embed(
        &mut self,
        interpolation: &Interpolation,
        network: &Network,
        params: &[f32],
        tapes: &[Tape; 2],
    ) {
        let points = self.scores.count();
        for (side, point) in Side::BOTH.into_iter().zip(&mut self.sides) {
            let (batch, mixed) = (tapes[side.index()].pre(0), point.tape.first_pre_mut(points));
            match side {
                Side::X => interpolation.mix_x(batch, mixed),
                Side::Y => interpolation.mix_y(batch, mixed),
            }
            network.forward_rest(side, params, &mut point.tape);
        }
    }

    /// The critic's gradients by embeddings and inputs.
    pub(crate) fn differentiate(
        &mut self,
        network: &Network,
        params: &[f32],
        critic: &CriticParameters,
    ) {
        let embeddings = self.sides.each_ref().map(|point| point.tape.output());
        self.scores.differentiate(critic, embeddings);
        for (side, point) in Side::BOTH.into_iter().zip(&mut self.sides) {
            let v = self.scores.v(side);
            network.input_gradient(side, params, &point.tape, v, &mut point.pass);
        }
    }

    /// The penalty, and the tangents of its gradient.
    pub(crate) fn tangents(&mut self, network: &Network, params: &[f32]) -> f64 {
        let norms = self.sides.each_ref().map(|point| point.pass.squared_norms());
        let value = self.scores.evaluate(norms);
        let slopes = self.scores.slopes();
        for (side, point) in Side::BOTH.into_iter().zip(&mut self.sides) {
            network.penalty_tangents(side, params, &point.tape, &mut point.pass, slopes);
        }
        value
    }

    /// Back through the critic, whose gradient it adds to `gradient`, and the encoders.
    pub(crate) fn backward(
        &mut self,
        network: &Network,
        params: &[f32],
        critic: &CriticParameters,
        gradient: &mut [f32],
    ) {
        let embeddings = self.sides.each_ref().map(|point| point.tape.output());
        let u = self.sides.each_ref().map(|point| point.pass.upstream());
        self.scores.backward(critic, embeddings, u, gradient);
        for (side, point) in Side::BOTH.into_iter().zip(&mut self.sides) {
            network.deltas(side, params, &mut point.tape, self.scores.d_embeddings(side));
        }
    }

    /// Adds its gradient to that of the share's rows of the weights, but for what the first layers'
    /// deltas give, which join those on `tapes`.
    pub(crate) fn add_gradient(
        &mut self,
        interpolation: &Interpolation,
        network: &mut Network,
        params: &[f32],
        tapes: &mut [Tape; 2],
        gradient: &mut [f32],
        share: Share,
    ) {
        let slopes = self.scores.slopes();
        for (side, point) in Side::BOTH.into_iter().zip(&mut self.sides) {
            network.penalty_gradient(side, params, &mut point.pass, slopes, gradient, share);
        }
        for (side, point) in Side::BOTH.into_iter().zip(&self.sides) {
            network.later_gradients(side, &point.tape, gradient, share);
        }
        let [x, y] = tapes;
        interpolation.scatter_x(self.sides[0].tape.delta(0), x.first_delta_mut());
        interpolation.scatter_y(self.sides[1].tape.delta(0), y.first_delta_mut());
    }
}

impl PointSide {
    fn new(spec: &TrainerSpec, side: Side, points: usize) -> Self {
        let encoder = spec.encoder(side.index());
        let route = Route::cheapest(&encoder, points);
        Self {
            tape: Tape::new(&encoder, points),
            pass: InputGradient::new(&encoder, points, route),
        }
    }
}
