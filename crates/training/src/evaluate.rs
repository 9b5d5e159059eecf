//! What is reported of a model: values on held-out pairs, embeddings, certificates. All are of the
//! copy with the constraint applied.

use kantorovich_kernels::{Error, Panels, PanelsMut, PanelsRef};
use kantorovich_lipschitz::{
    Certificate, CriticForm, Metric, certified_upper_bound, critic_slopes,
};
use kantorovich_objectives::{Gradients, Loss};

use crate::operator_norm::upper_bound;
use crate::parameters::Side;
use crate::trainer::{loss_spec, pairs};
use crate::{Trainer, TrainerSpec};

/// The objective and the Wasserstein dependency measure on one batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The trained objective's value.
    pub value: f64,
    /// WDM over mismatched pairs, the unbiased form.
    pub wdm: f64,
    /// WDM over all pairs, the form that bounds W₁ of the sample.
    pub wdm_all: f64,
}

/// The plans of an evaluation.
pub(crate) struct Evaluator {
    losses: [Loss; 3],
    embeddings: [Panels; 2],
}

impl Evaluator {
    fn new(spec: &TrainerSpec) -> Result<Self, Error> {
        let loss = |name: &str| Loss::new(&loss_spec(spec, name, Gradients::None), pairs(spec)?);
        let embeddings =
            [0, 1].map(|side| Panels::zeros(spec.batch, spec.encoder(side).output_width()));
        Ok(Self { losses: [loss(&spec.objective)?, loss("wdm")?, loss("wdm-all")?], embeddings })
    }
}

impl Trainer {
    /// Values on one batch of n held-out pairs, of the shapes of [`Trainer::step`].
    ///
    /// # Errors
    ///
    /// `Shape` on another batch, `Data` where a value isn't finite.
    pub fn evaluate(&mut self, x: PanelsRef<'_>, y: PanelsRef<'_>) -> Result<Evaluation, Error> {
        self.check_batch(x, y)?;
        let mut evaluator = match self.evaluator.take() {
            Some(evaluator) => evaluator,
            None => Evaluator::new(&self.spec)?,
        };
        for (side, input) in Side::BOTH.into_iter().zip([x, y]) {
            self.embed(side, input, evaluator.embeddings[side.index()].view_mut())?;
        }
        self.load_constrained_critic();
        let [g, h] = evaluator.embeddings.each_ref().map(|embeddings| embeddings.view());
        let [value, wdm, wdm_all] =
            evaluator.losses.each_mut().map(|loss| loss.evaluate(g, h, self.critic.values()));
        self.evaluator = Some(evaluator);
        Ok(Evaluation { value: value?, wdm: wdm?, wdm_all: wdm_all? })
    }

    /// Writes the embeddings of `x`, any number of rows, to `out`.
    ///
    /// # Errors
    ///
    /// `Shape` where widths or rows don't fit.
    pub fn embed(&mut self, side: Side, x: PanelsRef<'_>, out: PanelsMut<'_>) -> Result<(), Error> {
        let (input, output) = (self.input_width(side), self.embedding_width(side));
        if x.cols() != input || out.cols() != output || out.rows() != x.rows() {
            return Err(Error::shape(format!(
                "the encoder takes rows of {input} numbers to rows of {output}, found {} x {} to {} x {}",
                x.rows(),
                x.cols(),
                out.rows(),
                out.cols()
            )));
        }
        self.refresh_copy();
        let params = if self.policy.is_free() { &self.params } else { &self.constrained };
        self.network.embed(side, params, x, &mut self.tapes[side.index()], out);
        Ok(())
    }

    /// The critic's Lipschitz constant over a metric on pairs of inputs, or why it has none: of all
    /// inputs, or of those of x and y at most as long as `within` says.
    pub fn certificate(&mut self, metric: Metric, within: Option<[f64; 2]>) -> Certificate {
        let slopes = self.critic_slopes(within);
        let encoders = if slopes.is_ok() { self.encoder_constants() } else { [f64::NAN; 2] };
        Certificate::new(slopes, encoders, metric)
    }

    /// How fast the critic moves with the embeddings of x and of y: see [`critic_slopes`].
    ///
    /// # Errors
    ///
    /// The reason why nothing bounds it.
    pub fn critic_slopes(&mut self, within: Option<[f64; 2]>) -> Result<[f64; 2], &'static str> {
        self.load_constrained_critic();
        let form = self.critic_form();
        let temperature = self.critic.temperature();
        // What needs no bound on embeddings needs no constants of encoders here.
        let free = critic_slopes(form, temperature, None);
        match within {
            Some(inputs) if free.is_err() => {
                let embeddings = self.embedding_radii(inputs);
                critic_slopes(form, temperature, Some(embeddings))
            }
            _ => free,
        }
    }

    /// The Lipschitz constants of both encoders, from above: the products of the layers' norms,
    /// since the activations between them are 1-Lipschitz.
    pub fn encoder_constants(&mut self) -> [f64; 2] {
        if let Some(constants) = self.encoder_constants {
            return constants;
        }
        self.refresh_copy();
        let params = if self.policy.is_free() { &self.params } else { &self.constrained };
        let constants = Side::BOTH.map(|side| {
            let weights = self.parameters.encoder_weights(side);
            weights.map(|tensor| upper_bound(tensor, params)).product()
        });
        self.encoder_constants = Some(constants);
        constants
    }

    /// Lengths that embeddings of inputs of these lengths don't exceed: `|g(0)| + L_g R`.
    fn embedding_radii(&mut self, inputs: [f64; 2]) -> [f64; 2] {
        let constants = self.encoder_constants();
        Side::BOTH.map(|side| {
            let origin = Panels::zeros(1, self.input_width(side));
            let mut image = Panels::zeros(1, self.embedding_width(side));
            // Shapes are its own.
            let _ = self.embed(side, origin.view(), image.view_mut());
            let square: f64 = image.as_slice().iter().map(|v| f64::from(*v).powi(2)).sum();
            // In single precision: room for its rounding.
            libm::sqrt(square) * 1.001 + constants[side.index()] * inputs[side.index()]
        })
    }

    fn critic_form(&self) -> CriticForm {
        match self.spec.critic.as_str() {
            "bilinear" => CriticForm::Bilinear { norm: self.critic_norms().product() },
            "cosine" => CriticForm::Cosine,
            "distance" => CriticForm::Distance,
            "squared-distance" => CriticForm::SquaredDistance,
            "joint" => {
                let later: f64 = self.critic_norms().skip(1).product();
                CriticForm::Joint { norms: self.first_layer_norms().map(|norm| norm * later) }
            }
            _ => CriticForm::Separable,
        }
    }

    /// The norms of the critic's weights, from above.
    fn critic_norms(&self) -> impl Iterator<Item = f64> + '_ {
        let params = if self.policy.is_free() { &self.params } else { &self.constrained };
        self.parameters.critic_weights().map(move |tensor| upper_bound(tensor, params))
    }

    /// The norms of the two parts of the joint critic's first layer, from above.
    fn first_layer_norms(&self) -> [f64; 2] {
        let params = if self.policy.is_free() { &self.params } else { &self.constrained };
        let width = self.embedding_width(Side::X);
        let Some(tensor) = self.parameters.critic_weights().next() else {
            return [f64::INFINITY; 2];
        };
        let whole = tensor.view(params);
        [0..width, width..whole.cols()].map(|columns| {
            let mut part = Panels::zeros(whole.rows(), columns.len());
            part.view_mut().copy_columns(whole, columns.start);
            certified_upper_bound(part.view())
        })
    }

    /// The parameters with the constraint applied: what is reported and exported.
    pub(crate) fn constrained_parameters(&mut self) -> &[f32] {
        self.refresh_copy();
        if self.policy.is_free() { &self.params } else { &self.constrained }
    }

    fn load_constrained_critic(&mut self) {
        self.refresh_copy();
        let params = if self.policy.is_free() { &self.params } else { &self.constrained };
        self.critic.load(params);
    }

    fn refresh_copy(&mut self) {
        if self.policy.is_free() || !self.constrained.is_empty() {
            return;
        }
        self.constrained.extend_from_slice(&self.params);
        self.policy.constrain(&mut self.constrained);
    }

    /// Marks what was derived from the parameters as stale.
    pub(crate) fn forget_copy(&mut self) {
        self.constrained.clear();
        self.encoder_constants = None;
    }
}
