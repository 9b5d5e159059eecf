//! The microkernels: 4 x 8, and 4 x 16 for engines that join pairs of 128-bit lanes into 256.
//!
//! Four rows of eight lanes are 8 accumulators, 2 loads of lanes and 4 broadcasts a step: the largest
//! shape that V8 11 and 12 (Node 20, 22) keep in 15 registers; one row more spills and halves the
//! speed. Where V8's revectoriser joins pairs, the same step over two panels at once has as many
//! accumulators of twice the width. They stay functions of their own, never inlined: V8 replaces
//! baseline code of wasm only between calls, so a kernel inlined into a long loop would run slowly
//! for ever.

use super::TILE;
use crate::lanes::F32x8;
use crate::panels::LANES;

/// `tile[8 r..] (+)= Σ_k rows[8 k + r] lanes[8 k..8 k + 8]` for up to four rows r. Every `block`
/// steps the sum joins the tile and begins anew.
#[inline(always)]
pub(super) fn multiply(rows: &[f32], lanes: &[f32], tile: &mut [f32], block: usize, add: bool) {
    let (depth, count) = (lanes.len() / LANES, tile.len() / LANES);
    assert!(depth > 0 && block > 0 && rows.len() >= (depth - 1) * LANES + count);
    assert!((1..=TILE).contains(&count), "a tile of {count} rows");
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

/// [`multiply`] for four rows and two panels at once.
#[inline(always)]
pub(super) fn multiply_wide(
    rows: &[f32],
    lanes: [&[f32]; 2],
    mut tiles: [&mut [f32]; 2],
    block: usize,
    mut add: bool,
) {
    let [low, high] = lanes.map(|lanes| lanes.chunks(block * LANES));
    for ((rows, low), high) in rows.chunks(block * LANES).zip(low).zip(high) {
        let depth = low.len() / LANES;
        assert!(depth > 0 && low.len() == high.len() && rows.len() >= (depth - 1) * LANES + TILE);
        let mut sums = [[0.0; TILE * LANES]; 2];
        // SAFETY: step k reads rows[8 k + r] with r < 4 and eight of each lanes from 8 k on, both
        // checked above.
        unsafe { microkernel_wide(depth, rows.as_ptr(), low.as_ptr(), high.as_ptr(), &mut sums) };
        for (tile, sums) in tiles.iter_mut().zip(&sums) {
            for (to, sum) in tile.chunks_exact_mut(LANES).zip(sums.chunks_exact(LANES)) {
                let sum = F32x8::load(sum);
                (if add { F32x8::load(to) + sum } else { sum }).store(to);
            }
        }
        add = true;
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
    let end = a.wrapping_add(depth * LANES);
    while a != end {
        let left = (end as usize - a as usize) / (LANES * size_of::<f32>());
        let stop = a.wrapping_add(left.min(block) * LANES);
        let mut sums = [F32x8::zero(); R];
        loop {
            // SAFETY: as the caller vouches; the pointers advance by one group a step.
            unsafe { step(&mut sums, a, F32x8::load_from(b)) };
            a = a.wrapping_add(LANES);
            b = b.wrapping_add(LANES);
            if a == stop {
                break;
            }
        }
        // SAFETY: as the caller vouches.
        unsafe { finish(&sums, c, add) };
        add = true;
    }
}

/// The sums of two tiles, apart from C: the revectoriser joins a pair only where all its uses lie on
/// one path.
///
/// # Safety
/// `a` must be readable at `8 k + r` for k < depth and r < 4, and `b0` and `b1` for `8 depth` numbers.
#[inline(never)]
unsafe fn microkernel_wide(
    depth: usize,
    mut a: *const f32,
    mut b0: *const f32,
    mut b1: *const f32,
    to: &mut [[f32; TILE * LANES]; 2],
) {
    let (mut low, mut high) = ([F32x8::zero(); TILE], [F32x8::zero(); TILE]);
    for _ in 0..depth {
        // SAFETY: as the caller vouches; the pointers advance by one group a step.
        unsafe {
            step(&mut low, a, F32x8::load_from(b0));
            step(&mut high, a, F32x8::load_from(b1));
        }
        a = a.wrapping_add(LANES);
        b0 = b0.wrapping_add(LANES);
        b1 = b1.wrapping_add(LANES);
    }
    for (sums, to) in [low, high].iter().zip(to) {
        sums.iter().zip(to.chunks_exact_mut(LANES)).for_each(|(sum, to)| sum.store(to));
    }
}

/// `sums[r] += a[r] lanes`.
///
/// # Safety
/// `a` must be readable for R numbers.
#[inline(always)]
unsafe fn step<const R: usize>(sums: &mut [F32x8; R], a: *const f32, lanes: F32x8) {
    for (r, sum) in sums.iter_mut().enumerate() {
        // SAFETY: as the caller vouches.
        *sum = unsafe { F32x8::splat_from(a.add(r)) }.mul_add(lanes, *sum);
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
