import { DisposableStack } from '../../../daemon/kernel/index.js';

test('stops in reverse order, once', async () => {
  const stack = new DisposableStack();
  const stopped: string[] = [];
  for (const name of ['a', 'b', 'c']) stack.use(name, { dispose: () => void stopped.push(name) });
  await Promise.all([stack.dispose(), stack.dispose()]);
  expect(stopped).toEqual(['c', 'b', 'a']);
});

test('one that fails and one that hangs do not keep the others from being stopped, and are named', async () => {
  const stack = new DisposableStack();
  const stopped: string[] = [];
  stack.defer('first', () => void stopped.push('first'));
  stack.defer('failing', () => Promise.reject(new Error('no')));
  stack.defer('hanging', () => new Promise(() => undefined));
  stack.defer('last', () => void stopped.push('last'));
  await expect(stack.dispose(50)).rejects.toThrow('hanging: stopping hanging did not finish within 100 ms.; failing: no');
  expect(stopped).toEqual(['last', 'first']);
});

test('takes nothing more once it was stopped', async () => {
  const stack = new DisposableStack();
  await stack.dispose();
  expect(() => stack.defer('late', () => undefined)).toThrow('late');
});
