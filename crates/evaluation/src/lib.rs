//! Judging frozen representations: a linear probe, nearest neighbours, principal components.
//!
//! Everything takes row-major slices that the caller owns and returns plain values; nothing here
//! trains an encoder or knows of one.

#![forbid(unsafe_code)]

mod eigen;
mod labelled;
mod lbfgs;
mod metric;
pub mod neighbours;
mod orthonormal;
pub mod principal;
pub mod probe;
mod ranking;
mod rows;
mod softmax;
mod standardise;

pub use labelled::Labelled;
pub use metric::Metric;
pub use rows::Rows;
