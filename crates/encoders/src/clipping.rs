//! Clipping by global norm (Pascanu, Mikolov and Bengio 2013), safe at any finite size.

use kantorovich_kernels::{Decimal, Error};

/// The Euclidean norm of all of `gradient` together.
///
/// # Errors
///
/// `Data` when an entry isn't finite; the message counts them and gives the first's place.
pub fn global_norm(gradient: &[f32]) -> Result<f64, Error> {
    let total = square_sum(gradient);
    if total.is_finite() { Ok(libm::sqrt(total)) } else { Err(not_finite(gradient)) }
}

/// The sum of squares, in f64, which no f32 can overflow (case C4 C), as eight interleaved sums.
pub fn square_sum(gradient: &[f32]) -> f64 {
    let mut sums = [0.0f64; 8];
    let chunks = gradient.chunks_exact(8);
    for (sum, &value) in sums.iter_mut().zip(chunks.remainder()) {
        *sum = f64::from(value) * f64::from(value);
    }
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(value) * f64::from(value);
        }
    }
    sums.iter().sum()
}

/// Scales `gradient` so that its global norm is at most `max_norm`, and returns the norm that it
/// had. A zero gradient stays zero.
///
/// # Errors
///
/// As [`global_norm`]; the gradient is then unchanged.
pub fn clip_global_norm(gradient: &mut [f32], max_norm: f64) -> Result<f64, Error> {
    let norm = global_norm(gradient)?;
    if norm > max_norm {
        let scale = max_norm / norm;
        for value in gradient {
            *value = (f64::from(*value) * scale) as f32;
        }
    }
    Ok(norm)
}

/// The largest norm of a gradient that an optimiser follows: squares of its entries, which second moments
/// are means of, stay within single precision.
pub const LARGEST_NORM: f64 = 1e19;

/// Refuses a gradient, of norm `norm` before it is clipped to `max_norm`, that is too large to follow.
///
/// # Errors
///
/// `Data` above [`LARGEST_NORM`].
pub fn check_norm(norm: f64, max_norm: Option<f64>) -> Result<(), Error> {
    let clipped = max_norm.map_or(norm, |max| norm.min(max));
    if clipped <= LARGEST_NORM {
        return Ok(());
    }
    Err(Error::data(format!(
        "the gradient's norm is {}, and above {} its squares leave single precision: scale the inputs down, or clip it",
        Decimal(clipped),
        Decimal(LARGEST_NORM)
    )))
}

/// What is said of a gradient that isn't finite.
pub fn not_finite(gradient: &[f32]) -> Error {
    let count = gradient.iter().filter(|value| !value.is_finite()).count();
    let first = gradient.iter().position(|value| !value.is_finite()).unwrap_or(0);
    Error::data(format!(
        "the gradient must be finite, found {count} of {} entries that are not, the first ({}) at {first}",
        gradient.len(),
        Decimal(gradient[first].into())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::ErrorKind;
    use proptest::prelude::*;

    #[test]
    fn c4_c_clipping_neither_overflows_nor_divides_by_zero() {
        let mut large = [3e20, 4e20];
        assert!((clip_global_norm(&mut large, 1.0).unwrap() / 5e20 - 1.0).abs() < 1e-6);
        assert!((large[0] - 0.6).abs() < 1e-6 && (large[1] - 0.8).abs() < 1e-6, "{large:?}");
        let mut zero = [0.0, 0.0];
        assert_eq!(clip_global_norm(&mut zero, 1.0).unwrap(), 0.0);
        assert_eq!(zero, [0.0, 0.0]);
        let mut largest = [f32::MAX; 3];
        clip_global_norm(&mut largest, 3f64.sqrt()).unwrap();
        assert!(largest.iter().all(|value| (value - 1.0).abs() < 1e-6), "{largest:?}");
    }

    #[test]
    fn a4_b_a_gradient_with_nan_is_refused_and_left_alone() {
        let mut gradient = [f32::NAN, 1.0];
        let error = clip_global_norm(&mut gradient, 1e-3).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Data);
        assert!(error.message.contains("found 1 of 2"), "{}", error.message);
        assert!(gradient[0].is_nan() && gradient[1] == 1.0);
        assert!(global_norm(&[0.0, f32::INFINITY]).unwrap_err().message.contains("(inf) at 1"));
    }

    #[test]
    fn a4_b_a_gradient_that_cannot_be_followed_is_refused_unless_it_is_clipped() {
        assert!(check_norm(1e19, None).is_ok() && check_norm(1e30, Some(1.0)).is_ok());
        let error = check_norm(2e19, Some(1.5e19)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Data);
        assert!(error.message.contains("clip"), "{}", error.message);
    }

    proptest! {
        #[test]
        fn the_clipped_norm_is_the_smaller_of_both(
            values in prop::collection::vec(-1e3f32..1e3, 1..40), max_norm in 1e-3f64..1e4,
        ) {
            let mut clipped = values.clone();
            let norm = clip_global_norm(&mut clipped, max_norm).unwrap();
            let naive = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
            prop_assert!((norm - naive).abs() <= 1e-12 * naive);
            prop_assert!((global_norm(&clipped).unwrap() - norm.min(max_norm)).abs() <= 1e-6 * norm);
            if norm <= max_norm {
                prop_assert_eq!(clipped, values);
            }
        }
    }
}
