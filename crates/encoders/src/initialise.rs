//! Initial weights from the seeded generator. Numbers are drawn in row-major order, layer by
//! layer, so that they don't depend on how weights are stored.

use kantorovich_kernels::Random;

use crate::layout::{Layout, Tensor, TensorKind};
use crate::{EncoderSpec, Initialisation};

/// Fills `params`, laid out by `Layout::new(spec)`, with initial weights and zero biases.
///
/// # Panics
///
/// When `params` isn't as long as the layout.
pub fn initialise(spec: &EncoderSpec, params: &mut [f32], random: &mut Random) {
    let layout = Layout::new(spec);
    assert!(params.len() == layout.len(), "initialise: length of the parameters");
    params.fill(0.0);
    let weights = layout.tensors().iter().filter(|tensor| tensor.kind == TensorKind::Weight);
    for tensor in weights {
        let values = draw(spec.initialisation, tensor, random);
        // The numbers are as many as the tensor takes.
        let imported = tensor.import(&values, params);
        debug_assert!(imported.is_ok());
    }
}

/// The row-major entries of one weight.
fn draw(initialisation: Initialisation, tensor: &Tensor, random: &mut Random) -> Vec<f32> {
    let (rows, cols) = (tensor.rows, tensor.cols);
    // A convolution's fan-out counts the kernel's places too, as PyTorch's does.
    let places = tensor.convolution.map_or(1, |c| c.kernel * c.kernel);
    let bound = match initialisation {
        Initialisation::Glorot => libm::sqrt(6.0 / (places * rows + cols) as f64),
        Initialisation::He => libm::sqrt(6.0 / cols as f64),
        Initialisation::Orthogonal => return semi_orthonormal(rows, cols, random),
    };
    let bound = bound as f32;
    (0..rows * cols).map(|_| bound * (2.0 * random.uniform() - 1.0)).collect()
}

/// A random matrix with orthonormal rows, or columns where there are fewer of those: normal
/// vectors, orthonormalised by Gram and Schmidt twice over in f64 ("twice is enough").
fn semi_orthonormal(rows: usize, cols: usize, random: &mut Random) -> Vec<f32> {
    let (count, length) = (rows.min(cols), rows.max(cols));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
    while vectors.len() < count {
        let mut vector: Vec<f64> = (0..length).map(|_| f64::from(random.normal())).collect();
        for _ in 0..2 {
            for other in &vectors {
                let share = dot(other, &vector);
                subtract(&mut vector, share, other);
            }
            normalise(&mut vector);
        }
        vectors.push(vector);
    }
    let entry = |i: usize, k: usize| if rows <= cols { vectors[i][k] } else { vectors[k][i] };
    (0..rows * cols).map(|at| entry(at / cols, at % cols) as f32).collect()
}

/// In eight interleaved sums, which vectorise.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum::<f64>();
    for (a, b) in a.zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + rest
}

fn subtract(vector: &mut [f64], factor: f64, other: &[f64]) {
    for (value, other) in vector.iter_mut().zip(other) {
        *value -= factor * other;
    }
}

fn normalise(vector: &mut [f64]) {
    let scale = 1.0 / libm::sqrt(dot(vector, vector));
    vector.iter_mut().for_each(|value| *value *= scale);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;
    use proptest::prelude::*;

    fn spec(widths: &[usize], initialisation: Initialisation) -> EncoderSpec {
        EncoderSpec {
            widths: widths.to_vec(),
            convolutions: Vec::new(),
            activation: Activation::Relu,
            bias: true,
            initialisation,
        }
    }

    fn first_weight(spec: &EncoderSpec, seed: u64) -> Vec<f32> {
        let layout = Layout::new(spec);
        let mut params = vec![f32::NAN; layout.len()];
        initialise(spec, &mut params, &mut Random::new(seed));
        if let Some(bias) = layout.bias(0) {
            assert!(params[bias.range()].iter().all(|value| *value == 0.0));
        }
        let mut weight = vec![0.0; spec.widths[0] * spec.widths[1]];
        layout.weight(0).export(&params, &mut weight).unwrap();
        weight
    }

    #[test]
    fn uniform_laws_have_their_bounds_and_variance() {
        for (initialisation, bound) in [
            (Initialisation::Glorot, (6.0f64 / 300.0).sqrt()),
            (Initialisation::He, (6.0f64 / 200.0).sqrt()),
        ] {
            let weight = first_weight(&spec(&[200, 100, 5], initialisation), 3);
            let squares = weight.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>() / 20_000.0;
            assert!(weight.iter().all(|w| f64::from(w.abs()) <= bound * (1.0 + 1e-7)));
            assert!((squares * 3.0 / bound.powi(2) - 1.0).abs() < 0.03, "{squares}");
        }
    }

    #[test]
    fn one_seed_gives_one_encoder() {
        let spec = spec(&[7, 5, 3], Initialisation::Glorot);
        assert_eq!(first_weight(&spec, 1), first_weight(&spec, 1));
        assert_ne!(first_weight(&spec, 1), first_weight(&spec, 2));
    }

    proptest! {
        #[test]
        fn orthogonal_weights_are_semi_orthonormal(rows in 1usize..20, cols in 1usize..20, seed in 0u64..100) {
            let weight = first_weight(&spec(&[cols, rows], Initialisation::Orthogonal), seed);
            let entry = |i: usize, k: usize| f64::from(weight[i * cols + k]);
            for a in 0..rows.min(cols) {
                for b in 0..rows.min(cols) {
                    let product: f64 = if rows <= cols {
                        (0..cols).map(|k| entry(a, k) * entry(b, k)).sum()
                    } else {
                        (0..rows).map(|i| entry(i, a) * entry(i, b)).sum()
                    };
                    let expected = if a == b { 1.0 } else { 0.0 };
                    prop_assert!((product - expected).abs() < 1e-6);
                }
            }
        }
    }
}
