//! Row-major matrices into panels, padding included.

use crate::scratch::Buffer;
use kantorovich_kernels::{Error, LANES, PanelsMut, PanelsRef, panel_len};

/// A row-major matrix or a part of one, or its transpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand<'a> {
    /// From the first number on.
    pub(crate) values: &'a [f32],
    /// Numbers from one row in memory to the next.
    pub(crate) stride: usize,
    /// Whether what is a row in memory is a column of the matrix.
    pub(crate) transposed: bool,
}

impl<'a> Operand<'a> {
    /// Rows that lie in memory one after another.
    pub(crate) fn rows(values: &'a [f32], cols: usize) -> Self {
        Self { values, stride: cols, transposed: false }
    }

    /// Columns that do.
    pub(crate) fn columns(values: &'a [f32], rows: usize) -> Self {
        Self { values, stride: rows, transposed: true }
    }

    /// The rows from `first` on.
    pub(crate) fn starting_at(self, first: usize) -> Self {
        let start = if self.transposed { first } else { first * self.stride };
        // Without columns, there are no values either.
        Self { values: self.values.get(start..).unwrap_or_default(), ..self }
    }

    /// Its first `rows` rows of `cols` numbers, as panels in `buffer`.
    ///
    /// # Errors
    ///
    /// `Shape` where memory has no room for them.
    pub(crate) fn pack<'b>(
        &self,
        rows: usize,
        cols: usize,
        buffer: &'b mut Buffer,
    ) -> Result<PanelsRef<'b>, Error> {
        let room = buffer.take(panel_len(rows, cols))?;
        // Padding, where there is any, is in the last panel.
        room[rows / LANES * LANES * cols..].fill(0.0);
        if self.transposed {
            self.pack_columns(rows, cols, room);
        } else {
            let whole = &self.values[..rows * cols];
            PanelsMut::new(rows, cols, room).load_row_major(whole);
        }
        Ok(PanelsRef::new(rows, cols, room))
    }

    fn pack_columns(&self, rows: usize, cols: usize, room: &mut [f32]) {
        for (p, panel) in room.chunks_exact_mut((cols * LANES).max(1)).enumerate() {
            let (first, count) = (p * LANES, LANES.min(rows - p * LANES));
            let columns = self.values[first..].chunks(self.stride);
            for (from, to) in columns.zip(panel.chunks_exact_mut(LANES)) {
                copy(&from[..count], &mut to[..count]);
            }
        }
    }
}

/// Copies a short run: a call of `memory.copy` would take longer than the run.
#[inline(always)]
pub(crate) fn copy(from: &[f32], to: &mut [f32]) {
    let length = to.len();
    assert!(from.len() == length);
    if length >= LANES {
        copy_by::<LANES>(from, to);
    } else if length >= 4 {
        copy_by::<4>(from, to);
    } else if length >= 2 {
        copy_by::<2>(from, to);
    } else if length == 1 {
        to[0] = from[0];
    }
}

/// N at a time, and the last N once more where some are left.
#[inline(always)]
fn copy_by<const N: usize>(from: &[f32], to: &mut [f32]) {
    let last = to.len() - N;
    for (from, to) in from.chunks_exact(N).zip(to.chunks_exact_mut(N)) {
        to.copy_from_slice(from);
    }
    to[last..].copy_from_slice(&from[last..last + N]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_any_length_are_copied() {
        for length in 0..40 {
            let from: Vec<f32> = (0..length).map(|x| x as f32).collect();
            let mut to = vec![-1.0; length];
            copy(&from, &mut to);
            assert_eq!(to, from);
        }
    }
}
