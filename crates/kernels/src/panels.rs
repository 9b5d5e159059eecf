//! Matrices in panels of eight rows.
//!
//! ```text
//! element (i, k) of a rows x cols matrix lies at  [(i / 8 * cols + k) * 8 + i % 8]
//! ```
//!
//! The rows of a panel sit in SIMD lanes. That one layout serves every matrix of this library: a
//! batch (a row a sample), weights stored `[out, in]` (a row an output) and a block of scores (a
//! row a query). Row statistics are then lane-wise, no row's result depends on its neighbours, and
//! the operands of both products lie in memory in the order in which the microkernel reads them,
//! so that nothing has to be packed. Rows past the last are padding and hold zeros.

use crate::lanes::F32x8;
use crate::transpose::turn;

/// Rows in a panel.
pub const LANES: usize = 8;

/// The numbers that a `rows` x `cols` matrix takes in panels, padding included.
pub const fn panel_len(rows: usize, cols: usize) -> usize {
    rows.div_ceil(LANES) * LANES * cols
}

/// An owned matrix in panels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panels {
    rows: usize,
    cols: usize,
    data: Vec<f32>,
}

/// A borrowed matrix in panels.
#[derive(Clone, Copy, Debug)]
pub struct PanelsRef<'a> {
    rows: usize,
    cols: usize,
    data: &'a [f32],
}

/// A borrowed matrix in panels that can be written.
#[derive(Debug)]
pub struct PanelsMut<'a> {
    rows: usize,
    cols: usize,
    data: &'a mut [f32],
}

impl Panels {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self { rows, cols, data: vec![0.0; panel_len(rows, cols)] }
    }

    /// The matrix whose row-major elements are `values`; panics if their number is not `rows * cols`.
    pub fn from_row_major(rows: usize, cols: usize, values: &[f32]) -> Self {
        let mut out = Self::zeros(rows, cols);
        out.view_mut().load_row_major(values);
        out
    }

    /// Its elements in row-major order.
    pub fn to_row_major(&self) -> Vec<f32> {
        let mut out = vec![0.0; self.rows * self.cols];
        self.view().store_row_major(&mut out);
        out
    }

    /// A view of the whole.
    pub fn view(&self) -> PanelsRef<'_> {
        PanelsRef { rows: self.rows, cols: self.cols, data: &self.data }
    }

    /// A writable view of the whole.
    pub fn view_mut(&mut self) -> PanelsMut<'_> {
        PanelsMut { rows: self.rows, cols: self.cols, data: &mut self.data }
    }

    /// The number of rows, padding not counted.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Element (i, k).
    pub fn get(&self, i: usize, k: usize) -> f32 {
        self.view().get(i, k)
    }

    /// Sets element (i, k).
    pub fn set(&mut self, i: usize, k: usize, value: f32) {
        self.view_mut().set(i, k, value);
    }

    /// The raw numbers, padding included.
    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }

    /// The raw numbers, padding included; whoever writes padding writes zeros.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.data
    }
}

impl<'a> PanelsRef<'a> {
    /// Reads `data` as a `rows` x `cols` matrix; panics if its length is not [`panel_len`].
    pub fn new(rows: usize, cols: usize, data: &'a [f32]) -> Self {
        assert!(data.len() == panel_len(rows, cols), "panels: length");
        Self { rows, cols, data }
    }

    /// The number of rows, padding not counted.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The number of panels.
    pub fn panel_count(&self) -> usize {
        self.rows.div_ceil(LANES)
    }

    /// Panel `p`: `cols` groups of eight lanes.
    pub fn panel(&self, p: usize) -> &'a [f32] {
        &self.data[p * self.cols * LANES..][..self.cols * LANES]
    }

    /// The `rows` rows from `start` on; `start` must be a multiple of eight.
    pub fn row_block(&self, start: usize, rows: usize) -> PanelsRef<'a> {
        assert!(
            start.is_multiple_of(LANES) && start + rows <= self.rows,
            "block at a panel's edge"
        );
        let from = start * self.cols;
        PanelsRef {
            rows,
            cols: self.cols,
            data: &self.data[from..from + panel_len(rows, self.cols)],
        }
    }

    /// The raw numbers, padding included.
    pub fn as_slice(&self) -> &'a [f32] {
        self.data
    }

    /// Element (i, k).
    pub fn get(&self, i: usize, k: usize) -> f32 {
        assert!(i < self.rows && k < self.cols);
        self.data[(i / LANES * self.cols + k) * LANES + i % LANES]
    }

    /// Writes the elements in row-major order; panics if `to` is not `rows * cols` long.
    pub fn store_row_major(&self, to: &mut [f32]) {
        assert!(to.len() == self.rows * self.cols);
        if self.cols == 0 {
            return;
        }
        for (p, rows) in to.chunks_mut(self.cols * LANES).enumerate() {
            separate(self.panel(p), rows, self.cols);
        }
    }

    /// Row `i`, an element every eight numbers.
    pub fn row(&self, i: usize) -> impl Iterator<Item = &'a f32> + use<'a> {
        assert!(i < self.rows);
        self.panel(i / LANES)[i % LANES..].iter().step_by(LANES)
    }
}

impl<'a> PanelsMut<'a> {
    /// Reads and writes `data` as a `rows` x `cols` matrix; panics if its length is not [`panel_len`].
    pub fn new(rows: usize, cols: usize, data: &'a mut [f32]) -> Self {
        assert!(data.len() == panel_len(rows, cols), "panels: length");
        Self { rows, cols, data }
    }

    /// The number of rows, padding not counted.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The number of panels.
    pub fn panel_count(&self) -> usize {
        self.rows.div_ceil(LANES)
    }

    /// A read-only view.
    pub fn as_ref(&self) -> PanelsRef<'_> {
        PanelsRef { rows: self.rows, cols: self.cols, data: self.data }
    }

    /// A shorter borrow of the same matrix.
    pub fn reborrow(&mut self) -> PanelsMut<'_> {
        PanelsMut { rows: self.rows, cols: self.cols, data: self.data }
    }

    /// Panel `p`: `cols` groups of eight lanes.
    pub fn panel_mut(&mut self, p: usize) -> &mut [f32] {
        &mut self.data[p * self.cols * LANES..][..self.cols * LANES]
    }

    /// Panels `p` and `p + 1`; the second is empty where there is none.
    pub fn two_panels_mut(&mut self, p: usize) -> (&mut [f32], &mut [f32]) {
        let length = self.cols * LANES;
        let (first, rest) = self.data[p * length..].split_at_mut(length);
        let second = length.min(rest.len());
        (first, &mut rest[..second])
    }

    /// The `rows` rows from `start` on; `start` must be a multiple of eight.
    pub fn row_block(self, start: usize, rows: usize) -> PanelsMut<'a> {
        assert!(
            start.is_multiple_of(LANES) && start + rows <= self.rows,
            "block at a panel's edge"
        );
        let from = start * self.cols;
        PanelsMut {
            rows,
            cols: self.cols,
            data: &mut self.data[from..from + panel_len(rows, self.cols)],
        }
    }

    /// The raw numbers, padding included; whoever writes padding writes zeros.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        self.data
    }

    /// The raw numbers, for as long as they are borrowed.
    pub fn into_mut_slice(self) -> &'a mut [f32] {
        self.data
    }

    /// Sets element (i, k).
    pub fn set(&mut self, i: usize, k: usize, value: f32) {
        assert!(i < self.rows && k < self.cols);
        self.data[(i / LANES * self.cols + k) * LANES + i % LANES] = value;
    }

    /// Row `i`, an element every eight numbers.
    pub fn row_mut(&mut self, i: usize) -> impl Iterator<Item = &mut f32> {
        assert!(i < self.rows);
        self.panel_mut(i / LANES)[i % LANES..].iter_mut().step_by(LANES)
    }

    /// Takes its elements from row-major order; panics if `from` is not `rows * cols` long.
    pub fn load_row_major(&mut self, from: &[f32]) {
        assert!(from.len() == self.rows * self.cols);
        let cols = self.cols;
        if cols == 0 {
            return;
        }
        for (p, rows) in from.chunks(cols * LANES).enumerate() {
            interleave(rows, cols, self.panel_mut(p));
        }
    }

    /// Copies another matrix of the same shape.
    pub fn copy_from(&mut self, other: PanelsRef<'_>) {
        assert!(self.rows == other.rows && self.cols == other.cols);
        self.data.copy_from_slice(other.data);
    }

    /// Copies another matrix of the same shape, times `factor`.
    pub fn copy_scaled(&mut self, other: PanelsRef<'_>, factor: f32) {
        self.copy_from(other);
        self.scale(factor);
    }

    /// Copies the columns of another matrix from `first` on, as many as it has itself.
    pub fn copy_columns(&mut self, other: PanelsRef<'_>, first: usize) {
        assert!(self.rows == other.rows);
        let length = self.cols * LANES;
        for p in 0..self.panel_count() {
            self.panel_mut(p).copy_from_slice(&other.panel(p)[first * LANES..][..length]);
        }
    }

    /// Adds another matrix to the columns from `first` on.
    pub fn add_columns(&mut self, other: PanelsRef<'_>, first: usize) {
        assert!(self.rows == other.rows);
        for p in 0..self.panel_count() {
            let to = self.panel_mut(p)[first * LANES..].chunks_exact_mut(LANES);
            for (to, from) in to.zip(other.panel(p).chunks_exact(LANES)) {
                (F32x8::load(to) + F32x8::load(from)).store(to);
            }
        }
    }

    /// Multiplies every element by `factor`.
    pub fn scale(&mut self, factor: f32) {
        let factor = F32x8::splat(factor);
        for group in self.data.chunks_exact_mut(LANES) {
            (F32x8::load(group) * factor).store(group);
        }
    }

    /// Sets every element to zero.
    pub fn clear(&mut self) {
        self.data.fill(0.0);
    }
}

/// Interleaves up to eight rows of `cols` numbers into one panel.
fn interleave(rows: &[f32], cols: usize, panel: &mut [f32]) {
    let whole = if rows.len() == cols * LANES { cols / LANES * LANES } else { 0 };
    for k in (0..whole).step_by(LANES) {
        turn(&rows[k..], cols, &mut panel[k * LANES..], LANES);
    }
    for (lane, row) in rows.chunks_exact(cols).enumerate() {
        let lane = panel[whole * LANES..].iter_mut().skip(lane).step_by(LANES);
        lane.zip(&row[whole..]).for_each(|(to, from)| *to = *from);
    }
}

/// The inverse of [`interleave`].
fn separate(panel: &[f32], rows: &mut [f32], cols: usize) {
    let whole = if rows.len() == cols * LANES { cols / LANES * LANES } else { 0 };
    for k in (0..whole).step_by(LANES) {
        turn(&panel[k * LANES..], LANES, &mut rows[k..], cols);
    }
    for (lane, row) in rows.chunks_exact_mut(cols).enumerate() {
        let lane = panel[whole * LANES..].iter().skip(lane).step_by(LANES);
        row[whole..].iter_mut().zip(lane).for_each(|(to, from)| *to = *from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn row_major_survives_the_round_trip(rows in 0usize..20, cols in 1usize..20) {
            let values: Vec<f32> = (0..rows * cols).map(|x| x as f32).collect();
            let panels = Panels::from_row_major(rows, cols, &values);
            prop_assert_eq!(panels.to_row_major(), values);
            let sum: f32 = panels.as_slice().iter().sum();
            prop_assert_eq!(sum, (0..rows * cols).map(|x| x as f32).sum::<f32>(), "padding is zero");
        }

        #[test]
        fn columns_that_are_copied_out_and_added_back_double(rows in 1usize..20, first in 0usize..5, cols in 1usize..9) {
            let all = first + cols + 2;
            let values: Vec<f32> = (0..rows * all).map(|x| x as f32).collect();
            let mut whole = Panels::from_row_major(rows, all, &values);
            let mut part = Panels::zeros(rows, cols);
            part.view_mut().copy_columns(whole.view(), first);
            whole.view_mut().add_columns(part.view(), first);
            let doubled = |at: usize| if (first..first + cols).contains(&(at % all)) { 2.0 } else { 1.0 };
            let right: Vec<f32> = values.iter().enumerate().map(|(at, x)| doubled(at) * x).collect();
            prop_assert_eq!(whole.to_row_major(), right);
        }
    }
}
