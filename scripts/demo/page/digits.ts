import { type DrawingBytes, readSafetensors } from 'kantorovich/slim';

/**
 * The digits that the page comes with: 14 x 14 pixels, 250 of each class.
 *
 * @throws {Error} where they cannot be fetched
 */
export async function fetchDigits(): Promise<DrawingBytes> {
  const { body, ok, status } = await fetch('digits.bin');
  if (!ok || body === null) throw new Error(`digits.bin answered ${status}`);
  const file = await new Response(body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  const { tensors } = readSafetensors(new Uint8Array(file));
  const [pixels, labels] = [tensors.get('pixels'), tensors.get('labels')];
  if (!(pixels?.data instanceof Uint8Array && labels?.data instanceof Uint8Array)) {
    throw new Error('digits.bin is not what the build of this page wrote');
  }
  return { size: pixels.shape[1], pixels: pixels.data, labels: labels.data };
}
