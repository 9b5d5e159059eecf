//! Orthonormal rows.

use kantorovich_kernels::{Into, LANES, Panels, nn, nt};

/// A row that keeps less of its length than this lay in the span of those before it.
const DEPENDENT: f64 = 1e-5;

/// Makes the rows of `block` orthonormal, each in the span of itself and those before it (block
/// Gram-Schmidt, done twice). Rows that depend on others become zero.
pub(crate) fn orthonormalise(block: &mut Panels) {
    let (rows, cols) = (block.rows(), block.cols());
    for start in (0..rows).step_by(LANES) {
        let count = LANES.min(rows - start);
        let mut own = Panels::zeros(count, cols);
        own.view_mut().copy_from(block.view().row_block(start, count));
        for _ in 0..2 {
            let before = norms(&own);
            let others = block.view().row_block(0, start);
            let mut shares = Panels::zeros(count, start);
            nt(own.view(), others, shares.view_mut(), Into::Write);
            shares.as_mut_slice().iter_mut().for_each(|share| *share = -*share);
            nn(shares.view(), others, own.view_mut(), Into::Add);
            within(&mut own, &before);
        }
        block.view_mut().row_block(start, count).copy_from(own.view());
    }
}

/// Gram-Schmidt among the rows of one panel, in float64.
fn within(panel: &mut Panels, before: &[f64]) {
    let mut rows: Vec<Vec<f64>> = split(panel);
    for (i, before) in before.iter().enumerate() {
        let (done, rest) = rows.split_at_mut(i);
        for other in done {
            let share = dot(other, &rest[0]);
            rest[0].iter_mut().zip(other).for_each(|(x, y)| *x -= share * *y);
        }
        let norm = libm::sqrt(dot(&rest[0], &rest[0]));
        let inverse = if norm > DEPENDENT * before { 1.0 / norm } else { 0.0 };
        rest[0].iter_mut().for_each(|x| *x *= inverse);
    }
    let values: Vec<f32> = rows.iter().flatten().map(|x| *x as f32).collect();
    panel.view_mut().load_row_major(&values);
}

fn norms(panel: &Panels) -> Vec<f64> {
    split(panel).iter().map(|row| libm::sqrt(dot(row, row))).collect()
}

fn split(panel: &Panels) -> Vec<Vec<f64>> {
    let values = panel.to_row_major();
    let rows = values.chunks_exact(panel.cols());
    rows.map(|row| row.iter().map(|x| *x as f64).collect()).collect()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::Random;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn rows_become_orthonormal_and_keep_their_span(rows in 1usize..30, more in 0usize..30, seed in 0u64..1000) {
            let (random, cols) = (&mut Random::new(seed), rows + more);
            let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
            let before = Panels::from_row_major(rows, cols, &values);
            let mut block = before.clone();
            orthonormalise(&mut block);
            let mut gram = Panels::zeros(rows, rows);
            nt(block.view(), block.view(), gram.view_mut(), Into::Write);
            let mut shares = Panels::zeros(rows, rows);
            nt(before.view(), block.view(), shares.view_mut(), Into::Write);
            let mut again = Panels::zeros(rows, cols);
            nn(shares.view(), block.view(), again.view_mut(), Into::Write);
            for i in 0..rows {
                for j in 0..rows {
                    prop_assert!((gram.get(i, j) - f32::from(u8::from(i == j))).abs() < 2e-6);
                    prop_assert!(j <= i || shares.get(i, j).abs() < 1e-4, "row {i} has a share of {j}");
                }
                for k in 0..cols {
                    prop_assert!((again.get(i, k) - before.get(i, k)).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    fn a_row_that_depends_on_others_becomes_zero() {
        let values = [3.0, 0.0, 4.0, 6.0, 0.0, 8.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0];
        let mut block = Panels::from_row_major(4, 3, &values);
        orthonormalise(&mut block);
        let rows = block.to_row_major();
        assert!((rows[0] - 0.6).abs() < 1e-7 && (rows[2] - 0.8).abs() < 1e-7);
        assert_eq!(
            (&rows[3..6], &rows[6..9], &rows[9..]),
            (&[0.0; 3][..], &[0.0, 1.0, 0.0][..], &[0.0; 3][..])
        );
    }
}
