//! Operations of TensorFlow.js on its own row-major tensors, over the kernels of this library.
//!
//! Every contraction becomes `C = L Rᵀ` with the columns of C in lanes: the microkernel then leaves eight
//! numbers that are neighbours in a row of C, so that C is written without a transposition, and of the
//! operands only those whose contraction runs along memory are turned. Products are made a block of
//! rows at a time, so that scratch stays in a cache however large a tensor is.

#![forbid(unsafe_code)]

mod convolution;
mod depthwise;
mod epilogue;
mod pack;
mod product;
#[cfg(test)]
mod reference;
mod scratch;
mod sums;
mod window;

pub use convolution::Convolution;
pub use depthwise::Depthwise;
pub use epilogue::{Activation, Epilogue};
pub use product::MatrixProduct;
pub use scratch::Scratch;
pub use sums::add_rows;
pub use window::{Axis, Window};
