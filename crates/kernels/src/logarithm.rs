//! The natural logarithm, eight lanes at a time.
//!
//! `x = 2^e m` with m from sqrt(1/2) to sqrt(2); `ln m` is Cephes' polynomial in `m - 1`, `e ln 2`
//! is added in two pieces. The error is at most 2 ulp over all normal numbers. Zero and denormals
//! give minus infinity, negative numbers NaN, infinity infinity.

use crate::lanes::{F32x4, F32x8};

const SQRT_HALF: f32 = core::f32::consts::FRAC_1_SQRT_2;
const SMALLEST: f32 = f32::MIN_POSITIVE;
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

impl F32x8 {
    /// `ln x`, to 2 ulp; minus infinity at zero and for denormals, NaN below zero.
    #[inline(always)]
    pub fn ln(self) -> Self {
        let one = Self::splat(1.0);
        let exponent = self.map(|x| {
            x.bits_shift_right(23)
                .bits_add(F32x4::splat(f32::from_bits(-126i32 as u32)))
                .bits_to_float()
        });
        let half = self.map(|x| x.bits_and(0x007f_ffff).bits_or(0x3f00_0000));
        let small = Self::splat(SQRT_HALF).gt(half);
        let exponent = exponent - Self::select(small, one, Self::zero());
        let m = half + Self::select(small, half, Self::zero()) - one;
        let square = m * m;
        let tail = exponent.mul_add(Self::splat(LN_2_LOW), polynomial(m) * m * square);
        let tail = square.mul_add(Self::splat(-0.5), tail);
        let ln = exponent.mul_add(Self::splat(LN_2_HIGH), m + tail);
        self.special_cases(ln)
    }

    #[inline(always)]
    fn special_cases(self, ln: Self) -> Self {
        let infinity = Self::splat(f32::INFINITY);
        let ln = Self::select(Self::splat(f32::MAX).gt(self), ln, self);
        let ln = Self::select(Self::splat(SMALLEST).gt(self), -infinity, ln);
        Self::select(Self::zero().gt(self), Self::splat(f32::NAN), ln)
    }
}

#[inline(always)]
fn polynomial(m: F32x8) -> F32x8 {
    let mut p = F32x8::splat(7.037_683_6e-2);
    for c in [
        -1.151_461e-1,
        1.167_699_84e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        p = p.mul_add(m, F32x8::splat(c));
    }
    p
}

/// Replaces each number of `values` by its natural logarithm.
pub fn log(values: &mut [f32]) {
    let mut chunks = values.chunks_exact_mut(8);
    for chunk in &mut chunks {
        F32x8::load(chunk).ln().store(chunk);
    }
    let rest = chunks.into_remainder();
    let mut last = [1.0; 8];
    last[..rest.len()].copy_from_slice(rest);
    rest.copy_from_slice(&F32x8::from_array(last).ln().to_array()[..rest.len()]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(x: f32) -> f32 {
        let mut value = [x];
        log(&mut value);
        value[0]
    }

    #[test]
    fn the_error_is_at_most_two_ulp_over_all_normal_numbers() {
        let (mut worst, mut at) = (0.0, 0.0);
        for bits in (SMALLEST.to_bits()..f32::INFINITY.to_bits()).step_by(499) {
            let x = f32::from_bits(bits);
            let right = libm::log(x as f64);
            let ulp = if right == 0.0 {
                1e-30
            } else {
                libm::exp2(libm::floor(libm::log2(right.abs())) - 23.0)
            };
            let error = (one(x) as f64 - right).abs() / ulp;
            if error > worst {
                (worst, at) = (error, x);
            }
        }
        assert!(worst <= 2.0, "{worst} ulp at {at}");
    }

    #[test]
    fn special_values_are_those_of_the_real_function() {
        assert_eq!(one(1.0), 0.0);
        assert_eq!(one(0.0), f32::NEG_INFINITY);
        assert_eq!(one(f32::INFINITY), f32::INFINITY);
        assert!(one(-1.0).is_nan());
        assert!(one(f32::NAN).is_nan());
    }
}
