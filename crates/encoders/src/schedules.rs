//! Learning-rate schedules: a linear warm-up, then a constant rate, a cosine or a linear decay.

use kantorovich_kernels::{Decimal, Error};

/// What follows the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decay {
    /// The base rate to the end.
    Constant,
    /// Half a cosine down to 0 at `steps` (Loshchilov and Hutter 2017, eq. 5, one cycle).
    Cosine {
        /// The length of the run, warm-up included.
        steps: u64,
    },
    /// A straight line down to 0 at `steps`.
    Linear {
        /// The length of the run, warm-up included.
        steps: u64,
    },
}

/// The learning rate of each step.
///
/// ```text
/// warm-up:  rate (step + 1) / warm_up                 step < warm_up, step counted from 0
/// cosine:   rate (1 + cos(π (step - warm_up) / (steps - warm_up))) / 2
/// linear:   rate (1 - (step - warm_up) / (steps - warm_up))
/// ```
///
/// The first step's rate is never 0, nor is any step's before the run's end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    rate: f64,
    warm_up: u64,
    decay: Decay,
}

impl Schedule {
    /// A schedule about the base `rate`.
    ///
    /// # Errors
    ///
    /// `Options` when the rate isn't finite and above 0, or a decay ends within its warm-up.
    pub fn new(rate: f64, warm_up: u64, decay: Decay) -> Result<Self, Error> {
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Error::options(format!(
                "learning rate must be finite and above 0, found {}",
                Decimal(rate)
            )));
        }
        match decay {
            Decay::Cosine { steps } | Decay::Linear { steps } if steps <= warm_up => {
                Err(Error::options(format!(
                    "a schedule that decays must be longer than its warm-up, found {steps} steps with {warm_up} of warm-up"
                )))
            }
            _ => Ok(Self { rate, warm_up, decay }),
        }
    }

    /// The rate of `step`, counted from 0. Past a decay's end it is 0.
    pub fn rate(&self, step: u64) -> f64 {
        if step < self.warm_up {
            return self.rate * (step + 1) as f64 / self.warm_up as f64;
        }
        let done =
            |steps: u64| ((step - self.warm_up) as f64 / (steps - self.warm_up) as f64).min(1.0);
        match self.decay {
            Decay::Constant => self.rate,
            Decay::Cosine { steps } => self.rate * 0.5 * (1.0 + cos_half_turn(done(steps))),
            Decay::Linear { steps } => self.rate * (1.0 - done(steps)),
        }
    }
}

/// `cos(π x)` for x from 0 to 1, to the last bit or so: the sine's series about the middle, where libm's cosine
/// would bring along its reduction of huge angles.
fn cos_half_turn(x: f64) -> f64 {
    let angle = core::f64::consts::PI * (0.5 - x);
    let square = angle * angle;
    let series = (1..13).rev().fold(1.0, |sum, k| {
        let k = 2.0 * k as f64;
        1.0 - square / (k * (k + 1.0)) * sum
    });
    angle * series
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_rate_warms_up_holds_and_decays() {
        let constant = Schedule::new(0.1, 4, Decay::Constant).unwrap();
        let rates: Vec<f64> = (0..6).map(|step| constant.rate(step)).collect();
        assert_eq!(rates, [0.025, 0.05, 0.1 * 3.0 / 4.0, 0.1, 0.1, 0.1]);
        let cosine = Schedule::new(2.0, 0, Decay::Cosine { steps: 4 }).unwrap();
        let expected = [2.0, 1.0 + 0.5f64.sqrt(), 1.0, 1.0 - 0.5f64.sqrt(), 0.0, 0.0];
        for (step, expected) in expected.iter().enumerate() {
            assert!((cosine.rate(step as u64) - expected).abs() < 1e-15);
        }
        let linear = Schedule::new(2.0, 1, Decay::Linear { steps: 5 }).unwrap();
        let rates: Vec<f64> = (0..7).map(|step| linear.rate(step)).collect();
        assert_eq!(rates, [2.0, 2.0, 1.5, 1.0, 0.5, 0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn a2_no_step_before_the_end_has_a_rate_of_zero(warm_up in 0u64..50, rest in 1u64..200) {
            let steps = warm_up + rest;
            for decay in [Decay::Constant, Decay::Cosine { steps }, Decay::Linear { steps }] {
                let schedule = Schedule::new(1e-3, warm_up, decay).unwrap();
                for step in 0..steps {
                    prop_assert!(schedule.rate(step) > 0.0 && schedule.rate(step) <= 1e-3);
                }
            }
        }
    }

    #[test]
    fn refusals_name_the_argument() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = Schedule::new(rate, 0, Decay::Constant).unwrap_err();
            assert!(error.message.contains(&format!("found {rate}")), "{}", error.message);
        }
        let short = Schedule::new(1.0, 5, Decay::Cosine { steps: 5 }).unwrap_err();
        assert!(short.message.contains("found 5 steps"), "{}", short.message);
    }
}
