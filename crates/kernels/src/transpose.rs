//! Transposition between panels, eight by eight.

use crate::lanes::F32x4;
use crate::panels::{LANES, PanelsMut, PanelsRef};

/// `out = aᵀ`; panics where `out` is not `a.cols()` x `a.rows()`.
pub fn transpose(a: PanelsRef<'_>, out: PanelsMut<'_>) {
    assert!(out.rows() == a.cols(), "transpose: shape");
    transpose_columns(a, 0, out);
}

/// The rows of `aᵀ` from `first` on, a multiple of eight, as many as `out` has; panics where there are
/// fewer or they are not as long.
pub fn transpose_columns(a: PanelsRef<'_>, first: usize, mut out: PanelsMut<'_>) {
    let fits = first.is_multiple_of(LANES) && first + out.rows() <= a.cols();
    assert!(fits && out.cols() == a.rows(), "transpose: shape");
    for q in 0..out.panel_count() {
        let to = out.panel_mut(q);
        for p in 0..a.panel_count() {
            let rows = LANES.min(a.rows() - p * LANES);
            turn_panel(
                &a.panel(p)[(first + q * LANES) * LANES..],
                &mut to[p * LANES * LANES..][..rows * LANES],
            );
        }
    }
}

/// `to[8 i + k] = from[8 k + i]`: up to eight columns of a panel become as many lanes of up to eight
/// groups; columns that are missing become zeros.
#[inline(always)]
pub(crate) fn turn_panel(from: &[f32], to: &mut [f32]) {
    if from.len() >= LANES * LANES && to.len() >= LANES * LANES {
        turn(from, LANES, to, LANES);
    } else {
        turn_edge(from, to);
    }
}

#[cold]
#[inline(never)]
fn turn_edge(from: &[f32], to: &mut [f32]) {
    let mut whole = [0.0; LANES * LANES];
    let present = from.len().min(whole.len());
    whole[..present].copy_from_slice(&from[..present]);
    let mut turned = [0.0; LANES * LANES];
    turn(&whole, LANES, &mut turned, LANES);
    let wanted = to.len().min(turned.len());
    to[..wanted].copy_from_slice(&turned[..wanted]);
}

/// `to[i T + k] = from[k F + i]` for i and k below eight, where F and T are the strides.
#[inline(always)]
pub(crate) fn turn(from: &[f32], from_stride: usize, to: &mut [f32], to_stride: usize) {
    assert!(from.len() >= 7 * from_stride + LANES && to.len() >= 7 * to_stride + LANES);
    // SAFETY: the largest index of either kind was checked above.
    unsafe { microkernel_turn(from.as_ptr(), from_stride, to.as_mut_ptr(), to_stride) }
}

/// # Safety
/// `from` must be readable at `k from_stride + i` and `to` writable at `i to_stride + k` for i and k
/// below eight.
#[inline(never)]
unsafe fn microkernel_turn(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
    for (k, i) in [(0, 0), (0, 4), (4, 0), (4, 4)] {
        // SAFETY: as the caller vouches, a quarter at a time.
        unsafe {
            let from = from.add(k * from_stride + i);
            let to = to.add(i * to_stride + k);
            let quarter = [0, 1, 2, 3].map(|row| F32x4::load(from.add(row * from_stride)));
            for (column, lanes) in F32x4::transpose(quarter).into_iter().enumerate() {
                lanes.store(to.add(column * to_stride));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::Panels;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn transposing_swaps_indices_and_keeps_padding_zero(rows in 1usize..40, cols in 1usize..40) {
            let values: Vec<f32> = (1..=rows * cols).map(|x| x as f32).collect();
            let a = Panels::from_row_major(rows, cols, &values);
            let mut out = Panels::zeros(cols, rows);
            transpose(a.view(), out.view_mut());
            let expected: Vec<f32> =
                (0..rows * cols).map(|at| values[at % rows * cols + at / rows]).collect();
            prop_assert_eq!(&out, &Panels::from_row_major(cols, rows, &expected));
        }
    }
}
