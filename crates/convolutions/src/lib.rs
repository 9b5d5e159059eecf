//! Two-dimensional convolutions as products with patches.
//!
//! ```text
//! y[o, v, u] = Σ_c Σ_i Σ_j w[o, c, i, j] x[c, s v + i - p, s u + j - p]      (0 outside the image)
//! ```
//!
//! A convolution is a linear map between rows of features. Samples lie in lanes, so the patch under
//! one position of the output is a panel of eight samples, and a panel of output features is the
//! product of the patches, (position, sample) x patch, with the weights, channels x patch. Features
//! go by position and then by channel: the product lies where the next layer reads it.
//!
//! Input features are `((plane H + y) W + x) D + d`: the first layer of an encoder may read planes
//! (all of a channel's pixels, then the next channel's; D = 1), later ones read one plane of D
//! channels a pixel. Patches are ordered likewise, `((plane k + i) k + j) D + d`.

#![forbid(unsafe_code)]

use core::ops::Range;

use kantorovich_kernels::{
    BLOCK_ROWS, Error, F32x8, Into, LANES, PanelsMut, PanelsRef, nn, nt, panel_len, tn_rows,
    tn_scratch,
};

/// The shape of a convolution: square kernels, the same stride and zero padding on every side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    /// Planes of the input, one after another.
    pub planes: usize,
    /// Channels of each pixel of a plane.
    pub depth: usize,
    /// Rows of pixels of the input, without padding.
    pub height: usize,
    /// Pixels in such a row.
    pub width: usize,
    /// Channels of the output.
    pub channels: usize,
    /// k, the kernel's side.
    pub kernel: usize,
    /// s, the step from one position to the next.
    pub stride: usize,
    /// p, the zeros on every side.
    pub padding: usize,
}

/// The buffers of a convolution's products: patches, a sum over some samples, a transposed delta.
#[derive(Debug, Default)]
pub struct ConvolutionScratch {
    patches: Vec<f32>,
    sums: Vec<f32>,
    turned: Vec<f32>,
}

impl ConvolutionScratch {
    /// Room for each of `convolutions`; `gradients` says whether weights' gradients are asked for.
    pub fn new(convolutions: &[Convolution], gradients: bool) -> Self {
        let [mut patches, mut sums, mut turned] = [0; 3];
        for c in convolutions {
            patches = patches.max(panel_len(c.positions_at_once() * LANES, c.patch()));
            if gradients {
                sums = sums.max(panel_len(c.channels, c.patch()));
                turned = turned.max(tn_scratch(usize::MAX, c.channels));
            }
        }
        let [patches, sums, turned] = [patches, sums, turned].map(|room| vec![0.0; room]);
        Self { patches, sums, turned }
    }
}

/// The numbers that patches may take at a time: 256 KiB, which stay in a cache.
const PATCHES: usize = 1 << 16;

/// The largest size that is taken.
const MOST: usize = 1 << 16;

impl Convolution {
    /// Checks that there is a position at all, and that no size is 0.
    ///
    /// # Errors
    ///
    /// `Shape`, with the shape that was given.
    pub fn validate(&self) -> Result<(), Error> {
        let Self { planes, depth, height, width, channels, kernel, stride, padding } = *self;
        let sizes = [planes, depth, height, width, channels, kernel, stride];
        let fits = sizes.iter().all(|size| (1..=MOST).contains(size))
            && padding < kernel
            && kernel <= height.min(width) + 2 * padding;
        if fits && self.largest() <= u64::from(u32::MAX >> 3) {
            return Ok(());
        }
        Err(Error::shape(format!(
            "a convolution c{channels}k{kernel}s{stride}p{padding} does not fit images of {} x {height} x {width}: \
             the kernel may be as large as the padded image, the padding must be below the kernel",
            planes.saturating_mul(depth)
        )))
    }

    /// The most numbers that its input, its output (at stride 1) or its weights can have.
    fn largest(&self) -> u64 {
        let product = |factors: &[usize]| {
            factors.iter().fold(1u64, |product, factor| product.saturating_mul(*factor as u64))
        };
        let Self { planes, depth, height, width, channels, kernel, .. } = *self;
        let pixels = product(&[height + 2 * kernel, width + 2 * kernel]);
        let each = [product(&[planes, depth]), channels as u64].map(|c| c.saturating_mul(pixels));
        each[0].max(each[1]).max(product(&[planes, depth, channels, kernel, kernel]))
    }

    /// Channels of the input.
    pub fn in_channels(&self) -> usize {
        self.planes * self.depth
    }

    /// Features of the input.
    pub fn inputs(&self) -> usize {
        self.in_channels() * self.height * self.width
    }

    /// Rows and columns of positions in the output.
    pub fn out_size(&self) -> [usize; 2] {
        [self.height, self.width]
            .map(|size| (size + 2 * self.padding - self.kernel) / self.stride + 1)
    }

    /// Positions in the output.
    pub fn positions(&self) -> usize {
        let [height, width] = self.out_size();
        height * width
    }

    /// Features of the output.
    pub fn outputs(&self) -> usize {
        self.positions() * self.channels
    }

    /// Numbers in a patch, the columns of the weights.
    pub fn patch(&self) -> usize {
        self.in_channels() * self.kernel * self.kernel
    }

    /// The convolution that reads this one's output.
    pub fn then(&self, channels: usize, kernel: usize, stride: usize, padding: usize) -> Self {
        let [height, width] = self.out_size();
        Self { planes: 1, depth: self.channels, height, width, channels, kernel, stride, padding }
    }

    /// `output = input Wᵀ`: each row's convolution with the weights, channels x patch.
    ///
    /// Panics where the shapes do not fit. Row i of the output depends on row i of the input only,
    /// bit for bit.
    pub fn apply(
        &self,
        weight: PanelsRef<'_>,
        input: PanelsRef<'_>,
        mut output: PanelsMut<'_>,
        scratch: &mut ConvolutionScratch,
    ) {
        self.check(input, output.as_ref());
        for p in 0..input.panel_count() {
            for positions in self.blocks() {
                let patches = self.gather(input.panel(p), positions.clone(), scratch);
                let groups = positions.start * self.channels * LANES..;
                let out = &mut output.panel_mut(p)[groups][..patches.rows() * self.channels];
                nt(
                    patches,
                    weight,
                    PanelsMut::new(patches.rows(), self.channels, out),
                    Into::Write,
                );
            }
        }
    }

    /// `below = delta W`, the adjoint of [`Convolution::apply`].
    pub fn apply_transposed(
        &self,
        weight: PanelsRef<'_>,
        delta: PanelsRef<'_>,
        mut below: PanelsMut<'_>,
        scratch: &mut ConvolutionScratch,
    ) {
        self.check(below.as_ref(), delta);
        below.clear();
        for p in 0..delta.panel_count() {
            for positions in self.blocks() {
                let delta = self.block(delta.panel(p), &positions);
                let room = &mut scratch.patches[..delta.rows() * self.patch()];
                let patches = PanelsMut::new(delta.rows(), self.patch(), room);
                nn(delta, weight, patches, Into::Write);
                self.scatter(room, positions, below.panel_mut(p));
            }
        }
    }

    /// Adds `deltaᵀ input`, by patches, to the weights' gradient: the sum over the rows goes in
    /// blocks of [`BLOCK_ROWS`], over a block's positions panel by panel.
    ///
    /// Of the channels from `first` on, a multiple of eight, as many as `gradient` has rows. The scratch
    /// must have been built for gradients.
    pub fn add_weight_gradient(
        &self,
        delta: PanelsRef<'_>,
        first: usize,
        input: PanelsRef<'_>,
        mut gradient: PanelsMut<'_>,
        scratch: &mut ConvolutionScratch,
    ) {
        self.check(input, delta);
        let channels = gradient.rows();
        if channels == 0 {
            return;
        }
        let mut sums = core::mem::take(&mut scratch.sums);
        let mut turned = core::mem::take(&mut scratch.turned);
        let own = &mut sums[..panel_len(channels, self.patch())];
        for p in 0..delta.panel_count() {
            if (p * LANES).is_multiple_of(BLOCK_ROWS) {
                own.fill(0.0);
            }
            for positions in self.blocks() {
                let patches = self.gather(input.panel(p), positions.clone(), scratch);
                let delta = self.block(delta.panel(p), &positions);
                let to = PanelsMut::new(channels, self.patch(), own);
                tn_rows(delta, first, patches, to, Into::Add, &mut turned);
            }
            if ((p + 1) * LANES).is_multiple_of(BLOCK_ROWS) || p + 1 == delta.panel_count() {
                let pairs = gradient.as_mut_slice().iter_mut().zip(&*own);
                pairs.for_each(|(sum, own)| *sum += own);
            }
        }
        scratch.sums = sums;
        scratch.turned = turned;
    }

    fn check(&self, input: PanelsRef<'_>, output: PanelsRef<'_>) {
        let fits = input.cols() == self.inputs() && output.cols() == self.outputs();
        assert!(fits && input.rows() == output.rows(), "convolution: shapes of input and output");
    }

    /// Positions whose patches are made at a time.
    fn positions_at_once(&self) -> usize {
        (PATCHES / (LANES * self.patch())).clamp(1, self.positions())
    }

    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (end, step) = (self.positions(), self.positions_at_once());
        (0..end).step_by(step).map(move |start| start..end.min(start + step))
    }

    /// A panel of output features at some positions, a row a position and sample.
    fn block<'a>(&self, panel: &'a [f32], positions: &Range<usize>) -> PanelsRef<'a> {
        let (rows, group) = (positions.len() * LANES, self.channels * LANES);
        let lanes = &panel[positions.start * group..positions.end * group];
        PanelsRef::new(rows, self.channels, lanes)
    }

    /// The patches under `positions` of a panel of inputs.
    #[inline(never)]
    fn gather<'a>(
        &self,
        panel: &[f32],
        positions: Range<usize>,
        scratch: &'a mut ConvolutionScratch,
    ) -> PanelsRef<'a> {
        let rows = positions.len() * LANES;
        let patches = &mut scratch.patches[..rows * self.patch()];
        let length = self.kernel * self.depth * LANES;
        let mut runs = patches.chunks_exact_mut(length);
        self.for_each_run(positions, |inside, from| {
            let Some(run) = runs.next() else { return };
            run[..inside.start].fill(0.0);
            run[inside.end..].fill(0.0);
            let from = &panel[from..][..inside.len()];
            run[inside].copy_from_slice(from);
        });
        PanelsRef::new(rows, self.patch(), patches)
    }

    /// Adds patches to the panel of inputs that they were taken from.
    fn scatter(&self, patches: &[f32], positions: Range<usize>, panel: &mut [f32]) {
        let mut runs = patches.chunks_exact(self.kernel * self.depth * LANES);
        self.for_each_run(positions, |inside, at| {
            let Some(run) = runs.next() else { return };
            let to = &mut panel[at..][..inside.len()];
            for (sum, from) in to.chunks_exact_mut(LANES).zip(run[inside].chunks_exact(LANES)) {
                (F32x8::load(sum) + F32x8::load(from)).store(sum);
            }
        });
    }

    /// For each row of each plane of each patch, in the patch's order: the part of it that lies in
    /// the image, and the place of that part's first number in a panel of inputs.
    #[inline(always)]
    fn for_each_run(&self, positions: Range<usize>, mut visit: impl FnMut(Range<usize>, usize)) {
        let Self { planes, height, width, kernel, stride, padding, .. } = *self;
        let pixel = self.depth * LANES;
        let [_, out_width] = self.out_size();
        for position in positions {
            let top = position / out_width * stride;
            let left = position % out_width * stride;
            let start = padding.saturating_sub(left).min(kernel);
            let end = (width + padding).saturating_sub(left).min(kernel).max(start);
            for plane in 0..planes {
                for row in top..top + kernel {
                    if end > start && row >= padding && row < height + padding {
                        let first =
                            (plane * height + row - padding) * width + left + start - padding;
                        visit(start * pixel..end * pixel, first * pixel);
                    } else {
                        visit(0..0, 0);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::{ErrorKind, Panels, Random};
    use proptest::prelude::*;

    fn any_convolution() -> impl Strategy<Value = Convolution> {
        (1usize..4, 1usize..4, (1usize..9, 1usize..9), 1usize..10, 1usize..5, 1usize..4, 0usize..3)
            .prop_map(|(planes, depth, (height, width), channels, kernel, stride, padding)| {
                Convolution { planes, depth, height, width, channels, kernel, stride, padding }
            })
            .prop_filter("it fits", |convolution| convolution.validate().is_ok())
    }

    /// The matrix of the map, `[outputs][inputs]`, from the formula.
    fn unrolled(c: &Convolution, weight: &Panels) -> Vec<Vec<f64>> {
        let mut matrix = vec![vec![0.0; c.inputs()]; c.outputs()];
        let [out_height, out_width] = c.out_size();
        for (v, u) in (0..out_height).flat_map(|v| (0..out_width).map(move |u| (v, u))) {
            for o in 0..c.channels {
                for (k, at) in (0..c.patch()).map(|at| (at, at / c.depth)) {
                    let (d, j, i) = (k % c.depth, at % c.kernel, at / c.kernel % c.kernel);
                    let plane = at / c.kernel / c.kernel;
                    let (y, x) = (c.stride * v + i, c.stride * u + j);
                    let (Some(y), Some(x)) = (y.checked_sub(c.padding), x.checked_sub(c.padding))
                    else {
                        continue;
                    };
                    if y < c.height && x < c.width {
                        let from = ((plane * c.height + y) * c.width + x) * c.depth + d;
                        matrix[(v * out_width + u) * c.channels + o][from] =
                            weight.get(o, k).into();
                    }
                }
            }
        }
        matrix
    }

    fn normals(rows: usize, cols: usize, random: &mut Random) -> Panels {
        let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
        Panels::from_row_major(rows, cols, &values)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn map_adjoint_and_gradient_are_those_of_the_unrolled_matrix(
            c in any_convolution(), rows in 1usize..90, seed in 0u64..1000,
        ) {
            let mut random = Random::new(seed);
            let weight = normals(c.channels, c.patch(), &mut random);
            let (x, d) = (normals(rows, c.inputs(), &mut random), normals(rows, c.outputs(), &mut random));
            let matrix = unrolled(&c, &weight);
            let mut scratch = ConvolutionScratch::new(&[c], true);
            let (mut y, mut below) = (Panels::zeros(rows, c.outputs()), Panels::zeros(rows, c.inputs()));
            c.apply(weight.view(), x.view(), y.view_mut(), &mut scratch);
            c.apply_transposed(weight.view(), d.view(), below.view_mut(), &mut scratch);
            for i in 0..rows {
                for (o, row) in matrix.iter().enumerate() {
                    let right: f64 = row.iter().enumerate().map(|(k, w)| w * f64::from(x.get(i, k))).sum();
                    prop_assert!((f64::from(y.get(i, o)) - right).abs() < 1e-4 * (1.0 + right.abs()));
                }
                let back = |k: usize| -> f64 {
                    (0..c.outputs()).map(|o| matrix[o][k] * f64::from(d.get(i, o))).sum()
                };
                for (k, right) in (0..c.inputs()).map(|k| (k, back(k))) {
                    let found = f64::from(below.get(i, k));
                    prop_assert!((found - right).abs() < 1e-4 * (1.0 + right.abs()));
                }
            }
            // The value is linear in each weight: a unit weight's map gives its derivative.
            let mut gradient = Panels::zeros(c.channels, c.patch());
            gradient.as_mut_slice().fill(0.5);
            c.add_weight_gradient(d.view(), 0, x.view(), gradient.view_mut(), &mut scratch);
            for (o, k) in [(0, 0), (c.channels - 1, c.patch() - 1), (seed as usize % c.channels, seed as usize % c.patch())] {
                let mut unit = Panels::zeros(c.channels, c.patch());
                unit.set(o, k, 1.0);
                let mut right = 0.5;
                for (out, row) in unrolled(&c, &unit).iter().enumerate() {
                    for (from, _) in row.iter().enumerate().filter(|(_, w)| **w != 0.0) {
                        right += (0..rows).map(|i| f64::from(d.get(i, out)) * f64::from(x.get(i, from))).sum::<f64>();
                    }
                }
                let scale = (rows * c.positions()) as f64;
                prop_assert!((f64::from(gradient.get(o, k)) - right).abs() < 1e-5 * (1.0 + scale), "{} for {right}", gradient.get(o, k));
            }
        }

        #[test]
        fn e2_a_row_does_not_depend_on_the_rows_beside_it(c in any_convolution(), seed in 0u64..100) {
            let mut random = Random::new(seed);
            let weight = normals(c.channels, c.patch(), &mut random);
            let x = normals(13, c.inputs(), &mut random);
            let mut scratch = ConvolutionScratch::new(&[c], false);
            let mut apply = |rows: &[f32]| {
                let input = Panels::from_row_major(rows.len() / c.inputs(), c.inputs(), rows);
                let mut output = Panels::zeros(input.rows(), c.outputs());
                c.apply(weight.view(), input.view(), output.view_mut(), &mut scratch);
                output.to_row_major()
            };
            let rows = x.to_row_major();
            let alone: Vec<f32> = rows.chunks(c.inputs()).flat_map(&mut apply).collect();
            prop_assert_eq!(apply(&rows), alone);
        }
    }

    fn image(
        height: usize,
        width: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Convolution {
        Convolution { planes: 1, depth: 1, height, width, channels: 1, kernel, stride, padding }
    }

    #[test]
    fn e1_padding_is_the_same_on_all_sides_as_in_pytorch() {
        let c = image(4, 4, 3, 2, 1);
        let x = Panels::from_row_major(1, 16, &core::array::from_fn::<f32, 16, _>(|i| i as f32));
        let weight = Panels::from_row_major(1, 9, &[1.0; 9]);
        let mut y = Panels::zeros(1, 4);
        c.apply(weight.view(), x.view(), y.view_mut(), &mut ConvolutionScratch::new(&[c], false));
        assert_eq!(y.to_row_major(), [10.0, 24.0, 51.0, 90.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_shape() {
        for bad in [
            image(3, 3, 4, 1, 0),
            image(3, 3, 2, 0, 0),
            image(3, 3, 2, 1, 2),
            image(0, 3, 1, 1, 0),
            image(1 << 16, 1 << 16, 1, 1, 0),
            image(usize::MAX, 3, 1, 1, 0),
        ] {
            let error = bad.validate().unwrap_err();
            assert_eq!(error.kind, ErrorKind::Shape);
            assert!(
                error.message.contains(&format!("k{}s{}", bad.kernel, bad.stride)),
                "{}",
                error.message
            );
        }
        assert!(image(3, 3, 3, 5, 2).validate().is_ok());
    }
}
