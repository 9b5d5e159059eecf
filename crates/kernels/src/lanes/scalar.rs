//! Four lanes as an array: the twin of `simd128.rs`, operation for operation.

use core::ops::{Add, Div, Mul, Sub};

/// Four `f32` lanes.
#[derive(Clone, Copy)]
pub(crate) struct F32x4([f32; 4]);

impl F32x4 {
    #[inline(always)]
    fn each(self, f: impl Fn(f32) -> f32) -> Self {
        Self(self.0.map(f))
    }

    #[inline(always)]
    fn pair(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(core::array::from_fn(|i| f(self.0[i], other.0[i])))
    }

    #[inline(always)]
    pub fn splat(x: f32) -> Self {
        Self([x; 4])
    }

    /// # Safety
    /// `from` must be valid for reading four `f32`.
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for four readable floats; `[f32; 4]` needs no more alignment.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }

    /// # Safety
    /// `from` must be valid for reading one `f32`.
    #[inline(always)]
    pub unsafe fn load_splat(from: *const f32) -> Self {
        // SAFETY: the caller vouches for one readable float.
        Self::splat(unsafe { *from })
    }

    /// # Safety
    /// `to` must be valid for writing four `f32`.
    #[inline(always)]
    pub unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for four writable floats.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        self.0
    }

    /// Lane i of vector k becomes lane k of vector i.
    #[inline(always)]
    pub fn transpose(vectors: [Self; 4]) -> [Self; 4] {
        core::array::from_fn(|i| Self(vectors.map(|vector| vector.0[i])))
    }

    #[inline(always)]
    pub fn mul_add(self, a: Self, b: Self) -> Self {
        self * a + b
    }

    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        self.pair(other, |a, b| if a < b { b } else { a })
    }

    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        self.pair(other, |a, b| if b < a { b } else { a })
    }

    #[inline(always)]
    pub fn sqrt(self) -> Self {
        self.each(libm::sqrtf)
    }

    #[inline(always)]
    pub fn abs(self) -> Self {
        self.each(f32::abs)
    }

    /// All bits set where `self > other`, none elsewhere.
    #[inline(always)]
    pub fn gt(self, other: Self) -> Self {
        self.pair(other, |a, b| f32::from_bits(if a > b { u32::MAX } else { 0 }))
    }

    /// The bits of `a` where `mask` has them set, of `b` elsewhere.
    #[inline(always)]
    pub fn select(mask: Self, a: Self, b: Self) -> Self {
        Self(core::array::from_fn(|i| {
            let mask = mask.0[i].to_bits();
            f32::from_bits((a.0[i].to_bits() & mask) | (b.0[i].to_bits() & !mask))
        }))
    }

    /// The bits of `self` where `mask` has them clear.
    #[inline(always)]
    pub fn and_not(self, mask: Self) -> Self {
        self.pair(mask, |x, mask| f32::from_bits(x.to_bits() & !mask.to_bits()))
    }

    /// The sum of the bits of both, read as integers.
    #[inline(always)]
    pub fn bits_add(self, other: Self) -> Self {
        self.pair(other, |a, b| f32::from_bits(a.to_bits().wrapping_add(b.to_bits())))
    }

    #[inline(always)]
    pub fn bits_shift_left(self, by: u32) -> Self {
        self.each(|x| f32::from_bits(x.to_bits() << by))
    }

    /// Arithmetic shift: the sign bit is copied in.
    #[inline(always)]
    pub fn bits_shift_right(self, by: u32) -> Self {
        self.each(|x| f32::from_bits(((x.to_bits() as i32) >> by) as u32))
    }

    #[inline(always)]
    pub fn bits_and(self, with: u32) -> Self {
        self.each(|x| f32::from_bits(x.to_bits() & with))
    }

    #[inline(always)]
    pub fn bits_or(self, with: u32) -> Self {
        self.each(|x| f32::from_bits(x.to_bits() | with))
    }

    /// The bits read as a signed integer, as a float.
    #[inline(always)]
    pub fn bits_to_float(self) -> Self {
        self.each(|x| x.to_bits() as i32 as f32)
    }
}

impl Add for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.pair(other, |a, b| a + b)
    }
}

impl Sub for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.pair(other, |a, b| a - b)
    }
}

impl Mul for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.pair(other, |a, b| a * b)
    }
}

impl Div for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.pair(other, |a, b| a / b)
    }
}
