//! Inner products of all pairs of rows in f64, for certificates: eight at a time in tiles of 2 x 4.

/// Rows of a tile, and columns.
const TILE: (usize, usize) = (2, 4);

/// Writes `out[i * n + j] = v_i · v_j` of the n rows of `vectors`, each of `length` numbers; the
/// result is symmetric to the last bit. Cost: n² `length` multiplications, half of them.
///
/// # Panics
///
/// When lengths don't fit.
pub fn gram(vectors: &[f64], length: usize, out: &mut [f64]) {
    let n = vectors.len().checked_div(length).unwrap_or(0);
    assert!(vectors.len() == n * length && out.len() == n * n, "gram: shapes");
    let row = |i: usize| &vectors[i.min(n - 1) * length..][..length];
    for i in (0..n).step_by(TILE.0) {
        for j in (0..=i + 1).step_by(TILE.1) {
            let products = tile([row(i), row(i + 1)], [row(j), row(j + 1), row(j + 2), row(j + 3)]);
            for (i, products) in (i..n).zip(products) {
                for (j, product) in (j..n).zip(products).filter(|(j, _)| *j <= i) {
                    out[i * n + j] = product;
                    out[j * n + i] = product;
                }
            }
        }
    }
}

/// One call of bounded length, in two interleaved sums a product.
#[inline(never)]
fn tile(a: [&[f64]; 2], b: [&[f64]; 4]) -> [[f64; 4]; 2] {
    let mut sums = [[[0.0; 2]; 4]; 2];
    let pair = |row: &[f64], k: usize| -> [f64; 2] { [row[k], row[k + 1]] };
    let length = a[0].len();
    let even = length / 2 * 2;
    let (a, b) = (a.map(|row| &row[..length]), b.map(|row| &row[..length]));
    for k in (0..even).step_by(2) {
        let (a, b) = (a.map(|row| pair(row, k)), b.map(|row| pair(row, k)));
        for (sums, a) in sums.iter_mut().zip(a) {
            for (sum, b) in sums.iter_mut().zip(b) {
                sum[0] += a[0] * b[0];
                sum[1] += a[1] * b[1];
            }
        }
    }
    let mut products = sums.map(|sums| sums.map(|sum| sum[0] + sum[1]));
    if even < length {
        for (products, a) in products.iter_mut().zip(a) {
            for (product, b) in products.iter_mut().zip(b) {
                *product += a[even] * b[even];
            }
        }
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_are_those_of_single_pairs(n in 1usize..14, length in 1usize..40, seed in 0u64..1000) {
            let mut random = Random::new(seed);
            let vectors: Vec<f64> = (0..n * length).map(|_| f64::from(random.normal())).collect();
            let mut out = vec![f64::NAN; n * n];
            gram(&vectors, length, &mut out);
            for i in 0..n {
                for j in 0..n {
                    let pairs = vectors[i * length..][..length].iter().zip(&vectors[j * length..][..length]);
                    let right: f64 = pairs.map(|(a, b)| a * b).sum();
                    prop_assert!((out[i * n + j] - right).abs() < 1e-12 * length as f64);
                    prop_assert_eq!(out[i * n + j].to_bits(), out[j * n + i].to_bits());
                }
            }
        }
    }

    #[test]
    fn no_rows_have_no_products() {
        gram(&[], 5, &mut []);
        gram(&[], 0, &mut []);
    }
}
