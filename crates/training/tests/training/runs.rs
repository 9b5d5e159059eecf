//! Whole runs: they climb, they repeat, they refuse what is not finite.

use crate::{Tensors, penalty, run_spec, small_spec, values, views};
use kantorovich_encoders::{Decay, Rule, Schedule};
use kantorovich_kernels::{ErrorKind, Panels, Random};
use kantorovich_lipschitz::Sides;
use kantorovich_training::{Constraint, TEMPERATURE_FLOOR, Trainer, TrainerSpec};

/// Runs `steps` steps on fresh batches and returns the values.
pub fn run(trainer: &mut Trainer, steps: usize, random: &mut Random) -> Vec<f64> {
    let spec = trainer.spec().clone();
    let mut step = || {
        let batch = views(&spec, random);
        trainer.step(batch[0].view(), batch[1].view()).unwrap().value
    };
    (0..steps).map(|_| step()).collect()
}

/// The constraints with an objective and a critic that they go with.
fn constrained() -> Vec<TrainerSpec> {
    let with =
        |objective, critic, constraint| TrainerSpec { constraint, ..run_spec(objective, critic) };
    vec![
        with("cpc", "bilinear", Constraint::None),
        with("wpc", "separable", penalty(Sides::One, 1.0, 8)),
        with("wdm", "bilinear", penalty(Sides::Two, 1.0, 8)),
        with("wpc", "distance", Constraint::Orthonormal { every: 3 }),
        with("wdm", "distance", Constraint::Spectral { norm: 1.0 }),
    ]
}

#[test]
fn training_raises_the_value() {
    for spec in constrained() {
        let mut trainer = Trainer::new(&spec).unwrap();
        let values = run(&mut trainer, 200, &mut Random::new(1));
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        let (first, last) = (mean(&values[..10]), mean(&values[190..]));
        assert!(last > first + 0.2, "{} {:?}: {first} to {last}", spec.objective, spec.constraint);
    }
}

#[test]
fn one_seed_gives_one_run_bit_for_bit() {
    for spec in constrained() {
        let bits = |seed: u64| {
            let mut trainer = Trainer::new(&TrainerSpec { seed, ..spec.clone() }).unwrap();
            let reports = run(&mut trainer, 7, &mut Random::new(2));
            (reports, values(&mut trainer, Tensors::State))
        };
        assert_eq!(bits(3), bits(3));
        assert_ne!(bits(3).1, bits(4).1);
    }
}

#[test]
fn a4_a_a_step_that_is_not_finite_ends_with_its_number_and_changes_nothing() {
    let schedule = Schedule::new(1e30, 0, Decay::Constant).unwrap();
    let mut trainer =
        Trainer::new(&TrainerSpec { schedule, ..run_spec("cpc", "separable") }).unwrap();
    let batch = views(&trainer.spec().clone(), &mut Random::new(3));
    trainer.step(batch[0].view(), batch[1].view()).unwrap();
    let before = (values(&mut trainer, Tensors::State), trainer.counters());
    let error = trainer.step(batch[0].view(), batch[1].view()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Data);
    assert!(error.message.starts_with("step 2 was not taken"), "{}", error.message);
    assert_eq!((values(&mut trainer, Tensors::State), trainer.counters()), before);
}

#[test]
fn a4_b_a_batch_with_nan_is_refused_by_name_and_training_goes_on() {
    let constraint = penalty(Sides::Two, 1.0, 4);
    let mut trainer =
        Trainer::new(&TrainerSpec { constraint, ..run_spec("wdm", "separable") }).unwrap();
    let mut batch = views(&trainer.spec().clone(), &mut Random::new(4));
    let before = (values(&mut trainer, Tensors::State), trainer.counters());
    let good = batch[1].get(3, 2);
    batch[1].set(3, 2, f32::NAN);
    let error = trainer.step(batch[0].view(), batch[1].view()).unwrap_err();
    assert!(error.message.contains("step 1 was not taken: the batch of y"), "{}", error.message);
    assert_eq!((values(&mut trainer, Tensors::State), trainer.counters()), before);
    batch[1].set(3, 2, good);
    trainer.step(batch[0].view(), batch[1].view()).unwrap();
}

#[test]
fn l7_a_flat_critic_keeps_its_weights_finite() {
    for (sides, expected) in [(Sides::Two, 10.0), (Sides::One, 0.0)] {
        for bias in [0.0, -1.0] {
            let spec = TrainerSpec {
                x_widths: vec![3, 2],
                y_widths: Some(vec![3, 2]),
                activation: kantorovich_encoders::Activation::Relu,
                learn_temperature: false,
                constraint: penalty(sides, 10.0, 4),
                ..small_spec("wpc", "separable")
            };
            // One hidden layer more, so that a bias of -1 kills every unit.
            let spec =
                TrainerSpec { x_widths: vec![3, 2, 2], y_widths: Some(vec![3, 2, 2]), ..spec };
            let mut trainer = Trainer::new(&spec).unwrap();
            let state: Vec<f32> = trainer
                .tensors(Tensors::Export)
                .iter()
                .flat_map(|tensor| {
                    let value = if tensor.name.ends_with("0.bias") { bias } else { 0.0 };
                    vec![value; tensor.len()]
                })
                .collect();
            trainer.import(&state).unwrap();
            let batch = crate::noise(&spec, &mut Random::new(5));
            let report = trainer.step(batch[0].view(), batch[1].view()).unwrap();
            assert_eq!((report.penalty, report.gradient_norm), (expected, 0.0));
            assert_eq!(values(&mut trainer, Tensors::Export), state);
        }
    }
}

#[test]
fn l6_c_one_weight_a_point_the_same_for_the_same_seed() {
    let spec =
        TrainerSpec { constraint: penalty(Sides::Two, 1.0, 4), ..small_spec("wpc", "separable") };
    let points = || {
        let mut trainer = Trainer::new(&spec).unwrap();
        let batch = crate::noise(&spec, &mut Random::new(6));
        trainer.step(batch[0].view(), batch[1].view()).unwrap();
        trainer.penalty_points().to_vec()
    };
    let weights: Vec<f32> = points().iter().map(|point| point.weight).collect();
    assert!(weights.iter().all(|weight| (0.0..=1.0).contains(weight)));
    assert!((1..4).all(|k| !weights[..k].contains(&weights[k])), "{weights:?}");
    assert_eq!(points(), points());
}

#[test]
fn c3_c_a_learnt_temperature_stays_at_its_floor_and_does_not_decay() {
    let spec = TrainerSpec {
        rule: Rule::from_name("adamw").unwrap(),
        weight_decay: 0.1,
        temperature: 0.07,
        learn_temperature: true,
        x_widths: vec![8, 8],
        y_widths: None,
        initialisation: kantorovich_encoders::Initialisation::Orthogonal,
        schedule: Schedule::new(0.1, 0, Decay::Constant).unwrap(),
        batch: 8,
        ..small_spec("cpc", "cosine")
    };
    let mut identity = Panels::zeros(8, 8);
    (0..8).for_each(|i| identity.set(i, i, 1.0));
    let lowest = |spec: &TrainerSpec| {
        let mut trainer = Trainer::new(spec).unwrap();
        let mut step = || trainer.step(identity.view(), identity.view()).unwrap().temperature;
        (0..2000).map(|_| step()).fold(f64::INFINITY, f64::min)
    };
    assert!((TEMPERATURE_FLOOR..0.04).contains(&lowest(&spec)));
    let schedule = Schedule::new(5.0, 0, Decay::Constant).unwrap();
    let rule = Rule::Sgd { momentum: 0.0 };
    let steep = TrainerSpec { rule, schedule, temperature: 1.0, ..spec.clone() };
    assert_eq!(lowest(&steep), TEMPERATURE_FLOOR, "it was pulled to the floor and held there");

    // Every score is 0, so nothing pulls at the temperature; weights decay beside it.
    let mut still = Trainer::new(&spec).unwrap();
    let (start, zeros) = (still.temperature(), Panels::zeros(8, 8));
    for _ in 0..50 {
        assert_eq!(still.step(zeros.view(), zeros.view()).unwrap().gradient_norm, 0.0);
    }
    assert_eq!(still.temperature(), start);
}

#[test]
fn refusals_name_what_was_given() {
    let refusal = |spec: TrainerSpec| Trainer::new(&spec).err().unwrap();
    let spec = || small_spec("cpc", "separable");
    let cases = [
        (TrainerSpec { objective: "mine".into(), ..spec() }, ErrorKind::Options, "\"mine\""),
        (TrainerSpec { critic: "dot".into(), ..spec() }, ErrorKind::Options, "\"dot\""),
        (TrainerSpec { batch: 1, ..spec() }, ErrorKind::Options, "found 1"),
        (TrainerSpec { temperature: 0.0, ..spec() }, ErrorKind::Options, "found 0"),
        (TrainerSpec { temperature: 0.001, ..spec() }, ErrorKind::Options, "found 0.001"),
        (TrainerSpec { clip_norm: Some(f64::NAN), ..spec() }, ErrorKind::Options, "found NaN"),
        (TrainerSpec { x_widths: vec![5, 3, 3], ..spec() }, ErrorKind::Shape, "found 3"),
        (TrainerSpec { x_widths: vec![5, 4, 6], ..spec() }, ErrorKind::Shape, "6 and 3"),
        (TrainerSpec { x_widths: vec![1 << 20, 1 << 20, 3], ..spec() }, ErrorKind::Shape, "MiB"),
        (
            TrainerSpec { constraint: Constraint::Orthonormal { every: 0 }, ..spec() },
            ErrorKind::Options,
            "found 0",
        ),
        (
            TrainerSpec { constraint: Constraint::Spectral { norm: -1.0 }, ..spec() },
            ErrorKind::Options,
            "found -1",
        ),
    ];
    for (spec, kind, part) in cases {
        let error = refusal(spec);
        assert!(error.message.contains(part), "{part}: {}", error.message);
        assert_eq!(error.kind, kind, "{}", error.message);
    }
    let mut trainer = Trainer::new(&spec()).unwrap();
    let short = Panels::zeros(8, 5);
    let error = trainer.step(short.view(), Panels::zeros(9, 7).view()).unwrap_err();
    assert!(error.message.contains("x must be 9 x 5, found 8 x 5"), "{}", error.message);
}
