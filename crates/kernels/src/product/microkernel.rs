//! The 4 x 8 microkernel: 8 accumulators, 2 loads of lanes and 4 broadcasts a step.
//!
//! The shape is the largest that V8 11 and 12 (Node 20, 22) keep in 15 registers; one row or one
//! unrolled step more spills and halves the speed. They stay functions of their own, never
//! inlined: V8 replaces baseline code of wasm only between calls, so a kernel inlined into a long
//! loop would run slowly for ever.

use crate::lanes::F32x8;
use crate::panels::LANES;

/// `tile[8 r..] (+)= Σ_k rows[8 k + r] lanes[8 k..8 k + 8]` for up to four rows r. Every `block`
/// steps the sum joins the tile and begins anew.
#[inline(always)]
pub(super) fn multiply(rows: &[f32], lanes: &[f32], tile: &mut [f32], block: usize, add: bool) {
    let (depth, count) = (lanes.len() / LANES, tile.len() / LANES);
    assert!(
        depth > 0 && block > 0 && rows.len() >= (depth - 1) * LANES + count && count <= super::TILE
    );
    // SAFETY: step k reads rows[8 k + r] with r < count and lanes[8 k..8 k + 8], both checked above;
    // the tile holds `count` groups of eight.
    unsafe {
        let (a, b, c) = (rows.as_ptr(), lanes.as_ptr(), tile.as_mut_ptr());
        match count {
            4 => microkernel::<4>(depth, block, a, b, c, add),
            3 => microkernel::<3>(depth, block, a, b, c, add),
            2 => microkernel::<2>(depth, block, a, b, c, add),
            _ => microkernel::<1>(depth, block, a, b, c, add),
        }
    }
}

/// # Safety
/// `a` must be readable at `8 k + r` for k < depth and r < R, `b` for `8 depth` numbers, and `c`
/// writable for `8 R`; `block` is above 0.
#[inline(never)]
unsafe fn microkernel<const R: usize>(
    depth: usize,
    block: usize,
    mut a: *const f32,
    mut b: *const f32,
    c: *mut f32,
    mut add: bool,
) {
    let mut left = depth;
    while left > 0 {
        let steps = left.min(block);
        let mut sums = [F32x8::zero(); R];
        for _ in 0..steps {
            // SAFETY: as the caller vouches; the pointers advance by one group a step.
            unsafe { step(&mut sums, a, b) };
            a = a.wrapping_add(LANES);
            b = b.wrapping_add(LANES);
        }
        // SAFETY: as the caller vouches.
        unsafe { finish(&sums, c, add) };
        add = true;
        left -= steps;
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
