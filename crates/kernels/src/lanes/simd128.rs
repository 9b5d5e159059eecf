//! Four lanes as a `v128`: the twin of `scalar.rs`, operation for operation.
//!
//! `pmax` and `pmin` stand for max and min: one instruction each in V8, where `f32x4.max` takes
//! eight for its rules about NaN and signed zero.

use core::arch::wasm32::*;
use core::ops::{Add, Div, Mul, Sub};

/// Four `f32` lanes.
#[derive(Clone, Copy)]
pub(crate) struct F32x4(v128);

impl F32x4 {
    #[inline(always)]
    pub fn splat(x: f32) -> Self {
        Self(f32x4_splat(x))
    }

    /// # Safety
    /// `from` must be valid for reading four `f32`.
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for four readable floats; wasm loads need no alignment.
        Self(unsafe { v128_load(from.cast()) })
    }

    /// # Safety
    /// `from` must be valid for reading one `f32`.
    #[inline(always)]
    pub unsafe fn load_splat(from: *const f32) -> Self {
        // SAFETY: the caller vouches for one readable float.
        Self(unsafe { v128_load32_splat(from.cast()) })
    }

    /// # Safety
    /// `to` must be valid for writing four `f32`.
    #[inline(always)]
    pub unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for four writable floats.
        unsafe { v128_store(to.cast(), self.0) }
    }

    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        [
            f32x4_extract_lane::<0>(self.0),
            f32x4_extract_lane::<1>(self.0),
            f32x4_extract_lane::<2>(self.0),
            f32x4_extract_lane::<3>(self.0),
        ]
    }

    /// Lane i of vector k becomes lane k of vector i.
    #[inline(always)]
    pub fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        let ab = i32x4_shuffle::<0, 4, 1, 5>(a.0, b.0);
        let cd = i32x4_shuffle::<0, 4, 1, 5>(c.0, d.0);
        let ab_high = i32x4_shuffle::<2, 6, 3, 7>(a.0, b.0);
        let cd_high = i32x4_shuffle::<2, 6, 3, 7>(c.0, d.0);
        [
            Self(i64x2_shuffle::<0, 2>(ab, cd)),
            Self(i64x2_shuffle::<1, 3>(ab, cd)),
            Self(i64x2_shuffle::<0, 2>(ab_high, cd_high)),
            Self(i64x2_shuffle::<1, 3>(ab_high, cd_high)),
        ]
    }

    #[inline(always)]
    pub fn mul_add(self, a: Self, b: Self) -> Self {
        #[cfg(target_feature = "relaxed-simd")]
        return Self(f32x4_relaxed_madd(self.0, a.0, b.0));
        #[cfg(not(target_feature = "relaxed-simd"))]
        return self * a + b;
    }

    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        Self(f32x4_pmax(self.0, other.0))
    }

    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        Self(f32x4_pmin(self.0, other.0))
    }

    #[inline(always)]
    pub fn sqrt(self) -> Self {
        Self(f32x4_sqrt(self.0))
    }

    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(f32x4_abs(self.0))
    }

    /// All bits set where `self > other`, none elsewhere.
    #[inline(always)]
    pub fn gt(self, other: Self) -> Self {
        Self(f32x4_gt(self.0, other.0))
    }

    /// The bits of `a` where `mask` has them set, of `b` elsewhere.
    #[inline(always)]
    pub fn select(mask: Self, a: Self, b: Self) -> Self {
        Self(v128_bitselect(a.0, b.0, mask.0))
    }

    /// The bits of `self` where `mask` has them clear.
    #[inline(always)]
    pub fn and_not(self, mask: Self) -> Self {
        Self(v128_andnot(self.0, mask.0))
    }

    /// The sum of the bits of both, read as integers.
    #[inline(always)]
    pub fn bits_add(self, other: Self) -> Self {
        Self(i32x4_add(self.0, other.0))
    }

    #[inline(always)]
    pub fn bits_shift_left(self, by: u32) -> Self {
        Self(i32x4_shl(self.0, by))
    }

    /// Arithmetic shift: the sign bit is copied in.
    #[inline(always)]
    pub fn bits_shift_right(self, by: u32) -> Self {
        Self(i32x4_shr(self.0, by))
    }

    #[inline(always)]
    pub fn bits_and(self, with: u32) -> Self {
        Self(v128_and(self.0, u32x4_splat(with)))
    }

    #[inline(always)]
    pub fn bits_or(self, with: u32) -> Self {
        Self(v128_or(self.0, u32x4_splat(with)))
    }

    /// The bits read as a signed integer, as a float.
    #[inline(always)]
    pub fn bits_to_float(self) -> Self {
        Self(f32x4_convert_i32x4(self.0))
    }
}

impl Add for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }
}

impl Sub for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }
}

impl Mul for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }
}

impl Div for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(f32x4_div(self.0, other.0))
    }
}
