// The names of pipelines, as runs have them and as clients ask for them. Runs outlive the version that made them.
import { InvalidInputError } from '../../errors.ts';
import { PIPELINE_STEPS } from '../../store/runs/pipelines.ts';
import { PIPELINES, type PipelineName } from '../../store/runs/run-store.ts';
import { builder } from '../builder.ts';

const described = (name: PipelineName) => ({ description: PIPELINE_STEPS[name].description });

export const PipelineNameEnum = builder.enumType('PipelineName', {
  description: 'A pipeline: a fixed order of steps that a run goes through.',
  values: {
    CRAWL: described('CRAWL'),
    TRANSFORM: described('TRANSFORM'),
    REFRESH: described('REFRESH'),
    IMPORT: described('IMPORT'),
    HISTORY: described('HISTORY'),
    OTHER: {
      description:
        'One that this version does not have: a run that another version left is listed so. It cannot be asked for.',
    },
  } as const,
});

/** A name as clients see it. */
export type ShownPipeline = PipelineName | 'OTHER';

/** What a run on record is of: OTHER where this version has no such pipeline, so that one such run does not keep the others from being listed. */
export function toPipelineName(recorded: string): ShownPipeline {
  return PIPELINES.find((pipeline) => pipeline === recorded) ?? 'OTHER';
}

/** A pipeline of this version. @throws InvalidInputError */
export function requirePipeline(name: ShownPipeline, field = 'pipeline'): PipelineName {
  const known = PIPELINES.find((pipeline) => pipeline === name);
  if (known) return known;
  throw new InvalidInputError(
    `${field} is "${name}", which this version does not have; ${PIPELINES.join(', ')} are expected.`,
    { field, given: name, expected: PIPELINES.join(', ') },
  );
}
