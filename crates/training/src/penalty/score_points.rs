//! What both penalties share: the critic's derivatives at the points, and the rule on their norms.

use kantorovich_kernels::{Error, Panels, PanelsRef, rows};
use kantorovich_lipschitz::{Penalty, ScoreGradient, build_score_gradient};
use kantorovich_objectives::critics::parameter_count;

use crate::critic::CriticParameters;
use crate::parameters::Side;
use crate::{PenaltySpec, TrainerSpec};

pub(super) struct ScorePoints {
    rule: Penalty,
    score: Box<dyn ScoreGradient>,
    v: [Panels; 2],
    d_embeddings: [Panels; 2],
    d_weights: Vec<f32>,
    slopes: Vec<f32>,
}

impl ScorePoints {
    pub(super) fn new(spec: &TrainerSpec, penalty: PenaltySpec) -> Result<Self, Error> {
        let widths = Side::BOTH.map(|side| spec.encoder(side.index()).output_width());
        // The last one is τ.
        let parameters = parameter_count(spec.critic(), widths[0], widths[1])?;
        let buffers = || widths.map(|width| Panels::zeros(penalty.points, width));
        Ok(Self {
            rule: penalty.rule,
            score: build_score_gradient(&spec.critic, &spec.critic_hidden, widths, penalty.points)?,
            v: buffers(),
            d_embeddings: buffers(),
            d_weights: vec![0.0; parameters - 1],
            slopes: vec![0.0; penalty.points],
        })
    }

    /// How many points there are.
    pub(super) fn count(&self) -> usize {
        self.slopes.len()
    }

    /// Writes v, the score's gradients by the embeddings of each side.
    pub(super) fn differentiate(
        &mut self,
        critic: &CriticParameters,
        embeddings: [PanelsRef<'_>; 2],
    ) {
        let v = self.v.each_mut().map(Panels::view_mut);
        self.score.differentiate(critic.values(), embeddings, v);
    }

    /// v of a side, K x its embedding's width.
    pub(super) fn v(&self, side: Side) -> PanelsRef<'_> {
        self.v[side.index()].view()
    }

    /// The penalty on gradients of these squared norms, a side each; leaves the slopes.
    pub(super) fn evaluate(&mut self, [x, y]: [&[f64]; 2]) -> f64 {
        self.rule.evaluate(x, y, &mut self.slopes).value
    }

    /// `P'(n_k) / n_k` of each point, the coefficient and the mean included.
    pub(super) fn slopes(&self) -> &[f32] {
        &self.slopes
    }

    /// From the penalty's gradient `u` by v: that by the critic's parameters, added to `gradient`,
    /// and that by the embeddings, left in [`ScorePoints::d_embeddings`].
    pub(super) fn backward(
        &mut self,
        critic: &CriticParameters,
        embeddings: [PanelsRef<'_>; 2],
        u: [PanelsRef<'_>; 2],
        gradient: &mut [f32],
    ) {
        // Scores are divided by τ, and so is v.
        let along: f64 = u.iter().zip(&self.v).map(|(u, v)| inner_product(*u, v.view())).sum();
        critic.add_log_temperature(-along, gradient);
        let parameters = critic.values();
        self.d_weights.fill(0.0);
        let d = self.d_embeddings.each_mut().map(Panels::view_mut);
        self.score.backward(parameters, embeddings, u, d, &mut self.d_weights);
        critic.add_weights(&self.d_weights, gradient);
    }

    /// The penalty's gradient by a side's embeddings at the points.
    pub(super) fn d_embeddings(&self, side: Side) -> PanelsRef<'_> {
        self.d_embeddings[side.index()].view()
    }
}

/// `Σ_k a_k · b_k` over all rows.
fn inner_product(a: PanelsRef<'_>, b: PanelsRef<'_>) -> f64 {
    let panels = 0..a.panel_count();
    panels.flat_map(|p| rows::dot(a.panel(p), b.panel(p))).sum()
}
