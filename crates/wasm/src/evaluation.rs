//! Judging representations: row-major matrices and labels in, numbers written to where they are
//! wanted.

use crate::memory::{slice, write};
use crate::refusal::status;
use crate::spec::Spec;
use kantorovich_evaluation::neighbours::{Search, nearest_neighbours, neighbour_accuracy};
use kantorovich_evaluation::principal::{PrincipalOptions, principal_components, project};
use kantorovich_evaluation::probe::{ProbeOptions, linear_probe};
use kantorovich_evaluation::{Labelled, Metric, Rows};
use kantorovich_kernels::Error;

/// A row-major matrix in memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Table {
    at: *const f32,
    rows: usize,
    cols: usize,
}

/// A row-major matrix in memory with labels, rows x factors.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct LabelledTable {
    features: Table,
    labels: *const u8,
    factors: usize,
}

impl Table {
    /// # Safety
    /// `at` must be valid for reading `rows * cols` numbers while the rows are used.
    unsafe fn read<'a>(self, name: &str) -> Result<Rows<'a>, Error> {
        // SAFETY: as the caller vouches.
        let data = unsafe { slice(self.at, self.rows * self.cols) };
        Rows::new(name, data, self.rows, self.cols)
    }
}

impl LabelledTable {
    /// # Safety
    /// As for the features, and `labels` must be valid for reading `rows * factors` bytes.
    unsafe fn read<'a>(self, name: &str) -> Result<Labelled<'a>, Error> {
        // SAFETY: as the caller vouches.
        let (features, labels) = unsafe {
            (self.features.read(name)?, slice(self.labels, self.features.rows * self.factors))
        };
        Labelled::new(name, features, labels, self.factors)
    }
}

fn search(spec: &Spec<'_>) -> Result<Search, Error> {
    let metric = match spec.text("metric")? {
        "inner-product" => Metric::InnerProduct,
        "cosine" => Metric::Cosine,
        "euclidean" => Metric::Euclidean,
        other => {
            return Err(Error::options(format!(
                "`metric` must be inner-product, cosine or euclidean, got {other}"
            )));
        }
    };
    Ok(Search { k: spec.parse("k")?, metric, exclude_self: spec.parse("excludeSelf")? })
}

/// Fits a linear probe; 0, or 1 where refused. Keys: strengths (how many), maxIterations; `numbers`
/// holds the tolerance and the strengths.
///
/// `out` receives the accuracy for each factor, the index of the strength that was chosen, and for
/// each strength, from the strongest, itself, its accuracy, its iterations and 1 where it converged.
///
/// # Safety
/// `spec` must be valid for reading `length` bytes, `numbers` as many as stated, `items` three labelled tables (train,
/// validation, test), each of them as it says, and `out` for writing `factors + 1 + 4 strengths`
/// numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evaluation_probe(
    spec: *const u8,
    length: usize,
    numbers: *const f64,
    items: *const [LabelledTable; 3],
    out: *mut f64,
) -> u32 {
    let run = || {
        // SAFETY: as the caller vouches.
        let (spec, [train, validation, test]) = unsafe { (Spec::read(spec, length)?, *items) };
        // SAFETY: as the caller vouches.
        let numbers = unsafe { slice(numbers, 1 + spec.parse::<usize>("strengths")?) };
        let options = ProbeOptions {
            strengths: numbers[1..].to_vec(),
            tolerance: numbers[0],
            max_iterations: spec.parse("maxIterations")?,
        };
        // SAFETY: as the caller vouches.
        let (train, validation, test) =
            unsafe { (train.read("train")?, validation.read("validation")?, test.read("test")?) };
        let found = linear_probe(train, validation, test, &options)?;
        let mut report = found.accuracies;
        report.push(found.chosen as f64);
        for each in found.search {
            let steps = each.iterations as f64;
            report.extend([each.strength, each.accuracy, steps, f64::from(each.converged)]);
        }
        // SAFETY: as the caller vouches.
        unsafe { write(out, &report) };
        Ok(())
    };
    status(run())
}

/// Finds nearest neighbours; 0, or 1 where refused. Keys: k, metric, excludeSelf.
///
/// # Safety
/// `spec` must be valid for reading `length` bytes, `items` for two tables (queries, references),
/// each of them as it says, `indices` and `values` for writing `queries * k` items.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evaluation_neighbours(
    spec: *const u8,
    length: usize,
    items: *const [Table; 2],
    indices: *mut u32,
    values: *mut f32,
) -> u32 {
    let run = || {
        // SAFETY: as the caller vouches.
        let (spec, [queries, references]) = unsafe { (Spec::read(spec, length)?, *items) };
        // SAFETY: as the caller vouches.
        let rows = unsafe { (queries.read("queries")?, references.read("references")?) };
        let found = nearest_neighbours(rows.0, rows.1, search(&spec)?)?;
        // SAFETY: as the caller vouches.
        unsafe {
            write(indices, &found.indices);
            write(values, &found.values);
        }
        Ok(())
    };
    status(run())
}

/// Classifies by nearest neighbours; 0, or 1 where refused. Keys: k, metric, excludeSelf. `out`
/// receives the accuracy for each factor.
///
/// # Safety
/// `spec` must be valid for reading `length` bytes, `items` for two labelled tables (queries,
/// references), each of them as it says, and `out` for writing as many numbers as factors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evaluation_neighbour_accuracy(
    spec: *const u8,
    length: usize,
    items: *const [LabelledTable; 2],
    out: *mut f64,
) -> u32 {
    let run = || {
        // SAFETY: as the caller vouches.
        let (spec, [queries, references]) = unsafe { (Spec::read(spec, length)?, *items) };
        // SAFETY: as the caller vouches.
        let items = unsafe { (queries.read("queries")?, references.read("references")?) };
        let found = neighbour_accuracy(items.0, items.1, search(&spec)?)?;
        // SAFETY: as the caller vouches.
        unsafe { write(out, &found) };
        Ok(())
    };
    status(run())
}

/// Finds principal components; 0, or 1 where refused. Keys: components, seed, maxIterations.
///
/// `numbers` receives the variance along each component, the total variance, the iterations and 1
/// where they converged.
///
/// # Safety
/// `spec` must be valid for reading `length` bytes, `rows` for a table and that as it says, `mean`
/// for writing `cols` numbers, `components` `components * cols`, `numbers` `components + 3`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evaluation_principal(
    spec: *const u8,
    length: usize,
    tolerance: f64,
    rows: *const Table,
    mean: *mut f32,
    components: *mut f32,
    numbers: *mut f64,
) -> u32 {
    let run = || {
        // SAFETY: as the caller vouches.
        let (spec, rows) = unsafe { (Spec::read(spec, length)?, (*rows).read("rows")?) };
        let options = PrincipalOptions {
            components: spec.parse("components")?,
            seed: spec.parse("seed")?,
            tolerance,
            max_iterations: spec.parse("maxIterations")?,
        };
        let found = principal_components(rows, options)?;
        let rest = [found.total_variance, found.iterations as f64, f64::from(found.converged)];
        // SAFETY: as the caller vouches.
        unsafe {
            write(mean, &found.mean);
            write(components, &found.components);
            write(numbers, &found.variances);
            write(numbers.add(found.variances.len()), &rest);
        }
        Ok(())
    };
    status(run())
}

/// Projects rows onto components; 0, or 1 where refused. `out` receives rows x components.
///
/// # Safety
/// `items` must be valid for reading three tables (rows, components, the mean as one row), each of
/// them as it says, and `out` for writing `rows * components` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evaluation_project(items: *const [Table; 3], out: *mut f32) -> u32 {
    let run = || {
        // SAFETY: as the caller vouches.
        let [rows, components, mean] = unsafe { *items };
        // SAFETY: as the caller vouches.
        let (rows, components, mean) =
            unsafe { (rows.read("rows")?, components.read("components")?, mean.read("mean")?) };
        // SAFETY: as the caller vouches.
        unsafe { write(out, &project(rows, components, mean.data())?) };
        Ok(())
    };
    status(run())
}
