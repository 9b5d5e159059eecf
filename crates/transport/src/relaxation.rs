//! How far an update goes beyond its target.
//!
//! Near its end Sinkhorn's iteration is that of Gauss and Seidel for a linear system, and going beyond
//! each update by the right factor turns n iterations into the order of √n (Thibault et al. 2021;
//! Lehmann et al. 2022). The factor comes from the rate at which the error has been seen to fall.

/// Iterations over which a rate is observed.
const SPAN: usize = 8;

/// The largest square of the plain iteration's rate that is believed.
const SLOWEST: f64 = 1.0 - 1e-4;

/// The factor, and what it is learnt from.
pub(crate) struct Relaxation {
    factor: f64,
    /// The error when the span began.
    before: f64,
    seen: usize,
}

impl Relaxation {
    pub fn new() -> Self {
        Self { factor: 1.0, before: f64::INFINITY, seen: 0 }
    }

    /// From 1 (the plain iteration) to below 2.
    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// Takes note of the error after an iteration.
    pub fn observe(&mut self, error: f64) {
        self.seen += 1;
        if self.seen < SPAN {
            return;
        }
        let rate = libm::pow(error / self.before, 1.0 / SPAN as f64);
        self.factor = if rate < 1.0 { self.learnt(rate) } else { 1.0 };
        (self.before, self.seen) = (error, 0);
    }

    /// The best factor where the present one gives this rate (Young 1954).
    fn learnt(&self, rate: f64) -> f64 {
        let beyond = self.factor - 1.0;
        if rate <= beyond {
            return self.factor;
        }
        let plain = (rate + beyond) * (rate + beyond) / (rate * self.factor * self.factor);
        2.0 / (1.0 + libm::sqrt(1.0 - plain.min(SLOWEST)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_rate_gives_its_best_factor_and_growth_takes_it_back() {
        let mut relaxation = Relaxation::new();
        let mut error = 1.0;
        for _ in 0..2 * SPAN {
            relaxation.observe(error);
            error *= 0.75;
        }
        assert!((relaxation.factor() - 4.0 / 3.0).abs() < 1e-12);
        for _ in 0..SPAN {
            relaxation.observe(2.0 * error);
        }
        assert_eq!(relaxation.factor(), 1.0);
    }
}
