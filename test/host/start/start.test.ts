import { describe, expect, it } from 'vitest';
import { dataTitle, sortedDataFiles, validationBeside } from '../../../extension/host/start/dataFiles.ts';
import {
  needsPython,
  settingDefaults,
  settingOverrides,
  sweepNeedsPython,
} from '../../../extension/host/start/settingOverrides.ts';

describe('data files', () => {
  const files = [
    '/d/dev.tsv',
    '/d/words.tsv',
    '/d/sst2-train.tsv',
    '/d/training.csv',
    '/d/test.tsv',
    '/d/restrain.tsv',
  ];

  it('come with those first that are named as training data, held out ones last', () => {
    expect(sortedDataFiles(files)).toEqual([
      '/d/sst2-train.tsv',
      '/d/training.csv',
      '/d/restrain.tsv',
      '/d/words.tsv',
      '/d/dev.tsv',
      '/d/test.tsv',
    ]);
  });

  it('have their validation file beside them, named like them', () => {
    expect(validationBeside('/d/sst2-train.tsv', [...files, '/d/sst2-dev.tsv'])).toBe('/d/sst2-dev.tsv');
    expect(validationBeside('/d/sst2-train.tsv', files)).toBeUndefined();
    expect(validationBeside('/d/words.tsv', files)).toBeUndefined();
  });

  it('give an experiment its name', () => {
    expect(['/d/reviews-train.tsv', '/d/sst2/train.tsv', '/d/words.tsv'].map(dataTitle)).toEqual([
      'reviews',
      'sst2',
      'words',
    ]);
  });
});

describe('settings', () => {
  const nothing = { executor: 'config', device: 'auto', threads: 0, pythonPath: '' };

  it('set nothing unless someone chose something', () => {
    expect(settingOverrides('model: m\n', nothing)).toEqual([]);
  });

  it('have Python looked for only where torch may be used', () => {
    const needs = (text: string, executor = 'config') => needsPython(text, { executor });
    expect([needs('executor: torch\n'), needs('executor: auto\n'), needs('model: m\n', 'torch')]).toEqual([
      true,
      true,
      true,
    ]);
    expect([needs('model: m\n'), needs('executor: onnx\n', 'torch'), needs(': broken [')]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('have Python looked for where a config of a sweep, or an executor that it varies, may use it', () => {
    const of = (executors: readonly string[]) => ({
      grid: [{ key: 'executor', values: executors }],
      tuning: undefined,
    });
    const needs = (executors: readonly string[], executor = 'config') =>
      sweepNeedsPython(of(executors), ['executor: onnx\n', 'model: m\n'], { executor });
    expect([needs([]), needs(['onnx']), needs(['onnx', 'torch']), needs([], 'auto')]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('are told whole to a sweep, whose configs each leave open other keys', () => {
    expect(settingDefaults(nothing)).toEqual([]);
    expect(settingDefaults({ executor: 'onnx', device: 'cpu', threads: 2, pythonPath: '' })).toEqual([
      'executor=onnx',
      'device=cpu',
      'threads=2',
    ]);
  });

  it.each([
    [{ executor: 'pytorch' }, 'peftLab.executor: must be one of onnx, torch, auto, got "pytorch"; did you mean torch?'],
    [{ threads: 2000 }, 'peftLab.threads: must be 1 … 1024, got 2000; change the setting'],
    [{ device: 'gpu' }, /^peftLab\.device: must be one of auto, .*, got "gpu"; change the setting$/],
  ])('are refused by their name where no config may say so: %j', (wrong, message) => {
    const settings = { ...nothing, ...wrong };
    expect(() => settingDefaults(settings)).toThrow(message);
    expect(() => settingOverrides('model: m\n', settings)).toThrow(message);
    expect(settingOverrides('executor: onnx\ndevice: cpu\nthreads: 1\n', settings)).toEqual([]);
  });

  it('fill in what the config leaves open, and never what it says', () => {
    const chosen = { executor: 'torch', device: 'cuda:1', threads: 4, pythonPath: '/a b/"python"' };
    expect(settingOverrides('model: m\n', chosen)).toEqual([
      'executor=torch',
      'device=cuda:1',
      'threads=4',
      'python="/a b/\\"python\\""',
    ]);
    expect(settingOverrides('executor: onnx\ndevice: cpu\nthreads: 1\npython: p\n', chosen)).toEqual([]);
    expect(settingOverrides(': broken [', chosen)).toHaveLength(4);
  });
});
