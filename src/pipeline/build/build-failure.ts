// A statement that fails while a relation is built says which relation, and what became of the rest.
import { isGroovelakeError, messageOf, TransformError } from '../../errors.ts';
import type { StepContext } from '../step.ts';
import type { RelationSql } from './relations.ts';

/** Runs `work`. @throws TransformError naming the relation, for what the engine says of its SQL; typed errors pass */
export async function explainFailure<T>(
  context: Pick<StepContext, 'event'>,
  relation: Pick<RelationSql, 'layer' | 'name'>,
  work: () => Promise<T>,
): Promise<T> {
  const name = `${relation.layer}.${relation.name}`;
  try {
    return await work();
  } catch (error) {
    const isStopped = isGroovelakeError(error) && error.code === 'CANCELLED';
    if (!isStopped) context.event('ERROR', 'build.failed', `${name} could not be built`);
    if (isGroovelakeError(error)) throw error;
    throw new TransformError(name, `"${name}" could not be built: ${messageOf(error)}`, {
      cause: error,
      hint: 'Nothing was published; the served snapshot stays. Mend the SQL in lakehouse/, then retry the run.',
    });
  }
}
