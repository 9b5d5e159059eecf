//! Optimal transport between samples: exact Wasserstein-1 distances with a certificate, and
//! entropic costs for samples that are too large for them.
//!
//! Everything takes row-major slices that the caller owns and returns plain values. What is exact
//! is computed in `f64` from the differences of the `f32` coordinates.

#![forbid(unsafe_code)]

mod dependency;
mod exact;
mod ground;
mod line;
mod masses;
mod relaxation;
mod simplex;
mod sinkhorn;
mod softmin;
mod start;
mod tree;
mod weighted;

pub use dependency::{Dependency, PairMetric, dependency_w1};
pub use exact::{Metric, Transport, wasserstein1};
pub use sinkhorn::{Divergence, Entropic, SinkhornOptions, sinkhorn, sinkhorn_divergence};
pub use softmin::Cost;
pub use weighted::Weighted;
