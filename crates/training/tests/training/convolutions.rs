//! Trainers whose encoders begin with convolutions.

use crate::runs::run;
use crate::{Tensors, noise, penalty, run_spec, small_spec, values, views};
use kantorovich_encoders::{Activation, Convolution, Initialisation};
use kantorovich_kernels::{Panels, Random};
use kantorovich_lipschitz::{
    Metric, Sides, certified_upper_bound, convolution_upper_bound, overlap,
};
use kantorovich_training::{Constraint, Side, Trainer, TrainerSpec};

fn first(
    height: usize,
    width: usize,
    [channels, kernel, stride, padding]: [usize; 4],
) -> Convolution {
    Convolution { planes: 1, depth: 1, height, width, channels, kernel, stride, padding }
}

/// Two convolutions and a dense layer over 7 x 9 and 6 x 8 images.
fn convolutional(constraint: Constraint, critic: &str) -> TrainerSpec {
    let stack = |height, width| {
        let bottom = first(height, width, [4, 3, 1, 1]);
        vec![bottom, bottom.then(8, 4, 2, 1)]
    };
    TrainerSpec {
        x_widths: vec![63, 6],
        y_widths: Some(vec![48, 6]),
        convolutions: [stack(7, 9), stack(6, 8)],
        constraint,
        ..run_spec("wpc", critic)
    }
}

/// The kernels as they are exported, each with its convolution, by channels x patch.
fn kernels(trainer: &mut Trainer) -> Vec<(Convolution, Panels)> {
    let tensors = trainer.tensors(Tensors::Export);
    let all: Vec<Convolution> = trainer.spec().convolutions.concat();
    let four = tensors.iter().filter(|tensor| tensor.shape.len() == 4);
    let read = |(tensor, convolution): (&kantorovich_training::StateTensor, Convolution)| {
        let mut own = vec![0.0; tensor.len()];
        trainer.read(Tensors::Export, tensor, &mut own).unwrap();
        // From (channel, row, column) to (row, column, channel).
        let (depth, places) = (convolution.depth, convolution.kernel * convolution.kernel);
        let mut kernel = Panels::zeros(convolution.channels, convolution.patch());
        for (at, value) in own.iter().enumerate() {
            let (i, k) = (at / convolution.patch(), at % convolution.patch());
            kernel.set(i, k % places * depth + k / places, *value);
        }
        (convolution, kernel)
    };
    four.zip(all).map(read).collect()
}

/// A convolution as large as its image is a dense layer, for every constraint.
#[test]
fn a_convolution_of_one_position_trains_as_a_dense_layer() {
    for (constraint, critic) in [
        (Constraint::None, "cosine"),
        (penalty(Sides::Two, 2.0, 8), "separable"),
        (Constraint::Orthonormal { every: 3 }, "distance"),
        (Constraint::Spectral { norm: 0.9 }, "distance"),
    ] {
        let dense = TrainerSpec {
            x_widths: vec![9, 8, 6],
            y_widths: Some(vec![16, 8, 6]),
            constraint,
            ..run_spec("wpc", critic)
        };
        let convolved = TrainerSpec {
            x_widths: vec![9, 6],
            y_widths: Some(vec![16, 6]),
            convolutions: [vec![first(3, 3, [8, 3, 1, 0])], vec![first(4, 4, [8, 4, 2, 0])]],
            ..dense.clone()
        };
        let mut one = Trainer::new(&dense).unwrap();
        let mut other = Trainer::new(&convolved).unwrap();
        other.import(&values(&mut one, Tensors::Export)).unwrap();
        one.import(&values(&mut other, Tensors::Export)).unwrap();
        let (mut data, mut same) = (Random::new(4), Random::new(4));
        let (right, found) = (run(&mut one, 12, &mut data), run(&mut other, 12, &mut same));
        for (right, found) in right.iter().zip(&found) {
            assert!((right - found).abs() < 1e-3, "{constraint:?}: {found} for {right}");
        }
        let [right, found] =
            [&mut one, &mut other].map(|trainer| trainer.certificate(Metric::L2, None));
        match (right.constant(), found.constant()) {
            (Some(right), Some(found)) => {
                assert!((right - found).abs() < 1e-3, "{found} for {right}")
            }
            (right, found) => assert_eq!(right, found),
        }
    }
}

#[test]
fn l4_spectral_norms_are_the_convolutions_own() {
    for norm in [0.5, 2.0] {
        let spec = convolutional(Constraint::Spectral { norm }, "distance");
        let mut trainer = Trainer::new(&TrainerSpec { objective: "wdm".into(), ..spec }).unwrap();
        run(&mut trainer, 80, &mut Random::new(2));
        let bounds: Vec<f64> = kernels(&mut trainer)
            .iter()
            .map(|(convolution, kernel)| convolution_upper_bound(convolution, kernel.view()))
            .collect();
        assert!(bounds.iter().all(|bound| *bound <= norm * (1.0 + 1e-5)), "{bounds:?}");
        assert!(bounds.iter().any(|bound| *bound > 0.9 * norm), "the constraint binds: {bounds:?}");
        let constant = trainer.certificate(Metric::Sum, None).constant().unwrap();
        assert!(constant <= norm.powi(3) * (1.0 + 1e-5), "{constant}");
    }
}

#[test]
fn orthonormal_kernels_make_convolutions_of_norm_at_most_1() {
    let mut trainer =
        Trainer::new(&convolutional(Constraint::Orthonormal { every: 3 }, "distance")).unwrap();
    run(&mut trainer, 20, &mut Random::new(2));
    for (convolution, kernel) in kernels(&mut trainer) {
        let norm = certified_upper_bound(kernel.view()) * overlap(&convolution);
        assert!((norm - 1.0).abs() < 1e-4, "the kernel's, times {}: {norm}", overlap(&convolution));
        assert!(convolution_upper_bound(&convolution, kernel.view()) <= 1.0 + 1e-4);
    }
    assert!(trainer.certificate(Metric::Sum, None).constant().unwrap() <= 1.0 + 1e-3);
}

#[test]
fn no_pair_moves_a_score_further_than_is_certified() {
    for constraint in
        [Constraint::None, Constraint::Orthonormal { every: 3 }, Constraint::Spectral { norm: 1.0 }]
    {
        for activation in [Activation::Relu, Activation::GroupSort] {
            let spec = TrainerSpec { activation, ..convolutional(constraint, "distance") };
            let mut trainer = Trainer::new(&spec).unwrap();
            let mut random = Random::new(6);
            run(&mut trainer, 30, &mut random);
            let constant = trainer.certificate(Metric::L2, None).constant().unwrap();
            let steepest = steepest(&mut trainer, &spec, &mut random);
            assert!(steepest <= constant, "{steepest} above {constant}, {constraint:?}");
            assert!(steepest > 0.02 * constant, "{steepest} far below {constant}, {constraint:?}");
        }
    }
}

/// The largest |f(a) - f(b)| / |a - b| over pairs of (x, y), near ones and far ones.
fn steepest(trainer: &mut Trainer, spec: &TrainerSpec, random: &mut Random) -> f64 {
    let mut largest = 0f64;
    for scale in [1.0, 0.1, 1e-2] {
        let (start, moves) = (views(spec, random), noise(spec, random));
        let end: Vec<Panels> = start
            .iter()
            .zip(&moves)
            .map(|(start, step)| {
                let mut end = start.clone();
                let pairs = end.as_mut_slice().iter_mut().zip(step.as_slice());
                pairs.for_each(|(value, step)| *value += scale * step);
                end
            })
            .collect();
        let scores = |trainer: &mut Trainer, batch: &[Panels]| -> Vec<f64> {
            let [g, h] = [(Side::X, &batch[0]), (Side::Y, &batch[1])].map(|(side, rows)| {
                let mut out = Panels::zeros(spec.batch, 6);
                trainer.embed(side, rows.view(), out.view_mut()).unwrap();
                out
            });
            let distance = |i| distance(&g, &h, i);
            let temperature = f64::from(spec.temperature);
            (0..spec.batch).map(|i| -distance(i) / temperature).collect()
        };
        let (before, after) = (scores(trainer, &start), scores(trainer, &end));
        for i in 0..spec.batch {
            let [dx, dy] = [0, 1].map(|side| distance(&start[side], &end[side], i));
            largest = largest.max((before[i] - after[i]).abs() / dx.hypot(dy));
        }
    }
    largest
}

fn distance(a: &Panels, b: &Panels, i: usize) -> f64 {
    (0..a.cols()).map(|k| f64::from(a.get(i, k) - b.get(i, k)).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn a_run_goes_on_bit_for_bit_and_an_export_exports_the_same_bits() {
    for (constraint, critic) in [
        (penalty(Sides::One, 1.0, 8), "separable"),
        (Constraint::Orthonormal { every: 4 }, "distance"),
        (Constraint::Spectral { norm: 0.9 }, "distance"),
    ] {
        let mut spec = convolutional(constraint, critic);
        // Patches that overlap twice: division by the overlap is exact.
        let bottom = spec.convolutions[0][0];
        spec.convolutions[0][0] = Convolution { kernel: 4, stride: 2, ..bottom };
        spec.convolutions[0].truncate(1);
        spec.convolutions[1].clear();
        let mut whole = Trainer::new(&spec).unwrap();
        let expected = run(&mut whole, 20, &mut Random::new(1));

        let mut data = Random::new(1);
        let mut first = Trainer::new(&spec).unwrap();
        let mut found = run(&mut first, 9, &mut data);
        let (state, counters) = (values(&mut first, Tensors::State), first.counters());
        let mut resumed = Trainer::new(&TrainerSpec { seed: 77, ..spec.clone() }).unwrap();
        resumed.restore(&state, counters).unwrap();
        found.extend(run(&mut resumed, 11, &mut data));
        assert_eq!(found, expected);
        assert_eq!(values(&mut resumed, Tensors::State), values(&mut whole, Tensors::State));

        let exported = values(&mut whole, Tensors::Export);
        let mut model = Trainer::new(&TrainerSpec { seed: 99, ..spec }).unwrap();
        model.import(&exported).unwrap();
        assert_eq!(values(&mut model, Tensors::Export), exported, "{constraint:?}");
    }
}

#[test]
fn kernels_have_pytorchs_shape() {
    let constraint = Constraint::Spectral { norm: 1.0 };
    let trainer = Trainer::new(&convolutional(constraint, "distance")).unwrap();
    let tensors = trainer.tensors(Tensors::State);
    let shape = |name: &str| &tensors.iter().find(|tensor| tensor.name == name).unwrap().shape[..];
    assert_eq!(shape("encoder.x.0.weight"), [4, 1, 3, 3]);
    assert_eq!(shape("encoder.y.1.weight"), [8, 4, 4, 4]);
    assert_eq!(shape("encoder.y.1.bias"), [8]);
    assert_eq!(shape("encoder.x.2.weight"), [6, 8 * 3 * 4]);
    assert_eq!(shape("lipschitz.encoder.x.0.weight"), [63 * 8]);
}

#[test]
fn refusals_name_what_does_not_fit() {
    let spec = || TrainerSpec {
        convolutions: [vec![first(2, 3, [4, 2, 1, 0])], Vec::new()],
        ..small_spec("cpc", "separable")
    };
    let refused = |spec: TrainerSpec| Trainer::new(&spec).err().unwrap().message;
    let message = refused(spec());
    assert!(message.contains("1 x 2 x 3 takes 6 numbers, found 5"), "{message}");
    let message = refused(TrainerSpec {
        x_widths: vec![6, 4, 3],
        activation: Activation::GroupSort,
        ..spec()
    });
    assert!(message.contains("multiple of 4, found 6"), "{message}");
    let mut bad = TrainerSpec { x_widths: vec![6, 3], ..spec() };
    bad.convolutions[0][0].kernel = 3;
    assert!(refused(bad).contains("c4k3s1p0 does not fit images of 1 x 2 x 3"));
    assert_eq!(spec().initialisation, Initialisation::Glorot);
}
