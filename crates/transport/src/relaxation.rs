//! How far an update goes beyond its target.
//!
//! Near its end Sinkhorn's iteration is that of Gauss and Seidel for a linear system, and going
//! beyond each update by the right factor turns n iterations into the order of √n (Thibault et al.
//! 2021; Lehmann et al. 2022). It begins high, rises where the error falls too slowly for it, and
//! goes back to 1 where the error grows.

/// Iterations over which a rate is observed.
const SPAN: usize = 8;

/// The largest square of the plain iteration's rate that is believed.
const SLOWEST: f64 = 1.0 - 1e-3;

/// The first factor, the best one for a plain rate of 0.99; larger ones are learnt.
const FIRST: f64 = 1.8;

/// Growth of the error over a span that ends a factor: near the best one it grows a little at first.
const GROWTH: f64 = 2.0;

/// The factor, and what it is learnt from.
pub(crate) struct Relaxation {
    factor: f64,
    /// The error when the span began.
    before: f64,
    seen: usize,
}

impl Relaxation {
    pub fn new() -> Self {
        Self { factor: FIRST, before: f64::INFINITY, seen: 0 }
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
        let fall = error / self.before;
        self.factor = if fall < 1.0 {
            self.learnt(libm::pow(fall, 1.0 / SPAN as f64))
        } else if fall < GROWTH {
            self.factor
        } else {
            1.0
        };
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

    /// After a span in which the error falls to `fall` of what it was.
    fn after(relaxation: &mut Relaxation, error: &mut f64, fall: f64) -> f64 {
        *error *= fall;
        (0..SPAN).for_each(|_| relaxation.observe(*error));
        relaxation.factor()
    }

    #[test]
    fn slow_falls_raise_the_factor_and_doubling_takes_it_back() {
        let (mut relaxation, mut error) = (Relaxation::new(), 1.0);
        (0..SPAN).for_each(|_| relaxation.observe(error));
        assert_eq!(after(&mut relaxation, &mut error, 0.1), FIRST);
        assert_eq!(after(&mut relaxation, &mut error, 1.5), FIRST);
        let raised = after(&mut relaxation, &mut error, 0.9);
        assert!(raised > FIRST && raised < 2.0);
        assert_eq!(after(&mut relaxation, &mut error, 2.5), 1.0);
        // A plain rate of 0.75.
        let learnt = after(&mut relaxation, &mut error, libm::pow(0.75, SPAN as f64));
        assert!((learnt - 4.0 / 3.0).abs() < 1e-12);
    }
}
