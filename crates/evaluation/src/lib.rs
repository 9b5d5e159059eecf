//! Judging frozen representations: a linear probe, nearest neighbours, principal components.
//!
//! Everything takes row-major slices that the caller owns and returns plain values; nothing here
//! trains an encoder or knows of one.

#![forbid(unsafe_code)]

mod labelled;
mod lbfgs;
pub mod probe;
mod rows;
mod softmax;
mod standardise;

pub use labelled::Labelled;
pub use rows::Rows;
