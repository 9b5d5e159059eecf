//! What callers hand in: rows of finite numbers, row-major.

use kantorovich_kernels::{Error, rows};

/// A row-major matrix of finite numbers: element (i, k) is `data[i * cols + k]`.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
}

impl<'a> Rows<'a> {
    /// Reads `data` as a `rows` x `cols` matrix; `name` names it in errors.
    ///
    /// # Errors
    ///
    /// A shape error where `data` does not hold `rows * cols` numbers or there are no columns, a
    /// data error on a number that is NaN or infinite.
    pub fn new(name: &str, data: &'a [f32], rows: usize, cols: usize) -> Result<Self, Error> {
        if cols == 0 || rows.checked_mul(cols) != Some(data.len()) {
            return Err(Error::shape(format!(
                "{name}: {rows} rows of {cols} numbers (at least 1) expected, {} numbers given",
                data.len()
            )));
        }
        if let Some(at) = rows::first_non_finite(data) {
            let (row, col) = (at / cols, at % cols);
            // Printing any number would take 20 kB of the module.
            let found = if data[at].is_nan() { "NaN" } else { "infinite" };
            return Err(Error::data(format!(
                "{name} must hold finite numbers, row {row} column {col} is {found}"
            )));
        }
        Ok(Self { data, rows, cols })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns, at least 1.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// All elements.
    pub fn data(&self) -> &'a [f32] {
        self.data
    }

    /// Row `i`.
    pub fn row(&self, i: usize) -> &'a [f32] {
        &self.data[i * self.cols..][..self.cols]
    }

    /// The `count` rows from `start` on.
    pub fn block(&self, start: usize, count: usize) -> Self {
        let data = &self.data[start * self.cols..(start + count) * self.cols];
        Self { data, rows: count, cols: self.cols }
    }

    /// The rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [f32]> {
        self.data.chunks_exact(self.cols)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::ErrorKind;

    #[test]
    fn refusals_name_the_argument_and_the_place() {
        let short = Rows::new("queries", &[1.0, 2.0, 3.0], 2, 2).unwrap_err();
        assert_eq!(short.kind, ErrorKind::Shape);
        assert!(short.message.contains("queries") && short.message.contains("3 numbers"));
        let nan = Rows::new("queries", &[1.0, 2.0, 3.0, f32::NAN], 2, 2).unwrap_err();
        assert_eq!(nan.kind, ErrorKind::Data);
        assert!(nan.message.contains("row 1 column 1 is NaN"));
        assert_eq!(Rows::new("x", &[], 0, 0).unwrap_err().kind, ErrorKind::Shape);
        assert_eq!(Rows::new("x", &[], usize::MAX, 2).unwrap_err().kind, ErrorKind::Shape);
    }
}
