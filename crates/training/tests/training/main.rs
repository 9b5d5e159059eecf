//! Training steps against their naive float64 twin, and the laws of a run.

mod constraints;
mod convolutions;
mod gradients;
mod runs;
mod sharing;
mod states;
mod twin;

use kantorovich_encoders::{Activation, Decay, Initialisation, Rule, Schedule};
use kantorovich_kernels::{Panels, Random};
use kantorovich_lipschitz::{Penalty, Sides};
use kantorovich_objectives::ObjectiveOptions;
use kantorovich_training::{Constraint, PenaltyOver, PenaltySpec, Tensors, Trainer, TrainerSpec};

/// A small trainer that descends by plain gradients: after one step, its first moments are the
/// gradient.
fn small_spec(objective: &str, critic: &str) -> TrainerSpec {
    TrainerSpec {
        objective: objective.to_string(),
        objective_options: ObjectiveOptions { clip: 0.4, alpha: 0.75, beta: 0.125, gamma: 0.5 },
        critic: critic.to_string(),
        critic_hidden: vec![5, 3],
        temperature: 0.7,
        learn_temperature: true,
        x_widths: vec![5, 4, 3],
        y_widths: Some(vec![7, 6, 4, if matches!(critic, "bilinear" | "joint") { 2 } else { 3 }]),
        convolutions: [Vec::new(), Vec::new()],
        activation: Activation::MaxMin,
        bias: true,
        initialisation: Initialisation::Glorot,
        constraint: Constraint::None,
        rule: Rule::Sgd { momentum: 0.0 },
        weight_decay: 0.0,
        schedule: Schedule::new(1e-3, 0, Decay::Constant).unwrap(),
        clip_norm: None,
        batch: 9,
        seed: 5,
    }
}

/// Adam on shared factors: x and y are two linear views of the same normal vector.
fn run_spec(objective: &str, critic: &str) -> TrainerSpec {
    TrainerSpec {
        x_widths: vec![10, 16, 8],
        y_widths: Some(vec![12, 16, 8]),
        rule: Rule::from_name("adam").unwrap(),
        temperature: 1.0,
        learn_temperature: false,
        schedule: Schedule::new(5e-3, 0, Decay::Constant).unwrap(),
        batch: 32,
        ..small_spec(objective, critic)
    }
}

fn penalty(sides: Sides, coefficient: f64, points: usize) -> Constraint {
    penalty_over(sides, coefficient, points, PenaltyOver::Inputs)
}

fn penalty_over(sides: Sides, coefficient: f64, points: usize, over: PenaltyOver) -> Constraint {
    let rule = Penalty::new(sides, 1.0, coefficient).unwrap();
    Constraint::GradientPenalty(PenaltySpec { rule, points, over })
}

fn normals(count: usize, random: &mut Random) -> Vec<f32> {
    (0..count).map(|_| random.normal()).collect()
}

/// A batch as panels, drawn at random.
fn noise(spec: &TrainerSpec, random: &mut Random) -> [Panels; 2] {
    let y_widths = spec.y_widths.as_ref().unwrap_or(&spec.x_widths);
    [spec.x_widths[0], y_widths[0]].map(|width| {
        Panels::from_row_major(spec.batch, width, &normals(spec.batch * width, random))
    })
}

/// A batch of two noisy views of four shared factors.
fn views(spec: &TrainerSpec, random: &mut Random) -> [Panels; 2] {
    let factors = normals(spec.batch * 4, random);
    noise(spec, random).map(|mut view| {
        for i in 0..view.rows() {
            for k in 0..view.cols() {
                let value = 2.0 * factors[i * 4 + k % 4] + 0.2 * view.get(i, k);
                view.set(i, k, value);
            }
        }
        view
    })
}

/// The numbers of the trainer's tensors, one after another.
fn values(trainer: &mut Trainer, which: Tensors) -> Vec<f32> {
    let tensors = trainer.tensors(which);
    let mut all = Vec::new();
    for tensor in &tensors {
        let mut own = vec![f32::NAN; tensor.len()];
        trainer.read(which, tensor, &mut own).unwrap();
        all.extend(own);
    }
    all
}
