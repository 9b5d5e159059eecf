//! Transposition between panels, eight by eight.

use crate::panels::{LANES, PanelsMut, PanelsRef};

/// `out = aᵀ`; panics where `out` is not `a.cols()` x `a.rows()`.
pub fn transpose(a: PanelsRef<'_>, mut out: PanelsMut<'_>) {
    assert_eq!((out.rows(), out.cols()), (a.cols(), a.rows()), "transpose: shape");
    for q in 0..out.panel_count() {
        let k0 = q * LANES;
        let width = LANES.min(a.cols() - k0);
        let to = out.panel_mut(q);
        for p in 0..a.panel_count() {
            let from = &a.panel(p)[k0 * LANES..(k0 + width) * LANES];
            let rows = LANES.min(a.rows() - p * LANES);
            block(from, &mut to[p * LANES * LANES..][..rows * LANES]);
        }
    }
}

/// Transposes one block: `to[i][k] = from[k][i]` for groups of eight, missing columns as zeros.
#[inline(always)]
fn block(from: &[f32], to: &mut [f32]) {
    for (i, group) in to.chunks_exact_mut(LANES).enumerate() {
        for (k, value) in group.iter_mut().enumerate() {
            *value = from.get(k * LANES + i).copied().unwrap_or(0.0);
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
