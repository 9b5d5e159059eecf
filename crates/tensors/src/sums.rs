//! Sums of rows.

use crate::product::blocks;
use crate::scratch::{Buffer, Scratch};
use core::ops::Range;
use kantorovich_kernels::{Error, F32x8, LANES};

/// Rows that are summed together before their sum joins the others', and sums that are.
pub(crate) const TOGETHER: usize = 64;

/// Adds the sum of the rows of `values` to `out`, a row.
///
/// # Errors
///
/// `Shape` where `values` is no whole number of rows.
pub fn add_rows(values: &[f32], out: &mut [f32], scratch: &mut Scratch) -> Result<(), Error> {
    let cols = out.len();
    if cols == 0 || !values.len().is_multiple_of(cols) {
        let length = values.len();
        return Err(Error::shape(format!("{length} numbers are no rows of {cols}")));
    }
    add_in_blocks(values.len() / cols, TOGETHER, out, &mut scratch.tiles, |rows, sums| {
        add_block(&values[rows.start * cols..rows.end * cols], sums);
    })
}

/// Adds what `add_to` adds for all of `0..end` to `out`: sums of blocks of `step`, and of 64 blocks, apart, so that errors
/// do not grow with the number of terms.
///
/// # Errors
///
/// `Shape` where memory has no room for the sums.
#[inline(always)]
pub(crate) fn add_in_blocks(
    end: usize,
    step: usize,
    out: &mut [f32],
    buffer: &mut Buffer,
    add_to: impl Fn(Range<usize>, &mut [f32]),
) -> Result<(), Error> {
    let (sums, wide) = buffer.take(2 * out.len())?.split_at_mut(out.len());
    for outer in blocks(end, step * TOGETHER) {
        wide.fill(0.0);
        for inner in blocks(outer.len(), step) {
            sums.fill(0.0);
            add_to(outer.start + inner.start..outer.start + inner.end, sums);
            add(wide, sums);
        }
        add(out, wide);
    }
    Ok(())
}

#[inline(never)]
fn add_block(values: &[f32], sums: &mut [f32]) {
    values.chunks_exact(sums.len()).for_each(|row| add(sums, row));
}

/// `to += from`, element by element.
#[inline(always)]
pub(crate) fn add(to: &mut [f32], from: &[f32]) {
    let whole = to.len() / LANES * LANES;
    let (lanes, rest) = to.split_at_mut(whole);
    for (to, from) in lanes.chunks_exact_mut(LANES).zip(from.chunks_exact(LANES)) {
        (F32x8::load(to) + F32x8::load(from)).store(to);
    }
    rest.iter_mut().zip(&from[whole..]).for_each(|(to, from)| *to += from);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{Sum, same};
    use kantorovich_kernels::Random;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_add_up(rows in 0usize..200, cols in 1usize..40, seed in 0u64..1000) {
            let mut random = Random::new(seed);
            let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
            let mut right = vec![Sum::default(); cols];
            values.iter().enumerate().for_each(|(at, x)| right[at % cols].add(*x, 1.0));
            let mut found = vec![0.0; cols];
            add_rows(&values, &mut found, &mut Scratch::default()).unwrap();
            prop_assert!(same(&found, &right));
        }
    }

    #[test]
    fn many_rows_add_up_to_the_last_digits() {
        let (rows, cols) = (1 << 18, 2);
        let mut found = vec![0.0; cols];
        add_rows(&vec![0.1; rows * cols], &mut found, &mut Scratch::default()).unwrap();
        let right = f64::from(0.1f32) * rows as f64;
        for sum in found {
            // 64 terms in each of two sums, and 64 of them.
            assert!(
                (f64::from(sum) - right).abs() <= 192.0 * 6e-8 * right,
                "{sum} against {right}"
            );
        }
    }

    #[test]
    fn what_is_no_whole_row_is_refused() {
        assert!(add_rows(&[0.0; 5], &mut [0.0; 2], &mut Scratch::default()).is_err());
    }
}
