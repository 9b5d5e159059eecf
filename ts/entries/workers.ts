/** Training in workers. Outside Node, `load()` of `kantorovich` loads the core for `fit`. */
export { fit, type WorkersOption } from '../workers/fit.js';
export type { ProbeJob, ProbePoint, TrainerJob, TrainerResult } from '../workers/job.js';
export { type ParallelLoss, parallelLoss } from '../workers/parallel-loss.js';
export { createTrainer, type RemoteTrainer, type TrainerCallbacks } from '../workers/trainer.js';
