//! Two-dimensional convolutions on images with channels last, and their gradients.
//!
//! ```text
//! y[v, u, o] = Σ_i Σ_j Σ_c x[s v + d i - p, s' u + d' j - p', c] f[i, j, c, o]      (0 outside the image)
//! ```
//!
//! With a row a position, patches x filter is y, y x filterᵀ is the gradient of the patches, and
//! patchesᵀ x y that of the filter: in each of the three, what lies in lanes is what lies in a row.
//! Patches are made a block of positions at a time.

use crate::epilogue::Epilogue;
use crate::pack::{Operand, copy};
use crate::product::{blocks, fits, multiply};
use crate::scratch::Scratch;
use crate::sums::add;
use crate::window::Window;
use core::ops::Range;
use kantorovich_kernels::{Error, Into, PanelsMut, nt, panel_len};

/// Positions at a time, where a row of the result is a position.
const POSITIONS: usize = 64;

/// Positions at a time, where they are summed: a sum of its own for each block.
const SUMMED: usize = 128;

/// A convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    /// Images, and the kernel on them.
    pub window: Window,
    /// Channels of the output.
    pub channels: usize,
}

impl Convolution {
    /// Writes `y`, a bias and an activation applied, of as many images as there are.
    ///
    /// # Errors
    ///
    /// `Shape` where lengths do not fit.
    pub fn forward(
        &self,
        input: &[f32],
        filter: &[f32],
        epilogue: &Epilogue<'_>,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let count = self.check(input, filter, out)?;
        let (channels, patch) = (self.channels, self.window.patch());
        let right = Operand::columns(filter, channels).pack(channels, patch, &mut scratch.right)?;
        for block in blocks(count, POSITIONS) {
            let patches = scratch.patches.take(block.len() * patch)?;
            self.gather(input, block.clone(), patches);
            let left = Operand::rows(patches, patch).pack(block.len(), patch, &mut scratch.left)?;
            let out = &mut out[block.start * channels..block.end * channels];
            multiply(left, right, epilogue, out, &mut scratch.tiles)?;
        }
        Ok(())
    }

    /// Writes the gradient with respect to the images from that with respect to `y`.
    ///
    /// # Errors
    ///
    /// `Shape` where lengths do not fit.
    pub fn input_gradient(
        &self,
        delta: &[f32],
        filter: &[f32],
        out: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let count = self.check(out, filter, delta)?;
        let (channels, patch) = (self.channels, self.window.patch());
        out.fill(0.0);
        let right = Operand::rows(filter, channels).pack(patch, channels, &mut scratch.right)?;
        for block in blocks(count, POSITIONS) {
            let delta = &delta[block.start * channels..block.end * channels];
            let left =
                Operand::rows(delta, channels).pack(block.len(), channels, &mut scratch.left)?;
            let patches = scratch.patches.take(block.len() * patch)?;
            multiply(left, right, &Epilogue::NONE, patches, &mut scratch.tiles)?;
            self.scatter(patches, block, out);
        }
        Ok(())
    }

    /// Adds the gradient with respect to the filter to what is in `out`.
    ///
    /// # Errors
    ///
    /// `Shape` where lengths do not fit.
    pub fn add_filter_gradient(
        &self,
        input: &[f32],
        delta: &[f32],
        out: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let count = self.check(input, out, delta)?;
        let (channels, patch) = (self.channels, self.window.patch());
        Operand::columns(out, channels).pack(channels, patch, &mut scratch.tiles)?;
        for block in blocks(count, SUMMED) {
            let (length, patches) = (block.len(), scratch.patches.take(block.len() * patch)?);
            self.gather(input, block.clone(), patches);
            let delta = &delta[block.start * channels..block.end * channels];
            let right = Operand::columns(delta, channels);
            let right = right.pack(channels, length, &mut scratch.right)?;
            let left = Operand::columns(patches, patch).pack(patch, length, &mut scratch.left)?;
            let sums = scratch.tiles.take(panel_len(channels, patch))?;
            nt(right, left, PanelsMut::new(channels, patch, sums), Into::Add);
        }
        let sums = scratch.tiles.take(panel_len(channels, patch))?;
        Epilogue::NONE.store(sums, channels, out);
        Ok(())
    }

    /// The positions on all images.
    fn check(&self, input: &[f32], filter: &[f32], output: &[f32]) -> Result<usize, Error> {
        self.window.validate()?;
        fits("the filter", filter, self.window.patch(), self.channels)?;
        let images = input.len() / self.window.features();
        fits("the input", input, images, self.window.features())?;
        fits("the output", output, images * self.window.positions(), self.channels)?;
        Ok(images * self.window.positions())
    }

    /// The patches under positions, counted on through the images, a row each.
    #[inline(never)]
    fn gather(&self, input: &[f32], positions: Range<usize>, patches: &mut [f32]) {
        let Self { window, .. } = self;
        let (features, on_image) = (window.features(), window.positions());
        for (position, patch) in positions.zip(patches.chunks_exact_mut(window.patch())) {
            let image = &input[position / on_image * features..][..features];
            if !window.is_inside(position % on_image) {
                patch.fill(0.0);
            }
            window.for_each_run(position % on_image, |run, from| {
                copy(&image[from..from + run.len()], &mut patch[run]);
            });
        }
    }

    /// Adds patches to the images under them.
    #[inline(never)]
    fn scatter(&self, patches: &[f32], positions: Range<usize>, out: &mut [f32]) {
        let Self { window, .. } = self;
        let (features, on_image) = (window.features(), window.positions());
        for (position, patch) in positions.zip(patches.chunks_exact(window.patch())) {
            let image = &mut out[position / on_image * features..][..features];
            window.for_each_run(position % on_image, |run, to| {
                add(&mut image[to..to + run.len()], &patch[run]);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{Sum, same};
    use crate::window::tests::{any_window, touches};
    use kantorovich_kernels::Random;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]

        #[test]
        fn map_and_gradients_are_those_of_the_formula(
            window in any_window(), channels in 1usize..20, images in 0usize..4, seed in 0u64..1000,
        ) {
            let mut random = Random::new(seed);
            let mut normals = |length: usize| -> Vec<f32> { (0..length).map(|_| random.normal()).collect() };
            let (depth, features, positions) = (window.depth, window.features(), window.positions());
            let (input, delta) = (normals(images * features), normals(images * positions * channels));
            let filter = normals(window.patch() * channels);
            let [mut y, mut dx, mut df] =
                [delta.len(), input.len(), filter.len()].map(|length| vec![Sum::default(); length]);
            for (image, (position, tap, pixel)) in
                (0..images).flat_map(|image| touches(&window).into_iter().map(move |touch| (image, touch)))
            {
                for (c, o) in (0..depth).flat_map(|c| (0..channels).map(move |o| (c, o))) {
                    let at_x = image * features + pixel * depth + c;
                    let at_y = (image * positions + position) * channels + o;
                    let at_f = (tap * depth + c) * channels + o;
                    y[at_y].add(input[at_x], filter[at_f]);
                    dx[at_x].add(delta[at_y], filter[at_f]);
                    df[at_f].add(input[at_x], delta[at_y]);
                }
            }
            let (convolution, mut scratch) = (Convolution { window, channels }, Scratch::default());
            let mut found = vec![f32::NAN; delta.len()];
            convolution.forward(&input, &filter, &Epilogue::NONE, &mut found, &mut scratch).unwrap();
            prop_assert!(same(&found, &y), "map");
            let mut found = vec![f32::NAN; input.len()];
            convolution.input_gradient(&delta, &filter, &mut found, &mut scratch).unwrap();
            prop_assert!(same(&found, &dx), "gradient of the input");
            let mut found = vec![0.0; filter.len()];
            // One image after the other: sums go on.
            for (input, delta) in input.chunks(features).zip(delta.chunks(positions * channels)) {
                convolution.add_filter_gradient(input, delta, &mut found, &mut scratch).unwrap();
            }
            prop_assert!(same(&found, &df), "gradient of the filter");
        }
    }
}
