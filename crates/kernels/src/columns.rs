//! Statistics of columns, gathered panel by panel.

use crate::exponential::Exponential;
use crate::lanes::F32x8;
use crate::panels::{LANES, PanelsRef};
use crate::{BLOCK_ROWS, rows};

/// The running `ln Σ_i e^x` of each column of a matrix that is seen one panel at a time.
///
/// Each lane keeps its own maximum and sum, so that a panel is merged without crossing lanes; they
/// are joined once, at the end.
pub struct LogSumExp {
    max: Vec<f32>,
    sum: Vec<f32>,
}

impl LogSumExp {
    /// For matrices of `cols` columns.
    pub fn new(cols: usize) -> Self {
        Self { max: vec![f32::NEG_INFINITY; cols * LANES], sum: vec![0.0; cols * LANES] }
    }

    /// Forgets every panel.
    pub fn reset(&mut self) {
        self.begin(f32::NEG_INFINITY);
    }

    /// Forgets every panel, ahead of [`LogSumExp::observe_bounded`].
    pub fn reset_bounded(&mut self) {
        self.begin(0.0);
    }

    fn begin(&mut self, max: f32) {
        self.max.fill(max);
        self.sum.fill(0.0);
    }

    /// Adds the rows of one panel; minus infinity counts for nothing.
    pub fn observe(&mut self, panel: &[f32]) {
        assert!(panel.len() == self.max.len());
        let chunks = panel.chunks(64 * LANES).zip(self.max.chunks_mut(64 * LANES));
        for ((panel, max), sum) in chunks.zip(self.sum.chunks_mut(64 * LANES)) {
            merge(panel, max, sum);
        }
    }

    /// Adds the rows of one panel of numbers whose exponentials, and their sums, stay within single
    /// precision, and returns the sums of the rows' exponentials: one exponential serves both.
    pub fn observe_bounded(&mut self, panel: &[f32]) -> [f64; LANES] {
        assert!(panel.len() == self.sum.len());
        let mut rows = [0.0; LANES];
        for (panel, sum) in panel.chunks(64 * LANES).zip(self.sum.chunks_mut(64 * LANES)) {
            rows::add(&mut rows, accumulate(panel, sum));
        }
        rows
    }

    /// Adds the rows that another one has seen.
    pub fn join(&mut self, other: &Self) {
        let exp = Exponential::load();
        let lowest = F32x8::splat(-1e38);
        let mine = self.max.chunks_exact_mut(LANES).zip(self.sum.chunks_exact_mut(LANES));
        let theirs = other.max.chunks_exact(LANES).zip(other.sum.chunks_exact(LANES));
        for ((max, sum), (other_max, other_sum)) in mine.zip(theirs) {
            let (old, other) = (F32x8::load(max), F32x8::load(other_max));
            let new = old.max(other).max(lowest);
            let added = F32x8::load(other_sum) * exp.of(other - new);
            F32x8::load(sum).mul_add(exp.of(old - new), added).store(sum);
            new.store(max);
        }
    }

    /// [`LogSumExp::join`] of rows that [`LogSumExp::observe_bounded`] has seen.
    pub fn join_bounded(&mut self, other: &Self) {
        let pairs = self.sum.chunks_exact_mut(LANES).zip(other.sum.chunks_exact(LANES));
        pairs.for_each(|(sum, other)| (F32x8::load(sum) + F32x8::load(other)).store(sum));
    }

    /// The lanes' maxima and sums, of which other rows' may take the place.
    pub fn parts_mut(&mut self) -> [&mut [f32]; 2] {
        [&mut self.max, &mut self.sum]
    }

    /// `ln Σ_i e^x` of column `j`.
    pub fn value(&self, j: usize) -> f64 {
        let max = &self.max[j * LANES..][..LANES];
        let shift =
            rows::finite_shift(max.iter().copied().fold(f32::NEG_INFINITY, f32::max)) as f64;
        let lanes = max.iter().zip(&self.sum[j * LANES..][..LANES]);
        let sum: f64 = lanes.map(|(max, sum)| *sum as f64 * libm::exp(*max as f64 - shift)).sum();
        shift + libm::log(sum)
    }
}

#[inline(never)]
fn merge(panel: &[f32], max: &mut [f32], sum: &mut [f32]) {
    let exp = Exponential::load();
    let lowest = F32x8::splat(-1e38);
    let state = max.chunks_exact_mut(LANES).zip(sum.chunks_exact_mut(LANES));
    for (column, (max, sum)) in panel.chunks_exact(LANES).zip(state) {
        let (x, old) = (F32x8::load(column), F32x8::load(max));
        // At least -1e38: the difference of two infinities is no number.
        let new = x.max(old).max(lowest);
        let merged = F32x8::load(sum).mul_add(exp.of(old - new), exp.of(x - new));
        new.store(max);
        merged.store(sum);
    }
}

#[inline(never)]
fn accumulate(panel: &[f32], sum: &mut [f32]) -> F32x8 {
    let exp = Exponential::load();
    let mut rows = F32x8::zero();
    for (column, sum) in panel.chunks_exact(LANES).zip(sum.chunks_exact_mut(LANES)) {
        let power = exp.of(F32x8::load(column));
        (F32x8::load(sum) + power).store(sum);
        rows += power;
    }
    rows
}

/// `Σ_i weights[i] A[i, :]`, in blocks of [`BLOCK_ROWS`] rows whose sums are joined in `f64`.
///
/// `weights` holds one number a row of A, padding included.
pub fn weighted_sum(a: PanelsRef<'_>, weights: &[f32], out: &mut [f64]) {
    assert!(weights.len() == a.panel_count() * LANES);
    assert!(out.len() == a.cols());
    out.fill(0.0);
    for start in (0..a.rows()).step_by(BLOCK_ROWS) {
        let block = a.row_block(start, BLOCK_ROWS.min(a.rows() - start));
        for (k, out) in out.iter_mut().enumerate() {
            let mut partial = F32x8::zero();
            for p in 0..block.panel_count() {
                let weights = F32x8::load(&weights[start + p * LANES..]);
                partial = F32x8::load(&block.panel(p)[k * LANES..]).mul_add(weights, partial);
            }
            *out += partial.sum() as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::Panels;
    use crate::random::Random;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn statistics_are_those_of_naive_loops(n in 1usize..40, m in 1usize..100, scale in prop_oneof![0.1f32..8.0, 8.0f32..300.0], split in 0usize..6, seed in 0u64..100) {
            let mut random = Random::new(seed);
            let values: Vec<f32> = (0..n * m).map(|_| scale * random.normal()).collect();
            let mut panels = Panels::from_row_major(n, m, &values);
            let weights: Vec<f32> = (0..n.div_ceil(8) * 8).map(|_| random.normal()).collect();
            let mut sums = vec![0.0; m];
            weighted_sum(panels.view(), &weights, &mut sums);
            for panel in panels.as_mut_slice().chunks_mut(m * LANES).skip(n / LANES) {
                for column in panel.chunks_mut(LANES) {
                    column[n % LANES..].fill(f32::NEG_INFINITY);
                }
            }
            let (mut columns, mut group) = (LogSumExp::new(m), LogSumExp::new(m));
            let bounded = scale < 8.0;
            if bounded {
                columns.reset_bounded();
                group.reset_bounded();
            }
            for p in 0..panels.view().panel_count() {
                // A part of the panels is seen by another one.
                let columns = if p > split { &mut group } else { &mut columns };
                if !bounded {
                    columns.observe(panels.view().panel(p));
                    continue;
                }
                let sums = columns.observe_bounded(panels.view().panel(p));
                for (i, sum) in (p * 8..n.min(p * 8 + 8)).zip(sums) {
                    let right: f64 = values[i * m..][..m].iter().map(|x| libm::exp(*x as f64)).sum();
                    prop_assert!((sum - right).abs() < 1e-5 * right);
                }
            }
            if bounded {
                columns.join_bounded(&group);
            } else {
                columns.join(&group);
            }
            for j in 0..m {
                let column = || (0..n).map(|i| values[i * m + j] as f64);
                let max = column().fold(f64::NEG_INFINITY, f64::max);
                let right = max + libm::log(column().map(|x| libm::exp(x - max)).sum::<f64>());
                prop_assert!((columns.value(j) - right).abs() < 1e-5 * (1.0 + right.abs()));
                let right: f64 = column().zip(&weights).map(|(x, w)| x * *w as f64).sum();
                prop_assert!((sums[j] - right).abs() < 1e-5 * scale as f64 * n as f64);
            }
        }
    }
}
