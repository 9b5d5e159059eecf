//! The naive float64 twin of a step: named tensors, one sample at a time, double loops.

use kantorovich_encoders::Activation;
use kantorovich_kernels::Panels;
use kantorovich_lipschitz::{Metric, Penalty, Point};
use kantorovich_objectives::ObjectiveOptions;
use kantorovich_training::{Constraint, PenaltyOver, Tensors, Trainer, TrainerSpec};

/// A trainer's parameters in f64.
#[derive(Clone)]
pub struct Twin {
    spec: TrainerSpec,
    /// Name, numbers of a row, row-major numbers.
    pub tensors: Vec<(String, usize, Vec<f64>)>,
}

/// What a step draws beside its batch.
pub struct Draws {
    pub points: Vec<Point>,
    pub pairs: [Vec<(u32, u32)>; 2],
}

impl Draws {
    /// Those of the last step.
    pub fn of(trainer: &Trainer) -> Self {
        let pairs = trainer.lagrangian_pairs().map(<[_]>::to_vec);
        Self { points: trainer.penalty_points().to_vec(), pairs }
    }
}

type Rows = Vec<Vec<f64>>;

impl Twin {
    pub fn new(trainer: &mut Trainer) -> Self {
        let mut tensors = Vec::new();
        for tensor in trainer.tensors(Tensors::Export) {
            let mut own = vec![0.0; tensor.len()];
            trainer.read(Tensors::State, &tensor, &mut own).unwrap();
            let row = *tensor.shape.get(1).unwrap_or(&1);
            tensors.push((tensor.name, row, own.into_iter().map(f64::from).collect()));
        }
        Self { spec: trainer.spec().clone(), tensors }
    }

    fn tensor(&self, name: &str) -> Option<(usize, &[f64])> {
        let found = self.tensors.iter().find(|tensor| tensor.0 == name);
        found.map(|(_, row, values)| (*row, &values[..]))
    }

    /// Weights (rows) and biases of each layer of a side.
    fn layers(&self, side: &str) -> Vec<(Rows, Vec<f64>)> {
        let side = if self.spec.y_widths.is_none() { "x" } else { side };
        let layer = |at: usize| {
            let (row, weight) = self.tensor(&format!("encoder.{side}.{at}.weight"))?;
            let weight: Rows = weight.chunks(row).map(<[f64]>::to_vec).collect();
            let bias = self.tensor(&format!("encoder.{side}.{at}.bias"));
            let bias = bias.map_or(vec![0.0; weight.len()], |(_, bias)| bias.to_vec());
            Some((weight, bias))
        };
        (0..).map_while(layer).collect()
    }

    pub fn temperature(&self) -> f64 {
        let learnt = self.tensor("critic.log_temperature").map(|(_, log)| log[0].exp());
        learnt.unwrap_or(f64::from(self.spec.temperature))
    }

    /// The Jacobian of the activation at z times `values`.
    fn masked(&self, z: &[f64], values: &[f64]) -> Vec<f64> {
        let slope = |z: f64| match self.spec.activation {
            _ if z > 0.0 => 1.0,
            Activation::LeakyRelu => f64::from(0.01f32),
            _ => 0.0,
        };
        if self.spec.activation != Activation::MaxMin {
            return z.iter().zip(values).map(|(z, value)| slope(*z) * value).collect();
        }
        let swapped = |i: usize| z[i | 1] > z[i & !1];
        (0..z.len()).map(|i| if swapped(i) { values[i ^ 1] } else { values[i] }).collect()
    }

    fn pre_activations(&self, side: &str, x: &[f64]) -> Rows {
        let (mut input, mut all) = (x.to_vec(), Vec::new());
        for (weight, bias) in self.layers(side) {
            let z: Vec<f64> =
                weight.iter().zip(bias).map(|(row, bias)| dot(row, &input) + bias).collect();
            all.push(z.clone());
            input = z;
            let last = all.len() == self.layers(side).len();
            if !last {
                input = self.masked(&input, &input);
            }
        }
        all
    }

    pub fn embed(&self, side: &str, x: &[f64]) -> Vec<f64> {
        self.pre_activations(side, x).pop().unwrap()
    }

    fn score(&self, g: &[f64], h: &[f64]) -> f64 {
        let square: f64 = g.iter().zip(h).map(|(a, b)| (a - b).powi(2)).sum();
        let value = match self.spec.critic.as_str() {
            "separable" => dot(g, h),
            "bilinear" => dot(g, &self.weigh(h)),
            "cosine" => dot(g, h) / (dot(g, g) * dot(h, h)).sqrt(),
            "distance" => -square.sqrt(),
            "joint" => self.perceptron(&[g, h].concat()).0,
            _ => -square,
        };
        value / self.temperature()
    }

    /// The critic's output on both embeddings, and what goes into each of its layers.
    fn perceptron(&self, input: &[f64]) -> (f64, Rows) {
        let mut inputs = vec![input.to_vec()];
        loop {
            let at = inputs.len() - 1;
            let (row, weight) = self.tensor(&format!("critic.{at}.weight")).unwrap();
            let (_, bias) = self.tensor(&format!("critic.{at}.bias")).unwrap();
            let rows = weight.chunks(row).zip(bias);
            let z: Vec<f64> = rows.map(|(row, bias)| dot(row, &inputs[at]) + bias).collect();
            if at == self.spec.critic_hidden.len() {
                return (z[0], inputs);
            }
            inputs.push(z.into_iter().map(|z| z.max(0.0)).collect());
        }
    }

    fn perceptron_gradient(&self, input: &[f64]) -> Vec<f64> {
        let (_, inputs) = self.perceptron(input);
        let mut delta = vec![1.0];
        for (at, z) in inputs.iter().enumerate().rev() {
            let (row, weight) = self.tensor(&format!("critic.{at}.weight")).unwrap();
            let below = |k: usize| weight.chunks(row).zip(&delta).map(|(w, d)| w[k] * d).sum();
            let open = |k: usize| at == 0 || z[k] > 0.0;
            delta = (0..row).map(|k| if open(k) { below(k) } else { 0.0 }).collect();
        }
        delta
    }

    /// W h.
    fn weigh(&self, h: &[f64]) -> Vec<f64> {
        let (row, weight) = self.tensor("critic.weight").unwrap();
        weight.chunks(row).map(|row| dot(row, h)).collect()
    }

    /// Wᵀ g.
    fn weigh_back(&self, g: &[f64]) -> Vec<f64> {
        let (row, weight) = self.tensor("critic.weight").unwrap();
        (0..row).map(|k| (0..g.len()).map(|i| weight[i * row + k] * g[i]).sum()).collect()
    }

    /// What is climbed on a batch, and what is reported.
    pub fn values(&self, batch: &[Panels; 2], objective: &str) -> (f64, f64) {
        let n = batch[0].rows();
        let [g, h] = [("x", &batch[0]), ("y", &batch[1])].map(|(side, rows)| -> Rows {
            (0..n).map(|i| self.embed(side, &row(rows, i))).collect()
        });
        let s: Rows = g.iter().map(|g| h.iter().map(|h| self.score(g, h)).collect()).collect();
        let transposed: Rows = (0..n).map(|j| s.iter().map(|row| row[j]).collect()).collect();
        let diagonal = (0..n).map(|i| s[i][i]).sum::<f64>() / n as f64;
        let off = |f: &dyn Fn(f64) -> f64| -> f64 {
            let all = (0..n * n).filter(|at| at / n != at % n);
            all.map(|at| f(s[at / n][at % n])).sum::<f64>() / (n * (n - 1)) as f64
        };
        let info_nce = |s: &Rows| {
            let normaliser = |row: &Vec<f64>| (mean(row.iter().map(|s| s.exp()))).ln();
            diagonal - mean(s.iter().map(normaliser))
        };
        let joint = |f: &dyn Fn(f64) -> f64| (0..n).map(|i| f(s[i][i])).sum::<f64>() / n as f64;
        let softplus = |s: f64| s.exp().ln_1p();
        let ObjectiveOptions { clip, alpha, beta, gamma } = self.spec.objective_options;
        let ratio = |s: f64| ((gamma * s + alpha).max(1e-4) / (1.0 - beta * s).max(1e-4)).ln();
        let off_row = |i: usize| mean((0..n).filter(|j| *j != i).map(|j| s[i][j].exp())).ln();
        let climbed = match objective {
            "jsd" | "smile" => -joint(&|s| softplus(-s)) - off(&softplus),
            "rpc" => joint(&|s| s - 0.5 * beta * s * s) - off(&|s| alpha * s + 0.5 * gamma * s * s),
            "flo" => diagonal - mean((0..n).map(off_row)),
            "cpc" | "wpc" => info_nce(&s),
            "cpc-symmetric" | "wpc-symmetric" => 0.5 * (info_nce(&s) + info_nce(&transposed)),
            "wdm" => diagonal - off(&|s| s),
            "wdm-all" => diagonal - mean(s.iter().flatten().copied()),
            "nwj" => diagonal - off(&|s| (s - 1.0).exp()),
            _ => diagonal - off(&|s| s.exp()).ln(),
        };
        let reported = match objective {
            "jsd" => 1.0 + diagonal - off(&|s| s.exp()),
            "smile" => diagonal - off(&|s| s.clamp(-clip, clip).exp()).ln(),
            "rpc" => joint(&ratio),
            _ => climbed,
        };
        (climbed, reported)
    }

    /// `-surrogate + penalty` of the spec's objective and constraint, at what a step has drawn.
    pub fn loss(&self, batch: &[Panels; 2], draws: &Draws) -> f64 {
        let multiplier =
            self.tensor("lipschitz.log_multiplier").map_or(0.0, |(_, log)| log[0].exp());
        self.penalty(batch, &draws.points)
            - multiplier * self.room(batch, draws)
            - self.values(batch, &self.spec.objective).0
    }

    /// What the Lagrangian multiplies: over both sides, the mean of `|a - b|² - |φ(a) - φ(b)|²`, cut at the slack.
    pub fn room(&self, batch: &[Panels; 2], draws: &Draws) -> f64 {
        let Constraint::Lagrangian(spec) = self.spec.constraint else { return 0.0 };
        let square =
            |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum() };
        let of = |side: usize, name: &str| {
            let rooms = draws.pairs[side].iter().map(|(a, b)| {
                let (a, b) = (row(&batch[side], *a as usize), row(&batch[side], *b as usize));
                (square(&a, &b) - square(&self.embed(name, &a), &self.embed(name, &b)))
                    .min(spec.slack)
            });
            mean(rooms)
        };
        of(0, "x") + of(1, "y")
    }

    pub fn penalty(&self, batch: &[Panels; 2], points: &[Point]) -> f64 {
        let Constraint::GradientPenalty(penalty) = self.spec.constraint else { return 0.0 };
        let norm = |point: &Point| match penalty.over {
            PenaltyOver::Inputs => self.norm_at(batch, point),
            PenaltyOver::Embeddings => self.embedding_norm_at(batch, point),
        };
        let norms: Vec<f64> = points.iter().map(norm).collect();
        value_of(&penalty.rule, &norms)
    }

    /// |∇f| over x and y together, at a point between two pairs.
    fn norm_at(&self, batch: &[Panels; 2], point: &Point) -> f64 {
        let e = f64::from(point.weight);
        let between = |rows: &Panels, product: u32| -> Vec<f64> {
            let pair = row(rows, point.joint as usize).into_iter().zip(row(rows, product as usize));
            pair.map(|(joint, product)| e * joint + (1.0 - e) * product).collect()
        };
        let (x, y) = (between(&batch[0], point.x), between(&batch[1], point.y));
        let (g, h) = (self.embed("x", &x), self.embed("y", &y));
        let (v_x, v_y) = self.score_gradient(&g, &h);
        let (d_x, d_y) = (self.input_gradient("x", &x, &v_x), self.input_gradient("y", &y, &v_y));
        dot(&d_x, &d_x).sqrt().hypot(dot(&d_y, &d_y).sqrt())
    }

    /// The same over embeddings, at a point between those of two pairs.
    fn embedding_norm_at(&self, batch: &[Panels; 2], point: &Point) -> f64 {
        let e = f64::from(point.weight);
        let between = |side: &str, rows: &Panels, product: u32| -> Vec<f64> {
            let embed = |i: u32| self.embed(side, &row(rows, i as usize));
            let pair = embed(point.joint).into_iter().zip(embed(product));
            pair.map(|(joint, product)| e * joint + (1.0 - e) * product).collect()
        };
        let (g, h) = (between("x", &batch[0], point.x), between("y", &batch[1], point.y));
        let (v_x, v_y) = self.score_gradient(&g, &h);
        dot(&v_x, &v_x).sqrt().hypot(dot(&v_y, &v_y).sqrt())
    }

    /// The score's gradients by both embeddings.
    fn score_gradient(&self, g: &[f64], h: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let combine = |a: f64, x: &[f64], b: f64, y: &[f64]| -> Vec<f64> {
            let each = x.iter().zip(y);
            each.map(|(x, y)| (a * x + b * y) / self.temperature()).collect()
        };
        let both = |a: f64, b: f64, c: f64, d: f64| (combine(a, g, b, h), combine(c, g, d, h));
        let distance = g.iter().zip(h).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let (a, b) = (dot(g, g).sqrt(), dot(h, h).sqrt());
        let c = dot(g, h) / (a * b);
        match self.spec.critic.as_str() {
            "separable" => both(0.0, 1.0, 1.0, 0.0),
            "bilinear" => {
                let (g_part, h_part) = (self.weigh(h), self.weigh_back(g));
                (combine(1.0, &g_part, 0.0, &g_part), combine(1.0, &h_part, 0.0, &h_part))
            }
            "cosine" => both(-c / (a * a), 1.0 / (a * b), 1.0 / (a * b), -c / (b * b)),
            "joint" => {
                let v = self.perceptron_gradient(&[g, h].concat());
                let (v_g, v_h) = v.split_at(g.len());
                (combine(1.0, v_g, 0.0, v_g), combine(1.0, v_h, 0.0, v_h))
            }
            "distance" => both(-1.0 / distance, 1.0 / distance, 1.0 / distance, -1.0 / distance),
            _ => both(-2.0, 2.0, 2.0, -2.0),
        }
    }

    /// `|f(p) - f(q)| / d(p, q)` of the pairs in rows i and i + 1.
    pub fn slope(&self, batch: &[Panels; 2], i: usize, metric: Metric) -> f64 {
        let pair = |i: usize| [row(&batch[0], i), row(&batch[1], i)];
        let f = |[x, y]: &[Vec<f64>; 2]| self.score(&self.embed("x", x), &self.embed("y", y));
        let gap = |a: &[f64], b: &[f64]| {
            a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
        };
        let (p, q) = (pair(i), pair(i + 1));
        let [x, y] = [gap(&p[0], &q[0]), gap(&p[1], &q[1])];
        let distance = if metric == Metric::Sum { x + y } else { x.hypot(y) };
        (f(&p) - f(&q)).abs() / distance
    }

    fn input_gradient(&self, side: &str, x: &[f64], v: &[f64]) -> Vec<f64> {
        let pre = self.pre_activations(side, x);
        let mut delta = v.to_vec();
        for (at, (weight, _)) in self.layers(side).iter().enumerate().rev() {
            let below = (0..weight[0].len())
                .map(|k| weight.iter().zip(&delta).map(|(row, delta)| row[k] * delta).sum())
                .collect();
            delta = if at == 0 { below } else { self.masked(&pre[at - 1], &below) };
        }
        delta
    }
}

fn value_of(rule: &Penalty, norms: &[f64]) -> f64 {
    // The coefficient only comes with the rule's own mean.
    let squares: Vec<f64> = norms.iter().map(|norm| norm * norm).collect();
    rule.evaluate(&squares, &vec![0.0; norms.len()], &mut vec![0.0; norms.len()]).value
}

fn row(rows: &Panels, i: usize) -> Vec<f64> {
    (0..rows.cols()).map(|k| f64::from(rows.get(i, k))).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let all: Vec<f64> = values.collect();
    all.iter().sum::<f64>() / all.len() as f64
}
