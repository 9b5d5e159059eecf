//! The largest singular value of a convolution, as the linear map that it is: that of its reshaped
//! kernel is another number, and may be smaller (case L4).
//!
//! The estimate is power iteration through the convolution and its adjoint. The certificate is exact
//! for small maps, which are unrolled. For others it is the smaller of two bounds:
//!
//! - a convolution of stride s is one of stride 1 over the s² phases of its input, and with zero
//!   padding a compression of the circular one on any torus that is large enough for nothing to wrap
//!   round. That one is a direct sum of its symbols, a matrix a frequency (Sedghi, Gupta and Long
//!   2019, arXiv:1805.10408, theorem 6), and its norm the largest of theirs;
//! - the norm of the kernel as a matrix times [`overlap`], the norm of taking patches.

use kantorovich_convolutions::{Convolution, ConvolutionScratch};
use kantorovich_kernels::{F32x8, LANES, Panels, PanelsMut, PanelsRef, Random, rows};

use crate::spectral::{PROBE, SpectralNorm, bound_above, certified_upper_bound};

/// Power iteration through a convolution and its adjoint, from where the last call ended: eight
/// vectors at once, in lanes, of which the one that reaches furthest counts.
#[derive(Debug)]
pub struct ConvolutionPower {
    convolution: Convolution,
    /// The unit vectors, eight rows of input features.
    right: Vec<f32>,
    /// The fixed random ones.
    probe: Vec<f32>,
    /// Their images, and what returns from those.
    left: Vec<f32>,
    image: Vec<f32>,
    scratch: ConvolutionScratch,
}

impl ConvolutionPower {
    /// Starts from random vectors that are the same in every run.
    pub fn new(convolution: Convolution) -> Self {
        let mut random = Random::new(0x5eed);
        let inputs = convolution.inputs() * LANES;
        let mut probe: Vec<f32> = (0..inputs).map(|_| random.normal()).collect();
        normalise(&mut probe);
        Self {
            convolution,
            right: probe.clone(),
            probe,
            left: vec![0.0; convolution.outputs() * LANES],
            image: vec![0.0; inputs],
            scratch: ConvolutionScratch::new(&[convolution], false),
        }
    }

    /// The vectors from which the next call starts, for a checkpoint.
    pub fn start(&self) -> &[f32] {
        &self.right
    }

    /// Takes up what [`ConvolutionPower::start`] gave; panics at another length.
    pub fn set_start(&mut self, start: &[f32]) {
        self.right.copy_from_slice(start);
    }

    /// Iterates until the residual is at most `tolerance`, at least once and at most
    /// `max_iterations` times; as [`crate::PowerIteration::run`]. An iteration costs what eight
    /// samples cost, forward and back.
    ///
    /// # Panics
    ///
    /// When `weight` isn't channels x patch.
    pub fn run(
        &mut self,
        weight: PanelsRef<'_>,
        max_iterations: usize,
        tolerance: f64,
    ) -> SpectralNorm {
        for (value, probe) in self.right.iter_mut().zip(&self.probe) {
            *value += PROBE * probe;
        }
        normalise(&mut self.right);
        let mut reached =
            SpectralNorm { estimate: 0.0, residual: 0.0, iterations: 0, converged: false };
        while !reached.converged && reached.iterations < max_iterations.max(1) {
            let (estimate, residual) = self.iterate(weight);
            let iterations = reached.iterations + 1;
            let converged = residual <= tolerance;
            reached = SpectralNorm { estimate, residual, iterations, converged };
        }
        reached
    }

    fn iterate(&mut self, weight: PanelsRef<'_>) -> (f64, f64) {
        let (inputs, outputs) = (self.convolution.inputs(), self.convolution.outputs());
        let right = PanelsRef::new(LANES, inputs, &self.right);
        let left = PanelsMut::new(LANES, outputs, &mut self.left);
        self.convolution.apply(weight, right, left, &mut self.scratch);
        let lengths = normalise(&mut self.left);
        let left = PanelsRef::new(LANES, outputs, &self.left);
        let image = PanelsMut::new(LANES, inputs, &mut self.image);
        self.convolution.apply_transposed(weight, left, image, &mut self.scratch);
        // v becomes |Aᵀ A v / s² - v|, then the normalised image.
        let inverse = F32x8::from_array(lengths.map(|length| (1.0 / length) as f32));
        let pairs = self.right.chunks_exact_mut(LANES).zip(self.image.chunks_exact(LANES));
        for (right, image) in pairs {
            (F32x8::load(image) * inverse - F32x8::load(right)).store(right);
        }
        let residuals = rows::dot(&self.right, &self.right);
        self.right.copy_from_slice(&self.image);
        let images = normalise(&mut self.right);
        let mut best = (0.0, f64::INFINITY);
        for lane in 0..LANES {
            let estimate = libm::sqrt(lengths[lane] * images[lane]);
            if estimate > best.0 {
                best = (estimate, libm::sqrt(residuals[lane]));
            }
        }
        // Only a zero kernel is known to have this norm.
        let zero = best.0 == 0.0 && weight.as_slice().iter().all(|value| *value == 0.0);
        if zero { (0.0, 0.0) } else { best }
    }
}

/// `W <- W min(1, c / σ₁)`, as [`crate::project_spectral`], with the convolution's own norm.
pub fn project_convolution(
    mut weight: PanelsMut<'_>,
    radius: f64,
    power: &mut ConvolutionPower,
    max_iterations: usize,
    tolerance: f64,
) -> SpectralNorm {
    let norm = power.run(weight.as_ref(), max_iterations, tolerance);
    if norm.estimate > radius {
        weight.scale((radius / norm.estimate) as f32);
    }
    norm
}

/// The norm of taking patches: the root of the most patches that one pixel is in. A kernel whose rows
/// or columns are orthonormal, divided by it, is a 1-Lipschitz convolution; where the stride is the
/// kernel's side it is 1, and such a convolution keeps norms as far as its channels allow.
pub fn overlap(convolution: &Convolution) -> f64 {
    let covers = convolution.kernel.div_ceil(convolution.stride);
    let [height, width] = convolution.out_size().map(|size| covers.min(size) as f64);
    libm::sqrt(height * width)
}

/// Features of the input or the output up to which a map is unrolled.
const UNROLLED: usize = 256;

/// An upper bound on the convolution's σ₁ that never lies below it; infinite where a weight isn't
/// finite. Tight to 1e-5 for maps from or to at most 256 features; for others to 1e-3 of the circular
/// one's norm, from which zero padding takes little where images are much larger than the kernel. Allocates; changes nothing.
pub fn convolution_upper_bound(convolution: &Convolution, weight: PanelsRef<'_>) -> f64 {
    if !weight.as_slice().iter().all(|value| value.is_finite()) {
        return f64::INFINITY;
    }
    if convolution.inputs().min(convolution.outputs()) <= UNROLLED {
        return certified_upper_bound(unrolled(convolution, weight).view());
    }
    let patches = certified_upper_bound(weight) * overlap(convolution) * (1.0 + f64::EPSILON);
    patches.min(symbol_bound(convolution, weight))
}

/// The map's matrix or its transpose, the one with fewer rows. Each entry is one weight, exactly.
fn unrolled(convolution: &Convolution, weight: PanelsRef<'_>) -> Panels {
    let (inputs, outputs) = (convolution.inputs(), convolution.outputs());
    let fewer = inputs.min(outputs);
    let mut identity = Panels::zeros(fewer, fewer);
    (0..fewer).for_each(|i| identity.set(i, i, 1.0));
    let mut matrix = Panels::zeros(fewer, inputs.max(outputs));
    let mut scratch = ConvolutionScratch::new(&[*convolution], false);
    if inputs <= outputs {
        convolution.apply(weight, identity.view(), matrix.view_mut(), &mut scratch);
    } else {
        convolution.apply_transposed(weight, identity.view(), matrix.view_mut(), &mut scratch);
    }
    matrix
}

/// The largest norm of a symbol over the frequencies of the torus. Opposite frequencies have
/// conjugate symbols of one norm.
fn symbol_bound(convolution: &Convolution, weight: PanelsRef<'_>) -> f64 {
    let [height, width] = torus(convolution);
    let mut symbol = Symbol::new(convolution);
    let angles = |at: usize| {
        let frequency = [(at % height, height), (at / height, width)];
        frequency.map(|(at, size)| TURN * at as f64 / size as f64)
    };
    let count = height * (width / 2 + 1);
    // The one that is largest by a cheaper norm goes first: most others then need no close look.
    let (mut first, mut most) = (0, 0.0);
    for at in 0..count {
        let norm = symbol.fill(weight, angles(at));
        if norm > most {
            (first, most) = (at, norm);
        }
    }
    // The largest bound, and the norm up to which bounds need not be tight.
    let (mut largest, mut floor) = (0f64, 0.0);
    for at in [first].into_iter().chain(0..count) {
        let norm = symbol.fill(weight, angles(at));
        // Entries were rounded to f32: each of them by half an ulp at most.
        let rounding = norm * f64::from(f32::EPSILON);
        let close = if norm <= floor { norm } else { bound_above(symbol.matrix.view(), floor) };
        largest = largest.max(close + rounding);
        if close > floor {
            floor = close * SLACK;
        }
    }
    largest
}

/// How much looser a bound may be than the largest norm, for a fraction of the work.
const SLACK: f64 = 1.001;

/// `e^{iθ}` to 1e-13 by Taylor's series at θ/64, θ within half a turn, and six squarings: a library's
/// sine would weigh more than this whole module.
fn unit(angle: f64) -> [f64; 2] {
    let small = (angle - TURN * libm::floor(angle / TURN + 0.5)) / 64.0;
    let (mut re, mut im) = (1.0, 0.0);
    for order in (1..16).rev() {
        (re, im) = (1.0 - small * im / f64::from(order), small * re / f64::from(order));
    }
    for _ in 0..6 {
        (re, im) = (re * re - im * im, 2.0 * re * im);
    }
    [re, im]
}

const TURN: f64 = 2.0 * core::f64::consts::PI;

/// Rows and columns of a torus, in steps of the stride. With j the kernel's places in such steps,
/// from -⌈p/s⌉ to ⌊(k-1-p)/s⌋, position q reads place q + j: outputs need room to the right, what
/// lies before the first pixel must not come round to the last.
fn torus(convolution: &Convolution) -> [usize; 2] {
    let Convolution { kernel, stride, padding, .. } = *convolution;
    let (before, after) = (padding.div_ceil(stride), (kernel - 1 - padding) / stride);
    let [out_height, out_width] = convolution.out_size();
    let size = |pixels: usize, out: usize| (pixels.div_ceil(stride) + before).max(out + after);
    [size(convolution.height, out_height), size(convolution.width, out_width)]
}

/// `M[o, (c, phase)] = Σ w[o, c, i, j] e^{i(θ ⌊i/s⌋ + η ⌊j/s⌋)}` over the kernel's places of one phase,
/// as the real matrix `[[Re, -Im], [Im, Re]]` of the same norm.
struct Symbol {
    convolution: Convolution,
    /// Phases of the stride that the kernel has.
    phases: usize,
    /// `Re` and `Im`, channels x columns.
    parts: Vec<[f64; 2]>,
    matrix: Panels,
}

impl Symbol {
    fn new(convolution: &Convolution) -> Self {
        let phases = convolution.kernel.min(convolution.stride);
        let columns = convolution.in_channels() * phases * phases;
        Self {
            convolution: *convolution,
            phases,
            parts: vec![[0.0; 2]; convolution.channels * columns],
            matrix: Panels::zeros(2 * convolution.channels, 2 * columns),
        }
    }

    /// Takes up the symbol at two angles, and returns the Frobenius norm of the real matrix.
    fn fill(&mut self, weight: PanelsRef<'_>, [theta, eta]: [f64; 2]) -> f64 {
        let Convolution { channels, kernel, stride, depth, .. } = self.convolution;
        let columns = self.parts.len() / channels;
        self.parts.fill([0.0; 2]);
        for k in 0..weight.cols() {
            let place = k / depth;
            let (plane, i, j) = (place / kernel / kernel, place / kernel % kernel, place % kernel);
            let angle = theta * (i / stride) as f64 + eta * (j / stride) as f64;
            let [cos, sin] = unit(angle);
            let phase = (i % stride) * self.phases + j % stride;
            let column = (phase * self.convolution.planes + plane) * depth + k % depth;
            for o in 0..channels {
                let value = f64::from(weight.get(o, k));
                let part = &mut self.parts[o * columns + column];
                *part = [part[0] + value * cos, part[1] + value * sin];
            }
        }
        self.store(columns)
    }

    fn store(&mut self, columns: usize) -> f64 {
        let mut square = 0.0;
        for (at, part) in self.parts.iter().enumerate() {
            let (o, c) = (at / columns, at % columns);
            let [re, im] = part.map(|value| value as f32);
            let (low, right) = (o + self.convolution.channels, c + columns);
            self.matrix.set(o, c, re);
            self.matrix.set(low, right, re);
            self.matrix.set(o, right, -im);
            self.matrix.set(low, c, im);
            square += 2.0 * (part[0] * part[0] + part[1] * part[1]);
        }
        libm::sqrt(square)
    }
}

/// Scales each of eight rows to length 1 and returns the lengths of before; zero stays zero.
fn normalise(panel: &mut [f32]) -> [f64; LANES] {
    let lengths = rows::dot(panel, panel).map(libm::sqrt);
    let factor = |length: f64| if length > 0.0 { (1.0 / length) as f32 } else { 0.0 };
    rows::scale(panel, lengths.map(factor));
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(
        channels: [usize; 2],
        size: [usize; 2],
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Convolution {
        let ([depth, channels], [height, width]) = (channels, size);
        Convolution { planes: 1, depth, height, width, channels, kernel, stride, padding }
    }

    fn random_kernel(c: &Convolution, seed: u64) -> Panels {
        let mut random = Random::new(seed);
        let values: Vec<f32> = (0..c.channels * c.patch()).map(|_| random.normal()).collect();
        Panels::from_row_major(c.channels, c.patch(), &values)
    }

    /// σ₁ from below, converged.
    fn norm(c: &Convolution, weight: &Panels) -> f64 {
        ConvolutionPower::new(*c).run(weight.view(), 2000, 1e-5).estimate
    }

    #[test]
    fn l4_the_norm_is_the_convolutions_not_the_reshaped_kernels() {
        let c = shape([1, 1], [8, 8], 3, 1, 1);
        let ones = Panels::from_row_major(1, 9, &[1.0; 9]);
        let right = 8.290859369381588;
        let found = ConvolutionPower::new(c).run(ones.view(), 1000, 1e-5);
        assert!(found.converged && (found.estimate / right - 1.0).abs() < 1e-4, "{found:?}");
        let bound = convolution_upper_bound(&c, ones.view());
        assert!((right..right * 1.0001).contains(&bound), "{bound}");
        // Without unrolling: the circular convolution's norm, and the kernel's times 3.
        let symbols = symbol_bound(&c, ones.view());
        assert!((9.0..9.001).contains(&symbols), "{symbols}");
        assert_eq!(overlap(&c), 3.0);
    }

    #[test]
    fn frequencies_are_exact_over_any_number_of_turns() {
        for turns in [0.0, 0.4, 1.0, 7.6, 31.9, 63.3, 1000.7, 65535.2] {
            let angle = TURN * turns;
            let [re, im] = unit(angle);
            assert!(
                (re - angle.cos()).abs() < 1e-10 && (im - angle.sin()).abs() < 1e-10,
                "{turns}"
            );
        }
    }

    #[test]
    fn a_zero_kernel_has_norm_zero_and_what_is_not_finite_no_bound() {
        let c = shape([2, 3], [20, 20], 3, 2, 1);
        let mut weight = Panels::zeros(3, 18);
        assert_eq!(convolution_upper_bound(&c, weight.view()), 0.0);
        let reached = ConvolutionPower::new(c).run(weight.view(), 10, 1e-3);
        assert!(reached.converged && reached.estimate == 0.0);
        weight.set(0, 0, f32::NAN);
        assert_eq!(convolution_upper_bound(&c, weight.view()), f64::INFINITY);
    }

    #[test]
    fn symbols_are_tight_where_images_are_large_and_strides_are_phases() {
        for (kernel, stride, padding) in [(3, 1, 1), (4, 2, 1), (3, 2, 0), (2, 3, 0), (4, 4, 0)] {
            let c = shape([4, 8], [36, 37], kernel, stride, padding);
            let weight = random_kernel(&c, 3);
            let (norm, bound) = (norm(&c, &weight), convolution_upper_bound(&c, weight.view()));
            assert!(
                bound >= norm * (1.0 - 1e-6) && bound < 1.05 * norm,
                "{bound} for {norm}, {c:?}"
            );
        }
    }

    #[test]
    fn a_projected_convolution_has_the_radius_for_norm() {
        let c = shape([3, 8], [9, 11], 3, 2, 1);
        let mut weight = random_kernel(&c, 4);
        let mut power = ConvolutionPower::new(c);
        project_convolution(weight.view_mut(), 0.5, &mut power, 1000, 1e-5);
        assert!((norm(&c, &weight) - 0.5).abs() < 1e-4);
        let same = weight.clone();
        project_convolution(weight.view_mut(), 2.0, &mut power, 1000, 1e-5);
        assert_eq!(weight, same);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn no_bound_lies_below_the_norm(
            channels in (1usize..5, 1usize..6), size in (1usize..10, 1usize..10),
            kernel in 1usize..5, stride in 1usize..4, padding in 0usize..3, seed in 0u64..1000,
        ) {
            let c = shape([channels.0, channels.1], [size.0, size.1], kernel, stride, padding);
            prop_assume!(c.validate().is_ok());
            let weight = random_kernel(&c, seed);
            let exact = certified_upper_bound(unrolled(&c, weight.view()).view());
            let norm = norm(&c, &weight);
            prop_assert!((norm / exact - 1.0).abs() < 1e-3, "{norm} by iteration, {exact} unrolled");
            let symbols = symbol_bound(&c, weight.view());
            prop_assert!(symbols >= exact * (1.0 - 1e-5), "{symbols} for {exact}");
            let patches = certified_upper_bound(weight.view()) * overlap(&c);
            prop_assert!(patches >= exact * (1.0 - 1e-5), "{patches} for {exact}");
            prop_assert!(convolution_upper_bound(&c, weight.view()) >= norm * (1.0 - 1e-6));
        }
    }
}
