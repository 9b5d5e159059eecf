//! Norms of a matrix and projections of it, for users: row-major in, row-major out.

use crate::memory::slice;
use crate::refusal::status;
use crate::spec::Spec;
use kantorovich_kernels::{Decimal, Error, Panels};
use kantorovich_lipschitz::norm_balls::{frobenius_norm, infinity_norm, largest_entry, one_norm};
use kantorovich_lipschitz::{
    Ball, BallProjection, Convergence, Orthonormaliser, PowerIteration, SpectralNorm,
    certified_upper_bound, project_spectral,
};

/// Writes nine numbers to `out`: the spectral norm's estimate, residual, iterations, 1 where it
/// has converged, and certified upper bound; the norms from l1 to l1 and from l∞ to l∞, the
/// Frobenius norm, the largest magnitude. 0, or 1 where refused. Keys: maxIterations.
///
/// # Safety
/// `spec` must be valid for reading `length` bytes, `at` for reading `rows * cols` numbers, `out`
/// for writing nine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn matrix_norms(
    spec: *const u8,
    length: usize,
    tolerance: f64,
    at: *const f32,
    rows: usize,
    cols: usize,
    out: *mut f64,
) -> u32 {
    // SAFETY: as the caller vouches.
    let (spec, values) = unsafe { (Spec::read(spec, length), slice(at, rows * cols)) };
    let norms = spec.and_then(|spec| {
        let w = matrix(values, rows, cols)?;
        let iterations = spec.parse("maxIterations")?;
        let w = w.view();
        let found = PowerIteration::new(rows, cols).run(w, iterations, tolerance);
        let [estimate, residual, iterations, converged] = spectral(found);
        let upper = certified_upper_bound(w);
        let others = [one_norm(w), infinity_norm(w), frobenius_norm(w), largest_entry(w)];
        let mut all = [estimate, residual, iterations, converged, upper, 0.0, 0.0, 0.0, 0.0];
        all[5..].copy_from_slice(&others);
        Ok(all)
    });
    status(norms.map(|norms| {
        // SAFETY: as the caller vouches.
        unsafe { core::slice::from_raw_parts_mut(out, norms.len()) }.copy_from_slice(&norms);
    }))
}

/// Replaces the matrix at `at` by its projection, and writes three numbers to `out`: iterations,
/// residual, 1 where converged (1, 0, 1 for projections that are no iteration). 0, or 1 where
/// refused. Keys: name (a ball's, `spectral`, `orthonormal`, `bjorck` or `newton-schulz`),
/// maxIterations.
///
/// # Safety
/// `spec` must be valid for reading `length` bytes, `at` for reading and writing `rows * cols`
/// numbers, `out` for writing three.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn matrix_project(
    spec: *const u8,
    length: usize,
    radius: f64,
    tolerance: f64,
    at: *mut f32,
    rows: usize,
    cols: usize,
    out: *mut f64,
) -> u32 {
    // SAFETY: as the caller vouches.
    let (spec, values) = unsafe { (Spec::read(spec, length), slice(at, rows * cols)) };
    let result = spec.and_then(|spec| {
        let mut w = matrix(values, rows, cols)?;
        let reached = project(&spec, &mut w, radius, tolerance)?;
        Ok((w.to_row_major(), reached))
    });
    status(result.map(|(projected, reached)| {
        // SAFETY: as the caller vouches.
        let (to, numbers) = unsafe {
            (
                core::slice::from_raw_parts_mut(at, projected.len()),
                core::slice::from_raw_parts_mut(out, reached.len()),
            )
        };
        to.copy_from_slice(&projected);
        numbers.copy_from_slice(&reached);
    }))
}

fn project(
    spec: &Spec<'_>,
    w: &mut Panels,
    radius: f64,
    tolerance: f64,
) -> Result<[f64; 3], Error> {
    let (rows, cols) = (w.rows(), w.cols());
    let most = spec.parse("maxIterations")?;
    let orthonormaliser = || Orthonormaliser::new(rows, cols);
    Ok(match spec.text("name")? {
        "orthonormal" => reached(orthonormaliser().orthonormalise(w.view_mut(), most, tolerance)),
        "bjorck" => reached(orthonormaliser().bjorck(w.view_mut(), most, tolerance)),
        "newton-schulz" => reached(orthonormaliser().newton_schulz(w.view_mut(), most, tolerance)),
        "spectral" => {
            let mut power = PowerIteration::new(rows, cols);
            let found = project_spectral(w.view_mut(), radius, &mut power, most, tolerance);
            let [_, residual, iterations, converged] = spectral(found);
            [iterations, residual, converged]
        }
        name => {
            BallProjection::new(Ball::new(name, radius)?, rows, cols).project(w.view_mut());
            [1.0, 0.0, 1.0]
        }
    })
}

fn matrix(values: &[f32], rows: usize, cols: usize) -> Result<Panels, Error> {
    if values.is_empty() {
        return Err(Error::shape(format!("the matrix is empty: {rows} x {cols}")));
    }
    if let Some(bad) = values.iter().position(|value| !value.is_finite()) {
        return Err(Error::data(format!(
            "the matrix holds {} at row {}, column {}",
            Decimal(values[bad].into()),
            bad / cols,
            bad % cols
        )));
    }
    Ok(Panels::from_row_major(rows, cols, values))
}

fn spectral(found: SpectralNorm) -> [f64; 4] {
    [found.estimate, found.residual, found.iterations as f64, f64::from(found.converged)]
}

fn reached(found: Convergence) -> [f64; 3] {
    [found.iterations as f64, found.residual, f64::from(found.converged)]
}
