import { expect, it, vi } from 'vitest';
import { Requests } from '../../extension/processes/requests.ts';

it('answers each question under its number, or the oldest', async () => {
  const requests = new Requests<string>();
  const ids: number[] = [];
  const ask = (what: string) => requests.ask((id) => ids.push(id), what);
  const [first, second, third] = [ask('a'), ask('b'), ask('c')];
  expect(requests.waiting).toEqual(['a', 'b', 'c']);
  requests.take(ids[1])?.resolve('two');
  requests.take()?.resolve('one');
  requests.take()?.reject(new Error('no three'));
  expect(await Promise.all([first, second])).toEqual(['one', 'two']);
  await expect(third).rejects.toThrow('no three');
  expect(requests.take()).toBeUndefined();
  expect(requests.take(17)).toBeUndefined();
});

it('fails what waits and what is asked later with the first reason', async () => {
  const requests = new Requests<string>();
  const waiting = requests.ask(() => {});
  requests.fail(new Error('gone'));
  requests.fail(new Error('and more'));
  const send = vi.fn();
  await expect(waiting).rejects.toThrow('gone');
  await expect(requests.ask(send)).rejects.toThrow('gone');
  expect(send).not.toHaveBeenCalled();
});

it('waits for nothing that could not be handed over', async () => {
  const requests = new Requests<string>();
  const failing = requests.ask(() => {
    throw new Error('too long');
  });
  await expect(failing).rejects.toThrow('too long');
  expect(requests.waiting).toEqual([]);
});

it('says once when an answer is late, and not when it came in time', async () => {
  vi.useFakeTimers();
  const requests = new Requests<string>();
  const onLate = vi.fn(() => requests.fail(new Error('late')));
  const inTime = requests.ask(() => {}, 'a', { ms: 100, onLate });
  requests.take()!.resolve('yes');
  expect(await inTime).toBe('yes');
  vi.advanceTimersByTime(1000);
  expect(onLate).not.toHaveBeenCalled();
  const late = requests.ask(() => {}, 'b', { ms: 100, onLate });
  const expected = expect(late).rejects.toThrow('late');
  vi.advanceTimersByTime(100);
  await expected;
  vi.useRealTimers();
});
