//! Encoders: dense layers and convolutions, their backward passes, and the optimisers that train them.
//!
//! An [`Encoder`] owns no weights. It describes, by its [`Layout`], where each weight and bias
//! lies in one flat `f32` buffer that the trainer owns, so that an optimiser's step is one pass
//! over memory and a checkpoint is one buffer. A [`Tape`] holds what a forward pass leaves for
//! the backward passes. The order of a training step:
//!
//! 1. [`Encoder::forward`] fills a tape; its [`Tape::output`] are the embeddings.
//! 2. [`Encoder::backward`] takes the gradient of the embeddings and **adds** the gradient of
//!    the parameters to a buffer laid out as they are.
//! 3. With a gradient penalty, [`Encoder::input_gradient`] and [`Encoder::penalty_gradient`]
//!    (module [`penalty`]) come between, on a second tape for the interpolated points.
//! 4. [`clip_global_norm`] and [`Optimiser::step`].
//!
//! Nothing here allocates after construction. Every sum over a batch runs over blocks of
//! [`kantorovich_kernels::BLOCK_ROWS`] rows in a fixed order.
#![forbid(unsafe_code)]

mod activation;
mod clipping;
mod initialise;
mod layout;
mod linear;
mod mlp;
mod optimisers;
pub mod penalty;
mod schedules;
mod spec;
mod tape;

pub use kantorovich_convolutions::Convolution;

pub use clipping::{
    LARGEST_NORM, check_norm, clip_global_norm, global_norm, not_finite, square_sum,
};
pub use initialise::initialise;
pub use layout::{Layout, Tensor, TensorKind};
pub use mlp::Encoder;
pub use optimisers::{Optimiser, Rule};
pub use penalty::{InputGradient, Route};
pub use schedules::{Decay, Schedule};
pub use spec::{Activation, EncoderSpec, Initialisation};
pub use tape::Tape;
