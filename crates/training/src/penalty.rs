//! The gradient penalty of a step, exact, through critic and encoders, on points between pairs of
//! the joint and pairs of the product.
//!
//! ```text
//! points:   x^, y^ through the later layers; first pre-activations are mixtures of the batch's
//! norms:    v_x = ∇_g s, v_y = ∇_h s (critic), carried back to ∇_x f, ∇_y f (encoders)
//! gradient: tangents forward to u_x, u_y (encoders), through v into the critic's parameters and
//!           the *other* side's embedding (critic), and back to the first layer's delta (encoders)
//! ```
//!
//! That delta joins the batch's own before the one product with the inputs that a step needs
//! anyway, so the input's width never meets the points (PERFORMANCE 5.3; Gulrajani et al. 2017).

use kantorovich_encoders::{InputGradient, Route, Tape};
use kantorovich_kernels::{Error, Panels, PanelsRef, Random, rows};
use kantorovich_lipschitz::{Interpolation, Penalty, ScoreGradient};

use crate::critic::CriticParameters;
use crate::network::Network;
use crate::parameters::Side;
use crate::{PenaltySpec, TrainerSpec};

/// The plan of a step's penalty; running it allocates nothing.
pub(crate) struct GradientPenalty {
    rule: Penalty,
    interpolation: Interpolation,
    score: ScoreGradient,
    sides: [PointSide; 2],
    slopes: Vec<f32>,
}

/// One side of the points.
struct PointSide {
    tape: Tape,
    pass: InputGradient,
    /// The score's gradient by this side's embeddings.
    v: Panels,
    /// The penalty's gradient by this side's embeddings.
    d_out: Panels,
}

impl GradientPenalty {
    /// For the encoders and the batch of `spec`.
    ///
    /// # Errors
    ///
    /// As [`Interpolation::new`].
    pub(crate) fn new(spec: &TrainerSpec, penalty: PenaltySpec) -> Result<Self, Error> {
        let sides = Side::BOTH.map(|side| PointSide::new(spec, side, penalty.points));
        let width = spec.encoder(0).output_width();
        Ok(Self {
            rule: penalty.rule,
            interpolation: Interpolation::new(spec.batch, penalty.points)?,
            score: ScoreGradient::new(spec.temperature, width),
            sides,
            slopes: vec![0.0; penalty.points],
        })
    }

    /// The points of the last step.
    pub(crate) fn interpolation(&self) -> &Interpolation {
        &self.interpolation
    }

    /// Draws new points.
    pub(crate) fn draw(&mut self, random: &mut Random) {
        self.interpolation.draw(random);
    }

    /// The penalty at the drawn points, its gradient added to `gradient` but for the first
    /// layers', whose deltas are added to those on `tapes`: the batch's, after its backward pass.
    pub(crate) fn add_gradient(
        &mut self,
        network: &mut Network,
        params: &[f32],
        critic: &CriticParameters,
        tapes: &mut [Tape; 2],
        gradient: &mut [f32],
    ) -> f64 {
        self.score.set_temperature(critic.temperature() as f32);
        self.embed_points(network, params, tapes);
        self.differentiate_scores(critic);
        for (side, point) in Side::BOTH.into_iter().zip(&mut self.sides) {
            network.input_gradient(side, params, &point.tape, point.v.view(), &mut point.pass);
        }
        let [x, y] = self.sides.each_ref().map(|point| point.pass.squared_norms());
        let value = self.rule.evaluate(x, y, &mut self.slopes).value;
        for (side, point) in Side::BOTH.into_iter().zip(&mut self.sides) {
            let (tape, pass) = (&point.tape, &mut point.pass);
            network.penalty_gradient(side, params, tape, pass, &self.slopes, gradient);
        }
        self.return_through_scores(critic, gradient);
        for (side, point) in Side::BOTH.into_iter().zip(&mut self.sides) {
            let d_out = point.d_out.view();
            network.backward_rest(side, params, &mut point.tape, d_out, gradient);
        }
        self.join_first_deltas(tapes);
        value
    }

    fn embed_points(&mut self, network: &Network, params: &[f32], tapes: &[Tape; 2]) {
        let points = self.slopes.len();
        for (side, point) in Side::BOTH.into_iter().zip(&mut self.sides) {
            let (batch, mixed) = (tapes[side.index()].pre(0), point.tape.first_pre_mut(points));
            match side {
                Side::X => self.interpolation.mix_x(batch, mixed),
                Side::Y => self.interpolation.mix_y(batch, mixed),
            }
            network.forward_rest(side, params, &mut point.tape);
        }
    }

    /// `v_x` and `v_y`.
    fn differentiate_scores(&mut self, critic: &CriticParameters) {
        let [x, y] = &mut self.sides;
        let (g, h) = (x.tape.output(), y.tape.output());
        match critic.weight() {
            None => {
                self.score.separable(h, x.v.view_mut());
                self.score.separable(g, y.v.view_mut());
            }
            Some(weight) => {
                self.score.bilinear_g(weight, h, x.v.view_mut());
                self.score.bilinear_h(weight, g, y.v.view_mut());
            }
        }
    }

    /// From `u_x` and `u_y`: the gradient of the embeddings and of the critic's parameters.
    fn return_through_scores(&mut self, critic: &CriticParameters, gradient: &mut [f32]) {
        let [x, y] = &mut self.sides;
        let (u_x, u_y) = (x.pass.upstream(), y.pass.upstream());
        // Scores are divided by τ, and so is v.
        let along = inner_product(u_x, x.v.view()) + inner_product(u_y, y.v.view());
        critic.add_log_temperature(-along, gradient);
        match (critic.weight(), critic.weight_slot()) {
            (Some(weight), Some(slot)) => {
                self.score.bilinear_g(weight, u_y, x.d_out.view_mut());
                self.score.bilinear_h(weight, u_x, y.d_out.view_mut());
                let (g, h) = (x.tape.output(), y.tape.output());
                self.score.add_bilinear_weights(u_x, h, slot.view_mut(gradient));
                self.score.add_bilinear_weights(g, u_y, slot.view_mut(gradient));
            }
            _ => {
                self.score.separable(u_y, x.d_out.view_mut());
                self.score.separable(u_x, y.d_out.view_mut());
            }
        }
    }

    fn join_first_deltas(&self, tapes: &mut [Tape; 2]) {
        let [x, y] = tapes;
        self.interpolation.scatter_x(self.sides[0].tape.delta(0), x.first_delta_mut());
        self.interpolation.scatter_y(self.sides[1].tape.delta(0), y.first_delta_mut());
    }
}

impl PointSide {
    fn new(spec: &TrainerSpec, side: Side, points: usize) -> Self {
        let encoder = spec.encoder(side.index());
        let route = Route::cheapest(&encoder, points);
        Self {
            tape: Tape::new(&encoder, points),
            pass: InputGradient::new(&encoder, points, route),
            v: Panels::zeros(points, encoder.output_width()),
            d_out: Panels::zeros(points, encoder.output_width()),
        }
    }
}

/// `Σ_k a_k · b_k` over all rows.
fn inner_product(a: PanelsRef<'_>, b: PanelsRef<'_>) -> f64 {
    let panels = 0..a.panel_count();
    panels.flat_map(|p| rows::dot(a.panel(p), b.panel(p))).sum()
}
