// The steps behind the names of store/runs/pipelines.ts.
import { bronzeStep } from './build/bronze.ts';
import { goldStep, silverStep, warehouseStep } from './build/build.ts';
import { checksStep } from './build/checks.ts';
import { publishStep } from './build/publish.ts';
import { servingStep } from './build/serving.ts';
import { indexStep } from './build/similarity.ts';
import { crawlStep } from './crawl/crawl.ts';
import { wantedStep } from './crawl/wanted.ts';
import { importStep } from './import/import.ts';
import { forYouStep } from './listening/for-you.ts';
import { listeningStep } from './listening/listening.ts';
import { playsStep } from './listening/plays.ts';
import type { Step } from './step.ts';

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
