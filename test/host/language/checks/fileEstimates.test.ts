import { describe, expect, it, vi } from 'vitest';
import type { RunEstimate } from '../../../../extension/contract/estimate.ts';
import { type Estimator, FileEstimates } from '../../../../extension/host/language/checks/fileEstimates.ts';
import { newEstimate } from '../../../support/newEstimate.ts';

const patience = { timeout: 20_000, interval: 5 };

const config = (text: string, file = '/w/a.peft.yaml') => ({ file, text });

function estimates(estimate: Estimator<RunEstimate>) {
  const publish = vi.fn();
  const onError = vi.fn();
  return { publish, onError, estimates: new FileEstimates({ estimate, publish, onError, restMs: 1 }) };
}

describe('estimates of open configs', () => {
  it('are made once for a text, and told', async () => {
    const estimator = vi.fn(async () => newEstimate());
    const { estimates: subject, publish } = estimates(estimator);
    expect(subject.of(config('one'))).toBeUndefined();
    subject.want(config('one'));
    await vi.waitFor(() => expect(publish).toHaveBeenCalledOnce(), patience);
    expect(subject.of(config('one'))).toEqual(newEstimate());
    expect(subject.of(config('two'))).toBeUndefined();
    expect(subject.of(config('one', '/w/b.peft.yaml'))).toBeUndefined();
    subject.want(config('one'));
    subject.want(config('two'));
    await vi.waitFor(() => expect(publish).toHaveBeenCalledTimes(2), patience);
    expect(estimator).toHaveBeenCalledTimes(2);
  });

  it('are made one after the other, of the latest text of each file', async () => {
    let running = 0;
    const asked: string[] = [];
    const { estimates: subject, publish } = estimates(async (file) => {
      expect(++running).toBe(1);
      asked.push(file);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return newEstimate();
    });
    subject.want(config('old'));
    subject.want(config('new'));
    subject.want(config('other', '/w/b.peft.yaml'));
    await vi.waitFor(() => expect(publish).toHaveBeenCalledTimes(2), patience);
    expect(asked).toEqual(['/w/a.peft.yaml', '/w/b.peft.yaml']);
    expect(subject.of(config('old'))).toBeUndefined();
    expect(subject.of(config('new'))).toBeDefined();
  });

  it('reports a failed estimate once and tries again when files change', async () => {
    const estimator = vi.fn(async () => {
      throw new Error('executor: only onnx can be estimated');
    });
    const { estimates: subject, publish, onError } = estimates(estimator);
    subject.want(config('one'));
    await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce(), patience);
    subject.want(config('one'));
    subject.forget();
    subject.want(config('one'));
    await vi.waitFor(() => expect(onError).toHaveBeenCalledTimes(2), patience);
    expect(estimator).toHaveBeenCalledTimes(2);
    expect(publish).not.toHaveBeenCalled();
  });

  it('drops an estimate that was under way when files or settings changed', async () => {
    const under: ((estimate: RunEstimate | undefined) => void)[] = [];
    const estimator = vi.fn(() => new Promise<RunEstimate | undefined>((resolve) => under.push(resolve)));
    const { estimates: subject, publish } = estimates(estimator);
    const [old, now] = [newEstimate({ totalSeconds: 1 }), newEstimate({ totalSeconds: 2 })];
    subject.want(config('one'));
    await vi.waitFor(() => expect(estimator).toHaveBeenCalledOnce(), patience);
    subject.forget();
    subject.want(config('one'));
    under[0]!(old);
    await vi.waitFor(() => expect(estimator).toHaveBeenCalledTimes(2), patience);
    expect(subject.of(config('one'))).toBeUndefined();
    under[1]!(now);
    await vi.waitFor(() => expect(publish).toHaveBeenCalledOnce(), patience);
    expect(subject.of(config('one'))).toEqual(now);
  });

  it('forgets those of one file alone where a file that it names changed, also the one under way', async () => {
    const under: ((estimate: RunEstimate | undefined) => void)[] = [];
    const estimator = vi.fn(() => new Promise<RunEstimate | undefined>((resolve) => under.push(resolve)));
    const { estimates: subject, publish } = estimates(estimator);
    const other = config('one', '/w/b.peft.yaml');
    subject.want(config('one'));
    subject.want(other);
    await vi.waitFor(() => expect(under).toHaveLength(1), patience);
    subject.forget('/w/b.peft.yaml');
    under[0]!(newEstimate());
    await vi.waitFor(() => expect(under).toHaveLength(2), patience);
    subject.forget('/w/b.peft.yaml');
    under[1]!(newEstimate());
    subject.want(other);
    await vi.waitFor(() => expect(under).toHaveLength(3), patience);
    expect([publish.mock.calls.length, subject.of(config('one'))]).toEqual([1, newEstimate()]);
    under[2]!(newEstimate());
    await vi.waitFor(() => expect(subject.of(other)).toEqual(newEstimate()), patience);
    subject.forget('/w/a.peft.yaml');
    expect([subject.of(config('one')), subject.of(other)]).toEqual([undefined, newEstimate()]);
  });

  it('asks again for an estimate that cannot be made now', async () => {
    const estimator = vi.fn(async () => (estimator.mock.calls.length === 1 ? undefined : newEstimate()));
    const { estimates: subject, publish } = estimates(estimator);
    subject.want(config('one'));
    await vi.waitFor(() => expect(estimator).toHaveBeenCalledOnce(), patience);
    expect(subject.of(config('one'))).toBeUndefined();
    subject.want(config('one'));
    await vi.waitFor(() => expect(publish).toHaveBeenCalledOnce(), patience);
  });
});
