//! What is reported of a model: values on held-out pairs, embeddings, certificates. All are of the
//! copy with the constraint applied.

use kantorovich_kernels::{Error, Panels, PanelsMut, PanelsRef};
use kantorovich_lipschitz::{Certificate, CriticForm, Metric};
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

    /// The critic's Lipschitz constant over a metric on pairs of inputs, or why it has none.
    pub fn certificate(&mut self, metric: Metric) -> Certificate {
        let certificates = match self.certificates.take() {
            Some(certificates) => certificates,
            None => self.certify(),
        };
        let certificate = certificates[metric as usize].clone();
        self.certificates = Some(certificates);
        certificate
    }

    fn certify(&mut self) -> [Certificate; 2] {
        self.load_constrained_critic();
        let params = if self.policy.is_free() { &self.params } else { &self.constrained };
        let form = critic_form(&self.spec.critic);
        // 1-Lipschitz activations between layers: the product of the layers' bounds.
        let constant = |side| -> f64 {
            self.parameters
                .encoder_weights(side)
                .map(|tensor| upper_bound(tensor, params))
                .product()
        };
        // Only the distance critic's certificate asks for the encoders' constants.
        let [x, y] = match form {
            CriticForm::Distance => Side::BOTH.map(constant),
            _ => [f64::INFINITY; 2],
        };
        let temperature = self.critic.temperature();
        [Metric::Sum, Metric::L2].map(|metric| Certificate::new(form, x, y, temperature, metric))
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
        self.certificates = None;
    }
}

fn critic_form(name: &str) -> CriticForm {
    match name {
        "bilinear" => CriticForm::Bilinear,
        "cosine" => CriticForm::Cosine,
        "distance" => CriticForm::Distance,
        "squared-distance" => CriticForm::SquaredDistance,
        _ => CriticForm::Separable,
    }
}
