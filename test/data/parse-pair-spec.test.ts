import { describe, expect, it } from 'vitest';
import { PAIR_SPEC_FORMS, parsePairSpec } from '../../ts/data/parse-pair-spec.js';
import { OptionsError } from '../../ts/wasm/errors.js';

describe('parsePairSpec', () => {
  it.each([
    ['digits:3x3', { kind: 'digits', k: 3 }],
    ['digits:2x2,tile=28', { kind: 'digits', k: 2, tile: 28 }],
    ['digits:3x3,pairs=1000,pairs-seed=0', { kind: 'digits', k: 3, trainingPairs: 1000, trainingSeed: 0 }],
    ['omniglot:2x2,dir=data/omniglot', { kind: 'omniglot', alphabets: 4, dataDir: 'data/omniglot' }],
    [
      'omniglot:3x3,dir=d,tile=28,stacked=true,pairs=50',
      { kind: 'omniglot', alphabets: 9, dataDir: 'd', tile: 28, layout: 'stack', trainingPairs: 50 },
    ],
    ['omniglot:1x1,dir=d,stacked=false', { kind: 'omniglot', alphabets: 1, dataDir: 'd', layout: 'grid' }],
    ['gaussians:20,nats=8', { kind: 'gaussians', dimensions: 20, nats: 8 }],
    ['gaussians:3,nats=0.5,pairs=10', { kind: 'gaussians', dimensions: 3, nats: 0.5, trainingPairs: 10 }],
    ['halves:faces', { kind: 'halves', folder: 'faces' }],
    ['halves:C:\\faces, old,tile=64,channels=3', { kind: 'halves', folder: 'C:\\faces, old', tile: 64, channels: 3 }],
    ['frames:/tmp/run=3/frames', { kind: 'frames', folder: '/tmp/run=3/frames' }],
    [
      'views:dir,crop=0.5,shift=2,flip=true,noise=0',
      { kind: 'views', folder: 'dir', crop: 0.5, shift: 2, flip: true, noise: 0 },
    ],
    ['views:dir,flip=false,channels=1', { kind: 'views', folder: 'dir', flip: false, channels: 1 }],
    ['npy:x.npy,y.npy', { kind: 'npy', x: 'x.npy', y: 'y.npy' }],
    ['npy:x.npy,y.npy,pairs=5', { kind: 'npy', x: 'x.npy', y: 'y.npy', trainingPairs: 5 }],
    ['jsonl:rows.jsonl', { kind: 'jsonl', file: 'rows.jsonl' }],
  ])('reads %s', (text, spec) => {
    expect(parsePairSpec(text)).toEqual(spec);
  });

  it.each([
    ['', /data must be one of/],
    ['digits', /data must be one of/],
    ['mnist:3x3', /data must be one of.*mnist:3x3/],
    ['digits:3x2', /square.*3x2/],
    ['digits:0x0', /square/],
    ['digits:3x3,tile=0', /tile.*0/],
    ['digits:3x3,tile=', /tile/],
    ['digits:3x3,tile=1.5', /tile.*1\.5/],
    ['digits:3x3,tile=7,tile=8', /twice/],
    ['digits:3x3,size=28', /size=28.*tile/],
    ['digits:3x3,flip=true', /flip=true/],
    ['omniglot', /--data-dir/],
    ['omniglot:2x2', /--data-dir/],
    ['omniglot:2x2,dir=', /--data-dir/],
    ['omniglot:2x3,dir=d', /square.*2x3/],
    ['omniglot:2x2,dir=d,stacked=1', /stacked.*true or false.*1/],
    ['gaussians:20', /gaussians:20,nats=8/],
    ['gaussians:x,nats=8', /gaussians:20,nats=8/],
    ['gaussians:20,nats=much', /nats.*much/],
    ['halves:', /folder/],
    ['halves:dir,channels=2', /channels.*2/],
    ['views:dir,flip=yes', /flip.*yes/],
    ['views:dir,noise=much', /noise.*much/],
    ['npy:x.npy', /two files/],
    ['npy:x.npy,', /two files/],
    ['npy:x.npy,y.npy,z.npy', /two files/],
    ['jsonl:', /a file/],
    ['jsonl:rows.jsonl,pairs=-1', /pairs.*-1/],
  ])('refuses "%s" in one line', (text, message) => {
    expect(() => parsePairSpec(text)).toThrow(OptionsError);
    expect(() => parsePairSpec(text)).toThrow(message);
    expect(() => parsePairSpec(text)).not.toThrow(/\n/);
  });

  it.each([null, undefined, 5, {}, ['digits:3x3']])('refuses %s, which is no text', (value) => {
    // @ts-expect-error: no text
    expect(() => parsePairSpec(value)).toThrow(OptionsError);
  });

  it('takes the folder of omniglot from beside the text, unless the text has one', () => {
    const folderOf = (text: string) => parsePairSpec(text, { dataDir: 'beside' });
    expect(folderOf('omniglot')).toEqual({ kind: 'omniglot', alphabets: 4, dataDir: 'beside' });
    expect(folderOf('omniglot:1x1,dir=own')).toMatchObject({ dataDir: 'own' });
    expect(folderOf('digits:1x1')).toEqual({ kind: 'digits', k: 1 });
  });

  it('knows every form it advertises', () => {
    const plain = PAIR_SPEC_FORMS.map((form) => form.replaceAll(/\[.*\]/g, ''));
    expect(plain.map((form) => parsePairSpec(form).kind)).toEqual(plain.map((form) => form.split(':')[0]));
  });
});
