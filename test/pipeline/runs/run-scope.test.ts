import { expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { createRunScope } from '../../../src/pipeline/runs/run-scope.ts';

it('disposes in reverse order, once, and goes on after one that fails', async () => {
  const warnings: string[] = [];
  const scope = createRunScope({ ...silentLog, warn: (message) => void warnings.push(message) });
  const disposed: string[] = [];
  scope.set('a', 1, () => void disposed.push('a'));
  scope.set('b', 2, () => Promise.reject(new Error('stuck')));
  scope.set('c', 3, async () => void disposed.push('c'));
  scope.set('d', 4);
  expect(scope.get('d')).toBe(4);
  expect(scope.get('e')).toBeUndefined();
  await scope.dispose();
  await scope.dispose();
  expect(disposed).toEqual(['c', 'a']);
  expect(warnings).toHaveLength(1);
});
