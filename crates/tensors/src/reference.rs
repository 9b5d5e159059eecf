//! What tests compare with.

/// A sum of products, and that of their magnitudes, which rounding is relative to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum(f64, f64);

impl Sum {
    pub(crate) fn add(&mut self, a: f32, b: f32) {
        self.0 += f64::from(a) * f64::from(b);
        self.1 += (f64::from(a) * f64::from(b)).abs();
    }
}

/// To 1e-5.
pub(crate) fn same(found: &[f32], right: &[Sum]) -> bool {
    let is_close =
        |(found, right): (&f32, &Sum)| (f64::from(*found) - right.0).abs() <= 1e-5 * right.1;
    found.len() == right.len() && found.iter().zip(right).all(is_close)
}
