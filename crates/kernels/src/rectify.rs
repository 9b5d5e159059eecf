//! `max(0, x)` with a number a column added before, and the way back through it. Panels are slices of
//! groups of eight lanes, one group a column.

use crate::lanes::F32x8;
use crate::panels::LANES;

/// `max(0, values + bias)` in every panel; `bias` has a number a column. NaN stays NaN.
#[inline(never)]
pub fn add_and_rectify(values: &mut [f32], bias: &[f32]) {
    for panel in values.chunks_exact_mut(bias.len() * LANES) {
        for (group, bias) in panel.chunks_exact_mut(LANES).zip(bias) {
            (F32x8::load(group) + F32x8::splat(*bias)).max(F32x8::zero()).store(group);
        }
    }
}

/// Sets to 0 what belongs to `rectified` numbers that are not above 0.
#[inline(never)]
pub fn keep_where_positive(values: &mut [f32], rectified: &[f32]) {
    for (value, z) in values.chunks_exact_mut(LANES).zip(rectified.chunks_exact(LANES)) {
        let above = F32x8::load(z).gt(F32x8::zero());
        F32x8::select(above, F32x8::load(value), F32x8::zero()).store(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::Panels;

    #[test]
    fn each_column_has_its_own_bias_and_only_what_was_above_zero_goes_back() {
        let mut values = Panels::from_row_major(3, 2, &[1.0, -2.0, -0.5, 0.5, f32::NAN, 0.0]);
        add_and_rectify(values.as_mut_slice(), &[0.25, 1.0]);
        let found = values.to_row_major();
        assert_eq!(found[..4], [1.25, 0.0, 0.0, 1.5]);
        assert!(found[4].is_nan() && found[5] == 1.0);
        let mut back = Panels::from_row_major(3, 2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        keep_where_positive(back.as_mut_slice(), values.as_slice());
        assert_eq!(back.to_row_major(), [1.0, 0.0, 0.0, 4.0, 0.0, 6.0]);
    }
}
