//! One step of training: forward, loss, backward, optimiser, projection.

use kantorovich_encoders::{check_norm, not_finite};
use kantorovich_kernels::{Error, PanelsRef, Random};

use crate::Trainer;
use crate::parameters::Side;
use crate::penalty::GradientPenalty;

/// What a step did. All but the learning rate were measured at the weights of before the step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// The step's number, counted from 1.
    pub step: u64,
    /// The objective on the batch, in nats where it bounds or estimates mutual information.
    pub value: f64,
    /// The penalty, its coefficient included, or the Lagrangian; 0 without either.
    pub penalty: f64,
    /// `-value + penalty`, which was descended; for an objective that reports another number than
    /// it climbs (`jsd`, `smile`, `rpc`), `-surrogate + penalty`.
    pub loss: f64,
    /// The global norm of the loss's gradient, before it was clipped.
    pub gradient_norm: f64,
    /// The learning rate used.
    pub learning_rate: f64,
    /// The temperature of the scores.
    pub temperature: f64,
}

/// The phases of a step. Trainers that share a step exchange what they have ([`Trainer::regions`])
/// after each: one alone runs them in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The batch through the encoders.
    Embed,
    /// What the objective must know of all scores; the penalty's points through the encoders.
    Observe,
    /// Derivatives by scores and embeddings; the critic's by the points' inputs.
    Differentiate,
    /// The batch back through the encoders; the penalty's tangents.
    Backward,
    /// The points back through critic and encoders.
    PointsBackward,
    /// The gradient by the encoders' weights, a part of each weight's rows.
    Gradient,
    /// The optimiser, on the same rows.
    Descend,
    /// The constraint, a weight at a time.
    Constrain,
}

impl Phase {
    /// All, in order.
    pub const ALL: [Self; 8] = [
        Self::Embed,
        Self::Observe,
        Self::Differentiate,
        Self::Backward,
        Self::PointsBackward,
        Self::Gradient,
        Self::Descend,
        Self::Constrain,
    ];
}

/// What a step under way hands from phase to phase.
#[derive(Clone, Debug)]
pub(crate) struct UnderWay {
    /// The generator at its beginning.
    random: Random,
    value: f64,
    penalty: f64,
    gradient_norm: f64,
    learning_rate: f64,
}

impl UnderWay {
    pub(crate) fn new(random: &Random) -> Self {
        let random = random.clone();
        Self { random, value: 0.0, penalty: 0.0, gradient_norm: 0.0, learning_rate: 0.0 }
    }
}

impl Trainer {
    /// Takes one step on a batch: `x` of n x input width, `y` of n x its input width.
    ///
    /// # Errors
    ///
    /// `Shape` on another batch than the trainer was built for. `Data` where the value or the
    /// gradient isn't finite, naming the step; parameters, moments, step count and generator are
    /// then as they were (case A4).
    pub fn step(&mut self, x: PanelsRef<'_>, y: PanelsRef<'_>) -> Result<StepReport, Error> {
        for phase in Phase::ALL {
            self.phase(phase, x, y)?;
        }
        Ok(self.report())
    }

    /// Runs one phase of a step; the batch is the same in all of them.
    ///
    /// # Errors
    ///
    /// As [`Trainer::step`]; the step is then over.
    pub fn phase(&mut self, phase: Phase, x: PanelsRef<'_>, y: PanelsRef<'_>) -> Result<(), Error> {
        self.check_batch(x, y)?;
        match phase {
            Phase::Embed => self.embed_batch([x, y]),
            Phase::Observe => self.observe(),
            Phase::Differentiate => self.differentiate(),
            Phase::Backward => return self.backward([x, y]).map_err(|e| self.give_up(e, [x, y])),
            Phase::PointsBackward => self.points_backward(),
            Phase::Gradient => self.add_weight_gradients([x, y]),
            Phase::Descend => return self.descend().map_err(|e| self.give_up(e, [x, y])),
            Phase::Constrain => self.constrain(),
        }
        Ok(())
    }

    /// What the step did that ended with the last phase.
    pub fn report(&self) -> StepReport {
        let UnderWay { value, penalty, gradient_norm, learning_rate, .. } = self.under_way;
        let loss = penalty - self.loss.surrogate();
        let (step, temperature) = (self.steps(), self.critic.temperature());
        StepReport { step, value, penalty, loss, gradient_norm, learning_rate, temperature }
    }

    fn embed_batch(&mut self, batch: [PanelsRef<'_>; 2]) {
        self.under_way = UnderWay::new(&self.random);
        self.critic.load(&self.params);
        for (side, input) in Side::BOTH.into_iter().zip(batch) {
            self.network.forward(side, &self.params, input, &mut self.tapes[side.index()]);
        }
        if let Some(penalty) = &mut self.penalty {
            penalty.draw(&mut self.random);
        }
        if let Some(lagrangian) = &mut self.lagrangian {
            lagrangian.draw(&mut self.random);
        }
        if let Some((_, penalty)) = self.penalty.as_mut().and_then(GradientPenalty::over_inputs) {
            penalty.begin(&self.network, &self.params);
        }
    }

    fn observe(&mut self) {
        let [g, h] = self.tapes.each_ref().map(|tape| tape.output());
        self.loss.begin(g, h, self.critic.values());
        self.loss.observe();
        if let Some((points, penalty)) =
            self.penalty.as_mut().and_then(GradientPenalty::over_inputs)
        {
            penalty.embed(points, &self.network, &self.params, &self.tapes);
        }
    }

    fn differentiate(&mut self) {
        self.loss.differentiate();
        if let Some((_, penalty)) = self.penalty.as_mut().and_then(GradientPenalty::over_inputs) {
            penalty.differentiate(&self.network, &self.params, &self.critic);
        }
    }

    fn backward(&mut self, batch: [PanelsRef<'_>; 2]) -> Result<(), Error> {
        self.under_way.value = self.loss.conclude(self.critic.values())?;
        let (critic, gradient) = (&self.critic, &mut self.gradient);
        critic.subtract(self.loss.d_parameters(), gradient);
        let by_embeddings = [self.loss.d_queries(), self.loss.d_candidates()];
        for (d_out, derivative) in self.d_out.iter_mut().zip(by_embeddings) {
            d_out.view_mut().copy_scaled(derivative, -1.0);
        }
        let mut value = 0.0;
        if let Some(penalty) = &mut self.penalty {
            value += penalty.add_to_embeddings(critic, &self.tapes, &mut self.d_out, gradient);
        }
        if let Some(lagrangian) = &self.lagrangian {
            let (params, d_out) = (&self.params, &mut self.d_out);
            value += lagrangian.add_gradient(params, batch, &self.tapes, d_out, gradient);
        }
        for side in Side::BOTH {
            let (tape, d_out) = (&mut self.tapes[side.index()], self.d_out[side.index()].view());
            self.network.deltas(side, &self.params, tape, d_out);
        }
        if let Some((_, penalty)) = self.penalty.as_mut().and_then(GradientPenalty::over_inputs) {
            value += penalty.tangents(&self.network, &self.params);
        }
        self.under_way.penalty = value;
        Ok(())
    }

    fn points_backward(&mut self) {
        if let Some((_, penalty)) = self.penalty.as_mut().and_then(GradientPenalty::over_inputs) {
            penalty.backward(&self.network, &self.params, &self.critic, &mut self.gradient);
        }
    }

    fn add_weight_gradients(&mut self, batch: [PanelsRef<'_>; 2]) {
        let (share, gradient) = (self.share.share, &mut self.gradient);
        for side in Side::BOTH {
            self.network.later_gradients(side, &self.tapes[side.index()], gradient, share);
        }
        if let Some((points, penalty)) =
            self.penalty.as_mut().and_then(GradientPenalty::over_inputs)
        {
            let (network, tapes) = (&mut self.network, &mut self.tapes);
            penalty.add_gradient(points, network, &self.params, tapes, gradient, share);
        }
        for (side, input) in Side::BOTH.into_iter().zip(batch) {
            let tape = &self.tapes[side.index()];
            self.network.first_layer_gradient(side, input, tape, gradient, share);
        }
        self.share.add_up_squares(gradient);
    }

    fn descend(&mut self) -> Result<(), Error> {
        let total = self.share.square_sum();
        if !total.is_finite() && self.shared().is_whole() {
            return Err(not_finite(&self.gradient));
        } else if !total.is_finite() {
            // Which entries it is, only who computed them knows; all must say the same.
            return Err(Error::data("the gradient must be finite, and is not"));
        }
        let (norm, rate) = (libm::sqrt(total), self.schedule.rate(self.steps()));
        check_norm(norm, self.spec.clip_norm)?;
        let (params, gradient) = (&mut self.params, &mut self.gradient);
        self.optimiser.step(params, gradient, rate, norm, self.spec.clip_norm);
        self.critic.hold_floor(&mut self.params);
        (self.under_way.gradient_norm, self.under_way.learning_rate) = (norm, rate);
        Ok(())
    }

    fn constrain(&mut self) {
        let (share, step) = (&self.share, self.optimiser.steps());
        self.policy.after_step(&mut self.params, step, |tensor| share.constrains(tensor));
        self.forget_copy();
    }

    /// Leaves everything as it was before the step.
    fn give_up(&mut self, error: Error, batch: [PanelsRef<'_>; 2]) -> Error {
        self.random = self.under_way.random.clone();
        self.gradient.fill(0.0);
        self.name_step(error, batch)
    }

    pub(crate) fn check_batch(&self, x: PanelsRef<'_>, y: PanelsRef<'_>) -> Result<(), Error> {
        for (side, input) in Side::BOTH.into_iter().zip([x, y]) {
            let (rows, cols) = (self.spec.batch, self.input_width(side));
            if (input.rows(), input.cols()) != (rows, cols) {
                return Err(Error::shape(format!(
                    "a batch of {} must be {rows} x {cols}, found {} x {}",
                    if side == Side::X { "x" } else { "y" },
                    input.rows(),
                    input.cols()
                )));
            }
        }
        Ok(())
    }

    /// Says in which step it happened, and whether the batch was to blame.
    fn name_step(&self, error: Error, batch: [PanelsRef<'_>; 2]) -> Error {
        let step = self.steps() + 1;
        let inputs = Side::BOTH.into_iter().zip(batch);
        let bad =
            inputs.filter(|(_, input)| input.as_slice().iter().any(|value| !value.is_finite()));
        let blame = match bad.map(|(side, _)| side).next() {
            Some(Side::X) => ": the batch of x holds numbers that are not finite",
            Some(Side::Y) => ": the batch of y holds numbers that are not finite",
            None => "",
        };
        let message = format!("step {step} was not taken{blame}: {}", error.message);
        Error { kind: error.kind, message }
    }
}
