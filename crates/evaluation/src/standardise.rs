//! Columns brought to mean 0 and variance 1.

use crate::rows::Rows;
use kantorovich_kernels::{LANES, Panels};

/// The means and deviations of the columns that it was fitted to.
#[derive(Clone, Debug)]
pub(crate) struct Standardiser {
    mean: Vec<f64>,
    /// 1 / deviation; 0 for a column that was constant, so that it says nothing anywhere.
    scale: Vec<f64>,
}

impl Standardiser {
    /// The statistics of `rows`, of which there is at least one, in float64 and two passes.
    ///
    /// A column whose deviation is no more than the rounding of its mean to `f32` counts as
    /// constant.
    pub fn fit(rows: Rows<'_>) -> Self {
        let mean = column_means(rows);
        let mut variance = vec![0.0; rows.cols()];
        for row in rows.iter() {
            for ((sum, x), mean) in variance.iter_mut().zip(row).zip(&mean) {
                let centred = *x as f64 - mean;
                *sum += centred * centred / rows.rows() as f64;
            }
        }
        let scale = variance.iter().zip(&mean).map(|(v, mean)| inverse_deviation(*v, *mean));
        Self { scale: scale.collect(), mean }
    }

    /// `rows` in standard units, in panels, and a last column of ones.
    pub fn design(&self, rows: Rows<'_>) -> Panels {
        let width = rows.cols() + 1;
        let mut design = Panels::zeros(rows.rows(), width);
        let panels = design.as_mut_slice().chunks_mut(width * LANES);
        for (panel, rows) in panels.zip(rows.data().chunks(rows.cols() * LANES)) {
            for (lane, row) in rows.chunks_exact(width - 1).enumerate() {
                let columns = self.mean.iter().zip(&self.scale);
                for ((group, x), (mean, scale)) in
                    panel.chunks_exact_mut(LANES).zip(row).zip(columns)
                {
                    group[lane] = ((*x as f64 - mean) * scale) as f32;
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

fn inverse_deviation(variance: f64, mean: f64) -> f64 {
    let rounding = mean * f32::EPSILON as f64;
    // Below the smallest normal f32, standard units could overflow.
    let smallest = f32::MIN_POSITIVE as f64;
    let constant = variance <= (rounding * rounding).max(smallest * smallest);
    if constant { 0.0 } else { 1.0 / libm::sqrt(variance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_get_mean_zero_and_variance_one_and_constant_ones_vanish_everywhere() {
        let train = [1.0, 5.0, 0.1, 3.0, 5.0, 0.1, 5.0, 5.0, 0.1];
        let train = Rows::new("train", &train, 3, 3).unwrap();
        let standardiser = Standardiser::fit(train);
        let side = libm::sqrt(1.5) as f32;
        let expected = [-side, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, side, 0.0, 0.0, 1.0];
        assert_eq!(standardiser.design(train).to_row_major(), expected);
        let other = Rows::new("test", &[3.0, 9.0, 0.2], 1, 3).unwrap();
        assert_eq!(standardiser.design(other).to_row_major(), [0.0, 0.0, 0.0, 1.0]);
    }
}
