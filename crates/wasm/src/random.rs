//! The generator of random numbers.

use crate::memory::{hand_out, object, take_back};
use kantorovich_kernels::Random;

/// The generator of the 64-bit seed `high * 2^32 + low`.
#[unsafe(no_mangle)]
pub extern "C" fn random_new(low: u32, high: u32) -> *mut Random {
    hand_out(Random::new((high as u64) << 32 | low as u64))
}

/// The generator that continues from a saved state.
#[unsafe(no_mangle)]
pub extern "C" fn random_from_state(a: u32, b: u32, c: u32, d: u32) -> *mut Random {
    hand_out(Random::from_state([a, b, c, d]))
}

/// Word `word` (0 to 3) of the state.
///
/// # Safety
/// `random` must be a live generator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn random_state(random: *mut Random, word: usize) -> u32 {
    // SAFETY: as the caller vouches.
    unsafe { object(random) }.state()[word % 4]
}

/// 32 random bits.
///
/// # Safety
/// `random` must be a live generator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn random_u32(random: *mut Random) -> u32 {
    // SAFETY: as the caller vouches.
    unsafe { object(random) }.next_u32()
}

/// An integer below `n`, which is at least 1.
///
/// # Safety
/// `random` must be a live generator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn random_below(random: *mut Random, n: u32) -> u32 {
    // SAFETY: as the caller vouches.
    unsafe { object(random) }.below(n.max(1))
}

/// A number from 0 to 1, 1 excluded.
///
/// # Safety
/// `random` must be a live generator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn random_uniform(random: *mut Random) -> f32 {
    // SAFETY: as the caller vouches.
    unsafe { object(random) }.uniform()
}

/// A standard normal number.
///
/// # Safety
/// `random` must be a live generator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn random_normal(random: *mut Random) -> f32 {
    // SAFETY: as the caller vouches.
    unsafe { object(random) }.normal()
}

/// Shuffles the `length` words at `at`.
///
/// # Safety
/// `random` must be a live generator, and `at` valid for reading and writing `length` words.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn random_shuffle(random: *mut Random, at: *mut u32, length: usize) {
    // SAFETY: as the caller vouches.
    unsafe { object(random).shuffle(core::slice::from_raw_parts_mut(at, length)) };
}

/// Frees the generator.
///
/// # Safety
/// `random` must be a live generator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn random_free(random: *mut Random) {
    // SAFETY: as the caller vouches.
    unsafe { take_back(random) };
}
