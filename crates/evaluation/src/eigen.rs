//! Eigenvalues of small symmetric matrices by Jacobi's method (Golub and Van Loan, 8.5), in
//! float64.

/// Sweeps over all pairs of rows; a handful suffices, and each converges quadratically.
const SWEEPS: usize = 30;

/// Eigenvalues in descending order with their unit eigenvectors.
pub(crate) struct Eigen {
    pub values: Vec<f64>,
    /// Row j belongs to `values[j]`.
    pub vectors: Vec<f64>,
}

/// Decomposes a symmetric n x n matrix, row-major.
pub(crate) fn symmetric(mut matrix: Vec<f64>, n: usize) -> Eigen {
    assert_eq!(matrix.len(), n * n, "symmetric: shape");
    let mut vectors = vec![0.0; n * n];
    (0..n).for_each(|i| vectors[i * n + i] = 1.0);
    let scale: f64 = matrix.iter().map(|x| x * x).sum();
    for _ in 0..SWEEPS {
        if sweep(&mut matrix, &mut vectors, n) <= 1e-30 * scale {
            break;
        }
    }
    let mut order: Vec<usize> = Vec::with_capacity(n);
    for i in 0..n {
        let place = order.partition_point(|j| matrix[j * n + j] >= matrix[i * n + i]);
        order.insert(place, i);
    }
    Eigen {
        values: order.iter().map(|i| matrix[i * n + i]).collect(),
        vectors: order.iter().flat_map(|i| &vectors[i * n..][..n]).copied().collect(),
    }
}

/// Zeroes each pair of entries off the diagonal once; returns the sum of their squares.
fn sweep(matrix: &mut [f64], vectors: &mut [f64], n: usize) -> f64 {
    let mut off = 0.0;
    for p in 0..n {
        for q in p + 1..n {
            let entry = matrix[p * n + q];
            off += 2.0 * entry * entry;
            if entry != 0.0 {
                let (c, s) = rotation(matrix[p * n + p], matrix[q * n + q], entry);
                rotate_columns(matrix, n, p, q, c, s);
                rotate_rows(matrix, n, p, q, c, s);
                rotate_rows(vectors, n, p, q, c, s);
            }
        }
    }
    off
}

/// Cosine and sine of the smaller angle that makes [[a, b], [b, d]] diagonal.
fn rotation(a: f64, d: f64, b: f64) -> (f64, f64) {
    let cotangent = (d - a) / (2.0 * b);
    let secant = |x: f64| libm::sqrt(x * x + 1.0);
    let tangent = 1.0f64.copysign(cotangent) / (cotangent.abs() + secant(cotangent));
    (1.0 / secant(tangent), tangent / secant(tangent))
}

fn rotate_rows(matrix: &mut [f64], n: usize, p: usize, q: usize, c: f64, s: f64) {
    let (above, below) = matrix.split_at_mut(q * n);
    for (x, y) in above[p * n..][..n].iter_mut().zip(&mut below[..n]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

fn rotate_columns(matrix: &mut [f64], n: usize, p: usize, q: usize, c: f64, s: f64) {
    for row in matrix.chunks_exact_mut(n) {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::Random;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn vectors_are_orthonormal_and_put_the_matrix_together_again(n in 1usize..20, seed in 0u64..1000) {
            let random = &mut Random::new(seed);
            let half: Vec<f64> = (0..n * n).map(|_| random.normal() as f64).collect();
            let matrix: Vec<f64> = (0..n * n).map(|at| half[at] + half[at % n * n + at / n]).collect();
            let Eigen { values, vectors } = symmetric(matrix.clone(), n);
            prop_assert!(values.is_sorted_by(|a, b| a >= b));
            let column = |i: usize| vectors.iter().skip(i).step_by(n);
            for i in 0..n {
                for j in 0..n {
                    let dot: f64 = column(i).zip(column(j)).map(|(x, y)| x * y).sum();
                    prop_assert!((dot - f64::from(i == j)).abs() < 1e-12);
                    let entry: f64 = (0..n).map(|k| values[k] * vectors[k * n + i] * vectors[k * n + j]).sum();
                    prop_assert!((entry - matrix[i * n + j]).abs() < 1e-11);
                }
            }
        }
    }

    #[test]
    fn known_eigenvalues_are_found() {
        let Eigen { values, vectors } = symmetric(vec![2.0, 1.0, 1.0, 2.0], 2);
        assert!((values[0] - 3.0).abs() < 1e-15 && (values[1] - 1.0).abs() < 1e-15);
        assert!((vectors[0] - vectors[1]).abs() < 1e-15 && (vectors[2] + vectors[3]).abs() < 1e-15);
        assert_eq!(symmetric(vec![0.0; 9], 3).values, [0.0; 3]);
    }
}
