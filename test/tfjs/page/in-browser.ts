import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as library from '../../../dist/entries/tfjs.js';
import { load } from '../../../dist/entries/web.js';
import { runSuite, type SuiteAnswers } from './suite.js';

/** The suite in a page or a worker of one, with tfjs's modules under /tfjs/. */
export async function answersHere(): Promise<SuiteAnswers> {
  setWasmPaths('/tfjs/');
  await load({ tfjs: true });
  return runSuite(library);
}
