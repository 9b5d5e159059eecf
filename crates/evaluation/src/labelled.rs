//! Features of items with the classes that hidden factors take in them.

use crate::rows::Rows;
use kantorovich_kernels::Error;

/// Rows of features with their labels: item i has class `labels[i * factors + f]` in factor f.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    features: Rows<'a>,
    labels: &'a [u8],
    factors: usize,
}

impl<'a> Labelled<'a> {
    /// Joins items x features with items x factors, row-major; `name` names them in errors.
    ///
    /// # Errors
    ///
    /// A data error without items, a shape error where the labels do not fit or there is no factor.
    pub fn new(
        name: &str,
        features: Rows<'a>,
        labels: &'a [u8],
        factors: usize,
    ) -> Result<Self, Error> {
        if features.rows() == 0 {
            return Err(Error::data(format!("{name}: at least 1 item expected, 0 given")));
        }
        if factors == 0 || features.rows().checked_mul(factors) != Some(labels.len()) {
            return Err(Error::shape(format!(
                "{name}: labels of {} items x {factors} factors (at least 1) expected, {} given",
                features.rows(),
                labels.len()
            )));
        }
        Ok(Self { features, labels, factors })
    }

    /// Items x features.
    pub fn features(&self) -> Rows<'a> {
        self.features
    }

    /// The number of factors, at least 1.
    pub fn factors(&self) -> usize {
        self.factors
    }

    /// The class of item `i` in factor `f`.
    pub fn label(&self, i: usize, f: usize) -> u8 {
        self.labels[i * self.factors + f]
    }

    /// The classes of all items in factor `f`.
    pub fn column(&self, f: usize) -> impl Iterator<Item = u8> {
        self.labels.iter().skip(f).step_by(self.factors).copied()
    }
}

/// The share of right predictions for each factor; `predictions` are items x factors, `None` being
/// never right.
pub(crate) fn accuracies(items: Labelled<'_>, predictions: &[Option<u8>]) -> Vec<f64> {
    let mut right = vec![0usize; items.factors];
    for (found, wanted) in predictions.chunks(items.factors).zip(items.labels.chunks(items.factors))
    {
        for ((right, found), wanted) in right.iter_mut().zip(found).zip(wanted) {
            *right += usize::from(*found == Some(*wanted));
        }
    }
    right.iter().map(|right| *right as f64 / items.features.rows() as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::ErrorKind;

    #[test]
    fn refusals_say_what_was_expected() {
        let features = Rows::new("train", &[0.0; 6], 3, 2).unwrap();
        let error = Labelled::new("train", features, &[0; 4], 2).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Shape);
        assert!(error.message.contains("3 items x 2 factors") && error.message.contains("4 given"));
        assert_eq!(Labelled::new("train", features, &[], 0).unwrap_err().kind, ErrorKind::Shape);
        let empty = Rows::new("train", &[], 0, 2).unwrap();
        assert_eq!(Labelled::new("train", empty, &[], 1).unwrap_err().kind, ErrorKind::Data);
    }

    #[test]
    fn accuracy_is_counted_for_each_factor() {
        let features = Rows::new("test", &[0.0; 2], 2, 1).unwrap();
        let items = Labelled::new("test", features, &[1, 2, 3, 4], 2).unwrap();
        assert_eq!(items.column(1).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(accuracies(items, &[Some(1), Some(3), Some(3), None]), [1.0, 0.0]);
    }
}
