//! The linear probe: how much of each hidden factor a linear classifier reads off frozen features.
//!
//! One multinomial logistic regression a factor, on features standardised by the training items,
//! with the L2 strength that does best on the validation items, judged on the test items.

use crate::labelled::{Labelled, accuracies};
use crate::lbfgs::Lbfgs;
use crate::softmax::{Asked, Factor, Problem, add_penalty, predict};
use crate::standardise::Standardiser;
use kantorovich_kernels::Error;

/// Items judged at a time.
const JUDGED: usize = 256;

/// How a probe is fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeOptions {
    /// The L2 strengths to choose from: λ in `mean cross-entropy + λ/2 |W|²` (biases are free).
    pub strengths: Vec<f64>,
    /// How near the minimum each regression is brought: its loss exceeds the smallest possible one
    /// by at most this share of log(classes), the loss of knowing nothing.
    pub tolerance: f64,
    /// L-BFGS steps for each strength, at most.
    pub max_iterations: usize,
}

impl Default for ProbeOptions {
    fn default() -> Self {
        Self { strengths: vec![1e-4, 1e-3, 1e-2, 1e-1], tolerance: 1e-5, max_iterations: 1000 }
    }
}

/// What a linear classifier reads off the features.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeResult {
    /// Accuracy on the test items, for each factor.
    pub accuracies: Vec<f64>,
    /// The strength that was chosen, as an index into `search`.
    pub chosen: usize,
    /// What each strength did, from the strongest to the weakest.
    pub search: Vec<Candidate>,
}

/// What one strength did.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// λ.
    pub strength: f64,
    /// Accuracy on the validation items, the mean over factors.
    pub accuracy: f64,
    /// L-BFGS steps, the most over factors.
    pub iterations: usize,
    /// Whether every factor came within the tolerance.
    pub converged: bool,
}

/// Fits one logistic regression a factor to `train`, chooses the strength on `validation` by mean
/// accuracy (the stronger where two do alike), and judges on `test`.
///
/// Columns that are constant over the training items are ignored. A class that no training item
/// has is never predicted, so items of it count as wrong; a factor with one class only is
/// predicted to be that. Time: some 20 to 50 gradients a strength, `4 n d C` operations each, for n
/// items of d features and C classes in all. Memory: another `n d` numbers.
///
/// # Errors
///
/// A shape error where the three do not have the same numbers of features and factors, an options
/// error on strengths or a tolerance not above 0.
pub fn linear_probe(
    train: Labelled<'_>,
    validation: Labelled<'_>,
    test: Labelled<'_>,
    options: &ProbeOptions,
) -> Result<ProbeResult, Error> {
    check_options(options)?;
    check_shape("validation", validation, train)?;
    check_shape("test", test, train)?;
    let standardiser = Standardiser::fit(train.features());
    let design = standardiser.design(train.features());
    let factors: Vec<_> = (0..train.factors()).map(|f| Factor::new(train.column(f))).collect();
    let judge = |items, weights: &[_]| judge(items, &standardiser, &factors, weights);
    let mut searches = searches_from_zero(&factors, design.cols());
    let mut last = 0.0;
    let (mut search, mut chosen, mut accuracies) = (Vec::new(), 0, Vec::new());
    for strength in strongest_first(&options.strengths) {
        let problem = Problem { design: design.view(), factors: &factors, strength };
        let bend = |step: &[f32], change: &mut [f32]| {
            add_penalty(strength - last, design.cols(), step, change);
        };
        let bent = searches.into_iter().map(|search| search.bent(bend)).collect();
        searches = minimise(&problem, bent, options);
        last = strength;
        let weights: Vec<_> = searches.iter().map(|search| search.point().to_vec()).collect();
        let accuracy = mean(&judge(validation, &weights));
        let best = search.get(chosen).is_none_or(|best: &Candidate| accuracy > best.accuracy);
        let iterations = searches.iter().map(Lbfgs::iterations).max().unwrap_or(0);
        let converged = (0..factors.len()).all(|f| is_near(&problem, f, &searches[f], options));
        search.push(Candidate { strength, accuracy, iterations, converged });
        if best {
            (chosen, accuracies) = (search.len() - 1, judge(test, &weights));
        }
    }
    Ok(ProbeResult { accuracies, chosen, search })
}

fn check_options(options: &ProbeOptions) -> Result<(), Error> {
    if options.strengths.is_empty() {
        return Err(Error::options("strengths: at least one expected, none given"));
    }
    let in_range = |value: &f64| value.is_finite() && *value > 0.0;
    for (name, values) in
        [("strengths", &options.strengths[..]), ("tolerance", &[options.tolerance])]
    {
        if !values.iter().all(in_range) {
            return Err(Error::options(format!("{name}: finite numbers above 0 expected")));
        }
    }
    Ok(())
}

fn check_shape(name: &str, items: Labelled<'_>, train: Labelled<'_>) -> Result<(), Error> {
    let shape = |items: Labelled<'_>| (items.features().cols(), items.factors());
    let ((features, factors), wanted) = (shape(items), shape(train));
    if (features, factors) != wanted {
        return Err(Error::shape(format!(
            "{name} has {features} features and {factors} factors, train has {} and {}",
            wanted.0, wanted.1
        )));
    }
    Ok(())
}

fn strongest_first(strengths: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = Vec::with_capacity(strengths.len());
    for strength in strengths {
        sorted.insert(sorted.partition_point(|other| other >= strength), *strength);
    }
    sorted
}

fn searches_from_zero(factors: &[Factor], width: usize) -> Vec<Lbfgs> {
    let zeros = |factor: &Factor| vec![0.0; factor.classes.len() * width];
    factors.iter().map(|factor| Lbfgs::new(zeros(factor))).collect()
}

/// Runs all searches to their ends. All are asked together, so that each answer is two products; a
/// search that has come near its minimum is asked no more.
fn minimise(problem: &Problem<'_>, mut searches: Vec<Lbfgs>, options: &ProbeOptions) -> Vec<Lbfgs> {
    loop {
        let is_open = |f: &usize| {
            let search = &searches[*f];
            let ended = search.stalled() || search.iterations() >= options.max_iterations;
            !(ended || is_near(problem, *f, search, options))
        };
        let open: Vec<usize> = (0..searches.len()).filter(is_open).collect();
        if open.is_empty() {
            return searches;
        }
        let asked = open.iter().map(|f| Asked { factor: *f, weights: searches[*f].trial() });
        let answers = problem.evaluate(&asked.collect::<Vec<_>>());
        for (f, (loss, gradient)) in open.into_iter().zip(answers) {
            searches[f].tell(loss, gradient);
        }
    }
}

/// A loss of curvature λ or more lies at most |∇L|² / 2λ above its minimum.
fn is_near(problem: &Problem<'_>, f: usize, search: &Lbfgs, options: &ProbeOptions) -> bool {
    let ignorance = libm::log(problem.factors[f].classes.len() as f64);
    let excess = search.gradient_square() / (2.0 * problem.strength);
    excess <= options.tolerance * ignorance
}

/// Accuracies on `items`, which are brought into standard units a block at a time.
fn judge(
    items: Labelled<'_>,
    standardiser: &Standardiser,
    factors: &[Factor],
    weights: &[Vec<f32>],
) -> Vec<f64> {
    let rows = items.features();
    let mut predictions = Vec::with_capacity(rows.rows() * factors.len());
    for start in (0..rows.rows()).step_by(JUDGED) {
        let block = rows.block(start, JUDGED.min(rows.rows() - start));
        predictions.extend(predict(standardiser.design(block).view(), factors, weights));
    }
    accuracies(items, &predictions)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Rows;
    use kantorovich_kernels::{ErrorKind, Random};
    use proptest::prelude::*;

    fn labelled<'a>(features: &'a [f32], labels: &'a [u8], factors: usize) -> Labelled<'a> {
        let rows = labels.len() / factors;
        let features = Rows::new("items", features, rows, features.len() / rows).unwrap();
        Labelled::new("items", features, labels, factors).unwrap()
    }

    /// Normal features; each label is the place of the largest of its own three, plus noise.
    fn items(random: &mut Random, count: usize, factors: usize, noise: f32) -> (Vec<f32>, Vec<u8>) {
        let features: Vec<f32> = (0..count * factors * 3).map(|_| random.normal()).collect();
        let mut largest = |own: &[f32]| {
            let noisy: Vec<f32> = own.iter().map(|x| x + noise * random.normal()).collect();
            (0..3).max_by(|a, b| noisy[*a as usize].total_cmp(&noisy[*b as usize])).unwrap()
        };
        let labels = features.chunks(3).map(|own| largest(own) as u8).collect();
        (features, labels)
    }

    /// The smallest loss, by Newton's method in float64 with the biases held by a trace of λ.
    fn newton(problem: &Problem<'_>) -> f64 {
        let (n, width) = (problem.design.rows(), problem.design.cols());
        let classes = problem.factors[0].classes.len();
        let size = classes * width;
        let ridge = |at: usize| if at % width == width - 1 { 1e-9 } else { problem.strength };
        let mut w = vec![0.0f64; size];
        let mut loss = 0.0;
        for _ in 0..30 {
            let mut gradient: Vec<f64> = (0..size).map(|at| ridge(at) * w[at]).collect();
            let mut hessian = vec![0.0; size * size];
            (0..size).for_each(|at| hessian[at * size + at] = ridge(at));
            loss = (0..size).map(|at| 0.5 * ridge(at) * w[at] * w[at]).sum();
            for i in 0..n {
                let x: Vec<f64> = (0..width).map(|k| problem.design.get(i, k) as f64).collect();
                let score = |c: usize| x.iter().zip(&w[c * width..]).map(|(x, w)| x * w).sum();
                let powers: Vec<f64> = (0..classes).map(|c| libm::exp(score(c))).collect();
                let sum: f64 = powers.iter().sum();
                let p: Vec<f64> = powers.iter().map(|power| power / sum / n as f64).collect();
                let target = problem.factors[0].targets[i] as usize;
                loss -= libm::log(p[target] * n as f64) / n as f64;
                for a in 0..size {
                    let own = (a / width == target) as u8 as f64 / n as f64;
                    gradient[a] += (p[a / width] - own) * x[a % width];
                    for b in 0..size {
                        let same = if a / width == b / width { p[a / width] } else { 0.0 };
                        let curvature = same - p[a / width] * p[b / width] * n as f64;
                        hessian[a * size + b] += curvature * x[a % width] * x[b % width];
                    }
                }
            }
            let step = solve(hessian, gradient);
            w.iter_mut().zip(step).for_each(|(w, step)| *w -= step);
        }
        loss
    }

    /// Gaussian elimination of a positive definite system.
    fn solve(mut a: Vec<f64>, mut b: Vec<f64>) -> Vec<f64> {
        let n = b.len();
        for k in 0..n {
            for i in (0..n).filter(|i| *i != k) {
                let factor = a[i * n + k] / a[k * n + k];
                (k..n).for_each(|j| a[i * n + j] -= factor * a[k * n + j]);
                b[i] -= factor * b[k];
            }
        }
        (0..n).map(|i| b[i] / a[i * n + i]).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn each_regression_comes_within_its_tolerance_of_newtons_minimum(seed in 0u64..1000, log in -3i32..0) {
            let random = &mut Random::new(seed);
            let (features, labels) = items(random, 60 + seed as usize % 30, 1, 0.5);
            let data = labelled(&features, &labels, 1);
            let design = Standardiser::fit(data.features()).design(data.features());
            let factors = [Factor::new(data.column(0))];
            let strength = libm::exp10(log as f64);
            let problem = Problem { design: design.view(), factors: &factors, strength };
            let options = ProbeOptions::default();
            let search = minimise(&problem, searches_from_zero(&factors, 4), &options).remove(0);
            prop_assert!(is_near(&problem, 0, &search, &options));
            let (loss, _) = problem.evaluate(&[Asked { factor: 0, weights: search.point() }])[0];
            let excess = loss - newton(&problem);
            prop_assert!((-1e-6..2e-5).contains(&excess), "{excess} above the minimum");
        }

        #[test]
        fn scale_and_origin_of_features_do_not_matter(seed in 0u64..1000) {
            let random = &mut Random::new(seed);
            let [train, validation, test] = [120, 40, 50].map(|count| items(random, count, 2, 0.3));
            let moved = |x: &[f32]| x.iter().map(|x| 64.0 * x + 1000.0).collect::<Vec<_>>();
            let probe = |map: &dyn Fn(&[f32]) -> Vec<f32>| {
                let features = [&train, &validation, &test].map(|(features, _)| map(features));
                let part = |at: usize, labels| labelled(&features[at], labels, 2);
                let (a, b, c) = (part(0, &train.1), part(1, &validation.1), part(2, &test.1));
                linear_probe(a, b, c, &ProbeOptions::default()).unwrap()
            };
            let (plain, moved) = (probe(&<[f32]>::to_vec), probe(&moved));
            for (a, b) in plain.search.iter().zip(&moved.search) {
                prop_assert!((a.accuracy - b.accuracy).abs() < 0.026, "{a:?} {b:?}");
                prop_assert!(a.converged && b.converged);
            }
        }
    }

    #[test]
    fn what_is_linear_is_read_off_and_what_is_noise_is_not() {
        let random = &mut Random::new(11);
        let [train, validation, test] = [600, 200, 300].map(|count| {
            let (features, mut labels) = items(random, count, 2, 0.0);
            labels.chunks_mut(2).for_each(|row| row[1] = random.below(3) as u8);
            (features, labels)
        });
        let [a, b, c] = [&train, &validation, &test].map(|(x, labels)| labelled(x, labels, 2));
        let result = linear_probe(a, b, c, &ProbeOptions::default()).unwrap();
        assert!(result.accuracies[0] > 0.95, "{result:?}");
        assert!((result.accuracies[1] - 1.0 / 3.0).abs() < 0.1, "{result:?}");
        assert!(result.search.iter().all(|found| found.converged), "{result:?}");
        let best = result.search[result.chosen].accuracy;
        assert!(result.search.iter().all(|found| found.accuracy <= best));
        assert_eq!(linear_probe(a, b, c, &ProbeOptions::default()).unwrap(), result);
    }

    #[test]
    fn missing_classes_lone_classes_and_constant_columns_are_no_trouble() {
        let train = [0.0, 7.0, 1.0, 7.0, 10.0, 7.0, 11.0, 7.0];
        let train_labels = [4, 9, 4, 9, 200, 9, 200, 9];
        let test = [0.5, 1e6, 10.5, -1e6, 10.6, 7.0];
        let test_labels = [4, 9, 200, 9, 5, 1];
        let (train, test) = (labelled(&train, &train_labels, 2), labelled(&test, &test_labels, 2));
        let result = linear_probe(train, train, test, &ProbeOptions::default()).unwrap();
        assert_eq!(result.accuracies, [2.0 / 3.0, 2.0 / 3.0]);
        assert_eq!(result.search[result.chosen].accuracy, 1.0);
        assert_eq!(result.chosen, 0, "the strongest of those that do alike");
    }

    #[test]
    fn refusals_say_what_was_expected() {
        let (train, other) = (labelled(&[0.0, 1.0], &[0, 1], 1), labelled(&[0.0; 4], &[0, 1], 1));
        let refusal =
            |options: &ProbeOptions| linear_probe(train, other, train, options).unwrap_err();
        let error = refusal(&ProbeOptions::default());
        assert_eq!(error.kind, ErrorKind::Shape);
        assert!(error.message.contains("validation has 2 features"), "{error}");
        for strengths in [vec![], vec![0.0], vec![f64::NAN]] {
            let error = refusal(&ProbeOptions { strengths, ..ProbeOptions::default() });
            assert_eq!(error.kind, ErrorKind::Options);
        }
    }
}
