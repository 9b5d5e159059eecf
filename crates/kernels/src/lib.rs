//! Single-precision kernels over panels of eight rows: two matrix products, distances,
//! transposition, exponential and logarithm, statistics of rows and columns, random numbers.
//!
//! This crate knows nothing of learning. It is the only one with SIMD intrinsics; every public
//! function is safe, and each kernel is written once over [`lanes`], which is a pair of `v128` on
//! wasm and a plain array elsewhere: the array is the scalar twin that native tests run. In the
//! simd128 build both give the same bits, since every operation is rounded on its own.

pub mod columns;
pub mod decimal;
pub mod distances;
pub mod error;
pub mod exponential;
pub mod gram;
pub mod lanes;
pub mod logarithm;
pub mod panels;
pub mod product;
pub mod random;
pub mod rectify;
pub mod rows;
pub mod share;
pub mod transpose;

pub use decimal::{Decimal, Sizes};
pub use error::{Error, ErrorKind};
pub use exponential::Exponential;
pub use gram::gram;
pub use lanes::F32x8;
pub use panels::{LANES, Panels, PanelsMut, PanelsRef, panel_len};
pub use product::{Into, lower_nt, lower_nt_panels, mirror, nn, nt, tn, tn_rows, tn_scratch};
pub use random::Random;
pub use share::{Region, Share};
pub use transpose::transpose;

/// Rows of a batch that are summed together before their sum joins the others'.
///
/// Every sum over a batch runs over blocks of this many rows in order, so that the bits of a
/// result depend neither on the number of workers nor on how a batch was split.
pub const BLOCK_ROWS: usize = 64;
