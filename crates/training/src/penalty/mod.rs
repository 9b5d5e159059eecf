//! The gradient penalty of a step, exact, on points between pairs of the joint and pairs of the
//! product (Gulrajani et al. 2017).

mod embeddings;
mod inputs;
mod score_points;

use embeddings::EmbeddingPenalty;
use inputs::InputPenalty;
use kantorovich_encoders::Tape;
use kantorovich_kernels::{Error, Panels, Random};
use kantorovich_lipschitz::{Interpolation, Point};

use crate::critic::CriticParameters;
use crate::network::Network;
use crate::{PenaltyOver, PenaltySpec, TrainerSpec};

/// The plan of a step's penalty; running it allocates nothing.
pub(crate) struct GradientPenalty {
    interpolation: Interpolation,
    over: Over,
}

/// What the critic is differentiated by.
enum Over {
    Inputs(Box<InputPenalty>),
    Embeddings(Box<EmbeddingPenalty>),
}

impl GradientPenalty {
    /// For the encoders, critic and batch of `spec`.
    ///
    /// # Errors
    ///
    /// As [`Interpolation::new`].
    pub(crate) fn new(spec: &TrainerSpec, penalty: PenaltySpec) -> Result<Self, Error> {
        let interpolation = Interpolation::new(spec.batch, penalty.points)?;
        let over = match penalty.over {
            PenaltyOver::Inputs => Over::Inputs(Box::new(InputPenalty::new(spec, penalty)?)),
            PenaltyOver::Embeddings => {
                Over::Embeddings(Box::new(EmbeddingPenalty::new(spec, penalty)?))
            }
        };
        Ok(Self { interpolation, over })
    }

    /// The points of the last step.
    pub(crate) fn points(&self) -> &[Point] {
        self.interpolation.points()
    }

    /// Draws new points.
    pub(crate) fn draw(&mut self, random: &mut Random) {
        self.interpolation.draw(random);
    }

    /// Before the batch's backward pass: the penalty over embeddings at the drawn points, its
    /// gradient by the batch's embeddings added to `d_out` and by the critic to `gradient`; 0 for
    /// the other penalty.
    pub(crate) fn add_to_embeddings(
        &mut self,
        critic: &CriticParameters,
        tapes: &[Tape; 2],
        d_out: &mut [Panels; 2],
        gradient: &mut [f32],
    ) -> f64 {
        let Over::Embeddings(penalty) = &mut self.over else { return 0.0 };
        penalty.add_gradient(&self.interpolation, critic, tapes, d_out, gradient)
    }

    /// After the batch's backward pass down to its first layer: the penalty over inputs at the
    /// drawn points, its gradient added to `gradient` but for the first layers', whose deltas are
    /// added to those on `tapes`; 0 for the other penalty.
    pub(crate) fn add_to_first_deltas(
        &mut self,
        network: &mut Network,
        params: &[f32],
        critic: &CriticParameters,
        tapes: &mut [Tape; 2],
        gradient: &mut [f32],
    ) -> f64 {
        let Over::Inputs(penalty) = &mut self.over else { return 0.0 };
        penalty.add_gradient(&self.interpolation, network, params, critic, tapes, gradient)
    }
}
