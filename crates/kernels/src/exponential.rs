//! The exponential, eight lanes at a time.
//!
//! `e^x = 2^n e^r` with `n = round(x / ln 2)` and `|r| <= ln 2 / 2`; `n ln 2` is subtracted in two
//! pieces (Cody and Waite), `e^r` is a polynomial of degree 7. The error is at most 1.5 ulp from
//! -87.33 to 88.37. Below (under 1.2e-38), the result is 0: no denormals, which cost x86 some 150
//! cycles each and which wasm cannot flush. Above, it is infinity. NaN stays NaN.

use crate::lanes::F32x8;

/// From here on neither `2^n` nor `2^n e^r` is a denormal number: just above `-126 ln 2`.
const LOWEST: f32 = -87.33;
/// From `127.5 ln 2` on, n is 128, and `2^n` infinite.
const HIGHEST: f32 = 88.6;
/// Adding `1.5 * 2^23` rounds to an integer and leaves it in the low bits.
const ROUND: f32 = 12_582_912.0;
const LOG2_E: f32 = core::f32::consts::LOG2_E;
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

impl F32x8 {
    /// `e^x`, to 1.5 ulp; 0 below -87.33, infinity above 88.38.
    #[inline(always)]
    pub fn exp(self) -> Self {
        let x = self.max(Self::splat(LOWEST)).min(Self::splat(HIGHEST));
        let shifted = x.mul_add(Self::splat(LOG2_E), Self::splat(ROUND));
        let n = shifted - Self::splat(ROUND);
        let r = n.mul_add(Self::splat(-LN_2_HIGH), x);
        let r = n.mul_add(Self::splat(-LN_2_LOW), r);
        (polynomial(r) * power_of_two(shifted)).zero_where(Self::splat(LOWEST).gt(self))
    }
}

/// `e^r = 1 + r + r^2 p`.
#[inline(always)]
fn polynomial(r: F32x8) -> F32x8 {
    let mut p = F32x8::splat(1.987_569_2e-4);
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p.mul_add(r, F32x8::splat(c));
    }
    (p * r).mul_add(r, r) + F32x8::splat(1.0)
}

/// `2^n` for the integer n that rounding left in the low bits of `shifted`.
#[inline(always)]
fn power_of_two(shifted: F32x8) -> F32x8 {
    let bias = 127 - ROUND.to_bits() as i32;
    shifted.map(|bits| bits.bits_add(bias).bits_shift_left(23))
}

/// Replaces each number of `values` by its exponential.
pub fn exp(values: &mut [f32]) {
    let mut chunks = values.chunks_exact_mut(8);
    for chunk in &mut chunks {
        F32x8::load(chunk).exp().store(chunk);
    }
    let rest = chunks.into_remainder();
    let mut last = [0.0; 8];
    last[..rest.len()].copy_from_slice(rest);
    rest.copy_from_slice(&F32x8::from_array(last).exp().to_array()[..rest.len()]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(x: f32) -> f32 {
        let mut value = [x];
        exp(&mut value);
        value[0]
    }

    #[test]
    fn the_error_is_at_most_one_and_a_half_ulp_over_the_whole_range() {
        let (mut worst, mut at) = (0.0, 0.0);
        for bits in (0..=u32::MAX).step_by(977) {
            let x = f32::from_bits(bits);
            if !(LOWEST..=88.37).contains(&x) {
                continue;
            }
            let right = libm::exp(x as f64);
            let ulp = libm::exp2((libm::floor(libm::log2(right)) - 23.0).max(-149.0));
            let error = (one(x) as f64 - right).abs() / ulp;
            if error > worst {
                (worst, at) = (error, x);
            }
        }
        assert!(worst <= 1.5, "{worst} ulp at {at}");
    }

    #[test]
    fn outside_its_range_it_is_zero_or_infinite_and_nan_stays() {
        assert_eq!(one(-87.34), 0.0);
        assert_eq!(one(f32::NEG_INFINITY), 0.0);
        assert_eq!(one(88.38), f32::INFINITY);
        assert_eq!(one(1e30), f32::INFINITY);
        assert_eq!(one(f32::INFINITY), f32::INFINITY);
        assert_eq!(one(0.0), 1.0);
        assert!(one(f32::NAN).is_nan());
    }
}
