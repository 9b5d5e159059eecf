//! A trainer's description: from text to what the trainer is built from.

use crate::spec::Spec;
use kantorovich_encoders::{Activation, Convolution, Decay, Initialisation, Rule, Schedule};
use kantorovich_kernels::Error;
use kantorovich_lipschitz::{Ball, Penalty, Sides};
use kantorovich_objectives::ObjectiveOptions;
use kantorovich_training::{Constraint, LagrangianSpec, PenaltyOver, PenaltySpec, TrainerSpec};

/// Reads the keys that `ts/wasm/trainer-spec.ts` writes.
///
/// # Errors
///
/// `Options` where a key is missing or its value is none of its kind.
pub fn trainer_spec(spec: &Spec<'_>) -> Result<TrainerSpec, Error> {
    Ok(TrainerSpec {
        objective: spec.text("objective")?.to_string(),
        objective_options: objective_options(spec)?,
        critic: spec.text("critic")?.to_string(),
        critic_hidden: critic_hidden(spec)?,
        temperature: spec.real("temperature")? as f32,
        learn_temperature: spec.parse("learnTemperature")?,
        x_widths: spec.list("xWidths")?,
        y_widths: spec.optional("yWidths").map(|_| spec.list("yWidths")).transpose()?,
        convolutions: [convolutions(spec, "xConvolutions")?, convolutions(spec, "yConvolutions")?],
        activation: Activation::from_name(spec.text("activation")?)?,
        bias: spec.parse("bias")?,
        initialisation: Initialisation::from_name(spec.text("initialisation")?)?,
        constraint: constraint(spec)?,
        rule: rule(spec)?,
        weight_decay: spec.real("weightDecay")?,
        schedule: schedule(spec)?,
        clip_norm: spec.optional("clipNorm").map(|_| spec.real("clipNorm")).transpose()?,
        batch: spec.parse("batch")?,
        seed: spec.parse("seed")?,
    })
}

/// Convolutions as numbers: planes, channels of a pixel, height and width of the images, then channels,
/// kernel, stride and padding of each layer. None where the key is missing.
fn convolutions(spec: &Spec<'_>, key: &str) -> Result<Vec<Convolution>, Error> {
    let numbers: Vec<usize> = match spec.optional(key) {
        Some(_) => spec.list(key)?,
        None => return Ok(Vec::new()),
    };
    let wrong = || Error::options(format!("`{key}` cannot be {} numbers", numbers.len()));
    let (&[planes, depth, height, width], layers) =
        numbers.split_first_chunk().ok_or_else(wrong)?;
    if layers.is_empty() || !layers.len().is_multiple_of(4) {
        return Err(wrong());
    }
    let mut all: Vec<Convolution> = Vec::new();
    for layer in layers.chunks_exact(4) {
        let &[channels, kernel, stride, padding] = layer else { return Err(wrong()) };
        let next = match all.last() {
            Some(before) => before.then(channels, kernel, stride, padding),
            None => Convolution { planes, depth, height, width, channels, kernel, stride, padding },
        };
        // What comes next asks for its output's size.
        next.validate()?;
        all.push(next);
    }
    Ok(all)
}

/// The joint critic's hidden layers; none where the key is missing.
///
/// # Errors
///
/// `Options` where it is no list of whole numbers.
pub fn critic_hidden(spec: &Spec<'_>) -> Result<Vec<usize>, Error> {
    spec.optional("criticHidden").map_or(Ok(Vec::new()), |_| spec.list("criticHidden"))
}

/// The numbers that fix an objective; those that are missing are the defaults.
///
/// # Errors
///
/// `Options` where one is no number.
pub fn objective_options(spec: &Spec<'_>) -> Result<ObjectiveOptions, Error> {
    let mut options = ObjectiveOptions::default();
    let ObjectiveOptions { clip, alpha, beta, gamma } = &mut options;
    for (key, option) in [("clip", clip), ("alpha", alpha), ("beta", beta), ("gamma", gamma)] {
        if spec.optional(key).is_some() {
            *option = spec.real(key)?;
        }
    }
    Ok(options)
}

fn constraint(spec: &Spec<'_>) -> Result<Constraint, Error> {
    match spec.text("lipschitz")? {
        "none" => Ok(Constraint::None),
        "gradient-penalty" => {
            let sides = sides(spec.text("sided")?)?;
            let rule = Penalty::new(sides, spec.real("target")?, spec.real("coefficient")?)?;
            let over = penalty_over(spec.text("over")?)?;
            let points = spec.parse("points")?;
            Ok(Constraint::GradientPenalty(PenaltySpec { rule, points, over }))
        }
        "orthonormal" => Ok(Constraint::Orthonormal { every: spec.parse("every")? }),
        "spectral" => Ok(Constraint::Spectral { norm: spec.real("norm")? }),
        "lagrangian" => Ok(Constraint::Lagrangian(LagrangianSpec {
            pairs: spec.parse("pairs")?,
            slack: spec.real("slack")?,
            multiplier: spec.real("multiplier")?,
        })),
        name => Ok(Constraint::Ball {
            ball: Ball::new(name, spec.real("radius")?)?,
            every: spec.parse("every")?,
        }),
    }
}

fn penalty_over(name: &str) -> Result<PenaltyOver, Error> {
    match name {
        "inputs" => Ok(PenaltyOver::Inputs),
        "embeddings" => Ok(PenaltyOver::Embeddings),
        _ => Err(Error::options(format!(
            "a gradient penalty is over inputs or embeddings, found \"{name}\""
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
        Rule::Sgd { .. } => Rule::Sgd { momentum: spec.real("momentum")? },
        Rule::Adam { .. } => Rule::Adam { betas: betas(spec)?, epsilon: spec.real("epsilon")? },
        Rule::AdamW { .. } => Rule::AdamW { betas: betas(spec)?, epsilon: spec.real("epsilon")? },
    })
}

fn betas(spec: &Spec<'_>) -> Result<(f64, f64), Error> {
    Ok((spec.real("beta1")?, spec.real("beta2")?))
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
    Schedule::new(spec.real("learningRate")?, spec.parse("warmup")?, decay)
}
