//! Eigenvalues and eigenvectors of symmetric matrices in f64: Householder's tridiagonal form, then
//! QL with implicit shifts (Golub and Van Loan, Matrix Computations, 8.3). About 9 n³ flops.
//!
//! All that grows like n³ runs along rows.

/// Steps for one eigenvalue; two or three suffice.
const MAX_STEPS: usize = 60;

/// `A = Σ_k values[k] v_k v_kᵀ`, v_k row k of `vectors`; in no order.
#[derive(Clone, Debug)]
pub(crate) struct Eigen {
    size: usize,
    pub(crate) values: Vec<f64>,
    pub(crate) vectors: Vec<f64>,
    off: Vec<f64>,
    reflector: Vec<f64>,
    image: Vec<f64>,
}

impl Eigen {
    /// Room for matrices of n x n.
    pub(crate) fn new(size: usize) -> Self {
        let row = || vec![0.0; size];
        Self {
            size,
            values: row(),
            vectors: vec![0.0; size * size],
            off: row(),
            reflector: row(),
            image: row(),
        }
    }

    /// Decomposes a symmetric row-major matrix, which it destroys; whether all eigenvalues were
    /// found. No call allocates.
    pub(crate) fn decompose(&mut self, matrix: &mut [f64]) -> bool {
        assert!(matrix.len() == self.size * self.size, "eigen: shape");
        self.vectors.fill(0.0);
        self.vectors.iter_mut().step_by(self.size + 1).for_each(|entry| *entry = 1.0);
        for k in 0..self.size {
            self.reduce(matrix, k);
        }
        (0..self.size).all(|at| self.isolate(at))
    }

    /// Reflects what lies below the diagonal of column k onto its first entry.
    fn reduce(&mut self, matrix: &mut [f64], k: usize) {
        let n = self.size;
        self.values[k] = matrix[k * n + k];
        self.off[k] = 0.0;
        if k + 1 == n {
            return;
        }
        // By symmetry the column is a row.
        let v = &mut self.reflector[k + 1..];
        v.copy_from_slice(&matrix[k * n + k + 1..][..n - k - 1]);
        let length = libm::sqrt(dot(v, v));
        if length == 0.0 {
            return;
        }
        let first = -length.copysign(v[0]);
        v[0] -= first;
        self.off[k] = first;
        let scale = core::f64::consts::SQRT_2 / libm::sqrt(dot(v, v));
        v.iter_mut().for_each(|entry| *entry *= scale);
        let image = &mut self.image[k + 1..];
        for (i, image) in image.iter_mut().enumerate() {
            *image = dot(&matrix[(k + 1 + i) * n + k + 1..][..n - k - 1], v);
        }
        let half = 0.5 * dot(image, v);
        add_scaled(image, v, -half);
        for i in 0..n - k - 1 {
            let row = &mut matrix[(k + 1 + i) * n + k + 1..][..n - k - 1];
            let (own, own_image) = (v[i], image[i]);
            for ((entry, v), image) in row.iter_mut().zip(&*v).zip(&*image) {
                *entry -= own * image + own_image * v;
            }
        }
        self.reflect_vectors(k);
    }

    /// The vectors' rows from k + 1 on, minus `v vᵀ` times themselves.
    fn reflect_vectors(&mut self, k: usize) {
        let n = self.size;
        let v = &self.reflector[k + 1..];
        self.image.fill(0.0);
        for (row, v) in self.vectors[(k + 1) * n..].chunks_exact(n).zip(v) {
            add_scaled(&mut self.image, row, *v);
        }
        for (row, v) in self.vectors[(k + 1) * n..].chunks_exact_mut(n).zip(v) {
            add_scaled(row, &self.image, -v);
        }
    }

    /// Turns until the entry beside eigenvalue `at` vanishes.
    fn isolate(&mut self, at: usize) -> bool {
        for _ in 0..MAX_STEPS {
            let small = |i: usize| {
                let beside = self.values[i].abs() + self.values[i + 1].abs();
                self.off[i].abs() <= f64::EPSILON * beside
            };
            let end = (at..self.size - 1).find(|i| small(*i)).unwrap_or(self.size - 1);
            if end == at {
                return true;
            }
            self.sweep(at, end);
        }
        false
    }

    /// One QL step with Wilkinson's shift on the block from `at` to `end`.
    fn sweep(&mut self, at: usize, end: usize) {
        let (d, e) = (&mut self.values, &mut self.off);
        let ratio = (d[at + 1] - d[at]) / (2.0 * e[at]);
        let root = libm::hypot(ratio, 1.0);
        let mut g = d[end] - d[at] + e[at] / (ratio + root.copysign(ratio));
        let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
        for i in (at..end).rev() {
            let (f, b) = (s * e[i], c * e[i]);
            let r = libm::hypot(f, g);
            if i + 1 < end || r == 0.0 {
                e[i + 1] = r;
            }
            if r == 0.0 {
                d[i + 1] -= p;
                e[end] = 0.0;
                return;
            }
            (s, c) = (f / r, g / r);
            g = d[i + 1] - p;
            let turned = (d[i] - g) * s + 2.0 * c * b;
            p = s * turned;
            d[i + 1] = g + p;
            g = c * turned - b;
            let (above, below) = self.vectors.split_at_mut((i + 1) * self.size);
            let rows = above[i * self.size..].iter_mut().zip(&mut below[..self.size]);
            for (x, y) in rows {
                (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
            }
        }
        d[at] -= p;
        e[at] = g;
        e[end] = 0.0;
    }
}

/// In eight interleaved sums, which vectorise.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
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

fn add_scaled(to: &mut [f64], from: &[f64], factor: f64) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::Random;
    use proptest::prelude::*;

    fn check(size: usize, matrix: &[f64]) {
        let mut eigen = Eigen::new(size);
        assert!(eigen.decompose(&mut matrix.to_vec()));
        let scale = 1e-300 + dot(matrix, matrix).sqrt();
        let vector = |k: usize| &eigen.vectors[k * size..][..size];
        for i in 0..size {
            for j in 0..size {
                let product = dot(vector(i), vector(j));
                let identity = if i == j { 1.0 } else { 0.0 };
                assert!((product - identity).abs() < 1e-12, "vectors {i} {j}: {product}");
                let sum: f64 =
                    (0..size).map(|k| eigen.values[k] * vector(k)[i] * vector(k)[j]).sum();
                let gap = (sum - matrix[i * size + j]).abs();
                assert!(gap < 1e-13 * scale, "entry {i} {j}: off by {gap}");
            }
        }
    }

    #[test]
    fn matrices_with_equal_and_zero_eigenvalues_are_decomposed() {
        check(1, &[3.0]);
        check(2, &[0.0; 4]);
        check(3, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        check(3, &[1.0; 9]);
        check(4, &[0., 1., 0., 0., 1., 0., 0., 0., 0., 0., 0., 1., 0., 0., 1., 0.]);
    }

    proptest! {
        #[test]
        fn a_matrix_is_the_sum_of_its_parts(size in 1usize..40, rank in 1usize..40, seed in 0u64..1000) {
            let mut random = Random::new(seed);
            let factor: Vec<f64> = (0..size * rank).map(|_| f64::from(random.normal())).collect();
            let row = |i: usize| &factor[i * rank..][..rank];
            let gram: Vec<f64> =
                (0..size * size).map(|at| dot(row(at / size), row(at % size))).collect();
            check(size, &gram);
        }
    }
}
