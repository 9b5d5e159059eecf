//! Critics: functions of a pair of embeddings.
//!
//! A critic's parameters are one slice: its tensors in panels (bilinear and joint only), then the
//! temperature. A new critic is one file here and one line in [`build`].

pub mod bilinear;
pub mod cosine;
pub mod distance;
pub mod inner_product;
pub mod joint;
pub mod separable;

use crate::objectives::wdm::Linear;
use crate::partials::Visit;
use kantorovich_kernels::{Error, LANES, PanelsMut, PanelsRef, Random, panel_len};

/// The sizes that a critic works with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CriticShape {
    /// Queries, n.
    pub queries: usize,
    /// Candidates, m.
    pub candidates: usize,
    /// Numbers in an embedding of a query.
    pub query_dim: usize,
    /// Numbers in an embedding of a candidate.
    pub candidate_dim: usize,
}

/// Where a critic writes derivatives; absent ones are not computed.
pub struct CriticGradients<'a> {
    /// By the embeddings of the queries, n x d.
    pub queries: Option<PanelsMut<'a>>,
    /// By the embeddings of the candidates, m x d.
    pub candidates: Option<PanelsMut<'a>>,
    /// By the critic's parameters.
    pub parameters: Option<&'a mut [f32]>,
}

/// A function of a pair of embeddings, and the derivatives that go back through it.
///
/// One evaluation is `prepare`, `scores` and `accumulate` for each block of rows, `finish`.
pub trait Critic {
    /// Takes the embeddings (n x d, m x d) and parameters of this evaluation; candidates only where
    /// they are not those of the last one.
    fn prepare(
        &mut self,
        queries: PanelsRef<'_>,
        candidates: Option<PanelsRef<'_>>,
        parameters: &[f32],
    );

    /// What no score that is a number exceeds in magnitude; infinity where it isn't known.
    fn bound(&self) -> f64 {
        f64::INFINITY
    }

    /// Writes the scores of the `out.rows()` queries from `start` on (a multiple of eight).
    fn scores(&mut self, start: usize, out: PanelsMut<'_>);

    /// Whether [`Critic::accumulate`] reads the scores beside their derivatives.
    fn needs_scores(&self) -> bool {
        false
    }

    /// Adds what the derivatives by one block of scores (up to 64 rows) give: to [`Critic::by_query`]
    /// and to [`Critic::sums`].
    ///
    /// `scores` is empty unless asked for.
    fn accumulate(&mut self, start: usize, scores: &[f32], d_scores: PanelsRef<'_>);

    /// What [`Critic::accumulate`] leaves of each query, a row each.
    fn by_query(&self) -> PanelsRef<'_>;

    /// Shows all that [`Critic::accumulate`] adds up over queries; whoever is shown it may change it
    /// between blocks.
    fn sums(&mut self, visit: Visit<'_>);

    /// Writes the derivatives that were accumulated.
    fn finish(&mut self, parameters: &[f32], gradients: CriticGradients<'_>);

    /// Whether [`Critic::linear`] has a way.
    fn is_linear(&self) -> bool {
        false
    }

    /// The value of an objective that is linear in scores, its derivatives accumulated where asked
    /// for, without a score matrix; `None` where this critic has no such way.
    fn linear(&mut self, _objective: &Linear, _differentiate: bool) -> Option<f64> {
        None
    }
}

/// What a critic is made from, sizes aside.
#[derive(Clone, Copy, Debug)]
pub struct CriticSpec<'a> {
    /// Its name in the vocabulary.
    pub name: &'a str,
    /// The joint critic's hidden layers, each of at least 1 unit; the others have none.
    pub hidden: &'a [usize],
}

/// A tensor among a critic's parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriticTensor {
    /// `critic.weight` of the bilinear critic; `critic.0.weight`, `critic.0.bias`, ... of the joint one.
    pub name: String,
    /// Its rows: a layer's outputs.
    pub rows: usize,
    /// Its columns: a layer's inputs, 1 for a bias.
    pub cols: usize,
    /// Whether it is a bias: a vector of `rows` numbers.
    pub is_bias: bool,
}

impl CriticTensor {
    /// The numbers it takes in panels, padding included.
    pub fn len(&self) -> usize {
        panel_len(self.rows, self.cols)
    }

    /// Whether it takes none; never so.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A critic's tensors in the order of its parameters.
///
/// # Errors
///
/// `Options` on an unknown name, and on a joint critic without hidden units.
pub fn tensors(
    spec: CriticSpec<'_>,
    query_dim: usize,
    candidate_dim: usize,
) -> Result<Vec<CriticTensor>, Error> {
    let weight =
        |rows, cols| CriticTensor { name: "critic.weight".to_string(), rows, cols, is_bias: false };
    match spec.name {
        "joint" => joint::tensors(spec.hidden, query_dim + candidate_dim),
        "bilinear" => Ok(vec![weight(query_dim, candidate_dim)]),
        "separable" | "cosine" | "distance" | "squared-distance" => Ok(Vec::new()),
        name => Err(unknown(name)),
    }
}

/// The number of a critic's parameters, weights' padding included.
///
/// # Errors
///
/// As [`tensors`].
pub fn parameter_count(
    spec: CriticSpec<'_>,
    query_dim: usize,
    candidate_dim: usize,
) -> Result<usize, Error> {
    let tensors = tensors(spec, query_dim, candidate_dim)?;
    Ok(tensors.iter().map(CriticTensor::len).sum::<usize>() + 1)
}

/// Writes where training starts to `values`, a critic's tensors in panels: the identity to a bilinear
/// critic (cut or padded with zeros), which is then the separable one; to a joint critic biases of 0
/// and uniform weights, of variance 2 / inputs (He et al. 2015), and 1 / inputs for the last layer,
/// which nothing rectifies. Numbers are drawn in row-major order.
///
/// # Errors
///
/// As [`tensors`].
pub fn initialise(
    spec: CriticSpec<'_>,
    [query_dim, candidate_dim]: [usize; 2],
    values: &mut [f32],
    random: &mut Random,
) -> Result<(), Error> {
    let mut rest = values;
    for tensor in tensors(spec, query_dim, candidate_dim)? {
        let (own, after) = rest.split_at_mut(tensor.len());
        rest = after;
        let CriticTensor { rows, cols, is_bias, .. } = tensor;
        let mut own = PanelsMut::new(rows, cols, own);
        own.clear();
        if spec.name == "bilinear" {
            (0..rows.min(cols)).for_each(|i| own.set(i, i, 1.0));
        } else if !is_bias {
            let square = if rest.len() > LANES { 6.0 } else { 3.0 };
            let bound = libm::sqrt(square / cols as f64) as f32;
            for i in 0..rows {
                own.row_mut(i).for_each(|w| *w = bound * (2.0 * random.uniform() - 1.0));
            }
        }
    }
    Ok(())
}

/// The critic of `spec`; derivatives by candidates are computed only `with_candidates`.
///
/// # Errors
///
/// As [`tensors`]; `Shape` where it needs embeddings of one size and they differ.
pub fn build(
    spec: CriticSpec<'_>,
    shape: CriticShape,
    with_candidates: bool,
) -> Result<Box<dyn Critic>, Error> {
    let name = spec.name;
    if !matches!(name, "bilinear" | "joint") && shape.query_dim != shape.candidate_dim {
        return Err(Error::shape(format!(
            "the {name} critic needs embeddings of one size, got {} and {} (the bilinear and the joint critic take two)",
            shape.query_dim, shape.candidate_dim
        )));
    }
    let inner =
        |features| Box::new(inner_product::InnerProduct::new(features, shape, with_candidates));
    let distance = |power| Box::new(distance::Distance::new(power, shape, with_candidates));
    Ok(match name {
        "separable" => inner(Box::new(separable::Separable)),
        "bilinear" => inner(Box::new(bilinear::Bilinear::new(shape))),
        "cosine" => inner(Box::new(cosine::Cosine::new(shape))),
        "distance" => distance(distance::Power::One),
        "squared-distance" => distance(distance::Power::Two),
        "joint" => Box::new(joint::Joint::new(spec.hidden, shape, with_candidates)?),
        _ => return Err(unknown(name)),
    })
}

fn unknown(name: &str) -> Error {
    Error::options(format!(
        "unknown critic \"{name}\": expected separable, bilinear, cosine, distance, squared-distance or joint"
    ))
}
