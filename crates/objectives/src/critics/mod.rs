//! Critics: functions of a pair of embeddings.
//!
//! A critic's parameters are one slice: its weights in panels (bilinear only), then the
//! temperature. A new critic is one file here and one line in [`build`].

pub mod bilinear;
pub mod cosine;
pub mod distance;
pub mod inner_product;
pub mod separable;

use crate::objectives::wdm::Linear;
use kantorovich_kernels::{Error, PanelsMut, PanelsRef, panel_len};

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

    /// Adds what the derivatives by one block of scores (up to 64 rows) give.
    ///
    /// `scores` is empty unless asked for.
    fn accumulate(&mut self, start: usize, scores: &[f32], d_scores: PanelsRef<'_>);

    /// Writes the derivatives that were accumulated.
    fn finish(&mut self, parameters: &[f32], gradients: CriticGradients<'_>);

    /// The value of an objective that is linear in scores, its derivatives accumulated where asked
    /// for, without a score matrix; `None` where this critic has no such way.
    fn linear(&mut self, _objective: &Linear, _differentiate: bool) -> Option<f64> {
        None
    }
}

/// The number of a critic's parameters, weights' padding included.
///
/// # Errors
///
/// `Options` on an unknown name.
pub fn parameter_count(name: &str, query_dim: usize, candidate_dim: usize) -> Result<usize, Error> {
    match name {
        "bilinear" => Ok(panel_len(query_dim, candidate_dim) + 1),
        "separable" | "cosine" | "distance" | "squared-distance" => Ok(1),
        _ => Err(unknown(name)),
    }
}

/// The critic called `name`; derivatives by candidates are computed only `with_candidates`.
///
/// # Errors
///
/// `Options` on an unknown name, `Shape` where it needs embeddings of one size and they differ.
pub fn build(
    name: &str,
    shape: CriticShape,
    with_candidates: bool,
) -> Result<Box<dyn Critic>, Error> {
    if name != "bilinear" && shape.query_dim != shape.candidate_dim {
        return Err(Error::shape(format!(
            "the {name} critic needs embeddings of one size, got {} and {} (the bilinear critic takes two)",
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
        _ => return Err(unknown(name)),
    })
}

fn unknown(name: &str) -> Error {
    Error::options(format!(
        "unknown critic \"{name}\": expected separable, bilinear, cosine, distance or squared-distance"
    ))
}
