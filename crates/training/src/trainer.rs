//! The trainer: what it owns, and how it is built.

use kantorovich_encoders::{Optimiser, Schedule, Tape};
use kantorovich_kernels::{Error, LANES, Panels, Random, Share};
use kantorovich_lipschitz::Point;
use kantorovich_objectives::{Gradients, Loss, LossSpec, Pairs};

use crate::critic::CriticParameters;
use crate::evaluate::Evaluator;
use crate::lagrangian::Lagrangian;
use crate::network::Network;
use crate::parameters::{Parameters, Side};
use crate::penalty::GradientPenalty;
use crate::policy::Policy;
use crate::sharing::Sharing;
use crate::step::UnderWay;
use crate::{Constraint, TrainerSpec};

/// Encoders, a critic and an optimiser that climb an objective, a batch a step.
pub struct Trainer {
    pub(crate) spec: TrainerSpec,
    pub(crate) parameters: Parameters,
    pub(crate) network: Network,
    pub(crate) critic: CriticParameters,
    pub(crate) tapes: [Tape; 2],
    pub(crate) loss: Loss,
    /// The loss's gradient by the embeddings, a side each.
    pub(crate) d_out: [Panels; 2],
    pub(crate) params: Vec<f32>,
    pub(crate) gradient: Vec<f32>,
    pub(crate) optimiser: Optimiser,
    pub(crate) schedule: Schedule,
    pub(crate) penalty: Option<GradientPenalty>,
    pub(crate) lagrangian: Option<Lagrangian>,
    pub(crate) policy: Policy,
    pub(crate) random: Random,
    pub(crate) share: Sharing,
    pub(crate) under_way: UnderWay,
    /// The parameters with the constraint applied; empty where there is none or it is stale.
    pub(crate) constrained: Vec<f32>,
    /// The encoders' Lipschitz constants, unless stale.
    pub(crate) encoder_constants: Option<[f64; 2]>,
    /// Built when first needed.
    pub(crate) evaluator: Option<Evaluator>,
}

impl Trainer {
    /// Allocates everything, draws initial weights and applies the constraint to them.
    ///
    /// # Errors
    ///
    /// As [`TrainerSpec::validate`]; `Options` on unknown names and numbers out of their range,
    /// `Shape` where the critic can't take the embeddings.
    pub fn new(spec: &TrainerSpec) -> Result<Self, Error> {
        let mut trainer = Self::blank(spec)?;
        trainer.initialise()?;
        Ok(trainer)
    }

    /// Allocates everything and leaves all parameters at zero, for those that [`Trainer::import`]
    /// takes up: drawing weights and constraining them would cost a multiple of that.
    ///
    /// # Errors
    ///
    /// As [`Trainer::new`].
    pub fn blank(spec: &TrainerSpec) -> Result<Self, Error> {
        spec.validate()?;
        let loss = Loss::new(&loss_spec(spec, &spec.objective, Gradients::All), pairs(spec)?)?;
        let parameters = Parameters::new(spec);
        let decayed = parameters.weights().map(|tensor| tensor.range());
        let optimiser = Optimiser::new(spec.rule, parameters.len(), spec.weight_decay, decayed)?;
        let penalty = match spec.constraint {
            Constraint::GradientPenalty(penalty) => Some(GradientPenalty::new(spec, penalty)?),
            _ => None,
        };
        let lagrangian = match spec.constraint {
            Constraint::Lagrangian(given) => Lagrangian::new(spec, given, &parameters),
            _ => None,
        };
        Ok(Self {
            network: Network::new(spec, &parameters)?,
            critic: CriticParameters::new(spec, &parameters),
            tapes: [0, 1].map(|side| Tape::new(&spec.encoder(side), spec.batch.max(LANES))),
            d_out: [0, 1].map(|side| Panels::zeros(spec.batch, spec.encoder(side).output_width())),
            params: vec![0.0; parameters.len()],
            gradient: vec![0.0; parameters.len()],
            policy: Policy::new(spec.constraint, &parameters),
            under_way: UnderWay::new(&Random::new(spec.seed)),
            random: Random::new(spec.seed),
            share: Sharing::new(&parameters, Share::WHOLE),
            schedule: spec.schedule,
            constrained: Vec::new(),
            encoder_constants: None,
            evaluator: None,
            spec: spec.clone(),
            parameters,
            loss,
            optimiser,
            penalty,
            lagrangian,
        })
    }

    fn initialise(&mut self) -> Result<(), Error> {
        self.network.initialise(&mut self.params, &mut self.random);
        self.critic.initialise(&self.spec, &mut self.params, &mut self.random)?;
        if let Some(lagrangian) = &self.lagrangian {
            lagrangian.initialise(&mut self.params);
        }
        self.critic.load(&self.params);
        self.policy.constrain(&mut self.params);
        Ok(())
    }

    /// What it was built from.
    pub fn spec(&self) -> &TrainerSpec {
        &self.spec
    }

    /// The steps taken.
    pub fn steps(&self) -> u64 {
        self.optimiser.steps()
    }

    /// The width of a side's input.
    pub fn input_width(&self, side: Side) -> usize {
        self.network.encoder(side).spec().input_width()
    }

    /// The width of a side's embedding.
    pub fn embedding_width(&self, side: Side) -> usize {
        self.network.encoder(side).spec().output_width()
    }

    /// The temperature at which scores are taken now.
    pub fn temperature(&mut self) -> f64 {
        self.critic.load(&self.params);
        self.critic.temperature()
    }

    /// The points between pairs at which the last step took its penalty; none without one.
    pub fn penalty_points(&self) -> &[Point] {
        self.penalty.as_ref().map_or(&[], |penalty| penalty.points())
    }

    /// The pairs of rows, of x and of y, on which the last step took its Lagrangian; none without
    /// one.
    pub fn lagrangian_pairs(&self) -> [&[(u32, u32)]; 2] {
        let pairs = self.lagrangian.as_ref().map(Lagrangian::pairs);
        pairs.map_or([&[], &[]], |pairs| pairs.each_ref().map(Vec::as_slice))
    }
}

/// Every x of a batch with its own y, against the others'.
pub(crate) fn pairs(spec: &TrainerSpec) -> Result<Pairs, Error> {
    Pairs::diagonal(spec.batch, spec.batch)
}

/// A loss on the embeddings of a batch.
pub(crate) fn loss_spec<'a>(
    spec: &'a TrainerSpec,
    objective: &'a str,
    gradients: Gradients,
) -> LossSpec<'a> {
    let [query_dim, candidate_dim] = [0, 1].map(|side| spec.encoder(side).output_width());
    let (options, critic) = (spec.objective_options, spec.critic());
    LossSpec { objective, options, critic, query_dim, candidate_dim, gradients }
}
