//! Everything JavaScript can call: unpack, call, pack; no arithmetic.
//!
//! The interface is plain C, not wasm-bindgen's glue, so that a page can hold several instances (the
//! two builds side by side, a fresh one after a fault) and no import stands between a module and
//! its first call. Objects are created from text (`key=value` lines in the library's vocabulary)
//! and handed out as pointers; calls that can be refused return 0 or a null pointer on success or
//! refusal as stated, and leave the reason with [`refusal`]. `unsafe` here is the pointer edge:
//! every pointer comes from the one TypeScript folder that mirrors these files.
//!
//! Four modules are built from this crate, a feature each: one that trains, which is a user's first
//! download, one that judges representations, one for optimal transport and one that works on
//! TensorFlow.js's tensors, which are loaded when they are first asked for.

#[cfg(feature = "evaluation")]
mod evaluation;
#[cfg(feature = "training")]
mod loss;
#[cfg(feature = "evaluation")]
mod matrices;
mod memory;
#[cfg(feature = "training")]
mod product;
#[cfg(feature = "training")]
mod random;
mod refusal;
#[cfg(feature = "training")]
mod regions;
#[cfg(any(feature = "training", feature = "evaluation", feature = "transport"))]
mod spec;
#[cfg(feature = "tensors")]
mod tensors;
#[cfg(feature = "training")]
mod trainer;
#[cfg(feature = "training")]
mod trainer_plan;
#[cfg(feature = "training")]
mod trainer_spec;
#[cfg(feature = "transport")]
mod transport;

/// The version of this binary interface; the loader refuses a module with another one.
#[unsafe(no_mangle)]
pub extern "C" fn abi_version() -> u32 {
    1
}
