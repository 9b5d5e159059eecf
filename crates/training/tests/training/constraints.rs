//! Projections hold, and what is reported is of the constrained copy.

use crate::runs::run;
use crate::twin::Twin;
use crate::{Tensors, run_spec, small_spec, values, views};
use kantorovich_encoders::{Activation, Initialisation};
use kantorovich_kernels::{Panels, PanelsRef, Random};
use kantorovich_lipschitz::norm_balls::{frobenius_norm, infinity_norm, largest_entry, one_norm};
use kantorovich_lipschitz::{Ball, Certificate, Metric, certified_upper_bound, w1_lower_bound};
use kantorovich_training::{Constraint, LagrangianSpec, Side, Trainer, TrainerSpec};

/// The weight matrices of a trainer, raw or as exported.
fn weights(trainer: &mut Trainer, which: Tensors) -> Vec<Panels> {
    let tensors = trainer.tensors(Tensors::Export);
    let weights = tensors.iter().filter(|tensor| tensor.shape.len() == 2);
    let read = |tensor: &kantorovich_training::StateTensor| {
        let mut own = vec![0.0; tensor.len()];
        trainer.read(which, tensor, &mut own).unwrap();
        Panels::from_row_major(tensor.shape[0], tensor.shape[1], &own)
    };
    weights.map(read).collect()
}

/// The largest entry of |V Vᵀ - I|, V the weights or their transpose where that is wider.
fn distance_from_orthonormal(w: &Panels) -> f64 {
    let (fewer, more) = (w.rows().min(w.cols()), w.rows().max(w.cols()));
    let entry = |i: usize, k: usize| {
        f64::from(if w.rows() <= w.cols() { w.get(i, k) } else { w.get(k, i) })
    };
    let product = |i: usize, j: usize| (0..more).map(|k| entry(i, k) * entry(j, k)).sum::<f64>();
    let off = |i: usize, j: usize| (product(i, j) - if i == j { 1.0 } else { 0.0 }).abs();
    (0..fewer * fewer).map(|at| off(at / fewer, at % fewer)).fold(0.0, f64::max)
}

#[test]
fn orthonormal_weights_stay_near_and_are_exported_orthonormal() {
    let constraint = Constraint::Orthonormal { every: 4 };
    for critic in ["distance", "bilinear"] {
        let mut trainer =
            Trainer::new(&TrainerSpec { constraint, ..run_spec("wpc", critic) }).unwrap();
        let start = weights(&mut trainer, Tensors::State);
        assert!(start.iter().all(|w| distance_from_orthonormal(w) < 1e-5), "from the start");
        run(&mut trainer, 21, &mut Random::new(1));
        for w in weights(&mut trainer, Tensors::State) {
            let distance = distance_from_orthonormal(&w);
            assert!(distance > 1e-6 && distance < 0.2, "one step after the last: {distance}");
        }
        for w in weights(&mut trainer, Tensors::Export) {
            assert!(distance_from_orthonormal(&w) < 1e-5);
        }
    }
}

#[test]
fn spectral_norms_stay_below_theirs() {
    for norm in [0.5, 2.0] {
        let constraint = Constraint::Spectral { norm };
        let spec = TrainerSpec { constraint, ..run_spec("wdm", "distance") };
        let mut trainer = Trainer::new(&spec).unwrap();
        run(&mut trainer, 150, &mut Random::new(2));
        let raw = weights(&mut trainer, Tensors::State);
        let bounds = || raw.iter().map(|w| certified_upper_bound(w.view()));
        assert!(bounds().all(|bound| bound < 1.02 * norm), "{:?}", bounds().collect::<Vec<_>>());
        assert!(bounds().any(|bound| bound > 0.9 * norm), "the constraint binds");
        let exported = weights(&mut trainer, Tensors::Export);
        assert!(exported.iter().all(|w| certified_upper_bound(w.view()) <= norm));
        let constant = trainer.certificate(Metric::Sum, None).constant().unwrap();
        assert!(constant <= norm.powi(2) * (1.0 + 1e-9), "{constant}");
    }
}

#[test]
fn weights_stay_in_their_ball() {
    type Norm = fn(PanelsRef<'_>) -> f64;
    let norms: [(&str, Norm); 5] = [
        ("spectral-ball", certified_upper_bound),
        ("l1", one_norm),
        ("l-infinity", infinity_norm),
        ("frobenius", frobenius_norm),
        ("box", largest_entry),
    ];
    for (name, norm) in norms {
        for every in [1, 7] {
            let radius = if name == "box" { 0.1 } else { 0.8 };
            let constraint = Constraint::Ball { ball: Ball::new(name, radius).unwrap(), every };
            let spec = TrainerSpec { constraint, ..run_spec("wdm", "distance") };
            let mut trainer = Trainer::new(&spec).unwrap();
            run(&mut trainer, 30, &mut Random::new(2));
            let largest =
                |weights: Vec<Panels>| weights.iter().map(|w| norm(w.view())).fold(0.0, f64::max);
            let exported = largest(weights(&mut trainer, Tensors::Export));
            assert!(exported <= radius * 1.00003 && exported > 0.9 * radius, "{name}: {exported}");
            let raw = largest(weights(&mut trainer, Tensors::State));
            assert_eq!(raw <= radius * 1.00003, every == 1, "{name} every {every}: {raw}");
        }
    }
}

#[test]
fn constraints_hold_after_10_000_steps() {
    let ball = |name| Constraint::Ball { ball: Ball::new(name, 1.0).unwrap(), every: 10 };
    let constraints = [
        Constraint::Orthonormal { every: 4 },
        Constraint::Spectral { norm: 1.0 },
        ball("spectral-ball"),
        ball("l1"),
        ball("l-infinity"),
        ball("frobenius"),
    ];
    for constraint in constraints {
        let mut spec = TrainerSpec { constraint, ..run_spec("wdm", "distance") };
        spec.batch = 8;
        let mut trainer = Trainer::new(&spec).unwrap();
        run(&mut trainer, 10_000, &mut Random::new(2));
        let bound = |w: &Panels| match constraint {
            Constraint::Ball { ball, .. } if ball == Ball::new("l1", 1.0).unwrap() => {
                one_norm(w.view())
            }
            Constraint::Ball { ball, .. } if ball == Ball::new("l-infinity", 1.0).unwrap() => {
                infinity_norm(w.view())
            }
            _ => certified_upper_bound(w.view()),
        };
        for w in weights(&mut trainer, Tensors::Export) {
            assert!(bound(&w) <= 1.0 + 5e-5, "{constraint:?}: {}", bound(&w));
            if let Constraint::Orthonormal { .. } = constraint {
                assert!(distance_from_orthonormal(&w) < 1e-5);
            }
        }
        // Between two projections weights drift, but no further than some steps take them.
        let raw = weights(&mut trainer, Tensors::State);
        assert!(raw.iter().all(|w| bound(w) < 1.2), "{constraint:?}");
    }
}

#[test]
fn a_lagrangian_keeps_pairs_from_being_torn_apart() {
    let spec = |constraint| TrainerSpec { constraint, ..run_spec("wdm", "distance") };
    let stretched = |constraint| {
        let mut trainer = Trainer::new(&spec(constraint)).unwrap();
        run(&mut trainer, 400, &mut Random::new(2));
        let [x, _] = views(&spec(constraint), &mut Random::new(5));
        let mut embeddings = Panels::zeros(x.rows(), 8);
        trainer.embed(Side::X, x.view(), embeddings.view_mut()).unwrap();
        let length = |a: &Panels, i: usize, j: usize| {
            (0..a.cols()).map(|k| f64::from(a.get(i, k) - a.get(j, k)).powi(2)).sum::<f64>().sqrt()
        };
        let pairs = (1..x.rows()).map(|i| length(&embeddings, 0, i) / length(&x, 0, i));
        pairs.fold(0.0, f64::max)
    };
    let lagrangian = LagrangianSpec { pairs: 32, slack: 1e-3, multiplier: 30.0 };
    let (kept, free) = (stretched(Constraint::Lagrangian(lagrangian)), stretched(Constraint::None));
    assert!(kept < 1.3 && free > 2.0 * kept, "{kept} against {free}");
}

#[test]
fn an_export_taken_up_again_exports_the_same_bits() {
    for constraint in
        [Constraint::Orthonormal { every: 5 }, Constraint::Spectral { norm: 0.8 }, Constraint::None]
    {
        let spec = TrainerSpec { constraint, ..run_spec("wpc", "distance") };
        let mut trainer = Trainer::new(&spec).unwrap();
        run(&mut trainer, 12, &mut Random::new(3));
        let exported = values(&mut trainer, Tensors::Export);
        let spec = TrainerSpec { seed: 99, ..spec };
        let mut models = [Trainer::new(&spec).unwrap(), Trainer::blank(&spec).unwrap()];
        let [x, _] = views(&spec, &mut Random::new(8));
        let [drawn, blank] = models.each_mut().map(|model| {
            model.import(&exported).unwrap();
            assert_eq!(values(model, Tensors::Export), exported);
            let mut embeddings = Panels::zeros(x.rows(), 8);
            model.embed(Side::X, x.view(), embeddings.view_mut()).unwrap();
            embeddings.as_slice().to_vec()
        });
        assert_eq!(drawn, blank);
    }
}

#[test]
fn l3_c_evaluating_embedding_and_certifying_change_no_training() {
    for constraint in [Constraint::Orthonormal { every: 3 }, Constraint::Spectral { norm: 0.7 }] {
        let spec =
            TrainerSpec { constraint, learn_temperature: true, ..run_spec("wpc", "distance") };
        let finish = |look: bool| {
            let mut trainer = Trainer::new(&spec).unwrap();
            let mut random = Random::new(4);
            for _ in 0..6 {
                run(&mut trainer, 1, &mut random);
                if look {
                    let batch = views(&spec, &mut Random::new(5));
                    trainer.evaluate(batch[0].view(), batch[1].view()).unwrap();
                    trainer.certificate(Metric::L2, None);
                    values(&mut trainer, Tensors::Export);
                }
            }
            values(&mut trainer, Tensors::State)
        };
        assert_eq!(finish(true), finish(false));
    }
}

#[test]
fn an_evaluation_is_the_twins_on_the_exported_weights() {
    let constraint = Constraint::Spectral { norm: 0.6 };
    let spec = TrainerSpec { constraint, ..run_spec("wpc", "distance") };
    let mut trainer = Trainer::new(&spec).unwrap();
    run(&mut trainer, 5, &mut Random::new(6));
    let batch = views(&spec, &mut Random::new(7));
    let found = trainer.evaluate(batch[0].view(), batch[1].view()).unwrap();
    let exported = values(&mut trainer, Tensors::Export);
    let mut plain = Trainer::new(&TrainerSpec { constraint: Constraint::None, ..spec }).unwrap();
    plain.import(&exported).unwrap();
    let twin = Twin::new(&mut plain);
    for (found, objective) in [(found.value, "wpc"), (found.wdm, "wdm"), (found.wdm_all, "wdm-all")]
    {
        let right = twin.values(&batch, objective).1;
        assert!((found - right).abs() < 1e-4, "{objective}: {found} against {right}");
    }
}

#[test]
fn e2_embeddings_do_not_depend_on_the_rows_beside_them() {
    let spec = TrainerSpec {
        x_widths: vec![7, 5, 3],
        y_widths: None,
        activation: Activation::Relu,
        seed: 1,
        batch: 3,
        ..small_spec("cpc", "separable")
    };
    let mut trainer = Trainer::new(&spec).unwrap();
    let entry = |at: usize| ((3 * (at / 7) + 5 * (at % 7)) % 7) as f32 - 3.0;
    let rows: Vec<f32> = (0..13 * 7).map(entry).collect();
    let mut embed = |rows: &[f32]| {
        let input = Panels::from_row_major(rows.len() / 7, 7, rows);
        let mut out = Panels::zeros(input.rows(), 3);
        trainer.embed(Side::Y, input.view(), out.view_mut()).unwrap();
        out.to_row_major()
    };
    let whole = embed(&rows);
    for cut in [4, 8] {
        assert_eq!([embed(&rows[..cut * 7]), embed(&rows[cut * 7..])].concat(), whole);
    }
    let alone: Vec<f32> = rows.chunks(7).flat_map(&mut embed).collect();
    assert_eq!(alone, whole);
}

#[test]
fn l9_only_the_distance_critic_certifies_and_its_bound_is_right() {
    let spec = |critic: &str| TrainerSpec {
        x_widths: vec![1, 1],
        y_widths: Some(vec![1, 1]),
        bias: false,
        initialisation: Initialisation::He,
        learn_temperature: false,
        temperature: 1.0,
        batch: 2,
        ..small_spec("wdm", critic)
    };
    let points = Panels::from_row_major(2, 1, &[0.0, 1.0]);
    let mut separable = Trainer::new(&spec("separable")).unwrap();
    separable.import(&[10.0, 10.0]).unwrap();
    let found = separable.evaluate(points.view(), points.view()).unwrap();
    assert!((found.wdm_all - 25.0).abs() < 1e-6);
    let Certificate::None { reason } = separable.certificate(Metric::Sum, None) else { panic!() };
    assert!(reason.contains("dot product"), "{reason}");

    let mut distance = Trainer::new(&spec("distance")).unwrap();
    distance.import(&[10.0, 10.0]).unwrap();
    let found = distance.evaluate(points.view(), points.view()).unwrap();
    assert!((found.wdm_all - 5.0).abs() < 1e-6);
    for (metric, constant, bound) in
        [(Metric::Sum, 10.0, 0.5), (Metric::L2, 14.142135623730951, 0.35355339059327373)]
    {
        let certificate = distance.certificate(metric, None);
        assert!((certificate.constant().unwrap() - constant).abs() < 1e-6);
        let found = w1_lower_bound(found.wdm_all, &certificate).unwrap().unwrap();
        assert!(found <= 0.5 && (found - bound).abs() < 1e-6, "{found}");
    }
}

#[test]
fn within_a_ball_every_critic_but_the_cosine_certifies_and_no_pair_is_steeper() {
    for critic in ["separable", "bilinear", "distance", "squared-distance", "joint", "cosine"] {
        let mut spec = run_spec("wdm", critic);
        spec.y_widths = Some(vec![12, 16, if critic == "bilinear" { 6 } else { 8 }]);
        let mut trainer = Trainer::new(&spec).unwrap();
        run(&mut trainer, 20, &mut Random::new(2));
        let length = |a: &Panels, i: usize| {
            (0..a.cols()).map(|k| f64::from(a.get(i, k)).powi(2)).sum::<f64>().sqrt()
        };
        let batch = views(&spec, &mut Random::new(5));
        let radii =
            batch.each_ref().map(|a| (0..a.rows()).map(|i| length(a, i)).fold(0.0, f64::max));
        let twin = Twin::new(&mut trainer);
        for metric in [Metric::Sum, Metric::L2] {
            let everywhere = trainer.certificate(metric, None).constant().is_some();
            assert_eq!(everywhere, matches!(critic, "distance" | "joint"));
            let constant = trainer.certificate(metric, Some(radii)).constant();
            let Some(constant) = constant else {
                assert_eq!(critic, "cosine");
                continue;
            };
            assert!((0..31).all(|i| twin.slope(&batch, i, metric) <= constant), "{critic}");
        }
    }
}
