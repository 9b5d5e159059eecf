//! The 4 x 8 microkernel: 8 accumulators, 2 loads of lanes and 4 broadcasts a step.
//!
//! The shape is the largest that V8 11 and 12 (Node 20, 22) keep in 15 registers; one row or one
//! unrolled step more spills and halves the speed. They stay functions of their own, never
//! inlined: V8 replaces baseline code of wasm only between calls, so a kernel inlined into a long
//! loop would run slowly for ever.

use crate::lanes::F32x8;
use crate::panels::LANES;

/// Up to four rows of eight numbers, in a row in memory.
pub(super) struct Tile<'a> {
    to: &'a mut [f32],
    add: bool,
}

impl<'a> Tile<'a> {
    /// The tile of a panel of C (`width` groups of eight) that begins at group `first`.
    #[inline(always)]
    pub fn of(panel: &'a mut [f32], first: usize, width: usize, add: bool) -> Self {
        let rows = (width - first).min(super::TILE);
        Self { to: &mut panel[first * LANES..(first + rows) * LANES], add }
    }
}

/// `tile[r] (+)= Σ_k rows[8 k + r] lanes[8 k..8 k + 8]`: rows are read down the lanes of a panel.
#[inline(always)]
pub(super) fn multiply(rows: &[f32], lanes: &[f32], tile: Tile<'_>) {
    let depth = lanes.len() / LANES;
    let count = tile.to.len() / LANES;
    assert!(depth > 0 && rows.len() >= (depth - 1) * LANES + count && count <= 4);
    // SAFETY: step k reads rows[8 k + r] with r < count and lanes[8 k..8 k + 8], both checked above;
    // the tile holds `count` groups of eight.
    unsafe {
        let (a, b, c) = (rows.as_ptr(), lanes.as_ptr(), tile.to.as_mut_ptr());
        match count {
            4 => microkernel::<4>(depth, a, b, c, tile.add),
            3 => microkernel::<3>(depth, a, b, c, tile.add),
            2 => microkernel::<2>(depth, a, b, c, tile.add),
            _ => microkernel::<1>(depth, a, b, c, tile.add),
        }
    }
}

/// # Safety
/// `a` must be readable at `8 k + r` for k < depth and r < R, `b` for `8 depth` numbers, and `c`
/// writable for `8 R`.
#[inline(never)]
unsafe fn microkernel<const R: usize>(
    depth: usize,
    mut a: *const f32,
    mut b: *const f32,
    c: *mut f32,
    add: bool,
) {
    // SAFETY: as the caller vouches; the pointers advance by one group a step.
    unsafe {
        let mut sums = [F32x8::zero(); R];
        for _ in 0..depth {
            step(&mut sums, a, b);
            a = a.wrapping_add(LANES);
            b = b.wrapping_add(LANES);
        }
        finish(&sums, c, add);
    }
}

/// `sums[r] += a[r] b[0..8]`.
///
/// # Safety
/// `a` must be readable for R numbers, and `b` for eight.
#[inline(always)]
unsafe fn step<const R: usize>(sums: &mut [F32x8; R], a: *const f32, b: *const f32) {
    // SAFETY: as the caller vouches.
    unsafe {
        let lanes = F32x8::load_from(b);
        for (r, sum) in sums.iter_mut().enumerate() {
            *sum = F32x8::splat_from(a.add(r)).mul_add(lanes, *sum);
        }
    }
}

/// Writes the sums to `c`, or adds them to what is there.
///
/// # Safety
/// `c` must be writable for `8 R` numbers.
#[inline(always)]
pub(crate) unsafe fn finish<const R: usize>(sums: &[F32x8; R], c: *mut f32, add: bool) {
    // SAFETY: as the caller vouches.
    let to = unsafe { core::slice::from_raw_parts_mut(c, R * LANES) };
    for (sum, to) in sums.iter().zip(to.chunks_exact_mut(LANES)) {
        let sum = if add { F32x8::load(to) + *sum } else { *sum };
        sum.store(to);
    }
}
