//! Gradients of convolutions of each channel by itself, channels last.
//!
//! ```text
//! y[v, u, m c + k] = Σ_i Σ_j x[s v + d i - p, s' u + d' j - p', c] f[i, j, c, k]
//! ```
//!
//! With m outputs a channel, an image each of whose channels stands m times in a row makes m = 1 of it:
//! all that is left are products of rows, element by element.

use crate::product::fits;
use crate::scratch::{Buffer, Scratch};
use crate::sums::add_in_blocks;
use crate::window::Window;
use core::ops::Range;
use kantorovich_kernels::{Error, F32x8, LANES};

/// Positions that are summed together before their sum joins the others'.
const POSITIONS: usize = 128;

/// A depthwise convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depthwise {
    /// Images, and the kernel on them.
    pub window: Window,
    /// Outputs of each channel, one after another.
    pub multiplier: usize,
}

impl Depthwise {
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
        self.check(out, filter, delta)?;
        let (wide, multiplier) = (self.wide(), self.multiplier);
        let images = out.chunks_exact_mut(self.window.features());
        for (image, delta) in images.zip(delta.chunks_exact(wide.positions() * wide.depth)) {
            if multiplier == 1 {
                image.fill(0.0);
                wide.add_to_image(delta, filter, image);
                continue;
            }
            let spread = scratch.patches.take(wide.features())?;
            spread.fill(0.0);
            wide.add_to_image(delta, filter, spread);
            for (to, from) in image.iter_mut().zip(spread.chunks_exact(multiplier)) {
                *to = from.iter().sum();
            }
        }
        Ok(())
    }

    /// Adds the gradient with respect to the filter to what is in `out`: sums of some positions one after another.
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
        self.check(input, out, delta)?;
        let wide = self.wide();
        let images = input.chunks_exact(self.window.features());
        for (image, delta) in images.zip(delta.chunks_exact(wide.positions() * wide.depth)) {
            let image = self.spread(image, &mut scratch.patches)?;
            add_in_blocks(
                wide.positions(),
                POSITIONS,
                out,
                &mut scratch.tiles,
                |positions, sums| {
                    wide.add_to_filter(image, delta, positions, sums);
                },
            )?;
        }
        Ok(())
    }

    /// As many channels as there are outputs.
    fn wide(&self) -> Window {
        Window { depth: self.window.depth * self.multiplier, ..self.window }
    }

    /// Each channel as often as it has outputs.
    fn spread<'a>(&self, image: &'a [f32], buffer: &'a mut Buffer) -> Result<&'a [f32], Error> {
        if self.multiplier == 1 {
            return Ok(image);
        }
        let spread = buffer.take(image.len() * self.multiplier)?;
        for (to, from) in spread.chunks_exact_mut(self.multiplier).zip(image) {
            to.fill(*from);
        }
        Ok(spread)
    }

    fn check(&self, input: &[f32], filter: &[f32], output: &[f32]) -> Result<(), Error> {
        self.window.validate()?;
        if self.multiplier == 0 {
            return Err(Error::shape("a channel has 1 output or more, got 0"));
        }
        let images = input.len() / self.window.features();
        fits("the filter", filter, self.window.patch(), self.multiplier)?;
        fits("the input", input, images, self.window.features())?;
        fits("the output", output, images * self.window.positions(), self.wide().depth)
    }
}

impl Window {
    #[inline(never)]
    fn add_to_image(&self, delta: &[f32], filter: &[f32], image: &mut [f32]) {
        for (position, delta) in delta.chunks_exact(self.depth).enumerate() {
            self.for_each_tap(position, |tap, pixel| {
                add_products(
                    delta,
                    &filter[tap..][..self.depth],
                    &mut image[pixel..][..self.depth],
                );
            });
        }
    }

    #[inline(never)]
    fn add_to_filter(
        &self,
        image: &[f32],
        delta: &[f32],
        positions: Range<usize>,
        filter: &mut [f32],
    ) {
        let deltas = delta[positions.start * self.depth..].chunks_exact(self.depth);
        for (position, delta) in positions.zip(deltas) {
            self.for_each_tap(position, |tap, pixel| {
                add_products(
                    delta,
                    &image[pixel..][..self.depth],
                    &mut filter[tap..][..self.depth],
                );
            });
        }
    }

    /// Where each tap on the image has its numbers in the filter and in the image.
    #[inline(always)]
    fn for_each_tap(&self, position: usize, mut visit: impl FnMut(usize, usize)) {
        self.for_each_run(position, |run, pixel| {
            for at in (0..run.len()).step_by(self.depth) {
                visit(run.start + at, pixel + at);
            }
        });
    }
}

/// `to += a b`, element by element.
#[inline(never)]
fn add_products(a: &[f32], b: &[f32], to: &mut [f32]) {
    let whole = to.len() / LANES * LANES;
    let (lanes, rest) = to.split_at_mut(whole);
    let pairs = a.chunks_exact(LANES).zip(b.chunks_exact(LANES));
    for (to, (a, b)) in lanes.chunks_exact_mut(LANES).zip(pairs) {
        F32x8::load(a).mul_add(F32x8::load(b), F32x8::load(to)).store(to);
    }
    let pairs = a[whole..].iter().zip(&b[whole..]);
    rest.iter_mut().zip(pairs).for_each(|(to, (a, b))| *to += a * b);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{Sum, same};
    use crate::window::Axis;
    use crate::window::tests::{any_window, touches};
    use kantorovich_kernels::Random;
    use proptest::prelude::*;

    #[test]
    fn the_gradient_of_a_filter_is_exact_on_a_large_image() {
        let side = 512;
        let axis =
            Axis { size: side, kernel: 1, stride: 1, dilation: 1, before: 0, positions: side };
        let depthwise =
            Depthwise { window: Window { rows: axis, cols: axis, depth: 1 }, multiplier: 1 };
        let ones = vec![1.0; side * side];
        let tenths = vec![0.1; side * side];
        let mut found = [0.0];
        depthwise.add_filter_gradient(&ones, &tenths, &mut found, &mut Scratch::default()).unwrap();
        let right = f64::from(0.1f32) * (side * side) as f64;
        // 128 terms, 64 sums of them, and 32 of those.
        assert!((f64::from(found[0]) - right).abs() <= 224.0 * 6e-8 * right, "{found:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]

        #[test]
        fn gradients_are_those_of_the_formula(
            window in any_window(), multiplier in 1usize..4, images in 0usize..4, seed in 0u64..1000,
        ) {
            let mut random = Random::new(seed);
            let mut normals = |length: usize| -> Vec<f32> { (0..length).map(|_| random.normal()).collect() };
            let (depth, features, positions) = (window.depth, window.features(), window.positions());
            let channels = depth * multiplier;
            let (input, delta) = (normals(images * features), normals(images * positions * channels));
            let filter = normals(window.patch() * multiplier);
            let [mut dx, mut df] = [input.len(), filter.len()].map(|length| vec![Sum::default(); length]);
            for (image, (position, tap, pixel)) in
                (0..images).flat_map(|image| touches(&window).into_iter().map(move |touch| (image, touch)))
            {
                for o in 0..channels {
                    let at_x = image * features + pixel * depth + o / multiplier;
                    let at_y = (image * positions + position) * channels + o;
                    let at_f = tap * channels + o;
                    dx[at_x].add(delta[at_y], filter[at_f]);
                    df[at_f].add(input[at_x], delta[at_y]);
                }
            }
            let (depthwise, mut scratch) = (Depthwise { window, multiplier }, Scratch::default());
            let mut found = vec![f32::NAN; input.len()];
            depthwise.input_gradient(&delta, &filter, &mut found, &mut scratch).unwrap();
            prop_assert!(same(&found, &dx), "gradient of the input");
            let mut found = vec![0.0; filter.len()];
            for (input, delta) in input.chunks(features).zip(delta.chunks(positions * channels)) {
                depthwise.add_filter_gradient(input, delta, &mut found, &mut scratch).unwrap();
            }
            prop_assert!(same(&found, &df), "gradient of the filter");
        }
    }
}
