//! A step's whole gradient, through encoders, critic, objective and penalty, against central
//! differences of the float64 twin.

use crate::twin::{Draws, Twin};
use crate::{noise, normals, penalty, penalty_over, small_spec, values};
use kantorovich_encoders::Activation;
use kantorovich_kernels::{Panels, Random};
use kantorovich_lipschitz::Sides;
use kantorovich_training::{
    Constraint, LagrangianSpec, PenaltyOver, Tensors, Trainer, TrainerSpec,
};

const CRITICS: [&str; 6] =
    ["separable", "bilinear", "cosine", "distance", "squared-distance", "joint"];
const OBJECTIVES: [&str; 11] =
    ["cpc", "cpc-symmetric", "wpc", "wdm", "wdm-all", "nwj", "dv", "jsd", "smile", "rpc", "flo"];

/// A trainer with random parameters, biases and ln τ included.
fn random_trainer(spec: &TrainerSpec, random: &mut Random) -> Trainer {
    let mut trainer = Trainer::new(spec).unwrap();
    let count = values(&mut trainer, Tensors::Export).len();
    let scaled: Vec<f32> = normals(count, random).iter().map(|value| 0.5 * value).collect();
    trainer.import(&scaled).unwrap();
    trainer
}

/// Takes one step of plain descent and compares every parameter's gradient.
fn check(spec: &TrainerSpec, seed: u64) {
    let mut random = Random::new(seed);
    let mut trainer = random_trainer(spec, &mut random);
    let batch = noise(spec, &mut random);
    let twin = Twin::new(&mut trainer);
    let report = trainer.step(batch[0].view(), batch[1].view()).unwrap();
    let draws = Draws::of(&trainer);
    let what = format!("{} {} {:?}", spec.objective, spec.critic, spec.activation);
    let close = |found: f64, right: f64, scale: f64| {
        assert!((found - right).abs() < 3e-4 * scale, "{what}: {found} against {right}");
    };
    let value = twin.values(&batch, &spec.objective).1;
    close(report.value, value, 1.0 + value.abs());
    close(report.loss, twin.loss(&batch, &draws), 1.0 + report.loss.abs());
    close(report.temperature, twin.temperature(), 1.0);
    let gradient = gradient(&mut trainer);
    let norm = gradient.iter().flatten().map(|g| g * g).sum::<f64>().sqrt();
    close(report.gradient_norm, norm, 1.0 + norm);
    let largest = gradient.iter().flatten().fold(1.0, |max: f64, g| max.max(g.abs()));
    for (at, found) in gradient.iter().enumerate() {
        for (k, found) in found.iter().enumerate() {
            let right = match twin.tensors[at].0.as_str() {
                // The multiplier climbs where all else descends, by its logarithm.
                "lipschitz.log_multiplier" => twin.room(&batch, &draws),
                _ => central_difference(&twin, (at, k), &batch, &draws),
            };
            close(*found, right, largest);
        }
    }
}

fn central_difference(
    twin: &Twin,
    (at, k): (usize, usize),
    batch: &[Panels; 2],
    draws: &Draws,
) -> f64 {
    let loss = |step: f64| {
        let mut moved = twin.clone();
        moved.tensors[at].2[k] += step;
        moved.loss(batch, draws)
    };
    (loss(1e-6) - loss(-1e-6)) / 2e-6
}

/// The gradient of each parameter's tensor, after one step of plain descent.
fn gradient(trainer: &mut Trainer) -> Vec<Vec<f64>> {
    let tensors = trainer.tensors(Tensors::State);
    let moments = tensors.iter().filter(|tensor| tensor.name.starts_with("optimiser.first."));
    let read = |tensor: &kantorovich_training::StateTensor| {
        let mut own = vec![0.0; tensor.len()];
        trainer.read(Tensors::State, tensor, &mut own).unwrap();
        own.into_iter().map(f64::from).collect()
    };
    moments.map(read).collect()
}

#[test]
fn gradients_of_every_critic_and_objective_match_central_differences() {
    for critic in CRITICS {
        for objective in OBJECTIVES {
            check(&small_spec(objective, critic), 1);
        }
    }
}

#[test]
fn gradients_through_every_activation_match_central_differences() {
    for (activation, bias) in
        [(Activation::Relu, true), (Activation::LeakyRelu, false), (Activation::MaxMin, false)]
    {
        check(&TrainerSpec { activation, bias, ..small_spec("cpc", "separable") }, 2);
    }
}

#[test]
fn gradients_of_a_shared_encoder_match_central_differences() {
    for critic in ["bilinear", "distance"] {
        let spec = small_spec("wpc", critic);
        check(&TrainerSpec { y_widths: None, batch: 70, ..spec }, 3);
    }
}

#[test]
fn gradients_of_the_penalty_match_central_differences() {
    for critic in CRITICS {
        for (sides, over) in [
            (Sides::One, PenaltyOver::Inputs),
            (Sides::Two, PenaltyOver::Inputs),
            (Sides::Two, PenaltyOver::Embeddings),
        ] {
            // Few points go the direct way to the first layer, many by its Gram matrix.
            for points in [1, 3, 40] {
                let constraint = penalty_over(sides, 2.5, points, over);
                let spec = TrainerSpec { constraint, ..small_spec("wpc", critic) };
                check(&spec, 4);
                let narrow = vec![9, 2, 3];
                check(&TrainerSpec { x_widths: narrow, ..spec }, 5);
            }
        }
    }
}

#[test]
fn gradients_of_the_penalty_at_every_depth_match_central_differences() {
    let hidden = [6, 8, 4];
    for depth in 1..=4 {
        let mut widths = vec![5];
        widths.extend(&hidden[..depth - 1]);
        widths.push(3);
        for activation in [Activation::Relu, Activation::LeakyRelu, Activation::MaxMin] {
            for critic in CRITICS {
                let sides = if depth % 2 == 0 { Sides::One } else { Sides::Two };
                let spec = TrainerSpec {
                    x_widths: widths.clone(),
                    y_widths: Some(vec![7, if critic == "bilinear" { 2 } else { 3 }]),
                    constraint: penalty(sides, 0.5, 5),
                    activation,
                    ..small_spec("wdm", critic)
                };
                check(&spec, 7);
            }
        }
    }
}

#[test]
fn gradients_of_the_penalty_through_a_shared_encoder_match_central_differences() {
    for activation in [Activation::Relu, Activation::MaxMin] {
        let constraint = penalty(Sides::Two, 2.5, 6);
        let spec = small_spec("wdm", "separable");
        check(&TrainerSpec { constraint, activation, y_widths: None, ..spec }, 6);
    }
}

#[test]
fn gradients_of_the_lagrangian_match_central_differences() {
    for critic in CRITICS {
        // The large slack rewards every pair, the small one only the broken.
        for (slack, shared) in [(1e6, false), (1e-3, false), (1e-3, true)] {
            let lagrangian = LagrangianSpec { pairs: 7, slack, multiplier: 0.5 };
            let spec = TrainerSpec {
                constraint: Constraint::Lagrangian(lagrangian),
                ..small_spec("wdm", critic)
            };
            match shared {
                false => check(&spec, 8),
                true => check(&TrainerSpec { y_widths: None, ..spec }, 9),
            }
        }
    }
}
