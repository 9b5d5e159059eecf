//! Where a kernel lies on an image: positions, taps, and the runs of memory under them.

use core::ops::Range;
use kantorovich_kernels::Error;

/// The largest size that is taken, and of a product of sizes: what 4 GiB hold.
const MOST: usize = 1 << 30;

/// One of the two axes of an image: its pixels, and how a kernel moves over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Pixels.
    pub size: usize,
    /// Taps of the kernel.
    pub kernel: usize,
    /// Pixels from one position to the next.
    pub stride: usize,
    /// Pixels from one tap to the next.
    pub dilation: usize,
    /// Zeros ahead of the first pixel; as many as needed follow the last.
    pub before: usize,
    /// Positions, the output's size.
    pub positions: usize,
}

impl Axis {
    /// The taps that lie on pixels, and the pixel under the first of them.
    fn taps(&self, position: usize) -> (Range<usize>, usize) {
        let corner = position * self.stride;
        let start = self.before.saturating_sub(corner).div_ceil(self.dilation).min(self.kernel);
        let end = (self.size + self.before).saturating_sub(corner).div_ceil(self.dilation);
        let end = end.min(self.kernel).max(start);
        (start..end, (corner + start * self.dilation).saturating_sub(self.before))
    }

    fn is_valid(&self) -> bool {
        let Self { size, kernel, stride, dilation, before, positions } = *self;
        let sizes = [size, kernel, stride, dilation, positions];
        sizes.iter().all(|size| (1..=MOST).contains(size)) && before <= MOST
    }
}

/// A kernel over images of pixels of `depth` numbers each, channels last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Down the rows.
    pub rows: Axis,
    /// Along a row.
    pub cols: Axis,
    /// Numbers of a pixel.
    pub depth: usize,
}

impl Window {
    /// Checks that no size is 0, and that an image and a patch fit in memory.
    ///
    /// # Errors
    ///
    /// `Shape`, with what was given.
    pub fn validate(&self) -> Result<(), Error> {
        let Self { rows, cols, depth } = self;
        let fits =
            |a: usize, b: usize| a.checked_mul(b)?.checked_mul(*depth).filter(|n| *n <= MOST);
        let image = fits(rows.size, cols.size).is_some();
        let patch = fits(rows.kernel, cols.kernel).is_some();
        let output = fits(rows.positions, cols.positions).is_some();
        if rows.is_valid() && cols.is_valid() && *depth > 0 && image && patch && output {
            return Ok(());
        }
        let [high, wide] = [rows.size, cols.size];
        let filter = format!("a filter of {} x {} x {depth}", rows.kernel, cols.kernel);
        Err(Error::shape(format!(
            "{filter} numbers on images of {high} x {wide} pixels: sizes must be above 0, with a place for the filter, and fit in memory"
        )))
    }

    /// Numbers of an image.
    pub fn features(&self) -> usize {
        self.rows.size * self.cols.size * self.depth
    }

    /// Positions of the kernel on an image.
    pub fn positions(&self) -> usize {
        self.rows.positions * self.cols.positions
    }

    /// Taps of the kernel.
    pub fn taps(&self) -> usize {
        self.rows.kernel * self.cols.kernel
    }

    /// Numbers under the kernel.
    pub fn patch(&self) -> usize {
        self.taps() * self.depth
    }

    /// Whether all of the patch under a position lies on the image.
    pub(crate) fn is_inside(&self, position: usize) -> bool {
        let down = self.rows.taps(position / self.cols.positions).0;
        let along = self.cols.taps(position % self.cols.positions).0;
        down.len() * along.len() == self.taps()
    }

    /// Visits what of the patch under a position lies on the image, as ranges of the patch and places
    /// in the image, in order.
    #[inline(always)]
    pub(crate) fn for_each_run(&self, position: usize, mut visit: impl FnMut(Range<usize>, usize)) {
        let Self { rows, cols, depth } = *self;
        let (down, top) = rows.taps(position / cols.positions);
        let (along, left) = cols.taps(position % cols.positions);
        // Neighbouring taps of a row lie on neighbouring pixels unless they are dilated.
        let step = if cols.dilation == 1 { along.len().max(1) } else { 1 };
        for (i, tap_row) in down.enumerate() {
            let row = (top + i * rows.dilation) * cols.size + left;
            for first in along.clone().step_by(step) {
                let tap = tap_row * cols.kernel + first;
                let pixel = row + (first - along.start) * cols.dilation;
                visit(tap * depth..(tap + step) * depth, pixel * depth);
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_axis() -> impl Strategy<Value = Axis> {
        (1usize..9, 1usize..5, 1usize..4, 1usize..4, 0usize..4, 0usize..4).prop_filter_map(
            "a position",
            |(size, kernel, stride, dilation, before, after)| {
                let spread = (kernel - 1) * dilation + 1;
                let positions = (size + before + after).checked_sub(spread)? / stride + 1;
                Some(Axis { size, kernel, stride, dilation, before, positions })
            },
        )
    }

    /// Any window.
    pub(crate) fn any_window() -> impl Strategy<Value = Window> {
        (any_axis(), any_axis(), 1usize..12).prop_map(|(rows, cols, depth)| Window {
            rows,
            cols,
            depth,
        })
    }

    /// The formula: each tap on a pixel, `(position, tap, pixel)`.
    pub(crate) fn touches(window: &Window) -> Vec<(usize, usize, usize)> {
        let Window { rows, cols, .. } = window;
        let mut found = Vec::new();
        for (v, u) in (0..rows.positions).flat_map(|v| (0..cols.positions).map(move |u| (v, u))) {
            for (i, j) in (0..rows.kernel).flat_map(|i| (0..cols.kernel).map(move |j| (i, j))) {
                let y = (v * rows.stride + i * rows.dilation).checked_sub(rows.before);
                let x = (u * cols.stride + j * cols.dilation).checked_sub(cols.before);
                let (Some(y), Some(x)) = (y, x) else { continue };
                if y < rows.size && x < cols.size {
                    let position = v * cols.positions + u;
                    found.push((position, i * cols.kernel + j, y * cols.size + x));
                }
            }
        }
        found
    }

    proptest! {
        #[test]
        fn runs_are_what_lies_on_the_image(window in any_window()) {
            prop_assert!(window.validate().is_ok());
            let mut found = Vec::new();
            for position in 0..window.positions() {
                let before = found.len();
                window.for_each_run(position, |patch, from| {
                    let pixels = patch.len() / window.depth;
                    let taps = (0..pixels).map(|k| (position, patch.start / window.depth + k, from / window.depth + k));
                    found.extend(taps);
                });
                prop_assert_eq!(window.is_inside(position), found.len() - before == window.taps());
            }
            prop_assert_eq!(found, touches(&window));
        }
    }
}
