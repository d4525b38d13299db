// The steps behind the names of store/runs/pipelines.ts.
import { bronzeStep } from './bronze.ts';
import { goldStep, silverStep, warehouseStep } from './build.ts';
import { checksStep } from './checks.ts';
import { crawlStep } from './crawl.ts';
import { forYouStep } from './for-you.ts';
import { importStep } from './import.ts';
import { listeningStep } from './listening.ts';
import { playsStep } from './plays.ts';
import { publishStep } from './publish.ts';
import { servingStep } from './serving.ts';
import { indexStep } from './similarity.ts';
import type { Step } from './step.ts';
import { wantedStep } from './wanted.ts';

export const STEPS: readonly Step[] = [
  crawlStep,
  importStep,
  bronzeStep,
  silverStep,
  goldStep,
  warehouseStep,
  checksStep,
  indexStep,
  servingStep,
  publishStep,
  playsStep,
  listeningStep,
  forYouStep,
  wantedStep,
];
