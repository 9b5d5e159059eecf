export type { ProbeJob, ProbePoint, TrainerJob, TrainerResult } from '../workers/job.js';
export { createTrainer, type RemoteTrainer, type TrainerCallbacks } from '../workers/trainer.js';
