//! Every critic with every objective against a float64 twin and its central differences.

use kantorovich_kernels::{Error, Panels, PanelsRef, Random};
use kantorovich_objectives::critics::{CriticSpec, parameter_count, tensors};
use kantorovich_objectives::{Gradients, Loss, LossSpec, ObjectiveOptions, Pairs};
use proptest::prelude::*;

const CRITICS: [&str; 6] =
    ["separable", "bilinear", "cosine", "distance", "squared-distance", "joint"];
/// The joint critic's hidden layers unless a test has others.
const HIDDEN: [usize; 2] = [5, 3];
const OBJECTIVES: [&str; 10] =
    ["cpc", "cpc-symmetric", "wdm", "wdm-all", "nwj", "dv", "jsd", "smile", "rpc", "flo"];
/// Numbers with which every term of SMILE and RPC counts, and some scores are clipped.
const OPTIONS: ObjectiveOptions =
    ObjectiveOptions { clip: 0.4, alpha: 0.75, beta: 0.125, gamma: 0.5 };

/// A problem in float64, row-major.
#[derive(Clone)]
struct Problem {
    n: usize,
    m: usize,
    d: usize,
    g: Vec<f64>,
    h: Vec<f64>,
    /// The hidden layers of a joint critic.
    hidden: Vec<usize>,
    /// The critic's tensors row-major, one after another: W, or weights and biases by turns.
    w: Vec<f64>,
    tau: f64,
    /// `weight[i][j]`: None off, Some(w) positive.
    positives: Vec<Vec<Option<f64>>>,
    excluded: Vec<Vec<bool>>,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Problem {
    fn score(&self, critic: &str, i: usize, j: usize) -> f64 {
        let (g, h) = (&self.g[i * self.d..][..self.d], &self.h[j * self.d..][..self.d]);
        let square: f64 = g.iter().zip(h).map(|(a, b)| (a - b).powi(2)).sum();
        let value = match critic {
            "separable" => dot(g, h),
            "bilinear" => (0..self.d).map(|k| g[k] * dot(&self.w[k * self.d..][..self.d], h)).sum(),
            "joint" => self.perceptron(&[g, h].concat()),
            "cosine" => dot(g, h) / (dot(g, g) * dot(h, h)).sqrt(),
            "distance" => -square.sqrt(),
            _ => -square,
        };
        value / self.tau
    }

    fn perceptron(&self, input: &[f64]) -> f64 {
        let (mut z, mut rest) = (input.to_vec(), &self.w[..]);
        for (at, outputs) in self.hidden.iter().chain(&[1]).enumerate() {
            let (weight, after) = rest.split_at(outputs * z.len());
            let (bias, after) = after.split_at(*outputs);
            rest = after;
            let rectified = |x: f64| if at < self.hidden.len() { x.max(0.0) } else { x };
            let rows = weight.chunks(z.len()).zip(bias);
            z = rows.map(|(row, bias)| rectified(dot(row, &z) + bias)).collect();
        }
        z[0]
    }

    fn critic<'a>(&'a self, name: &'a str) -> CriticSpec<'a> {
        CriticSpec { name, hidden: if name == "joint" { &self.hidden } else { &[] } }
    }

    /// What is climbed, and what is reported.
    fn values(&self, critic: &str, objective: &str) -> (f64, f64) {
        let s: Vec<Vec<f64>> =
            (0..self.n).map(|i| (0..self.m).map(|j| self.score(critic, i, j)).collect()).collect();
        let positive = |i: usize| -> f64 {
            (0..self.m).map(|j| self.positives[i][j].unwrap_or(0.0) * s[i][j]).sum()
        };
        let positives = (0..self.n).map(positive).sum::<f64>() / self.n as f64;
        let kept = |i: usize| (0..self.m).filter(move |j| !self.excluded[i][*j]);
        let off: Vec<f64> = (0..self.n)
            .flat_map(|i| {
                kept(i).filter(move |j| self.positives[i][*j].is_none()).map(move |j| (i, j))
            })
            .map(|(i, j)| s[i][j])
            .collect();
        let mean_off =
            |f: &dyn Fn(f64) -> f64| off.iter().map(|x| f(*x)).sum::<f64>() / off.len() as f64;
        let rows = || {
            let normaliser = |i: usize| {
                (kept(i).map(|j| s[i][j].exp()).sum::<f64>() / kept(i).count() as f64).ln()
            };
            positives - (0..self.n).map(normaliser).sum::<f64>() / self.n as f64
        };
        let mean_joint = |f: &dyn Fn(f64) -> f64| {
            let row = |i: usize| {
                (0..self.m).map(|j| self.positives[i][j].unwrap_or(0.0) * f(s[i][j])).sum::<f64>()
            };
            (0..self.n).map(row).sum::<f64>() / self.n as f64
        };
        let softplus = |x: f64| x.exp().ln_1p();
        let ObjectiveOptions { clip, alpha, beta, gamma } = OPTIONS;
        let jensen_shannon = || mean_joint(&|x| -softplus(-x)) - mean_off(&softplus);
        let climbed = match objective {
            "jsd" | "smile" => jensen_shannon(),
            "rpc" => {
                mean_joint(&|x| x - 0.5 * beta * x * x)
                    - mean_off(&|x| alpha * x + 0.5 * gamma * x * x)
            }
            "flo" => {
                let row = |i: usize| {
                    let off: Vec<f64> = kept(i)
                        .filter(|j| self.positives[i][*j].is_none())
                        .map(|j| s[i][j].exp())
                        .collect();
                    positive(i) - (off.iter().sum::<f64>() / off.len() as f64).ln()
                };
                (0..self.n).map(row).sum::<f64>() / self.n as f64
            }
            "cpc" => rows(),
            "cpc-symmetric" => 0.5 * (rows() + self.columns(&s)),
            "wdm" => positives - mean_off(&|x| x),
            "wdm-all" => {
                let mean =
                    |i: usize| kept(i).map(|j| s[i][j]).sum::<f64>() / kept(i).count() as f64;
                positives - (0..self.n).map(mean).sum::<f64>() / self.n as f64
            }
            "nwj" => positives - mean_off(&|x| (x - 1.0).exp()),
            _ => positives - mean_off(&|x| x.exp()).ln(),
        };
        let reported = match objective {
            "jsd" => 1.0 + positives - mean_off(&|x| x.exp()),
            "smile" => positives - mean_off(&|x| x.clamp(-clip, clip).exp()).ln(),
            "rpc" => {
                mean_joint(&|x| ((gamma * x + alpha).max(1e-4) / (1.0 - beta * x).max(1e-4)).ln())
            }
            _ => climbed,
        };
        (climbed, reported)
    }

    fn columns(&self, s: &[Vec<f64>]) -> f64 {
        let value = |j: usize| {
            let total: f64 = (0..self.n).filter_map(|i| self.positives[i][j]).sum();
            let kept = || (0..self.n).filter(|i| !self.excluded[*i][j]);
            let positive: f64 =
                kept().map(|i| self.positives[i][j].unwrap_or(0.0) / total * s[i][j]).sum();
            let mean = kept().map(|i| s[i][j].exp()).sum::<f64>() / kept().count() as f64;
            (total > 0.0).then(|| positive - mean.ln())
        };
        let values: Vec<f64> = (0..self.m).filter_map(value).collect();
        values.iter().sum::<f64>() / values.len() as f64
    }

    fn central_difference(
        &self,
        critic: &str,
        objective: &str,
        pick: impl Fn(&mut Self) -> &mut f64,
    ) -> f64 {
        let at = |step: f64| {
            let mut moved = self.clone();
            *pick(&mut moved) += step;
            moved.values(critic, objective).0
        };
        // So short that the joint critic hardly ever bends between the two.
        (at(1e-7) - at(-1e-7)) / 2e-7
    }

    fn random(n: usize, extra: usize, d: usize, several: bool, seed: u64) -> (Self, Pairs) {
        let m = n + extra;
        let mut random = Random::new(seed);
        let mut draw = |count: usize| -> Vec<f64> {
            (0..count).map(|_| 0.5 * random.normal() as f64).collect()
        };
        let (g, h) = (draw(n * d), draw(m * d));
        // As many numbers as the largest critic of a test may ask for.
        let w = draw(2000 + 200 * d);
        let ids: Vec<u32> = (0..m as u32).map(|j| if several { j % 5 } else { j }).collect();
        let (mut offsets, mut indices, mut weights) = (vec![0u32], Vec::new(), Vec::new());
        for i in 0..n {
            let count = if several && m > i + 1 { 2 } else { 1 };
            indices.extend((i..i + count).map(|j| j as u32));
            weights.extend([1.0f32, 3.0].iter().take(count));
            offsets.push(indices.len() as u32);
        }
        let pairs = Pairs::listed(m, &offsets, &indices, Some(&weights)).unwrap();
        let pairs = pairs.with_candidate_ids(&ids).unwrap();
        let mut positives = vec![vec![None; m]; n];
        let mut excluded = vec![vec![false; m]; n];
        for i in 0..n {
            let row = || offsets[i] as usize..offsets[i + 1] as usize;
            let total: f32 = weights[row()].iter().sum();
            row().for_each(|at| {
                positives[i][indices[at] as usize] = Some((weights[at] / total) as f64)
            });
            for j in 0..m {
                let same_id = row().any(|at| ids[indices[at] as usize] == ids[j]);
                excluded[i][j] = same_id && positives[i][j].is_none();
            }
        }
        (Self { n, m, d, g, h, hidden: HIDDEN.to_vec(), w, tau: 0.75, positives, excluded }, pairs)
    }

    fn parameters(&self, critic: &str) -> Vec<f32> {
        let (mut parameters, mut rest) = (Vec::new(), &self.w[..]);
        for tensor in tensors(self.critic(critic), self.d, self.d).unwrap() {
            let (own, after) = rest.split_at(tensor.rows * tensor.cols);
            rest = after;
            parameters.extend_from_slice(panels(tensor.rows, tensor.cols, own).as_slice());
        }
        parameters.push(self.tau as f32);
        parameters
    }
}

fn panels(rows: usize, cols: usize, values: &[f64]) -> Panels {
    Panels::from_row_major(rows, cols, &values.iter().map(|x| *x as f32).collect::<Vec<_>>())
}

fn assert_close(found: f32, right: f64, what: &str) {
    assert!(
        (found as f64 - right).abs() <= 2e-4 * (1.0 + right.abs()),
        "{what}: {found} against {right}"
    );
}

/// A loss over embeddings of one size.
fn loss(
    objective: &str,
    critic: CriticSpec<'_>,
    dim: usize,
    gradients: Gradients,
    pairs: Pairs,
) -> Result<Loss, Error> {
    let (query_dim, candidate_dim, options) = (dim, dim, OPTIONS);
    let spec = LossSpec { objective, options, critic, query_dim, candidate_dim, gradients };
    Loss::new(&spec, pairs)
}

/// A critic without hidden layers.
fn plain(name: &str) -> CriticSpec<'_> {
    CriticSpec { name, hidden: &[] }
}

fn check(critic: &str, objective: &str, problem: &Problem, pairs: Pairs) {
    let d = problem.d;
    let mut loss = loss(objective, problem.critic(critic), d, Gradients::All, pairs).unwrap();
    let (g, h) = (panels(problem.n, d, &problem.g), panels(problem.m, d, &problem.h));
    let parameters = problem.parameters(critic);
    let value = loss.evaluate(g.view(), h.view(), &parameters).unwrap();
    let what = |part: &str| format!("{critic} {objective} {part}");
    let (climbed, reported) = problem.values(critic, objective);
    assert_close(value as f32, reported, &what("value"));
    assert_close(loss.surrogate() as f32, climbed, &what("surrogate"));
    for i in 0..problem.n.min(3) {
        for k in 0..d.min(3) {
            let right = problem.central_difference(critic, objective, |p| &mut p.g[i * d + k]);
            assert_close(loss.d_queries().get(i, k), right, &what("dX"));
        }
    }
    for j in (0..problem.m).rev().take(3).chain(0..1) {
        let right = problem.central_difference(critic, objective, |p| &mut p.h[j * d]);
        assert_close(loss.d_candidates().get(j, 0), right, &what("dY"));
    }
    let by_tau = problem.central_difference(critic, objective, |p| &mut p.tau);
    assert_close(loss.d_parameters()[parameters.len() - 1], by_tau, &what("d temperature"));
    let (mut at, mut from) = (0, 0);
    for tensor in tensors(problem.critic(critic), d, d).unwrap() {
        let (rows, cols) = (tensor.rows, tensor.cols);
        let found = PanelsRef::new(rows, cols, &loss.d_parameters()[from..from + tensor.len()]);
        for (i, k) in [(0, 0), (rows - 1, cols - 1), (rows / 2, cols / 3)] {
            let right =
                problem.central_difference(critic, objective, |p| &mut p.w[at + i * cols + k]);
            assert_close(found.get(i, k), right, &what(&tensor.name));
        }
        (at, from) = (at + rows * cols, from + tensor.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn gradients_match_central_differences(n in 2usize..20, extra in 0usize..12, d in 1usize..12, several: bool, seed in 0u64..1000) {
        for critic in CRITICS {
            for objective in OBJECTIVES {
                // Off pairs must remain: five ids leave some in every row of six candidates.
                let (problem, pairs) = Problem::random(n, extra + 4, d, several, seed);
                check(critic, objective, &problem, pairs);
            }
        }
    }
}

#[test]
fn several_blocks_of_rows_give_what_one_would() {
    for critic in CRITICS {
        for objective in OBJECTIVES {
            let (problem, pairs) = Problem::random(131, 6, 5, true, 3);
            check(critic, objective, &problem, pairs);
        }
    }
}

#[test]
fn a_symmetric_gradient_holds_where_exponentials_are_shared_and_where_they_are_not() {
    for bound in [55.0, 59.9, 60.1, 200.0] {
        let (mut problem, pairs) = Problem::random(21, 6, 7, true, 5);
        let largest = |values: &[f64]| {
            values
                .chunks(7)
                .map(|row| row.iter().map(|x| x * x).sum::<f64>().sqrt())
                .fold(0.0, f64::max)
        };
        let factor = bound * problem.tau / (largest(&problem.g) * largest(&problem.h));
        problem.g.iter_mut().for_each(|x| *x = (*x * factor) as f32 as f64);
        problem.h.iter_mut().for_each(|x| *x = *x as f32 as f64);
        check("separable", "cpc-symmetric", &problem, pairs);
    }
}

#[test]
fn o4_a_single_pair_has_no_information_and_off_objectives_refuse_it() {
    for objective in OBJECTIVES {
        match loss(objective, plain("separable"), 2, Gradients::All, Pairs::diagonal(1, 1).unwrap())
        {
            Ok(mut loss) => {
                let (g, h) = (panels(1, 2, &[1.0, 2.0]), panels(1, 2, &[0.5, -1.0]));
                assert_eq!(loss.evaluate(g.view(), h.view(), &[1.0]).unwrap(), 0.0, "{objective}");
                assert!(loss.d_queries().as_slice().iter().all(|x| *x == 0.0), "{objective}");
                assert!(loss.d_candidates().as_slice().iter().all(|x| *x == 0.0), "{objective}");
            }
            Err(error) => assert!(error.message.contains("at least 2 pairs"), "{}", error.message),
        }
    }
}

#[test]
fn queries_only_gives_the_same_derivative_and_value_only_the_same_value() {
    for critic in CRITICS {
        for objective in OBJECTIVES {
            let (problem, pairs) = Problem::random(9, 5, 3, false, 4);
            let (g, h) = (panels(9, 3, &problem.g), panels(14, 3, &problem.h));
            let run = |gradients: Gradients| {
                let critic_spec = problem.critic(critic);
                let mut loss = loss(objective, critic_spec, 3, gradients, pairs.clone()).unwrap();
                let value = loss.evaluate(g.view(), h.view(), &problem.parameters(critic)).unwrap();
                (value, loss.d_queries().as_slice().to_vec())
            };
            let all = run(Gradients::All);
            assert_eq!(all, run(Gradients::Queries), "{critic} {objective}");
            assert_eq!(all.0, run(Gradients::None).0, "{critic} {objective}");
        }
    }
}

#[test]
fn a_sure_symmetric_softmax_keeps_the_digits_of_its_gradient() {
    for gap in [10.0f32, 14.0, 20.0] {
        let g = Panels::from_row_major(2, 2, &[10.0, 0.0, 0.0, 10.0]);
        let h = Panels::from_row_major(2, 2, &[10.0, 10.0 - gap / 10.0, 10.0 - gap / 10.0, 10.0]);
        let run = |objective: &str| {
            let pairs = Pairs::diagonal(2, 2).unwrap();
            let mut loss = loss(objective, plain("separable"), 2, Gradients::All, pairs).unwrap();
            loss.evaluate(g.view(), h.view(), &[1.0]).unwrap();
            loss.d_queries().get(0, 0)
        };
        let (one_way, symmetric) = (run("cpc"), run("cpc-symmetric"));
        assert!(
            (symmetric / one_way - 1.0).abs() < 1e-3,
            "gap {gap}: {symmetric} against {one_way}"
        );
    }
}

#[test]
fn options_out_of_range_are_refused_with_what_was_given() {
    let refused = |objective: &str, options: ObjectiveOptions, what: &str| {
        let gradients = Gradients::All;
        let (critic, query_dim, candidate_dim) = (plain("separable"), 2, 2);
        let spec = LossSpec { objective, options, critic, query_dim, candidate_dim, gradients };
        let message = match Loss::new(&spec, Pairs::diagonal(3, 3).unwrap()) {
            Ok(_) => "accepted".to_string(),
            Err(error) => error.message,
        };
        assert!(message.contains(what), "{objective}: {message}");
    };
    for clip in [0.0, -1.0, 81.0, f64::NAN, f64::INFINITY] {
        refused("smile", ObjectiveOptions { clip, ..OPTIONS }, "above 0 and at most 80, got");
    }
    for bad in [-0.5, f64::NAN, f64::INFINITY] {
        refused("rpc", ObjectiveOptions { alpha: bad, ..OPTIONS }, "rpc needs alpha and beta");
        refused("rpc", ObjectiveOptions { beta: bad, ..OPTIONS }, "rpc needs alpha and beta");
        refused("rpc", ObjectiveOptions { gamma: bad, ..OPTIONS }, "a gamma above 0, got");
    }
    refused("rpc", ObjectiveOptions { gamma: 0.0, ..OPTIONS }, "got 0.75, 0.125 and 0");
}

#[test]
fn a_row_without_a_mismatched_candidate_has_no_part_in_flo() {
    let ids = [1, 1, 2];
    let pairs = Pairs::listed(3, &[0, 2, 3], &[0, 2, 1], None).unwrap();
    let pairs = pairs.with_candidate_ids(&ids).unwrap();
    let mut loss = loss("flo", plain("separable"), 1, Gradients::All, pairs).unwrap();
    let (g, h) = (panels(2, 1, &[1.0, 2.0]), panels(3, 1, &[0.5, 0.25, -1.0]));
    // Candidate 1 shares an id with a positive of query 0, candidate 2 is its other positive.
    let value = loss.evaluate(g.view(), h.view(), &[1.0]).unwrap();
    assert_close(value as f32, 0.5 + 2.0, "the value of query 1 alone");
    assert_eq!(loss.d_queries().get(0, 0), 0.0);
    assert_close(loss.d_queries().get(1, 0), 0.25 + 1.0, "the derivative by query 1");
}

#[test]
fn a_joint_critic_of_any_depth_over_several_tiles_and_blocks_is_its_twin() {
    // Of 66 x 316 pairs in 110 units more is computed than is held.
    let cases: [(usize, usize, &[usize]); 4] =
        [(3, 5, &[1]), (9, 70, &[7]), (70, 20, &[9, 4, 11]), (66, 250, &[100, 10])];
    for (n, extra, hidden) in cases {
        let (mut problem, pairs) = Problem::random(n, extra, 3, false, 8);
        // Weights of the size that keeps a unit's input as it is.
        problem.w.iter_mut().for_each(|w| *w *= 2.0 / (hidden[0] as f64).sqrt());
        problem.hidden = hidden.to_vec();
        for objective in ["cpc", "cpc-symmetric", "wdm"] {
            check("joint", objective, &problem, pairs.clone());
        }
    }
}

#[test]
fn a_joint_critic_takes_embeddings_of_two_sizes_and_new_weights_for_candidates_that_stay() {
    let hidden = [4, 3];
    let critic = CriticSpec { name: "joint", hidden: &hidden };
    let (query_dim, candidate_dim, options, gradients) = (2, 5, OPTIONS, Gradients::All);
    let spec = LossSpec { objective: "nwj", options, critic, query_dim, candidate_dim, gradients };
    let mut loss = Loss::new(&spec, Pairs::diagonal(3, 4).unwrap()).unwrap();
    let mut random = Random::new(9);
    let mut draw =
        |count: usize| -> Vec<f64> { (0..count).map(|_| random.normal() as f64).collect() };
    let (g, h) = (panels(3, 2, &draw(6)), panels(4, 5, &draw(20)));
    let count = parameter_count(critic, 2, 5).unwrap();
    let parameters = |factor: f64, draw: &[f64]| -> Vec<f32> {
        let mut all: Vec<f32> = draw.iter().map(|x| (factor * x) as f32).collect();
        // Padding of panels is zero.
        let mut at = 0;
        for tensor in tensors(critic, 2, 5).unwrap() {
            let rows: Vec<f32> = all[at..at + tensor.rows * tensor.cols].to_vec();
            let own = Panels::from_row_major(tensor.rows, tensor.cols, &rows);
            all[at..at + tensor.len()].copy_from_slice(own.as_slice());
            at += tensor.len();
        }
        all[at] = 0.5;
        all
    };
    let drawn = draw(count);
    loss.evaluate(g.view(), h.view(), &parameters(0.5, &drawn)).unwrap();
    let value = loss.evaluate(g.view(), None, &parameters(0.75, &drawn)).unwrap();
    let d_parameters = loss.d_parameters().to_vec();
    let mut fresh = Loss::new(&spec, Pairs::diagonal(3, 4).unwrap()).unwrap();
    assert_eq!(fresh.evaluate(g.view(), h.view(), &parameters(0.75, &drawn)).unwrap(), value);
    assert_eq!(fresh.d_parameters(), d_parameters);
    assert_eq!((fresh.d_queries().cols(), fresh.d_candidates().cols()), (2, 5));
}

#[test]
fn a_joint_critic_without_hidden_units_is_refused() {
    for hidden in [&[][..], &[3, 0]] {
        let critic = CriticSpec { name: "joint", hidden };
        let error = loss("cpc", critic, 2, Gradients::All, Pairs::diagonal(3, 3).unwrap());
        let message = error.err().map(|error| error.message).unwrap_or_default();
        assert!(
            message.contains("at least one hidden layer, each of at least 1 unit"),
            "{message}"
        );
    }
}
