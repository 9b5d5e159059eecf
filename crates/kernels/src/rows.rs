//! Statistics of rows: one lane a row, down the columns of a panel.
//!
//! A panel here is a slice of groups of eight lanes, one group a column. Sums run in `f32` over 64
//! columns at a time and in `f64` over those, so that a long row loses nothing.

use crate::exponential::Exponential;
use crate::lanes::F32x8;
use crate::panels::LANES;

/// Columns whose sum is kept in `f32`.
const COLUMNS: usize = 64 * LANES;

/// The largest number of each row; minus infinity where there are no columns.
pub fn max(panel: &[f32]) -> [f32; LANES] {
    let mut max = F32x8::splat(f32::NEG_INFINITY);
    for column in panel.chunks_exact(LANES) {
        max = F32x8::load(column).max(max);
    }
    max.to_array()
}

/// The sum of each row.
pub fn sum(panel: &[f32]) -> [f64; LANES] {
    total(panel, F32x8::load)
}

/// The inner product of each row of `a` with the same row of `b`.
pub fn dot(a: &[f32], b: &[f32]) -> [f64; LANES] {
    assert!(a.len() == b.len());
    let mut sums = [0.0; LANES];
    for (a, b) in a.chunks(COLUMNS).zip(b.chunks(COLUMNS)) {
        let mut partial = F32x8::zero();
        for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
            partial = F32x8::load(a).mul_add(F32x8::load(b), partial);
        }
        add(&mut sums, partial);
    }
    sums
}

/// Replaces each number by the exponential of its distance to its row's `shift`, and returns the
/// sums of the rows.
pub fn exp_shifted(panel: &mut [f32], shift: [f32; LANES]) -> [f64; LANES] {
    let shift = F32x8::from_array(shift);
    let mut sums = [0.0; LANES];
    for chunk in panel.chunks_mut(COLUMNS) {
        add(&mut sums, exp_chunk(chunk, shift));
    }
    sums
}

/// `ln Σ_k e^x` of each row; minus infinity for a row of minus infinities.
pub fn log_sum_exp(panel: &[f32]) -> [f64; LANES] {
    let shift = max(panel).map(finite_shift);
    let lanes = F32x8::from_array(shift);
    let exp = Exponential::load();
    let sums = total(panel, |column| exp.of(F32x8::load(column) - lanes));
    core::array::from_fn(|i| shift[i] as f64 + libm::log(sums[i]))
}

/// A maximum that can be subtracted: the difference of two infinities is no number.
pub fn finite_shift(max: f32) -> f32 {
    if max == f32::NEG_INFINITY { 0.0 } else { max }
}

/// One call of bounded length, so that V8 can replace its baseline code between calls.
#[inline(never)]
fn exp_chunk(chunk: &mut [f32], shift: F32x8) -> F32x8 {
    let exp = Exponential::load();
    let mut partial = F32x8::zero();
    for column in chunk.chunks_exact_mut(LANES) {
        let power = exp.of(F32x8::load(column) - shift);
        power.store(column);
        partial += power;
    }
    partial
}

/// Multiplies each row by its own factor.
pub fn scale(panel: &mut [f32], factor: [f32; LANES]) {
    let factor = F32x8::from_array(factor);
    for column in panel.chunks_exact_mut(LANES) {
        (F32x8::load(column) * factor).store(column);
    }
}

/// The norm of each row, safe where squares would overflow or vanish: the row is scaled by its
/// largest magnitude first.
pub fn norm(panel: &[f32]) -> [f32; LANES] {
    let mut largest = F32x8::zero();
    for column in panel.chunks_exact(LANES) {
        largest = F32x8::load(column).abs().max(largest);
    }
    let largest = largest.to_array();
    let inverse = F32x8::from_array(
        largest.map(|x| if x > 0.0 { 1.0 / x.max(f32::MIN_POSITIVE) } else { 0.0 }),
    );
    let squares = total(panel, |column| {
        let scaled = F32x8::load(column) * inverse;
        scaled * scaled
    });
    core::array::from_fn(|i| (libm::sqrt(squares[i]) * largest[i] as f64) as f32)
}

/// Where the first number that is NaN or infinite stands, if there is one.
pub fn first_non_finite(values: &[f32]) -> Option<usize> {
    let mut chunks = values.chunks_exact(LANES);
    let mut zero = F32x8::zero();
    // x - x is 0 for finite x, NaN otherwise, and NaN outlives the sum.
    chunks.by_ref().for_each(|chunk| zero += F32x8::load(chunk) - F32x8::load(chunk));
    if zero.sum() == 0.0 && chunks.remainder().iter().all(|x| x.is_finite()) {
        return None;
    }
    values.iter().position(|x| !x.is_finite())
}

fn total(panel: &[f32], value: impl Fn(&[f32]) -> F32x8) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for chunk in panel.chunks(COLUMNS) {
        let mut partial = F32x8::zero();
        for column in chunk.chunks_exact(LANES) {
            partial += value(column);
        }
        add(&mut sums, partial);
    }
    sums
}

pub(crate) fn add(sums: &mut [f64; LANES], partial: F32x8) {
    for (sum, lane) in sums.iter_mut().zip(partial.to_array()) {
        *sum += lane as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::Panels;
    use crate::random::Random;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn statistics_are_those_of_naive_loops(cols in 1usize..300, seed in 0u64..1000) {
            let mut random = Random::new(seed);
            let values: Vec<f32> = (0..8 * cols).map(|_| random.normal()).collect();
            let panel = Panels::from_row_major(8, cols, &values);
            let mut powers = panel.clone();
            let shift = max(panel.as_slice());
            let exp_sums = exp_shifted(powers.as_mut_slice(), shift);
            for i in 0..8 {
                let row = &values[i * cols..][..cols];
                let f64s = || row.iter().map(|x| *x as f64);
                prop_assert_eq!(shift[i], row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
                prop_assert!((sum(panel.as_slice())[i] - f64s().sum::<f64>()).abs() < 1e-4);
                let square = f64s().map(|x| x * x).sum::<f64>();
                prop_assert!((dot(panel.as_slice(), panel.as_slice())[i] - square).abs() < 1e-4 * (1.0 + square));
                prop_assert!((norm(panel.as_slice())[i] as f64 - libm::sqrt(square)).abs() < 1e-5 * (1.0 + square));
                let powers = f64s().map(|x| libm::exp(x - shift[i] as f64)).sum::<f64>();
                prop_assert!((exp_sums[i] - powers).abs() < 1e-5 * powers);
            }
        }
    }

    #[test]
    fn a_number_that_is_not_finite_is_found_wherever_it_stands() {
        for length in 1..40 {
            let mut values = vec![f32::MAX; length];
            assert_eq!(first_non_finite(&values), None);
            for at in 0..length {
                for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    values[at] = bad;
                    assert_eq!(first_non_finite(&values), Some(at));
                }
                values[at] = -1.0;
            }
        }
    }

    #[test]
    fn c4_a_norm_does_not_overflow_or_vanish() {
        let rows = Panels::from_row_major(3, 2, &[3e20, 4e20, 3e-25, 4e-25, 0.0, 0.0]);
        let norms = norm(rows.as_slice());
        assert!((norms[0] / 5e20 - 1.0).abs() < 1e-6 && (norms[1] / 5e-25 - 1.0).abs() < 1e-6);
        assert_eq!(norms[2], 0.0);
    }
}
