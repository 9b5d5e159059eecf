import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Python } from './python.js';

/** Runs a model in onnxruntime, once a checker has passed it. */
export const ONNX_PROGRAM = `
import base64, numpy, onnx, onnxruntime
def answer(request):
    onnx.checker.check_model(base64.b64decode(request['model']), full_check=True)
    session = onnxruntime.InferenceSession(base64.b64decode(request['model']))
    batch = numpy.frombuffer(base64.b64decode(request['batch']), numpy.float32).reshape(request['shape'])
    output, = session.run(None, {session.get_inputs()[0].name: batch})
    return {'output': output.flatten().tolist(), 'metadata': session.get_modelmeta().custom_metadata_map}
`;

/** Runs an encoder in the module that docs/tfjs.md has for PyTorch, pasted. */
export async function torchProgram(): Promise<string> {
  const docs = await readFile(fileURLToPath(new URL('../../docs/tfjs.md', import.meta.url)), 'utf8');
  const [, module] =
    [...docs.matchAll(/^```python\n([\s\S]*?)^```$/gm)].find(([, code]) => code?.includes('class Encoder')) ?? [];
  if (module === undefined) throw new Error('docs/tfjs.md has no PyTorch module named Encoder');
  return `${module}
import base64, numpy, os, tempfile
def answer(request):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'encoder.safetensors')
        open(path, 'wb').write(base64.b64decode(request['model']))
        encoder = Encoder(path).eval()
    batch = numpy.frombuffer(base64.b64decode(request['batch']), numpy.float32).reshape(request['shape'])
    with torch.no_grad():
        return encoder(torch.from_numpy(batch.copy())).flatten().tolist()
`;
}

/** What onnxruntime makes of a batch, and what it reads of the metadata. */
export async function inOnnxRuntime(python: Python, model: Uint8Array, batch: Float32Array, shape: readonly number[]) {
  return (await python.ask(request(model, batch, shape))) as {
    readonly output: readonly number[];
    readonly metadata: Readonly<Record<string, string>>;
  };
}

/** What PyTorch makes of a batch. */
export async function inTorch(python: Python, model: Uint8Array, batch: Float32Array, shape: readonly number[]) {
  return (await python.ask(request(model, batch, shape))) as readonly number[];
}

function request(model: Uint8Array, { buffer, byteOffset, byteLength }: Float32Array, shape: readonly number[]) {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return { model: text(model), batch: text(new Uint8Array(buffer, byteOffset, byteLength)), shape };
}
