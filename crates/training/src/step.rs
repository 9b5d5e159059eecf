//! One step of training: forward, loss, backward, optimiser, projection.

use kantorovich_kernels::{Error, PanelsRef};

use crate::Trainer;
use crate::parameters::Side;

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

impl Trainer {
    /// Takes one step on a batch: `x` of n x input width, `y` of n x its input width.
    ///
    /// # Errors
    ///
    /// `Shape` on another batch than the trainer was built for. `Data` where the value or the
    /// gradient isn't finite, naming the step; parameters, moments, step count and generator are
    /// then as they were (case A4).
    pub fn step(&mut self, x: PanelsRef<'_>, y: PanelsRef<'_>) -> Result<StepReport, Error> {
        self.check_batch(x, y)?;
        let random = self.random.clone();
        self.try_step(x, y).map_err(|error| {
            self.random = random;
            self.gradient.fill(0.0);
            self.name_step(error, [x, y])
        })
    }

    fn try_step(&mut self, x: PanelsRef<'_>, y: PanelsRef<'_>) -> Result<StepReport, Error> {
        let step = self.steps() + 1;
        let learning_rate = self.schedule.rate(step - 1);
        let (value, penalty) = self.differentiate(x, y)?;
        let (params, gradient) = (&mut self.params, &mut self.gradient);
        let gradient_norm =
            self.optimiser.step(params, gradient, learning_rate, self.spec.clip_norm)?;
        self.critic.hold_floor(&mut self.params);
        self.policy.after_step(&mut self.params, step);
        self.forget_copy();
        let temperature = self.critic.temperature();
        let loss = penalty - self.loss.surrogate();
        Ok(StepReport { step, value, penalty, loss, gradient_norm, learning_rate, temperature })
    }

    /// The value and the penalty at the present parameters, and the loss's gradient in
    /// `self.gradient`, which is zero before.
    fn differentiate(&mut self, x: PanelsRef<'_>, y: PanelsRef<'_>) -> Result<(f64, f64), Error> {
        self.critic.load(&self.params);
        for (side, input) in Side::BOTH.into_iter().zip([x, y]) {
            self.network.forward(side, &self.params, input, &mut self.tapes[side.index()]);
        }
        let [g, h] = self.tapes.each_ref().map(|tape| tape.output());
        let value = self.loss.evaluate(g, h, self.critic.values())?;
        self.critic.subtract(self.loss.d_parameters(), &mut self.gradient);
        let penalty = self.backward_rest([x, y]);
        for (side, input) in Side::BOTH.into_iter().zip([x, y]) {
            let tape = &self.tapes[side.index()];
            self.network.first_layer_gradient(side, input, tape, &mut self.gradient);
        }
        Ok((value, penalty))
    }

    /// The backward pass down to the first layers' deltas, the penalty's included; returns the
    /// penalty.
    fn backward_rest(&mut self, batch: [PanelsRef<'_>; 2]) -> f64 {
        let by_embeddings = [self.loss.d_queries(), self.loss.d_candidates()];
        for (d_out, derivative) in self.d_out.iter_mut().zip(by_embeddings) {
            d_out.view_mut().copy_scaled(derivative, -1.0);
        }
        let (critic, tapes, gradient) = (&self.critic, &mut self.tapes, &mut self.gradient);
        let mut value = 0.0;
        if let Some(penalty) = &mut self.penalty {
            penalty.draw(&mut self.random);
            value += penalty.add_to_embeddings(critic, tapes, &mut self.d_out, gradient);
        }
        if let Some(lagrangian) = &mut self.lagrangian {
            lagrangian.draw(&mut self.random);
            let (params, d_out) = (&self.params, &mut self.d_out);
            value += lagrangian.add_gradient(params, batch, tapes, d_out, gradient);
        }
        for side in Side::BOTH {
            let (tape, d_out) = (&mut tapes[side.index()], self.d_out[side.index()].view());
            self.network.backward_rest(side, &self.params, tape, d_out, gradient);
        }
        if let Some(penalty) = &mut self.penalty {
            let (network, params) = (&mut self.network, &self.params);
            value += penalty.add_to_first_deltas(network, params, critic, tapes, gradient);
        }
        value
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
