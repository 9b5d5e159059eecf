//! What callers hand in: points with weights.

use kantorovich_kernels::{Error, rows};

/// A sample: points, row-major, each with its share of the mass.
#[derive(Clone, Debug)]
pub struct Weighted<'a> {
    points: &'a [f32],
    cols: usize,
    shares: Vec<f64>,
    uniform: bool,
}

impl<'a> Weighted<'a> {
    /// Reads `points` as a `rows` x `cols` matrix; `name` names it in errors. Weights are divided
    /// by their sum; without them every point weighs the same.
    ///
    /// # Errors
    ///
    /// A shape error where `points` does not hold `rows * cols` numbers, there are none, or there
    /// is not one weight a point; a data error on a number that is not finite, a negative weight,
    /// or weights that are all zero.
    pub fn new(
        name: &str,
        points: &'a [f32],
        rows: usize,
        cols: usize,
        weights: Option<&[f64]>,
    ) -> Result<Self, Error> {
        if rows == 0 || cols == 0 || rows.checked_mul(cols) != Some(points.len()) {
            return Err(Error::shape(format!(
                "{name}: {rows} points of {cols} numbers given (at least one of each expected), in {} numbers",
                points.len()
            )));
        }
        if let Some(at) = rows::first_non_finite(points) {
            let (row, col) = (at / cols, at % cols);
            let found = if points[at].is_nan() { "NaN" } else { "infinite" };
            return Err(Error::data(format!(
                "{name} must hold finite numbers, row {row} column {col} is {found}"
            )));
        }
        let uniform = weights.is_none();
        let shares = match weights {
            None => vec![1.0 / rows as f64; rows],
            Some(weights) => shares(name, weights, rows)?,
        };
        Ok(Self { points, cols, shares, uniform })
    }

    /// How many points there are, at least 1.
    pub fn rows(&self) -> usize {
        self.shares.len()
    }

    /// Coordinates of a point, at least 1.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// All coordinates.
    pub fn points(&self) -> &'a [f32] {
        self.points
    }

    /// Point `i`.
    pub fn point(&self, i: usize) -> &'a [f32] {
        &self.points[i * self.cols..][..self.cols]
    }

    /// The points in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [f32]> + use<'a> {
        self.points.chunks_exact(self.cols)
    }

    /// The share of each point; they sum to 1.
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// Whether no weights were given.
    pub fn is_uniform(&self) -> bool {
        self.uniform
    }
}

fn shares(name: &str, weights: &[f64], rows: usize) -> Result<Vec<f64>, Error> {
    if weights.len() != rows {
        return Err(Error::shape(format!(
            "{name}: one weight a point expected, {} weights for {rows} points given",
            weights.len()
        )));
    }
    let bad = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0));
    if let Some(at) = bad {
        let found = match weights[at] {
            weight if weight.is_nan() => "NaN",
            weight if weight < 0.0 => "negative",
            _ => "infinite",
        };
        return Err(Error::data(format!(
            "{name}: weights must be finite and not negative, weight {at} is {found}"
        )));
    }
    let largest = weights.iter().fold(0.0f64, |most, weight| most.max(*weight));
    if largest == 0.0 {
        return Err(Error::data(format!("{name}: weights must not all be zero")));
    }
    // Divided by the largest first, so that no sum overflows.
    let total: f64 = weights.iter().map(|weight| weight / largest).sum();
    Ok(weights.iter().map(|weight| weight / largest / total).collect())
}

/// Refuses points of different dimensions.
pub(crate) fn same_dimension(a: &Weighted<'_>, b: &Weighted<'_>) -> Result<(), Error> {
    if a.cols() == b.cols() {
        return Ok(());
    }
    Err(Error::shape(format!("a has points of {} numbers, b of {}", a.cols(), b.cols())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::ErrorKind;

    fn refusal(points: &[f32], rows: usize, weights: Option<&[f64]>) -> Error {
        Weighted::new("b", points, rows, 1, weights).unwrap_err()
    }

    #[test]
    fn t4_refusals_name_the_argument_and_the_place() {
        let four = [0.0, 1.0, 2.0, 3.0];
        for (kind, says, weights) in [
            (ErrorKind::Shape, "3 weights for 4 points", &[1.0; 3][..]),
            (ErrorKind::Data, "weight 1 is negative", &[1.0, -0.5, 1.0, 1.0]),
            (ErrorKind::Data, "weight 2 is NaN", &[1.0, 1.0, f64::NAN, 1.0]),
            (ErrorKind::Data, "weight 3 is infinite", &[1.0, 1.0, 1.0, f64::INFINITY]),
            (ErrorKind::Data, "not all be zero", &[0.0; 4]),
        ] {
            let error = refusal(&four, 4, Some(weights));
            assert_eq!(error.kind, kind);
            assert!(error.message.starts_with("b: ") && error.message.contains(says), "{error}");
        }
        assert!(refusal(&[0.0, f32::NAN], 2, None).message.contains("row 1 column 0 is NaN"));
        assert_eq!(refusal(&[], 0, None).kind, ErrorKind::Shape);
        assert_eq!(refusal(&four, 3, None).kind, ErrorKind::Shape);
    }

    #[test]
    fn t4_weights_off_by_rounding_are_renormalised() {
        let ten = [0.0; 10];
        let tenth = Weighted::new("a", &ten, 10, 1, Some(&[f64::from(0.1f32); 10])).unwrap();
        tenth.shares().iter().for_each(|share| assert!((share - 0.1).abs() < 1e-15));
        let huge = Weighted::new("a", &ten[..2], 2, 1, Some(&[1e308, 1e308])).unwrap();
        assert_eq!(huge.shares(), [0.5, 0.5]);
    }
}
