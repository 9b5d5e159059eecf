//! The gradient penalty of a step, exact, on points between pairs of the joint and pairs of the
//! product (Gulrajani et al. 2017).

mod embeddings;
mod inputs;
mod score_points;

use embeddings::EmbeddingPenalty;
pub(crate) use inputs::{InputPart, InputPenalty};
use kantorovich_encoders::Tape;
use kantorovich_kernels::{Error, Panels, Random};
use kantorovich_lipschitz::{Interpolation, Point};

use crate::critic::CriticParameters;
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

    /// The penalty over inputs, with the points that were drawn; absent for the other penalty.
    pub(crate) fn over_inputs(&mut self) -> Option<(&Interpolation, &mut InputPenalty)> {
        match &mut self.over {
            Over::Inputs(penalty) => Some((&self.interpolation, penalty)),
            Over::Embeddings(_) => None,
        }
    }
}
