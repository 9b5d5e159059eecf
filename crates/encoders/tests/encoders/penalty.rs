//! The exact gradient of a penalty on a separable critic's input gradient, through both
//! encoders, against central differences of its float64 twin.

use crate::twin::{Twin, convolutional, dot, exported, normals, parameters, row, spec};
use kantorovich_encoders::{Activation, Encoder, EncoderSpec, InputGradient, Route, Tape};
use kantorovich_kernels::{Panels, Random, Share};
use proptest::prelude::*;

/// Both encoders of f(x, y) = g(x) . h(y), and points as row-major rows.
struct Case {
    specs: [EncoderSpec; 2],
    params: [Vec<f32>; 2],
    points: [Vec<f32>; 2],
    rows: usize,
    route: Route,
}

/// A penalty's value and norms, and its gradient for each encoder.
struct Outcome {
    value: f64,
    norms: Vec<f64>,
    gradients: [Vec<f32>; 2],
}

impl Case {
    /// `mean_k (n_k - 1)²`, by the crate's passes in the order in which a trainer calls them.
    fn run(&self) -> Outcome {
        let mut encoders = self.specs.clone().map(|spec| Encoder::new(spec).unwrap());
        let mut tapes = [0, 1].map(|side| Tape::new(&self.specs[side], self.rows));
        let mut passes =
            [0, 1].map(|side| InputGradient::new(&self.specs[side], self.rows, self.route));
        let x = [0, 1].map(|side| {
            Panels::from_row_major(self.rows, self.specs[side].input_width(), &self.points[side])
        });
        let mut gradients = [0, 1].map(|side| vec![0.0; self.params[side].len()]);
        for side in 0..2 {
            encoders[side].forward(&self.params[side], x[side].view(), &mut tapes[side]);
        }
        for side in 0..2 {
            let v = tapes[1 - side].output();
            encoders[side].first_gram(&self.params[side], &mut passes[side]);
            encoders[side].input_gradient(&self.params[side], &tapes[side], v, &mut passes[side]);
        }
        let norm = |k: usize| (passes[0].squared_norms()[k] + passes[1].squared_norms()[k]).sqrt();
        let norms: Vec<f64> = (0..self.rows).map(norm).collect();
        let slope = |n: &f64| if *n > 0.0 { 2.0 * (n - 1.0) / n / self.rows as f64 } else { 0.0 };
        let slopes: Vec<f32> = norms.iter().map(|n| slope(n) as f32).collect();
        for side in 0..2 {
            let (params, pass) = (&self.params[side], &mut passes[side]);
            encoders[side].penalty_tangents(params, &tapes[side], pass, &slopes);
            let gradient = &mut gradients[side];
            encoders[side].penalty_gradient(params, pass, &slopes, gradient, Share::WHOLE);
        }
        for side in 0..2 {
            // The gradient of v, which is the other encoder's embedding.
            let d_out = passes[1 - side].upstream();
            encoders[side].backward(
                &self.params[side],
                x[side].view(),
                &mut tapes[side],
                d_out,
                &mut gradients[side],
            );
        }
        let value = norms.iter().map(|n| (n - 1.0).powi(2)).sum::<f64>() / self.rows as f64;
        Outcome { value, norms, gradients }
    }

    /// The same value by the twins.
    fn value(&self, twins: [&Twin; 2]) -> f64 {
        let at = |k| {
            let [x, y] =
                [0, 1].map(|side| row(&self.points[side], self.specs[side].input_width(), k));
            let d_x = twins[0].input_gradient(&x, &twins[1].embed(&y));
            let d_y = twins[1].input_gradient(&y, &twins[0].embed(&x));
            ((dot(&d_x, &d_x) + dot(&d_y, &d_y)).sqrt() - 1.0).powi(2)
        };
        (0..self.rows).map(at).sum::<f64>() / self.rows as f64
    }
}

fn random_case(specs: [EncoderSpec; 2], rows: usize, route: Route, seed: u64) -> Case {
    let mut random = Random::new(seed);
    let params = [0, 1].map(|side| parameters(&specs[side], &mut random));
    let points = [0, 1].map(|side| normals(rows * specs[side].input_width(), &mut random));
    Case { specs, params, points, rows, route }
}

const ACTIVATIONS: [Activation; 4] =
    [Activation::Relu, Activation::LeakyRelu, Activation::MaxMin, Activation::GroupSort];

fn any_activation() -> impl Strategy<Value = Activation> {
    (0usize..4).prop_map(|i| ACTIVATIONS[i])
}

/// The value, and every parameter's gradient, against the twins'.
fn check(case: &Case) {
    let outcome = case.run();
    let twins = [0, 1].map(|side| Twin::new(&case.specs[side], &case.params[side]));
    let value = case.value([&twins[0], &twins[1]]);
    assert!((outcome.value - value).abs() < 1e-4 * (1.0 + value), "{} for {value}", outcome.value);
    let largest =
        outcome.gradients.iter().flatten().fold(1f64, |max, g| max.max(f64::from(g.abs())));
    for side in 0..2 {
        let layout = kantorovich_encoders::Layout::new(&case.specs[side]);
        let gradient = exported(&layout, &outcome.gradients[side]);
        twins[side].for_each_nudge(1e-6, |tensor, place, up, down| {
            let pair = |moved| if side == 0 { [moved, &twins[1]] } else { [&twins[0], moved] };
            let expected = (case.value(pair(up)) - case.value(pair(down))) / 2e-6;
            let found = gradient[tensor][place];
            assert!(
                (found - expected).abs() < 1e-3 * largest,
                "{found} for {expected} at {tensor}, {place} of {:?}",
                case.specs[side]
            );
        });
    }
}

#[test]
fn penalty_gradients_match_central_differences_at_every_depth_activation_and_kind_of_layer() {
    for (at, activation) in ACTIVATIONS.into_iter().enumerate() {
        for depth in 1..=4 {
            let dense = |input: usize| [vec![input], vec![4; depth - 1], vec![3]].concat();
            let specs = [5, 7].map(|input| spec(&dense(input), activation, true));
            check(&random_case(specs, 5, Route::Direct, at as u64));
            // One dense layer follows the convolutions, whose number is the depth here.
            let layers = [[4, 3, 2, 1], [8, 2, 1, 1], [4, 1, 1, 0], [4, 2, 2, 1]];
            let x = convolutional([2, 5, 7], true, &layers[..depth], &[3], activation, true);
            let y = convolutional([1, 5, 4], false, &layers[..depth], &[3], activation, false);
            check(&random_case([x, y], 3, Route::Direct, at as u64));
        }
    }
}

proptest! {
    #![proptest_config(crate::fixed_cases(40))]

    #[test]
    fn penalty_gradients_match_central_differences(
        activation in any_activation(), bias in any::<bool>(), gram in any::<bool>(),
        widths in (1usize..10, 1usize..10, 1usize..6), depth in 1usize..4, rows in 1usize..12, seed in 0u64..1000,
    ) {
        let (x_width, y_width, shared) = widths;
        let layers = |input: usize, hidden: usize| [vec![input], vec![hidden; depth - 1], vec![shared]].concat();
        let specs = [spec(&layers(x_width, 8), activation, bias), spec(&layers(y_width, 4), activation, bias)];
        let route = if gram { Route::Gram } else { Route::Direct };
        check(&random_case(specs, rows, route, seed));
    }

    #[test]
    fn both_routes_give_the_same_gradient(activation in any_activation(), rows in 1usize..70, seed in 0u64..100) {
        let specs = [spec(&[11, 8, 4, 5], activation, true), spec(&[7, 8, 5], activation, true)];
        let direct = random_case(specs.clone(), rows, Route::Direct, seed).run();
        let gram = random_case(specs, rows, Route::Gram, seed).run();
        for (one, two) in direct.norms.iter().zip(&gram.norms) {
            prop_assert!((one - two).abs() < 1e-4 * (1.0 + one));
        }
        let largest = direct.gradients.iter().flatten().fold(1f32, |max, g| max.max(g.abs()));
        for (one, two) in direct.gradients.iter().flatten().zip(gram.gradients.iter().flatten()) {
            prop_assert!((one - two).abs() < 1e-4 * largest);
        }
    }
}

/// An encoder of one dense layer with these row-major weights.
fn linear(weights: &[f32; 4]) -> (EncoderSpec, Vec<f32>) {
    let spec = spec(&[2, 2], Activation::Relu, false);
    let layout = kantorovich_encoders::Layout::new(&spec);
    let mut params = vec![0.0; layout.len()];
    layout.weight(0).import(weights, &mut params).unwrap();
    (spec, params)
}

#[test]
fn l6_b_norm_and_gradient_of_linear_encoders() {
    for route in [Route::Direct, Route::Gram] {
        let (g, g_params) = linear(&[1.0, 0.0, 0.0, 2.0]);
        let (h, h_params) = linear(&[0.0, 1.0, 1.0, 0.0]);
        let case = Case {
            specs: [g.clone(), h],
            params: [g_params, h_params],
            points: [vec![1.0, 0.0], vec![1.5, 1.75]],
            rows: 1,
            route,
        };
        let outcome = case.run();
        assert!((outcome.norms[0] - 3.61420807370024).abs() < 1e-5);
        assert!((outcome.value - 6.8340838525995204).abs() < 1e-4);
        let expected = [
            [5.876927992435258, 7.5947992517624865, 3.7973996258812432, 6.509827930082131],
            [3.7973996258812432, 5.876927992435258, 13.019655860164262, 15.189598503524973],
        ];
        let layout = kantorovich_encoders::Layout::new(&g);
        for (gradient, expected) in outcome.gradients.iter().zip(expected) {
            let mut found = [0.0; 4];
            layout.weight(0).export(gradient, &mut found).unwrap();
            for (found, expected) in found.iter().zip(expected) {
                assert!(
                    (f64::from(*found) / expected - 1.0).abs() < 1e-5,
                    "{found} for {expected}"
                );
            }
        }
    }
}

#[test]
fn l7_a_flat_critic_has_a_penalty_and_no_gradient() {
    for (hidden, bias) in [(None, 0.0), (None, -1.0), (Some(2), -1.0), (Some(2), 0.0)] {
        let widths: Vec<usize> = [Some(3), hidden, Some(2)].into_iter().flatten().collect();
        let spec = spec(&widths, Activation::Relu, true);
        let layout = kantorovich_encoders::Layout::new(&spec);
        let mut params = vec![0.0; layout.len()];
        let first = layout.bias(0).unwrap();
        first.import(&vec![bias; first.rows], &mut params).unwrap();
        for route in [Route::Direct, Route::Gram] {
            let case = Case {
                specs: [spec.clone(), spec.clone()],
                params: [params.clone(), params.clone()],
                points: [vec![1.0; 15], vec![-2.0; 15]],
                rows: 5,
                route,
            };
            let outcome = case.run();
            assert_eq!(outcome.value, 1.0);
            assert!(outcome.gradients.iter().flatten().all(|value| *value == 0.0));
        }
    }
}

#[test]
fn the_cheapest_route_follows_the_points() {
    let spec = spec(&[1764, 256, 256, 64], Activation::Relu, true);
    assert_eq!(Route::cheapest(&spec, 16), Route::Direct);
    assert_eq!(Route::cheapest(&spec, 512), Route::Gram);
}
