//! Each critic's derivatives against central differences of its score in f64.

use super::*;
use kantorovich_kernels::{Panels, Random, panel_len};
use proptest::prelude::*;

const CRITICS: [&str; 5] = ["separable", "bilinear", "cosine", "distance", "squared-distance"];

fn draw(rows: usize, cols: usize, random: &mut Random) -> Panels {
    let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
    Panels::from_row_major(rows, cols, &values)
}

fn row(a: &Panels, i: usize) -> Vec<f64> {
    (0..a.cols()).map(|k| f64::from(a.get(i, k))).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A critic's weights (dim g x dim h, empty without any) and temperature, in f64.
#[derive(Clone)]
struct Naive<'a> {
    name: &'a str,
    weights: Vec<f64>,
    temperature: f64,
}

impl Naive<'_> {
    fn score(&self, g: &[f64], h: &[f64]) -> f64 {
        let square: f64 = g.iter().zip(h).map(|(a, b)| (a - b).powi(2)).sum();
        let value = match self.name {
            "separable" => dot(g, h),
            "bilinear" => self.weights.chunks(h.len()).zip(g).map(|(w, g)| g * dot(w, h)).sum(),
            "cosine" => dot(g, h) / (dot(g, g) * dot(h, h)).sqrt(),
            "distance" => -square.sqrt(),
            _ => -square,
        };
        value / self.temperature
    }

    /// v at one point, by central differences.
    fn gradient(&self, g: &[f64], h: &[f64]) -> [Vec<f64>; 2] {
        let moved = |side: usize, k: usize, by: f64| {
            let mut both = [g.to_vec(), h.to_vec()];
            both[side][k] += by;
            self.score(&both[0], &both[1])
        };
        [(0, g.len()), (1, h.len())].map(|(side, width)| {
            (0..width).map(|k| (moved(side, k, 1e-5) - moved(side, k, -1e-5)) / 2e-5).collect()
        })
    }

    /// `<u, v>` at one point.
    fn along(&self, g: &[f64], h: &[f64], u: &[Vec<f64>; 2]) -> f64 {
        let v = self.gradient(g, h);
        dot(&u[0], &v[0]) + dot(&u[1], &v[1])
    }
}

fn check(name: &str, points: usize, widths: [usize; 2], seed: u64) {
    let mut random = Random::new(seed);
    let weights = if name == "bilinear" { widths } else { [0, 0] };
    let w = draw(weights[0], weights[1], &mut random);
    let temperature = 0.5f32;
    let parameters: Vec<f32> = w.as_slice().iter().copied().chain([temperature]).collect();
    let naive = Naive {
        name,
        weights: (0..weights[0]).flat_map(|i| row(&w, i)).collect(),
        temperature: f64::from(temperature),
    };
    let [g, h] = widths.map(|width| draw(points, width, &mut random));
    let u = widths.map(|width| draw(points, width, &mut random));
    let [mut v, mut d] = [(); 2].map(|()| widths.map(|width| Panels::zeros(points, width)));
    let mut d_weights = vec![0.0; panel_len(weights[0], weights[1])];
    let mut critic = build(name, &[], widths, points).unwrap();
    let embeddings = [g.view(), h.view()];
    critic.differentiate(&parameters, embeddings, v.each_mut().map(Panels::view_mut));
    let d_views = d.each_mut().map(Panels::view_mut);
    critic.backward(&parameters, embeddings, [u[0].view(), u[1].view()], d_views, &mut d_weights);
    let close = |found: f32, right: f64, scale: f64, what: &str| {
        let gap = (f64::from(found) - right).abs();
        assert!(gap <= 2e-3 * (1.0 + scale), "{name} {what}: {found} against {right}");
    };
    for k in 0..points {
        let (g, h) = (row(&g, k), row(&h, k));
        let u = [row(&u[0], k), row(&u[1], k)];
        let right = naive.gradient(&g, &h);
        // Curvature grows without bound where embeddings meet or vanish.
        let near = [dot(&g, &g), dot(&h, &h), g.iter().zip(&h).map(|(a, b)| (a - b).powi(2)).sum()];
        if near.into_iter().any(|square| square < 0.05) {
            continue;
        }
        for side in 0..2 {
            for c in 0..widths[side] {
                close(v[side].get(k, c), right[side][c], right[side][c].abs(), "v");
                let moved = |by: f64| {
                    let mut both = [g.clone(), h.clone()];
                    both[side][c] += by;
                    naive.along(&both[0], &both[1], &u)
                };
                let slope = (moved(1e-4) - moved(-1e-4)) / 2e-4;
                close(d[side].get(k, c), slope, slope.abs(), "curvature");
            }
        }
    }
    let d_w = PanelsRef::new(weights[0], weights[1], &d_weights);
    for i in 0..weights[0] {
        for j in 0..weights[1] {
            let moved = |by: f64| -> f64 {
                let mut other = naive.clone();
                other.weights[i * weights[1] + j] += by;
                let at = |k| other.along(&row(&g, k), &row(&h, k), &[row(&u[0], k), row(&u[1], k)]);
                (0..points).map(at).sum()
            };
            let slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
            close(d_w.get(i, j), slope, slope.abs(), "weights");
        }
    }
}

proptest! {
    #[test]
    fn derivatives_are_those_of_central_differences(
        points in 1usize..20, width in 1usize..9, other in 1usize..9, seed in 0u64..1000,
    ) {
        for name in CRITICS {
            check(name, points, [width, if name == "bilinear" { other } else { width }], seed);
        }
    }
}

#[test]
fn coinciding_and_zero_embeddings_have_no_gradient() {
    for name in ["distance", "cosine"] {
        let zero = Panels::zeros(2, 3);
        let u = Panels::from_row_major(2, 3, &[1.0; 6]);
        let mut out = [(); 2].map(|()| Panels::zeros(2, 3));
        let mut critic = build(name, &[], [3, 3], 2).unwrap();
        let both = [zero.view(), zero.view()];
        critic.differentiate(&[0.5], both, out.each_mut().map(Panels::view_mut));
        assert!(out.iter().all(|v| v.as_slice().iter().all(|value| *value == 0.0)), "{name}");
        let views = out.each_mut().map(Panels::view_mut);
        critic.backward(&[0.5], both, [u.view(), u.view()], views, &mut []);
        assert!(out.iter().all(|d| d.as_slice().iter().all(|value| *value == 0.0)), "{name}");
    }
}

#[test]
fn an_unknown_critic_is_named() {
    let Err(error) = build("euclid", &[], [2, 2], 1) else { panic!("built") };
    assert!(error.message.contains("euclid"));
}

/// A perceptron's tensors in f64, row-major: weights and biases by turns.
#[derive(Clone)]
struct Perceptron {
    layers: Vec<(usize, Vec<f64>, Vec<f64>)>,
    temperature: f64,
}

impl Perceptron {
    fn random(hidden: &[usize], inputs: usize, random: &mut Random) -> Self {
        let mut inputs = inputs;
        let mut layers = Vec::new();
        for outputs in hidden.iter().copied().chain([1]) {
            let mut numbers =
                |count: usize| (0..count).map(|_| f64::from(random.normal())).collect::<Vec<_>>();
            layers.push((inputs, numbers(outputs * inputs), numbers(outputs)));
            inputs = outputs;
        }
        Self { layers, temperature: 0.5 }
    }

    fn parameters(&self) -> Vec<f32> {
        let mut all = Vec::new();
        for (inputs, weight, bias) in &self.layers {
            let singles = |values: &[f64]| values.iter().map(|x| *x as f32).collect::<Vec<_>>();
            let rows = bias.len();
            all.extend_from_slice(
                Panels::from_row_major(rows, *inputs, &singles(weight)).as_slice(),
            );
            all.extend_from_slice(Panels::from_row_major(rows, 1, &singles(bias)).as_slice());
        }
        all.push(self.temperature as f32);
        all
    }

    fn score(&self, g: &[f64], h: &[f64]) -> f64 {
        let mut z = [g, h].concat();
        for (at, (inputs, weight, bias)) in self.layers.iter().enumerate() {
            let last = at + 1 == self.layers.len();
            let rows = weight.chunks(*inputs).zip(bias);
            z = rows
                .map(|(row, bias)| dot(row, &z) + bias)
                .map(|x| if last { x } else { x.max(0.0) })
                .collect();
        }
        z[0] / self.temperature
    }

    /// <u, v> at one point: the slope of the score along u, with the pattern of units held.
    fn along(&self, g: &[f64], h: &[f64], u: &[Vec<f64>; 2]) -> f64 {
        let (mut z, mut t) = ([g, h].concat(), u.concat());
        for (at, (inputs, weight, bias)) in self.layers.iter().enumerate() {
            let last = at + 1 == self.layers.len();
            t = weight.chunks(*inputs).map(|row| dot(row, &t)).collect();
            z = weight.chunks(*inputs).zip(bias).map(|(row, bias)| dot(row, &z) + bias).collect();
            for (z, t) in z.iter_mut().zip(&mut t).filter(|(z, _)| !last && **z <= 0.0) {
                (*z, *t) = (0.0, 0.0);
            }
        }
        t[0] / self.temperature
    }
}

proptest! {
    #[test]
    fn a_joint_critics_derivatives_are_those_of_central_differences(
        points in 1usize..20, width in 1usize..9, other in 1usize..9,
        hidden in prop::collection::vec(1usize..12, 1..4), seed in 0u64..1000,
    ) {
        let mut random = Random::new(seed);
        let naive = Perceptron::random(&hidden, width + other, &mut random);
        let parameters = naive.parameters();
        let widths = [width, other];
        let [g, h] = widths.map(|width| draw(points, width, &mut random));
        let u = widths.map(|width| draw(points, width, &mut random));
        let [mut v, mut d] = [(); 2].map(|()| widths.map(|width| Panels::zeros(points, width)));
        let mut critic = build("joint", &hidden, widths, points).unwrap();
        let embeddings = [g.view(), h.view()];
        critic.differentiate(&parameters, embeddings, v.each_mut().map(Panels::view_mut));
        let mut d_weights = vec![0.0; parameters.len() - 1];
        let d_views = d.each_mut().map(Panels::view_mut);
        critic.backward(&parameters, embeddings, [u[0].view(), u[1].view()], d_views, &mut d_weights);
        for k in 0..points {
            let (g, h) = (row(&g, k), row(&h, k));
            for side in 0..2 {
                for c in 0..widths[side] {
                    let mut unit = [vec![0.0; width], vec![0.0; other]];
                    unit[side][c] = 1.0;
                    let right = naive.along(&g, &h, &unit);
                    let at = |by: f64| {
                        let mut both = [g.clone(), h.clone()];
                        both[side][c] += by;
                        naive.score(&both[0], &both[1])
                    };
                    let (low, high) = ((at(0.0) - at(-1e-6)) / 1e-6, (at(1e-6) - at(0.0)) / 1e-6);
                    // No kink between the two: the slope is the score's own.
                    if (low - high).abs() < 1e-6 {
                        prop_assert!((low - right).abs() < 1e-5 * (1.0 + right.abs()), "{low} and {right}");
                    }
                    let found = f64::from(v[side].get(k, c));
                    prop_assert!((found - right).abs() <= 1e-4 * (1.0 + right.abs()), "v: {found} and {right}");
                    prop_assert_eq!(d[side].get(k, c), 0.0);
                }
            }
        }
        // None where a kink lies between: the sums are linear in a weight elsewhere.
        let slope = |move_by: &dyn Fn(&mut Perceptron, f64)| -> Option<f64> {
            let at = |by: f64| -> f64 {
                let mut other = naive.clone();
                move_by(&mut other, by);
                let along = |k| other.along(&row(&g, k), &row(&h, k), &[row(&u[0], k), row(&u[1], k)]);
                (0..points).map(along).sum()
            };
            let (low, middle, high) = (at(-1e-5), at(0.0), at(1e-5));
            let is_straight = (low + high - 2.0 * middle).abs() < 1e-10 * (1.0 + middle.abs());
            is_straight.then_some((high - low) / 2e-5)
        };
        let mut offset = 0;
        for (l, (inputs, weight, bias)) in naive.layers.iter().enumerate() {
            let length = panel_len(bias.len(), *inputs);
            let found = PanelsRef::new(bias.len(), *inputs, &d_weights[offset..offset + length]);
            for at in 0..weight.len() {
                let Some(right) = slope(&|other, by| other.layers[l].1[at] += by) else { continue };
                let found = f64::from(found.get(at / inputs, at % inputs));
                prop_assert!((found - right).abs() <= 2e-4 * (1.0 + right.abs()), "layer {l}: {found} and {right}");
            }
            offset += length;
            let biases = &d_weights[offset..offset + panel_len(bias.len(), 1)];
            prop_assert!(biases.iter().all(|d| *d == 0.0));
            offset += biases.len();
        }
    }
}
