//! The penalty on the critic as a function of the embeddings, in the l2 metric on (g, h): it bounds
//! how fast scores move with embeddings, and leaves the encoders to themselves.
//!
//! Points are mixtures of the batch's embeddings, so that no encoder is passed again: what the
//! penalty gives joins the batch's own gradient before its backward pass.

use kantorovich_encoders::Tape;
use kantorovich_kernels::{Error, LANES, Panels, rows};
use kantorovich_lipschitz::Interpolation;

use super::score_points::ScorePoints;
use crate::critic::CriticParameters;
use crate::parameters::Side;
use crate::{PenaltySpec, TrainerSpec};

pub(super) struct EmbeddingPenalty {
    scores: ScorePoints,
    /// The points' embeddings.
    mixed: [Panels; 2],
    /// The penalty's gradient by v.
    u: [Panels; 2],
    squared_norms: [Vec<f64>; 2],
}

impl EmbeddingPenalty {
    pub(super) fn new(spec: &TrainerSpec, penalty: PenaltySpec) -> Result<Self, Error> {
        let widths = Side::BOTH.map(|side| spec.encoder(side.index()).output_width());
        let buffers = || widths.map(|width| Panels::zeros(penalty.points, width));
        let scores = ScorePoints::new(spec, penalty)?;
        let squared_norms = [(); 2].map(|()| vec![0.0; penalty.points]);
        Ok(Self { scores, mixed: buffers(), u: buffers(), squared_norms })
    }

    pub(super) fn add_gradient(
        &mut self,
        interpolation: &Interpolation,
        critic: &CriticParameters,
        tapes: &[Tape; 2],
        d_out: &mut [Panels; 2],
        gradient: &mut [f32],
    ) -> f64 {
        let [x, y] = &mut self.mixed;
        interpolation.mix_x(tapes[0].output(), x.view_mut());
        interpolation.mix_y(tapes[1].output(), y.view_mut());
        let embeddings = self.mixed.each_ref().map(Panels::view);
        self.scores.differentiate(critic, embeddings);
        for (side, squared) in Side::BOTH.into_iter().zip(&mut self.squared_norms) {
            let v = self.scores.v(side);
            for (p, squared) in squared.chunks_mut(LANES).enumerate() {
                squared.copy_from_slice(&rows::dot(v.panel(p), v.panel(p))[..squared.len()]);
            }
        }
        let value = self.scores.evaluate(self.squared_norms.each_ref().map(Vec::as_slice));
        for (side, u) in Side::BOTH.into_iter().zip(&mut self.u) {
            let mut u = u.view_mut();
            u.copy_from(self.scores.v(side));
            for (p, slopes) in self.scores.slopes().chunks(LANES).enumerate() {
                let slope = |lane: usize| slopes.get(lane).copied().unwrap_or(0.0);
                rows::scale(u.panel_mut(p), core::array::from_fn(slope));
            }
        }
        let u = self.u.each_ref().map(Panels::view);
        self.scores.backward(critic, embeddings, u, gradient);
        let [d_x, d_y] = d_out;
        interpolation.scatter_x(self.scores.d_embeddings(Side::X), d_x.view_mut());
        interpolation.scatter_y(self.scores.d_embeddings(Side::Y), d_y.view_mut());
        value
    }
}
