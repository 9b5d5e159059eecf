//! The first principal components, by subspace iteration (Saad 2011, section 5.3).
//!
//! A block of vectors, a few more than components are wanted, is multiplied by the covariance,
//! rotated to its Ritz vectors and made orthonormal again, until the variance that the components
//! hold no longer grows. Whether the covariance is formed or applied as `Xᵀ (X v)` is decided by
//! what is smaller.

use crate::eigen::symmetric;
use crate::orthonormal::orthonormalise;
use crate::rows::Rows;
use crate::standardise::column_means;
use kantorovich_kernels::{
    BLOCK_ROWS, Error, Into, LANES, Panels, Random, nn, nt, rows, transpose,
};

/// Vectors in the block beyond the components: the more, the fewer iterations.
const MORE: usize = 16;
/// From more columns than this, the covariance is not formed: it would take 64 MB.
const COLUMNS_FORMED: usize = 4096;
/// Rows projected at a time.
const PROJECTED: usize = 256;

/// How components are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrincipalOptions {
    /// Components wanted: from 1 to the smaller of rows and columns.
    pub components: usize,
    /// Decides the first block.
    pub seed: u64,
    /// Iterations end once the variance held by all components grows by no more than this share.
    pub tolerance: f64,
    /// Products with the covariance, at most.
    pub max_iterations: usize,
}

impl Default for PrincipalOptions {
    fn default() -> Self {
        Self { components: 2, seed: 0, tolerance: 1e-6, max_iterations: 300 }
    }
}

/// Directions of largest variance.
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalComponents {
    /// The mean of each column.
    pub mean: Vec<f32>,
    /// Components x columns: orthonormal rows, the largest variance first; in each, the entry of
    /// largest magnitude is positive. Past the rank of the rows, any directions or
    /// zeros.
    pub components: Vec<f32>,
    /// The variance along each (of the n values, not n - 1).
    pub variances: Vec<f64>,
    /// The sum of the variances of all columns.
    pub total_variance: f64,
    /// Products with the covariance.
    pub iterations: usize,
    /// Whether the tolerance was met.
    pub converged: bool,
}

/// The directions in which `rows` vary most.
///
/// Time for n rows of d columns: `2 n d²` operations where `d <= n`, and `2 d² (k + 16)` an
/// iteration.
///
/// # Errors
///
/// An options error on a number of components that is 0 or more than rows or columns, or on a
/// tolerance not above 0.
pub fn principal_components(
    rows: Rows<'_>,
    options: PrincipalOptions,
) -> Result<PrincipalComponents, Error> {
    check(rows, options)?;
    let wanted = options.components;
    let centre = Centre::of(rows);
    let covariance = Covariance::new(centre.apply(rows));
    let total_variance = centre.variance(covariance.trace);
    let mut block = first_block(rows, options);
    let (mut held, mut iterations) = (0.0, 0);
    loop {
        orthonormalise(&mut block);
        let product = covariance.times(&block);
        let ritz = Ritz::new(&block, &product);
        iterations += 1;
        let last = held;
        held = ritz.values[..wanted].iter().sum();
        let converged = held - last <= options.tolerance * held;
        if converged || iterations >= options.max_iterations {
            return Ok(PrincipalComponents {
                mean: centre.mean.iter().map(|mean| *mean as f32).collect(),
                components: signed(&ritz.rotate(&block), wanted),
                variances: ritz.values[..wanted].iter().map(|x| centre.variance(*x)).collect(),
                total_variance,
                iterations,
                converged,
            });
        }
        block = ritz.rotate(&product);
    }
}

/// The coordinates of `rows` along components, the mean subtracted first: rows x components.
///
/// # Errors
///
/// A shape error where rows, components and mean do not have the same number of columns.
pub fn project(rows: Rows<'_>, components: Rows<'_>, mean: &[f32]) -> Result<Vec<f32>, Error> {
    let (cols, count) = (components.cols(), components.rows());
    if rows.cols() != cols || mean.len() != cols {
        return Err(Error::shape(format!(
            "rows have {} columns, the components {cols}, their mean {}",
            rows.cols(),
            mean.len()
        )));
    }
    let components = Panels::from_row_major(count, cols, components.data());
    let mut coordinates = Vec::with_capacity(rows.rows() * count);
    for start in (0..rows.rows()).step_by(PROJECTED) {
        let block = rows.block(start, PROJECTED.min(rows.rows() - start));
        let offsets = block.iter().flat_map(|row| row.iter().zip(mean));
        let centred: Vec<f32> = offsets.map(|(x, mean)| x - mean).collect();
        let centred = Panels::from_row_major(block.rows(), cols, &centred);
        let mut along = Panels::zeros(block.rows(), count);
        nt(centred.view(), components.view(), along.view_mut(), Into::Write);
        coordinates.extend(along.to_row_major());
    }
    Ok(coordinates)
}

fn check(rows: Rows<'_>, options: PrincipalOptions) -> Result<(), Error> {
    let (n, d) = (rows.rows(), rows.cols());
    if !(1..=n.min(d)).contains(&options.components) {
        return Err(Error::options(format!(
            "components: 1 to {} expected from {n} rows of {d} columns, {} given",
            n.min(d),
            options.components
        )));
    }
    if !(options.tolerance.is_finite() && options.tolerance > 0.0) {
        return Err(Error::options("tolerance: a finite number above 0 expected"));
    }
    Ok(())
}

fn first_block(rows: Rows<'_>, options: PrincipalOptions) -> Panels {
    let (n, d) = (rows.rows(), rows.cols());
    let count = (options.components + MORE).min(n).min(d);
    let mut random = Random::new(options.seed);
    let values: Vec<f32> = (0..count * d).map(|_| random.normal()).collect();
    Panels::from_row_major(count, d, &values)
}

/// What is subtracted from rows, and a power of two that keeps their squares within `f32`.
struct Centre {
    mean: Vec<f64>,
    scale: f64,
}

impl Centre {
    fn of(rows: Rows<'_>) -> Self {
        let mean = column_means(rows);
        let offsets = rows.iter().flat_map(|row| row.iter().zip(&mean));
        let largest = offsets.map(|(x, mean)| (*x as f64 - mean).abs()).fold(0.0, f64::max);
        let scale = if largest > 0.0 { 1.0 / power_of_two_below(largest) } else { 1.0 };
        Self { mean, scale }
    }

    fn apply(&self, rows: Rows<'_>) -> Panels {
        let offsets = rows.iter().flat_map(|row| row.iter().zip(&self.mean));
        let centred: Vec<f32> =
            offsets.map(|(x, mean)| ((*x as f64 - mean) * self.scale) as f32).collect();
        Panels::from_row_major(rows.rows(), rows.cols(), &centred)
    }

    /// A variance of centred rows in the units of the rows.
    fn variance(&self, value: f64) -> f64 {
        value.max(0.0) / (self.scale * self.scale)
    }
}

fn power_of_two_below(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    f64::from_bits(x.to_bits() & EXPONENT)
}

/// The covariance of centred rows X, `Xᵀ X / n`, and its trace.
struct Covariance {
    matrix: CovarianceMatrix,
    trace: f64,
}

enum CovarianceMatrix {
    Formed(Panels),
    Applied(Panels),
}

impl Covariance {
    fn new(centred: Panels) -> Self {
        let (n, d) = (centred.rows(), centred.cols());
        let squares = (0..n.div_ceil(LANES)).map(|p| {
            let panel = centred.view().panel(p);
            rows::dot(panel, panel).iter().sum::<f64>()
        });
        let trace = squares.sum::<f64>() / n as f64;
        let small = d <= n.min(COLUMNS_FORMED);
        let matrix = if small {
            CovarianceMatrix::Formed(formed(&centred))
        } else {
            CovarianceMatrix::Applied(centred)
        };
        Self { matrix, trace }
    }

    /// The product with each row of `block`.
    fn times(&self, block: &Panels) -> Panels {
        let mut product = Panels::zeros(block.rows(), block.cols());
        match &self.matrix {
            CovarianceMatrix::Formed(covariance) => {
                nt(block.view(), covariance.view(), product.view_mut(), Into::Write);
            }
            CovarianceMatrix::Applied(rows) => apply(rows, block, &mut product),
        }
        product
    }
}

fn formed(centred: &Panels) -> Panels {
    let (n, d) = (centred.rows(), centred.cols());
    let mut turned = Panels::zeros(d, n);
    transpose(centred.view(), turned.view_mut());
    let mut covariance = Panels::zeros(d, d);
    nt(turned.view(), turned.view(), covariance.view_mut(), Into::Write);
    let share = 1.0 / n as f32;
    covariance.as_mut_slice().iter_mut().for_each(|x| *x *= share);
    covariance
}

/// `product = block Xᵀ X / n`, 64 rows of X at a time.
fn apply(rows: &Panels, block: &Panels, product: &mut Panels) {
    for start in (0..rows.rows()).step_by(BLOCK_ROWS) {
        let some = rows.view().row_block(start, BLOCK_ROWS.min(rows.rows() - start));
        let mut along = Panels::zeros(block.rows(), some.rows());
        nt(block.view(), some, along.view_mut(), Into::Write);
        nn(along.view(), some, product.view_mut(), Into::Add);
    }
    let share = 1.0 / rows.rows() as f32;
    product.as_mut_slice().iter_mut().for_each(|x| *x *= share);
}

/// The covariance within the span of a block: its eigenvalues, and how to turn the block to its
/// eigenvectors.
struct Ritz {
    values: Vec<f64>,
    turn: Panels,
}

impl Ritz {
    fn new(block: &Panels, product: &Panels) -> Self {
        let count = block.rows();
        let mut within = Panels::zeros(count, count);
        nt(product.view(), block.view(), within.view_mut(), Into::Write);
        let half = within.to_row_major();
        let both =
            |at: usize| 0.5 * (half[at] as f64 + half[at % count * count + at / count] as f64);
        let eigen = symmetric((0..count * count).map(both).collect(), count);
        let turn: Vec<f32> = eigen.vectors.iter().map(|x| *x as f32).collect();
        Self { values: eigen.values, turn: Panels::from_row_major(count, count, &turn) }
    }

    fn rotate(&self, block: &Panels) -> Panels {
        let mut turned = Panels::zeros(block.rows(), block.cols());
        nn(self.turn.view(), block.view(), turned.view_mut(), Into::Write);
        turned
    }
}

/// The first `count` rows, each with its entry of largest magnitude positive.
fn signed(block: &Panels, count: usize) -> Vec<f32> {
    let mut values = block.to_row_major();
    values.truncate(count * block.cols());
    for row in values.chunks_exact_mut(block.cols()) {
        let largest = row.iter().fold(0.0f32, |a, b| if b.abs() > a.abs() { *b } else { a });
        if largest < 0.0 {
            row.iter_mut().for_each(|x| *x = -*x);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::ErrorKind;
    use proptest::prelude::*;

    /// Normal rows whose columns have falling deviations, mixed a little, away from the origin.
    fn items(n: usize, d: usize, seed: u64) -> Vec<f32> {
        let random = &mut Random::new(seed);
        let row = |random: &mut Random| -> Vec<f32> {
            let own: Vec<f32> = (0..d).map(|k| random.normal() * 0.7f32.powi(k as i32)).collect();
            (0..d).map(|k| 10.0 + own[k] + 0.3 * own[(k + 1) % d]).collect()
        };
        (0..n).flat_map(|_| row(random)).collect()
    }

    /// Eigenvalues of the covariance by the formula, in float64.
    fn spectrum(values: &[f32], n: usize, d: usize) -> Vec<f64> {
        let mean = column_means(Rows::new("rows", values, n, d).unwrap());
        let entry = |a: usize, b: usize| {
            let rows = values.chunks(d);
            rows.map(|row| (row[a] as f64 - mean[a]) * (row[b] as f64 - mean[b])).sum::<f64>()
                / n as f64
        };
        symmetric((0..d * d).map(|at| entry(at / d, at % d)).collect(), d).values
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn variances_are_the_largest_eigenvalues(
            n in 2usize..70, d in 1usize..50, share in 0.0f64..1.0, seed in 0u64..1000,
        ) {
            let values = items(n, d, seed);
            let rows = Rows::new("rows", &values, n, d).unwrap();
            let components = 1 + (share * (n.min(d) - 1) as f64) as usize;
            let found = principal_components(rows, PrincipalOptions { components, seed, ..Default::default() }).unwrap();
            let right = spectrum(&values, n, d);
            prop_assert!(found.converged);
            prop_assert!((found.total_variance - right.iter().sum::<f64>()).abs() < 1e-5 * found.total_variance);
            for (found, right) in found.variances.iter().zip(&right) {
                prop_assert!((found - right).abs() < 2e-4 * (right + 1.0), "{found} against {right}");
            }
            let directions = Rows::new("components", &found.components, components, d).unwrap();
            let along = project(rows, directions, &found.mean).unwrap();
            for k in 0..components {
                let square: f64 = along.iter().skip(k).step_by(components).map(|x| *x as f64 * *x as f64).sum();
                prop_assert!((square / n as f64 - found.variances[k]).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn components_are_orthonormal_signed_and_the_same_for_a_seed() {
        let values = items(90, 30, 3);
        let rows = Rows::new("rows", &values, 90, 30).unwrap();
        let options = PrincipalOptions { components: 5, ..Default::default() };
        let found = principal_components(rows, options).unwrap();
        assert_eq!(principal_components(rows, options).unwrap(), found);
        let row = |j: usize| &found.components[j * 30..][..30];
        for i in 0..5 {
            for j in 0..5 {
                let dot: f32 = row(i).iter().zip(row(j)).map(|(x, y)| x * y).sum();
                assert!((dot - f32::from(u8::from(i == j))).abs() < 1e-5);
            }
            let largest = row(i).iter().fold(0.0f32, |a, b| a.max(b.abs()));
            assert!(row(i).contains(&largest));
        }
    }

    #[test]
    fn forming_the_covariance_or_not_comes_to_the_same() {
        let values = items(40, 40, 9);
        let rows = Rows::new("rows", &values, 40, 40).unwrap();
        let centred = Centre::of(rows).apply(rows);
        let covariance = Covariance::new(centred.clone());
        assert!(matches!(covariance.matrix, CovarianceMatrix::Formed(_)));
        let block = first_block(rows, PrincipalOptions::default());
        let mut applied = Panels::zeros(block.rows(), 40);
        apply(&centred, &block, &mut applied);
        let formed = covariance.times(&block);
        for (a, b) in applied.as_slice().iter().zip(formed.as_slice()) {
            assert!((a - b).abs() < 1e-5, "{a} against {b}");
        }
    }

    #[test]
    fn magnitudes_near_the_ends_of_f32_and_constant_rows_do_no_harm() {
        let line: Vec<f32> = [-1.0, 1.0, 3.0].iter().flat_map(|x| [3e30 * x, 4e30 * x]).collect();
        let rows = Rows::new("rows", &line, 3, 2).unwrap();
        let found = principal_components(rows, PrincipalOptions::default()).unwrap();
        assert!(
            (found.components[0] - 0.6).abs() < 1e-6 && (found.components[1] - 0.8).abs() < 1e-6
        );
        let variance = 5e30 * 5e30 * 8.0 / 3.0;
        assert!(
            (found.variances[0] / variance - 1.0).abs() < 1e-5
                && found.variances[1] < 1e-6 * variance
        );
        let same = Rows::new("rows", &[2.0; 12], 4, 3).unwrap();
        let found = principal_components(same, PrincipalOptions::default()).unwrap();
        assert_eq!((found.total_variance, found.variances), (0.0, vec![0.0, 0.0]));
    }

    #[test]
    fn refusals_say_what_was_expected() {
        let rows = Rows::new("rows", &[0.0; 12], 3, 4).unwrap();
        for components in [0, 4] {
            let options = PrincipalOptions { components, ..Default::default() };
            let error = principal_components(rows, options).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Options);
            assert!(error.message.contains("1 to 3 expected"), "{error}");
        }
        let other = Rows::new("rows", &[0.0; 9], 3, 3).unwrap();
        assert_eq!(project(other, rows, &[0.0; 4]).unwrap_err().kind, ErrorKind::Shape);
        assert_eq!(project(rows, rows, &[0.0; 3]).unwrap_err().kind, ErrorKind::Shape);
    }
}
