//! The exponential, eight lanes at a time.
//!
//! `e^x = 2^n e^r` with `n = round(x / ln 2)` and `|r| <= ln 2 / 2`; `n ln 2` is subtracted in two
//! pieces (Cody and Waite), `e^r` is a polynomial of degree 7. The error is at most 1.5 ulp from
//! -87.33 to 88.37. Below (under 1.2e-38), the result is 0: no denormals, which cost x86 some 150
//! cycles each and which wasm cannot flush. Above, it is infinity. NaN stays NaN.

use crate::lanes::{F32x4, F32x8};
use core::hint::black_box;

/// From here on neither `2^n` nor `2^n e^r` is a denormal number: just above `-126 ln 2`.
const LOWEST: f32 = -87.33;
/// From `127.5 ln 2` on, n is 128, and `2^n` infinite.
const HIGHEST: f32 = 88.6;
/// Adding `1.5 * 2^23` rounds to an integer and leaves it in the low bits.
const ROUND: f32 = 12_582_912.0;
/// What the bits of `ROUND + n` lack of n with the exponent's bias.
const BIAS: f32 = f32::from_bits(127u32.wrapping_sub(ROUND.to_bits()));

static NUMBERS: [f32; 14] = [
    LOWEST,
    HIGHEST,
    ROUND,
    BIAS,
    core::f32::consts::LOG2_E,
    -0.693_359_4,
    2.121_944_4e-4,
    1.987_569_2e-4,
    1.398_2e-3,
    8.333_452e-3,
    4.166_579_6e-2,
    1.666_666_5e-1,
    0.5,
    1.0,
];

/// The exponential with its constants in registers: to be made ahead of a loop.
///
/// V8 12 and later build a constant anew wherever it is used, three instructions each; these come
/// from memory, and from where the compiler cannot see.
#[derive(Clone, Copy)]
pub struct Exponential {
    lowest: F32x4,
    highest: F32x4,
    round: F32x4,
    bias: F32x4,
    log2_e: F32x4,
    /// `-ln 2` in two pieces, the first exact in products with n.
    minus_ln_2: [F32x4; 2],
    /// p in `e^r = 1 + r + r^2 p`, highest power first.
    polynomial: [F32x4; 6],
    one: F32x4,
}

impl Exponential {
    /// Loads the constants.
    #[inline(always)]
    pub fn load() -> Self {
        let numbers = black_box(&NUMBERS);
        // SAFETY: each is the address of one number.
        let [lowest, highest, round, bias, log2_e, high, low, a, b, c, d, e, f, one] =
            core::array::from_fn(|i| unsafe { F32x4::load_splat(&numbers[i]) });
        let (minus_ln_2, polynomial) = ([high, low], [a, b, c, d, e, f]);
        Self { lowest, highest, round, bias, log2_e, minus_ln_2, polynomial, one }
    }

    /// `e^x`, to 1.5 ulp; 0 below -87.33, infinity above 88.38.
    #[inline(always)]
    pub fn of(&self, x: F32x8) -> F32x8 {
        x.map(|x| self.of_half(x))
    }

    #[inline(always)]
    fn of_half(&self, given: F32x4) -> F32x4 {
        let x = given.max(self.lowest).min(self.highest);
        let shifted = x.mul_add(self.log2_e, self.round);
        let n = shifted - self.round;
        let r = n.mul_add(self.minus_ln_2[0], x);
        let r = n.mul_add(self.minus_ln_2[1], r);
        let [first, rest @ ..] = self.polynomial;
        let p = rest.into_iter().fold(first, |p, c| p.mul_add(r, c));
        let power = (p * r).mul_add(r, r) + self.one;
        let two_to_n = shifted.bits_add(self.bias).bits_shift_left(23);
        (power * two_to_n).and_not(self.lowest.gt(given))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(x: f32) -> f32 {
        Exponential::load().of(F32x8::splat(x)).to_array()[0]
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
