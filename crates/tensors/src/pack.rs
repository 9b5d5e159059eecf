//! Row-major matrices into panels, padding included.

use crate::scratch::Buffer;
use kantorovich_kernels::{LANES, PanelsMut, PanelsRef, panel_len};

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
        Self { values: &self.values[start..], ..self }
    }

    /// Its first `rows` rows of `cols` numbers, as panels in `buffer`.
    pub(crate) fn pack<'b>(
        &self,
        rows: usize,
        cols: usize,
        buffer: &'b mut Buffer,
    ) -> PanelsRef<'b> {
        let room = buffer.take(panel_len(rows, cols));
        // Padding, where there is any, is in the last panel.
        room[rows / LANES * LANES * cols..].fill(0.0);
        if self.transposed {
            self.pack_columns(rows, cols, room);
        } else {
            let whole = &self.values[..rows * cols];
            PanelsMut::new(rows, cols, room).load_row_major(whole);
        }
        PanelsRef::new(rows, cols, room)
    }

    fn pack_columns(&self, rows: usize, cols: usize, room: &mut [f32]) {
        for (p, panel) in room.chunks_exact_mut((cols * LANES).max(1)).enumerate() {
            let (first, count) = (p * LANES, LANES.min(rows - p * LANES));
            let columns = self.values[first..].chunks(self.stride);
            if count == LANES {
                columns.zip(panel.chunks_exact_mut(LANES)).for_each(|(from, to)| {
                    to.copy_from_slice(&from[..LANES]);
                });
            } else {
                columns.zip(panel.chunks_exact_mut(LANES)).for_each(|(from, to)| {
                    to[..count].copy_from_slice(&from[..count]);
                });
            }
        }
    }
}
