//! States: their names and shapes, and that a run goes on from one bit for bit.

use crate::runs::run;
use crate::{Tensors, penalty, run_spec, small_spec, values};
use kantorovich_encoders::{Decay, Rule, Schedule};
use kantorovich_kernels::{ErrorKind, Random};
use kantorovich_lipschitz::Sides;
use kantorovich_training::{Constraint, Trainer, TrainerSpec};

#[test]
fn a2_c_forty_steps_are_seventeen_and_twenty_three() {
    let schedule = Schedule::new(1e-2, 5, Decay::Cosine { steps: 40 }).unwrap();
    let specs = [
        (penalty(Sides::One, 1.0, 8), "separable", Rule::from_name("adam").unwrap()),
        (Constraint::Orthonormal { every: 4 }, "distance", Rule::from_name("adamw").unwrap()),
        (Constraint::Spectral { norm: 0.9 }, "bilinear", Rule::from_name("sgd").unwrap()),
    ];
    for (constraint, critic, rule) in specs {
        let spec = TrainerSpec {
            constraint,
            rule,
            schedule,
            learn_temperature: true,
            ..run_spec("wpc", critic)
        };
        let mut whole = Trainer::new(&spec).unwrap();
        let expected = run(&mut whole, 40, &mut Random::new(1));

        let mut data = Random::new(1);
        let mut first = Trainer::new(&spec).unwrap();
        let mut found = run(&mut first, 17, &mut data);
        let (state, counters) = (values(&mut first, Tensors::State), first.counters());
        let mut resumed = Trainer::new(&TrainerSpec { seed: 77, ..spec }).unwrap();
        resumed.restore(&state, counters).unwrap();
        found.extend(run(&mut resumed, 23, &mut data));

        assert_eq!(found, expected);
        assert_eq!(values(&mut resumed, Tensors::State), values(&mut whole, Tensors::State));
        assert_eq!(resumed.counters(), whole.counters());
    }
}

#[test]
fn tensors_have_pytorchs_names_and_shapes() {
    let constraint = Constraint::Spectral { norm: 1.0 };
    let mut spec = TrainerSpec { constraint, ..small_spec("cpc", "bilinear") };
    let list = |spec: &TrainerSpec, which| -> Vec<(String, Vec<usize>)> {
        let tensors = Trainer::new(spec).unwrap().tensors(which);
        tensors.into_iter().map(|tensor| (tensor.name, tensor.shape)).collect()
    };
    let entry = |name: &str, shape: &[usize]| (name.to_string(), shape.to_vec());
    let export = list(&spec, Tensors::Export);
    assert_eq!(export[0], entry("encoder.x.0.weight", &[4, 5]));
    assert_eq!(export[1], entry("encoder.x.0.bias", &[4]));
    assert_eq!(export[4], entry("encoder.y.0.weight", &[6, 7]));
    assert_eq!(export[export.len() - 2], entry("critic.weight", &[3, 2]));
    assert_eq!(export[export.len() - 1], entry("critic.log_temperature", &[1]));
    let state = list(&spec, Tensors::State);
    assert!(state.contains(&entry("optimiser.first.encoder.y.2.bias", &[2])));
    assert!(state.contains(&entry("lipschitz.encoder.x.1.weight", &[4])));
    assert!(!state.iter().any(|(name, _)| name.starts_with("optimiser.second")));
    spec = TrainerSpec { y_widths: None, rule: Rule::from_name("adam").unwrap(), ..spec };
    let state = list(&spec, Tensors::State);
    assert!(state.contains(&entry("optimiser.second.critic.weight", &[3, 3])));
    assert!(!state.iter().any(|(name, _)| name.contains("encoder.y")));
}

#[test]
fn p4_a_bilinear_weight_is_read_row_by_row() {
    let spec = TrainerSpec {
        x_widths: vec![2, 2],
        y_widths: Some(vec![3, 3]),
        bias: false,
        learn_temperature: false,
        temperature: 1.0,
        batch: 2,
        ..small_spec("wdm-all", "bilinear")
    };
    let mut trainer = Trainer::new(&spec).unwrap();
    let identity = |size: usize| {
        (0..size * size).map(move |at| if at / size == at % size { 1.0 } else { 0.0 })
    };
    let weight = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let all: Vec<f32> = identity(2).chain(identity(3)).chain(weight).collect();
    trainer.import(&all).unwrap();
    assert_eq!(values(&mut trainer, Tensors::Export), all);
    let g = kantorovich_kernels::Panels::from_row_major(2, 2, &[1.0, 2.0, 0.0, -1.0]);
    let h = kantorovich_kernels::Panels::from_row_major(2, 3, &[1.0, 0.0, 2.0, 3.0, 1.0, -1.0]);
    // G W = [[9, 12, 15], [-4, -5, -6]]; S = G W Hᵀ = [[39, 24], [-16, -11]].
    let found = trainer.evaluate(g.view(), h.view()).unwrap();
    assert!((found.wdm_all - (14.0 - 9.0)).abs() < 1e-5, "{found:?}");
}

#[test]
fn a_state_that_does_not_fit_changes_nothing() {
    let mut trainer = Trainer::new(&small_spec("cpc", "separable")).unwrap();
    let before = values(&mut trainer, Tensors::State);
    let counters = trainer.counters();
    let mut other = before.clone();
    other[3] = f32::NAN;
    let error = trainer.restore(&other, counters).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Data);
    assert!(error.message.contains("encoder.x.0.weight holds NaN"), "{}", error.message);
    other.pop();
    let error = trainer.restore(&other, counters).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Shape);
    assert!(error.message.contains(&format!("found {}", other.len())), "{}", error.message);
    assert_eq!(values(&mut trainer, Tensors::State), before);
}
