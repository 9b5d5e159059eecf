//! How several that compute at once split a piece of work, and what they hand one another.
//!
//! Each has all of the inputs and memory for all of the outputs, computes a contiguous part of them
//! with the operations that one alone would use, and takes the other parts as they come: the bits do
//! not depend on how many there are.

use core::ops::Range;

use crate::panels::{LANES, PanelsRef};

/// One of several that split work in equal parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which one, from 0.
    pub index: usize,
    /// How many there are.
    pub count: usize,
}

impl Share {
    /// One alone.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Whether it is alone.
    pub fn is_whole(self) -> bool {
        self.count == 1
    }

    /// All of them, in order.
    pub fn all(self) -> impl Iterator<Item = Self> {
        (0..self.count).map(move |index| Self { index, count: self.count })
    }

    /// Its part of `items`.
    pub fn of(self, items: usize) -> Range<usize> {
        items * self.index / self.count..items * (self.index + 1) / self.count
    }

    /// Its part of `rows` rows in whole units of `unit` rows, the last of which may be short.
    pub fn rows(self, rows: usize, unit: usize) -> Range<usize> {
        let units = self.of(rows.div_ceil(unit));
        (units.start * unit).min(rows)..(units.end * unit).min(rows)
    }
}

/// Memory that one of several has written and the others are to take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Who has written it.
    pub owner: usize,
    /// Where it begins.
    pub address: usize,
    /// Its length in bytes.
    pub bytes: usize,
}

impl Region {
    /// What `owner` has written to `part`.
    pub fn of<T>(owner: usize, part: &[T]) -> Self {
        Self { owner, address: part.as_ptr() as usize, bytes: size_of_val(part) }
    }

    /// Adds to `list` the rows of `matrix` that each of those beside `share` has written, in units of
    /// `unit` rows (a multiple of eight).
    pub fn of_rows(share: Share, matrix: PanelsRef<'_>, unit: usize, list: &mut Vec<Self>) {
        for other in share.all() {
            let rows = other.rows(matrix.rows(), unit);
            list.push(Self::of(other.index, matrix.rows_in(rows)));
        }
    }
}

impl<'a> PanelsRef<'a> {
    /// The numbers of some rows, of which the first is a multiple of eight, and the last one of a
    /// panel or of the matrix.
    pub fn rows_in(self, rows: Range<usize>) -> &'a [f32] {
        let at = |row: usize| row.div_ceil(LANES) * LANES * self.cols();
        &self.as_slice()[at(rows.start)..at(rows.end)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::Panels;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_tile_the_whole_in_order(count in 1usize..9, rows in 0usize..700, unit in prop_oneof![Just(8usize), Just(64)]) {
            let mut end = 0;
            for share in (Share { index: 0, count }).all() {
                let part = share.rows(rows, unit);
                prop_assert_eq!(part.start, end);
                prop_assert!(part.end == rows || part.end.is_multiple_of(unit));
                end = part.end;
            }
            prop_assert_eq!(end, rows);
            let matrix = Panels::zeros(rows, 3);
            let mut list = Vec::new();
            Region::of_rows(Share { index: 0, count }, matrix.view(), unit, &mut list);
            let mut address = matrix.as_slice().as_ptr() as usize;
            for region in &list {
                prop_assert_eq!(region.address, address);
                address += region.bytes;
            }
            prop_assert_eq!(list.iter().map(|region| region.bytes).sum::<usize>(), 4 * matrix.as_slice().len());
        }
    }
}
