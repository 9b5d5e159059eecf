//! Eight rows at a time: [`F32x8`], a safe value of eight `f32` lanes.
//!
//! `simd128.rs` and `scalar.rs` define the same half-width type `F32x4`; which one is used is
//! decided here, at compile time.

use core::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) use scalar::F32x4;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) use simd128::F32x4;

/// Eight `f32` lanes, one a row of a panel.
#[derive(Clone, Copy)]
pub struct F32x8 {
    pub(crate) low: F32x4,
    pub(crate) high: F32x4,
}

/// The outcome of a comparison, a lane each.
#[derive(Clone, Copy)]
pub struct Mask {
    low: F32x4,
    high: F32x4,
}

impl F32x8 {
    /// Applies `f` to both halves.
    #[inline(always)]
    pub(crate) fn map(self, f: impl Fn(F32x4) -> F32x4) -> Self {
        Self { low: f(self.low), high: f(self.high) }
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(F32x4, F32x4) -> F32x4) -> Self {
        Self { low: f(self.low, other.low), high: f(self.high, other.high) }
    }

    /// `x` in every lane.
    #[inline(always)]
    pub fn splat(x: f32) -> Self {
        Self { low: F32x4::splat(x), high: F32x4::splat(x) }
    }

    /// Zero in every lane.
    #[inline(always)]
    pub fn zero() -> Self {
        Self::splat(0.0)
    }

    /// The first eight numbers of `from`; panics if there are fewer.
    #[inline(always)]
    pub fn load(from: &[f32]) -> Self {
        let from = &from[..8];
        // SAFETY: the slice was cut to eight numbers.
        unsafe { Self::load_from(from.as_ptr()) }
    }

    /// The eight numbers from `from` on.
    ///
    /// # Safety
    /// `from` must be valid for reading eight `f32`.
    #[inline(always)]
    pub(crate) unsafe fn load_from(from: *const f32) -> Self {
        // SAFETY: as the caller vouches.
        unsafe { Self { low: F32x4::load(from), high: F32x4::load(from.add(4)) } }
    }

    /// The number at `from` in every lane.
    ///
    /// # Safety
    /// `from` must be valid for reading one `f32`.
    #[inline(always)]
    pub(crate) unsafe fn splat_from(from: *const f32) -> Self {
        // SAFETY: as the caller vouches.
        let x = unsafe { F32x4::load_splat(from) };
        Self { low: x, high: x }
    }

    /// Writes the lanes to the first eight places of `to`; panics if there are fewer.
    #[inline(always)]
    pub fn store(self, to: &mut [f32]) {
        let to = &mut to[..8];
        // SAFETY: the slice was cut to eight numbers, so both halves are in bounds.
        unsafe {
            self.low.store(to.as_mut_ptr());
            self.high.store(to.as_mut_ptr().add(4));
        }
    }

    /// The lanes as an array.
    #[inline(always)]
    pub fn to_array(self) -> [f32; 8] {
        let mut out = [0.0; 8];
        self.store(&mut out);
        out
    }

    /// Lanes from an array.
    #[inline(always)]
    pub fn from_array(lanes: [f32; 8]) -> Self {
        Self::load(&lanes)
    }

    /// `self * a + b`, fused in the relaxed-simd build only.
    #[inline(always)]
    pub fn mul_add(self, a: Self, b: Self) -> Self {
        Self { low: self.low.mul_add(a.low, b.low), high: self.high.mul_add(a.high, b.high) }
    }

    /// Lane-wise maximum; where `self` is NaN the result is NaN.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        self.zip(other, F32x4::max)
    }

    /// Lane-wise minimum; where `self` is NaN the result is NaN.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        self.zip(other, F32x4::min)
    }

    /// Lane-wise square root.
    #[inline(always)]
    pub fn sqrt(self) -> Self {
        self.map(F32x4::sqrt)
    }

    /// Lane-wise magnitude.
    #[inline(always)]
    pub fn abs(self) -> Self {
        self.map(F32x4::abs)
    }

    /// Where `self > other`.
    #[inline(always)]
    pub fn gt(self, other: Self) -> Mask {
        Mask { low: self.low.gt(other.low), high: self.high.gt(other.high) }
    }

    /// `a` where the mask holds, else `b`.
    #[inline(always)]
    pub fn select(mask: Mask, a: Self, b: Self) -> Self {
        Self {
            low: F32x4::select(mask.low, a.low, b.low),
            high: F32x4::select(mask.high, a.high, b.high),
        }
    }

    /// Zero where the mask holds, else `self`.
    #[inline(always)]
    pub fn zero_where(self, mask: Mask) -> Self {
        Self { low: self.low.and_not(mask.low), high: self.high.and_not(mask.high) }
    }

    /// The sum of all lanes, in a fixed order: pairs four apart, two apart, one apart.
    #[inline(always)]
    pub fn sum(self) -> f32 {
        let [a, b, c, d] = (self.low + self.high).to_array();
        (a + c) + (b + d)
    }
}

impl Add for F32x8 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}

impl AddAssign for F32x8 {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for F32x8 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
}

impl Mul for F32x8 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
}

impl Div for F32x8 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
}

impl Neg for F32x8 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::zero() - self
    }
}
