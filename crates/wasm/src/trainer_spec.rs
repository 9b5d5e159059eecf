//! A trainer's description: from text to what the trainer is built from.

use crate::spec::Spec;
use kantorovich_encoders::{Activation, Decay, Initialisation, Rule, Schedule};
use kantorovich_kernels::Error;
use kantorovich_lipschitz::{Penalty, Sides};
use kantorovich_training::{Constraint, PenaltySpec, TrainerSpec};

/// Reads the keys that `ts/wasm/trainer-spec.ts` writes.
///
/// # Errors
///
/// `Options` where a key is missing or its value is none of its kind.
pub fn trainer_spec(spec: &Spec<'_>) -> Result<TrainerSpec, Error> {
    Ok(TrainerSpec {
        objective: spec.text("objective")?.to_string(),
        critic: spec.text("critic")?.to_string(),
        temperature: spec.parse("temperature")?,
        learn_temperature: spec.parse("learnTemperature")?,
        x_widths: spec.list("xWidths")?,
        y_widths: spec.optional("yWidths").map(|_| spec.list("yWidths")).transpose()?,
        activation: Activation::from_name(spec.text("activation")?)?,
        bias: spec.parse("bias")?,
        initialisation: Initialisation::from_name(spec.text("initialisation")?)?,
        constraint: constraint(spec)?,
        rule: rule(spec)?,
        weight_decay: spec.parse("weightDecay")?,
        schedule: schedule(spec)?,
        clip_norm: spec.optional("clipNorm").map(|_| spec.parse("clipNorm")).transpose()?,
        batch: spec.parse("batch")?,
        seed: spec.parse("seed")?,
    })
}

fn constraint(spec: &Spec<'_>) -> Result<Constraint, Error> {
    match spec.text("lipschitz")? {
        "none" => Ok(Constraint::None),
        "gradient-penalty" => {
            let sides = sides(spec.text("sided")?)?;
            let rule = Penalty::new(sides, spec.parse("target")?, spec.parse("coefficient")?)?;
            Ok(Constraint::GradientPenalty(PenaltySpec { rule, points: spec.parse("points")? }))
        }
        "orthonormal" => Ok(Constraint::Orthonormal { every: spec.parse("every")? }),
        "spectral" => Ok(Constraint::Spectral { norm: spec.parse("norm")? }),
        name => Err(Error::options(format!(
            "unknown constraint \"{name}\": expected none, gradient-penalty, orthonormal or spectral"
        ))),
    }
}

fn sides(name: &str) -> Result<Sides, Error> {
    match name {
        "one" => Ok(Sides::One),
        "two" => Ok(Sides::Two),
        _ => Err(Error::options(format!(
            "a gradient penalty is one- or two-sided: expected one or two, got {name}"
        ))),
    }
}

fn rule(spec: &Spec<'_>) -> Result<Rule, Error> {
    Ok(match Rule::from_name(spec.text("optimiser")?)? {
        Rule::Sgd { .. } => Rule::Sgd { momentum: spec.parse("momentum")? },
        Rule::Adam { .. } => Rule::Adam { betas: betas(spec)?, epsilon: spec.parse("epsilon")? },
        Rule::AdamW { .. } => Rule::AdamW { betas: betas(spec)?, epsilon: spec.parse("epsilon")? },
    })
}

fn betas(spec: &Spec<'_>) -> Result<(f64, f64), Error> {
    Ok((spec.parse("beta1")?, spec.parse("beta2")?))
}

fn schedule(spec: &Spec<'_>) -> Result<Schedule, Error> {
    let steps = spec.parse("steps")?;
    let decay = match spec.text("schedule")? {
        "constant" => Decay::Constant,
        "cosine" => Decay::Cosine { steps },
        "linear" => Decay::Linear { steps },
        name => {
            return Err(Error::options(format!(
                "unknown schedule \"{name}\": expected constant, cosine or linear"
            )));
        }
    };
    Schedule::new(spec.parse("learningRate")?, spec.parse("warmup")?, decay)
}
