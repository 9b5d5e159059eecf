//! Columns brought to mean 0 and variance 1.

use crate::rows::Rows;
use kantorovich_kernels::{LANES, Panels};

/// The columns that vary, with their means and deviations.
#[derive(Clone, Debug)]
pub(crate) struct Standardiser {
    columns: Vec<Column>,
}

#[derive(Clone, Debug)]
struct Column {
    at: usize,
    mean: f64,
    /// 1 / deviation.
    scale: f64,
}

impl Standardiser {
    /// The statistics of `rows`, of which there is at least one, in float64 and two passes.
    ///
    /// A column whose deviation is no more than the rounding of its mean to `f32` counts as
    /// constant, and is left out everywhere.
    pub fn fit(rows: Rows<'_>) -> Self {
        let means = column_means(rows);
        let mut variances = vec![0.0; rows.cols()];
        for row in rows.iter() {
            for ((sum, x), mean) in variances.iter_mut().zip(row).zip(&means) {
                let centred = *x as f64 - mean;
                *sum += centred * centred / rows.rows() as f64;
            }
        }
        let column = |(at, (mean, variance)): (usize, (f64, f64))| {
            varies(variance, mean).then(|| Column { at, mean, scale: 1.0 / libm::sqrt(variance) })
        };
        let statistics = means.into_iter().zip(variances).enumerate();
        Self { columns: statistics.filter_map(column).collect() }
    }

    /// `rows` in standard units, in panels, and a last column of ones.
    pub fn design(&self, rows: Rows<'_>) -> Panels {
        let width = self.columns.len() + 1;
        let mut design = Panels::zeros(rows.rows(), width);
        let panels = design.as_mut_slice().chunks_mut(width * LANES);
        for (panel, block) in panels.zip(rows.data().chunks(rows.cols() * LANES)) {
            for (lane, row) in block.chunks_exact(rows.cols()).enumerate() {
                for (group, column) in panel.chunks_exact_mut(LANES).zip(&self.columns) {
                    group[lane] = ((row[column.at] as f64 - column.mean) * column.scale) as f32;
                }
                panel[(width - 1) * LANES + lane] = 1.0;
            }
        }
        design
    }
}

/// The means of the columns of `rows`, of which there is at least one.
pub(crate) fn column_means(rows: Rows<'_>) -> Vec<f64> {
    let mut mean = vec![0.0; rows.cols()];
    for row in rows.iter() {
        for (sum, x) in mean.iter_mut().zip(row) {
            *sum += *x as f64;
        }
    }
    mean.iter_mut().for_each(|sum| *sum /= rows.rows() as f64);
    mean
}

fn varies(variance: f64, mean: f64) -> bool {
    let rounding = mean * f32::EPSILON as f64;
    // Below the smallest normal f32, standard units could overflow.
    let smallest = f32::MIN_POSITIVE as f64;
    variance > (rounding * rounding).max(smallest * smallest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_get_mean_zero_and_variance_one_and_constant_ones_are_left_out() {
        let train = [1.0, 5.0, 0.1, 3.0, 5.0, 0.1, 5.0, 5.0, 0.1];
        let train = Rows::new("train", &train, 3, 3).unwrap();
        let standardiser = Standardiser::fit(train);
        let side = libm::sqrt(1.5) as f32;
        let expected = [-side, 1.0, 0.0, 1.0, side, 1.0];
        assert_eq!(standardiser.design(train).to_row_major(), expected);
        let other = Rows::new("test", &[3.0, 9.0, 0.2], 1, 3).unwrap();
        assert_eq!(standardiser.design(other).to_row_major(), [0.0, 1.0]);
    }
}
