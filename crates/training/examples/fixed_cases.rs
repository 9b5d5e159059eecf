//! The work whose instructions `scripts/guard/instructions.ts` counts: fixed sizes, fixed numbers.
//!
//! `fixed_cases` lists the cases, `fixed_cases CASE TIMES` does one so many times; what a time
//! costs is the difference between two counts, without what building the case takes.

use kantorovich_encoders::{Activation, Decay, Initialisation, Rule, Schedule};
use kantorovich_kernels::{Into, Panels, PanelsMut, PanelsRef, Random, nn, nt};
use kantorovich_lipschitz::{Penalty, Sides};
use kantorovich_objectives::critics::parameter_count;
use kantorovich_objectives::{CriticSpec, Gradients, Loss, LossSpec, Pairs};
use kantorovich_training::{Constraint, PenaltyOver, PenaltySpec, Trainer, TrainerSpec};
use std::hint::black_box;

/// Something to do, built and ready.
type Work = Box<dyn FnMut()>;

/// A name, and what builds its work.
type Case = (&'static str, fn() -> Work);

const CASES: [Case; 8] = [
    ("product nt, 128 x 128 x 128", || product(nt)),
    ("product nn, 128 x 128 x 128", || product(nn)),
    ("loss cpc, bilinear, n 128, d 32", || loss("cpc", "bilinear")),
    ("loss cpc-symmetric, cosine, n 128, d 32", || loss("cpc-symmetric", "cosine")),
    ("loss wdm, separable, n 128, d 32", || loss("wdm", "separable")),
    ("loss cpc, distance, n 128, d 32", || loss("cpc", "distance")),
    ("step, two MLPs 48-64-32, n 64, adam", || step(Constraint::None)),
    ("the same with a gradient penalty on 16 points", || step(penalty(16))),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = &arguments[..] else {
        return CASES.iter().for_each(|(name, _)| println!("{name}"));
    };
    let (_, build) = CASES.iter().find(|(known, _)| known == name).expect("a case's name");
    let mut work = build();
    for _ in 0..times.parse().expect("a number of times") {
        work();
    }
}

type Product = fn(PanelsRef<'_>, PanelsRef<'_>, PanelsMut<'_>, Into);

fn product(product: Product) -> Work {
    let [a, b] = [1, 2].map(|seed| normals(128, 128, seed));
    let mut c = Panels::zeros(128, 128);
    Box::new(move || {
        product(a.view(), b.view(), c.view_mut(), Into::Write);
        black_box(&c);
    })
}

/// The value and every gradient.
fn loss(objective: &str, critic: &str) -> Work {
    let (n, d) = (128, 32);
    let gradients = Gradients::All;
    let (query_dim, candidate_dim, options) = (d, d, Default::default());
    let critic = CriticSpec { name: critic, hidden: &[] };
    let spec = LossSpec { objective, options, critic, query_dim, candidate_dim, gradients };
    let mut loss = Loss::new(&spec, Pairs::diagonal(n, n).unwrap()).unwrap();
    let [queries, candidates] = [1, 2].map(|seed| normals(n, d, seed));
    // The last parameter is the temperature; those before it, where there are any, are weights.
    let count = parameter_count(critic, d, d).unwrap();
    let mut parameters = normals(d, d, 3).view().as_slice()[..count - 1].to_vec();
    parameters.push(1.0);
    Box::new(move || {
        black_box(loss.evaluate(queries.view(), candidates.view(), &parameters).unwrap());
    })
}

/// One training step, from forward pass to optimiser.
fn step(constraint: Constraint) -> Work {
    let widths = vec![48, 64, 32];
    let spec = TrainerSpec {
        objective: "cpc".to_string(),
        objective_options: Default::default(),
        critic: "separable".to_string(),
        critic_hidden: Vec::new(),
        temperature: 1.0,
        learn_temperature: false,
        x_widths: widths.clone(),
        y_widths: Some(widths),
        convolutions: [Vec::new(), Vec::new()],
        activation: Activation::Relu,
        bias: true,
        initialisation: Initialisation::Glorot,
        constraint,
        rule: Rule::from_name("adam").unwrap(),
        weight_decay: 0.0,
        schedule: Schedule::new(1e-3, 0, Decay::Constant).unwrap(),
        clip_norm: None,
        batch: 64,
        seed: 5,
    };
    let mut trainer = Trainer::new(&spec).unwrap();
    let [x, y] = [1, 2].map(|seed| normals(spec.batch, spec.x_widths[0], seed));
    Box::new(move || {
        black_box(trainer.step(x.view(), y.view()).unwrap());
    })
}

fn penalty(points: usize) -> Constraint {
    let rule = Penalty::new(Sides::One, 1.0, 10.0).unwrap();
    Constraint::GradientPenalty(PenaltySpec { rule, points, over: PenaltyOver::Inputs })
}

fn normals(rows: usize, cols: usize, seed: u64) -> Panels {
    let mut random = Random::new(seed);
    let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
    Panels::from_row_major(rows, cols, &values)
}
