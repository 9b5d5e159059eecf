//! Encoders against their naive float64 twin, from outside the crate.

mod mlp;
mod penalty;
mod twin;

use proptest::test_runner::{Config, RngSeed};

/// The same random cases in every run: central differences are wrong where a pre-activation
/// happens to lie within a step of a kink, which one run in some hundreds would otherwise meet.
fn fixed_cases(cases: u32) -> Config {
    Config { rng_seed: RngSeed::Fixed(8), ..Config::with_cases(cases) }
}
