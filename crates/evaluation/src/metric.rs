//! How near two rows are.

use crate::rows::Rows;
use kantorovich_kernels::distances::squared_distances;
use kantorovich_kernels::{F32x8, Into, LANES, Panels, PanelsMut, nt};

/// What "near" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// A large inner product.
    InnerProduct,
    /// A large cosine; a zero vector has none.
    Cosine,
    /// A small Euclidean distance, from differences: rows far from the origin lose nothing.
    Euclidean,
}

/// Queries and references, ready to be compared block by block.
pub(crate) struct Scores<'a> {
    metric: Metric,
    rows: (Rows<'a>, Rows<'a>),
    queries: Panels,
    references: Panels,
}

impl<'a> Scores<'a> {
    /// Copies both into panels; for the cosine as unit vectors.
    pub fn new(metric: Metric, queries: Rows<'a>, references: Rows<'a>) -> Self {
        let panels = |rows: Rows<'_>| match metric {
            Metric::Cosine => unit_rows(rows),
            _ => Panels::from_row_major(rows.rows(), rows.cols(), rows.data()),
        };
        let (q, r) = (panels(queries), panels(references));
        Self { metric, rows: (queries, references), queries: q, references: r }
    }

    /// Writes how near the references from `first` on are to the queries from `start` on: the
    /// larger, the nearer; NaN where a pair has no similarity. Both begin at a panel's edge.
    pub fn block(&self, start: usize, first: usize, mut out: PanelsMut<'_>) {
        let queries = self.queries.view().row_block(start, out.rows());
        let references = self.references.view().row_block(first, out.cols());
        match self.metric {
            Metric::Euclidean => squared_distances(queries, references, out.reborrow()),
            _ => nt(queries, references, out.reborrow(), Into::Write),
        }
        let (rows, cols) = (out.rows(), out.cols());
        for (at, group) in out.as_mut_slice().chunks_exact_mut(LANES).enumerate() {
            let query = at / cols * LANES;
            self.finish(group, start + query, rows - query, first + at % cols);
        }
    }

    /// One reference against the queries of a panel, of which there are `count` or eight.
    fn finish(&self, group: &mut [f32], query: usize, count: usize, reference: usize) {
        let raw = F32x8::load(group);
        let one = F32x8::splat(1.0);
        let near = match self.metric {
            Metric::InnerProduct => raw,
            Metric::Cosine => raw.min(one).max(-one),
            Metric::Euclidean => -raw.sqrt(),
        };
        near.store(group);
        for (lane, (near, raw)) in group.iter_mut().zip(raw.to_array()).take(count).enumerate() {
            if self.left_f32(raw) {
                *near = self.in_f64(query + lane, reference);
            }
        }
    }

    /// Whether a sum of products came near the ends of what `f32` can hold.
    fn left_f32(&self, raw: f32) -> bool {
        match self.metric {
            Metric::InnerProduct => !raw.is_finite(),
            Metric::Cosine => false,
            Metric::Euclidean => !(1e-30..1e38).contains(&raw),
        }
    }

    /// The same for one pair, where no square of an `f32` overflows or vanishes.
    fn in_f64(&self, query: usize, reference: usize) -> f32 {
        let pairs = self.rows.0.row(query).iter().zip(self.rows.1.row(reference));
        let pairs = pairs.map(|(x, y)| (*x as f64, *y as f64));
        let near = match self.metric {
            Metric::Euclidean => -libm::sqrt(pairs.map(|(x, y)| (x - y) * (x - y)).sum()),
            _ => pairs.map(|(x, y)| x * y).sum(),
        };
        near.clamp(f32::MIN as f64, f32::MAX as f64) as f32
    }

    /// The inner product, cosine or distance behind a nearness.
    pub fn value(&self, near: f32) -> f32 {
        if self.metric == Metric::Euclidean { near.abs() } else { near }
    }
}

/// Rows over their norms; a zero row, which has no direction, becomes NaN.
fn unit_rows(rows: Rows<'_>) -> Panels {
    let mut unit = Vec::with_capacity(rows.data().len());
    for row in rows.iter() {
        let square: f64 = row.iter().map(|x| *x as f64 * *x as f64).sum();
        let inverse = 1.0 / libm::sqrt(square);
        unit.extend(row.iter().map(|x| (*x as f64 * inverse) as f32));
    }
    Panels::from_row_major(rows.rows(), rows.cols(), &unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(metric: Metric, x: &[f32], y: &[f32], cols: usize) -> Vec<f32> {
        let x = Rows::new("x", x, x.len() / cols, cols).unwrap();
        let y = Rows::new("y", y, y.len() / cols, cols).unwrap();
        let scores = Scores::new(metric, x, y);
        let mut out = Panels::zeros(x.rows(), y.rows());
        scores.block(0, 0, out.view_mut());
        out.to_row_major().into_iter().map(|near| scores.value(near)).collect()
    }

    #[test]
    fn k3_distances_far_from_the_origin() {
        let a = [1000.0, 1000.0, 1000.5, 1000.0];
        let b = [1000.0, 1000.25, 1000.0, 1000.0];
        let found = near(Metric::Euclidean, &a, &b, 2);
        for (found, right) in found.iter().zip([0.25, 0.0, 0.559_017, 0.5]) {
            assert!((found - right).abs() < 1e-5, "{found} against {right}");
        }
        assert_eq!(near(Metric::Euclidean, &[700001.0], &[700098.0], 1), [97.0]);
        let step = 1.0 / 4096.0;
        assert_eq!(near(Metric::Euclidean, &[0.625], &[0.625 - step], 1), [step]);
    }

    #[test]
    fn c4_a_vector_has_cosine_one_with_itself_at_every_length() {
        for d in 1..=256 {
            let x: Vec<f32> = (1..=d).map(|k| k as f32).collect();
            let cosine = near(Metric::Cosine, &x, &x, d)[0];
            assert!((1.0 - 1e-6..=1.0).contains(&cosine), "{cosine} at {d}");
            assert_eq!(near(Metric::Euclidean, &x, &x, d), [0.0]);
        }
    }

    #[test]
    fn c4_squares_that_leave_f32_do_no_harm() {
        let (large, small) = ([3e20, 4e20, 1.0, 0.0], [3e-25, 4e-25, 0.0, 1e-25]);
        for (found, right) in
            near(Metric::Cosine, &large, &small, 2).iter().zip([1.0, 0.8, 0.6, 0.0])
        {
            assert!((found - right).abs() < 1e-6, "{found} against {right}");
        }
        let found = near(Metric::Euclidean, &[3e20, 4e20], &[0.0, 0.0], 2)[0];
        assert!((found / 5e20 - 1.0).abs() < 1e-6);
        let found = near(Metric::Euclidean, &[3e-25, 4e-25], &[0.0, 0.0], 2)[0];
        assert!((found / 5e-25 - 1.0).abs() < 1e-6);
        assert_eq!(near(Metric::InnerProduct, &[1e30, 1e30], &[1e30, -1e30], 2), [0.0]);
        assert_eq!(near(Metric::InnerProduct, &[1e30, 1e30], &[1e30, 1e30], 2), [f32::MAX]);
    }

    #[test]
    fn c1_a_zero_vector_has_no_cosine() {
        let found = near(Metric::Cosine, &[0.0, 0.0, 0.0, 2.0], &[0.0, 0.0, 0.0, 3.0], 2);
        assert!(found[..3].iter().all(|x| x.is_nan()) && found[3] == 1.0, "{found:?}");
    }
}
