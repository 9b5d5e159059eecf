//! Training: one step that joins encoders, critic, objective, constraint and optimiser.
//!
//! A [`Trainer`] owns one flat buffer of parameters (both encoders, the critic's weights, the
//! logarithm of its temperature), one of gradients, and every plan that a step needs; everything
//! is allocated when it is built, and a step allocates nothing. The objective is maximised:
//!
//! ```text
//! loss = -value + penalty        (the penalty's coefficient included; 0 without one)
//! ```
//!
//! What is evaluated, embedded, certified or exported comes from a copy of the weights with the
//! constraint applied; the state that a checkpoint keeps is raw. So neither saving nor evaluating
//! changes how training goes on, and a restored trainer goes on bit for bit.
#![forbid(unsafe_code)]

mod critic;
mod evaluate;
mod lagrangian;
mod network;
mod operator_norm;
mod parameters;
mod penalty;
mod policy;
mod sharing;
mod spec;
mod state;
mod step;
mod trainer;

pub use critic::TEMPERATURE_FLOOR;
pub use evaluate::Evaluation;
pub use lagrangian::LagrangianSpec;
pub use parameters::Side;
pub use spec::{Constraint, PenaltyOver, PenaltySpec, TrainerSpec};
pub use state::{Counters, StateTensor, Tensors};
pub use step::{Phase, StepReport};
pub use trainer::Trainer;
