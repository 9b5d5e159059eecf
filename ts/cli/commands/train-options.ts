import { type Command, Option } from 'commander';
import { type CriticName, criticNames } from '../../critics/critic.js';
import { PAIR_SPEC_FORMS } from '../../data/parse-pair-spec.js';
import { type Activation, activations, encoderPresets } from '../../encoders/encoder.js';
import { type LipschitzName, lipschitzNames } from '../../lipschitz/lipschitz.js';
import { type ObjectiveName, objectiveNames } from '../../objectives/objective.js';
import {
  encoderLayers,
  imageShape,
  layerUnits,
  numberFrom,
  positiveNumber,
  wholeNumber,
  workerNumber,
} from '../arguments.js';
import { BACKEND_HELP, type TfjsBackend, tfjsBackends } from '../open-tfjs.js';

/** What makes a run, as the command line gives it; plain data, kept in the run's folder for a later resume. */
export interface TrainSettings {
  readonly data?: string;
  readonly dataDir?: string;
  readonly standardise?: boolean;
  readonly objective: ObjectiveName;
  readonly critic: CriticName;
  readonly temperature?: number;
  readonly learnTemperature?: boolean;
  readonly criticHidden?: string;
  readonly encoder: string;
  readonly encoderY?: string;
  readonly imageShape?: string;
  readonly imageShapeY?: string;
  readonly shared?: boolean;
  readonly activation?: Activation;
  readonly lipschitz?: LipschitzName;
  readonly penaltyCoefficient: number;
  readonly penaltyTarget: number;
  readonly penaltySides: 'one' | 'two';
  readonly penaltyPoints: number;
  readonly penaltyOver: 'inputs' | 'embeddings';
  readonly orthonormaliseEvery: number;
  readonly spectralNorm: number;
  readonly radius?: number;
  readonly projectEvery?: number;
  readonly lagrangianPairs?: number;
  readonly lagrangianMultiplier: number;
  readonly batch: number;
  readonly steps: number;
  readonly optimiser: 'adam' | 'adamw' | 'sgd';
  readonly lr: number;
  readonly weightDecay?: number;
  readonly momentum?: number;
  readonly schedule: 'constant' | 'cosine' | 'linear';
  readonly warmup: number;
  readonly clipNorm?: number;
  readonly patience?: number;
  readonly seed: number;
  readonly deterministic?: boolean;
}

/** How a run is followed and kept; may differ when it is resumed. */
export interface TrainFlags {
  readonly out?: string;
  readonly resume?: string | true;
  readonly checkpointEvery: number;
  readonly evaluateEvery: number;
  readonly probe: boolean;
  readonly workers?: number | 'auto';
  readonly backend?: TfjsBackend;
  readonly turbo?: boolean;
  readonly json?: boolean;
}

/** Everything train can be told. */
export type TrainOptions = TrainSettings & TrainFlags;

const ENCODER_HELP = `layers after the input, one of
${Object.entries(encoderPresets)
  .map(([name, layers]) => `${name} (${layers}${name === 'lipschitz' ? ', 1-Lipschitz layers' : ''})`)
  .join('\n')}
512-256-64: widths of dense layers
c32k4s2p1-64: convolutions before them,
channels, kernel (3), stride (1), padding (0)
model.json: a LayersModel of TensorFlow.js`;

/** Adds train's options, in groups. */
export function addTrainOptions(command: Command): Command {
  addDataOptions(command);
  addModelOptions(command);
  addConstraintOptions(command);
  addOptimiserOptions(command);
  return addRunOptions(command);
}

function addDataOptions(command: Command): void {
  command
    .optionsGroup('Data:')
    .option('--data <source>', `pairs to train on, one of\n${PAIR_SPEC_FORMS.join('\n')}`)
    .option('--data-dir <folder>', 'where the files of omniglot are')
    .option('--standardise', 'shift and scale inputs to mean 0, deviation 1');
}

function addModelOptions(command: Command): void {
  command
    .optionsGroup('Objective and encoders:')
    .addOption(new Option('--objective <name>', 'what is maximised').choices(objectiveNames).default('wpc'))
    .addOption(new Option('--critic <name>', 'how two embeddings are scored').choices(criticNames).default('separable'))
    .option('--temperature <number>', 'what scores are divided by (default: 1; 0.1 for cosine)', positiveNumber)
    .option('--learn-temperature', 'train the temperature too')
    .option('--critic-hidden <widths>', 'hidden layers of the joint critic (default: 128-128)', layerUnits)
    .option('--encoder <layers>', ENCODER_HELP, encoderLayers, 'mlp')
    .option('--encoder-y <layers>', 'the same for y (default: those of --encoder)', encoderLayers)
    .option(
      '--image-shape <shape>',
      'images that convolutions run over, 3x32x32\n(default: as the data say, or 1 square channel)',
      imageShape,
    )
    .option('--image-shape-y <shape>', 'the same for y (default: that of --image-shape)', imageShape)
    .option('--shared', 'one encoder for x and y')
    .addOption(
      new Option('--activation <name>', 'between layers; maxmin takes even widths, groupsort multiples of 4')
        .choices(activations)
        .default(undefined, 'relu; maxmin with orthonormal'),
    );
}

function addConstraintOptions(command: Command): void {
  const fallback = 'orthonormal with --encoder lipschitz; else gradient-penalty for wpc, wdm';
  command
    .optionsGroup('Lipschitz constraint:')
    .addOption(
      new Option('--lipschitz <name>', 'what keeps the critic so').choices(lipschitzNames).default(undefined, fallback),
    )
    .option('--penalty-coefficient <number>', "the penalty's weight", positiveNumber, 0.1)
    .option('--penalty-target <number>', 'the gradient norm it pulls to', positiveNumber, 1)
    .addOption(
      new Option('--penalty-sides <which>', 'norms that cost, above the target or all')
        .choices(['one', 'two'])
        .default('one'),
    )
    .option('--penalty-points <number>', 'points a step it is taken at', wholeNumber(1), 16)
    .addOption(
      new Option('--penalty-over <what>', 'the metric: l2 on inputs or on embeddings')
        .choices(['inputs', 'embeddings'])
        .default('inputs'),
    )
    .option('--orthonormalise-every <steps>', 'steps from one orthonormalisation to the next', wholeNumber(1), 4)
    .option('--spectral-norm <number>', "each layer's largest spectral norm", positiveNumber, 1)
    .option('--radius <number>', 'of a norm ball (default: 1; 0.01 for box)', positiveNumber)
    .option('--project-every <steps>', 'onto a ball (default: 1; 10 for spectral-ball)', wholeNumber(1))
    .option('--lagrangian-pairs <number>', 'pairs a step and side (default: the batch)', wholeNumber(1))
    .option('--lagrangian-multiplier <x>', 'where the multiplier starts', positiveNumber, 30);
}

function addOptimiserOptions(command: Command): void {
  const schedules = ['constant', 'cosine', 'linear'];
  command
    .optionsGroup('Training:')
    .option('--batch <n>', 'pairs in a batch', wholeNumber(2), 64)
    .option('--steps <number>', 'steps in all', wholeNumber(1), 2000)
    .addOption(new Option('--optimiser <name>', 'how steps are made').choices(['adam', 'adamw', 'sgd']).default('adam'))
    .option('--lr <number>', 'learning rate', positiveNumber, 5e-4)
    .option('--weight-decay <number>', 'decay of weights (default: 0; 0.01 for adamw)', numberFrom(0))
    .option('--momentum <number>', 'of sgd (default: 0.9)', numberFrom(0, 1))
    .addOption(new Option('--schedule <name>', 'how the rate goes on').choices(schedules).default('constant'))
    .option('--warmup <steps>', 'steps that lead up to the rate', wholeNumber(0), 0)
    .option('--clip-norm <number>', 'scale longer gradients down to this norm', positiveNumber)
    .option('--patience <times>', 'stop after so many evaluations without a better value', wholeNumber(1))
    .option('--seed <number>', 'decides weights, shuffling and drawing', wholeNumber(0), 1)
    .option('--deterministic', 'the same bits on every machine, a little slower');
}

function addRunOptions(command: Command): Command {
  return command
    .optionsGroup('Run:')
    .option('--out <folder>', 'where files go (default: a folder in runs/ named after the settings)')
    .option('--resume [run]', "go on from a run's checkpoint: its folder (default: that of --out)")
    .option('--checkpoint-every <steps>', 'steps between checkpoints', wholeNumber(1), 500)
    .option('--evaluate-every <steps>', 'steps between values on held-out pairs', wholeNumber(1), 100)
    .option('--no-probe', 'fit no linear probe at the end')
    .addOption(
      new Option(
        '--workers <number>',
        'threads that share each step, 64 pairs or more each; auto: one a core (default: none, this thread)',
      )
        .argParser(workerNumber)
        .conflicts('turbo'),
    )
    .addOption(new Option('--backend <name>', BACKEND_HELP).choices(tfjsBackends))
    .option('--turbo', 'try 256-bit lanes, an experiment of Node 24: faster on some processors')
    .option('--json', 'print JSON lines on standard output, nothing else');
}
