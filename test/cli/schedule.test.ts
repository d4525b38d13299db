import { describe, expect, it } from 'vitest';
import { scheduleCommand } from '../../src/cli/schedule.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { prepareDataDir } from '../../src/store/data-dir.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

async function openFolder() {
  const dataDir = makeTempFolder();
  await prepareDataDir(dataDir);
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
  return async (...words: string[]) => {
    let text = '';
    const out = { write: (part: string) => (text += part) };
    const terminal = createTerminal(out, out);
    const code = await scheduleCommand.run({ words, config, terminal, log: silentLog });
    return { code, text };
  };
}

describe('groovelake schedule', () => {
  it('refuses to pause and resume at once, and changes nothing', async () => {
    const schedule = await openFolder();
    await schedule('REFRESH', '--cron', '0 5 * * *');
    for (const words of [
      ['--pause', '--resume'],
      ['--resume', '--reset'],
    ]) {
      await expect(schedule('REFRESH', ...words)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: `${words.join(' and ')} exclude each other; one of --pause, --resume and --reset is expected.`,
      });
    }
    expect((await schedule()).text).not.toMatch(/paused/);
  });

  it.each([
    [['REFRESH', '--reset', '--cron', '0 7 * * *'], /^--reset and --cron exclude each other;/],
    [['REFRESH', 'CRAWL', '--pause'], /^"CRAWL" is not accepted here; no more than one word/],
    [['--pause'], /^--pause names no pipeline to change; one of CRAWL, .* is expected/],
    [['--jitter', '5'], /^--jitter names no pipeline/],
    [['REFRESH', '--reset', '--parameters', '{}'], /^--reset and --parameters exclude each other;/],
    [['REFRESH', '--reason', 'rest'], /^--reason says why something is changed, and nothing is;/],
  ])('refuses %j, of which it would pass something over, and changes nothing', async (words, message) => {
    const schedule = await openFolder();
    await schedule('REFRESH', '--cron', '0 5 * * *', '--reason', 'early');
    const before = await schedule();
    await expect(schedule(...words)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(message),
    });
    expect(await schedule()).toEqual(before);
  });

  it('shows a reason as a part of its line, whatever it holds', async () => {
    const schedule = await openFolder();
    const { text } = await schedule('REFRESH', '--cron', '0 5 * * *', '--reason', 'x\nCRAWL  paused');
    expect(text).toMatch(/^REFRESH .*\(x\\u000aCRAWL {2}paused\)$/m);
  });

  it('shows what its runs are told, and changes it as a whole', async () => {
    const schedule = await openFolder();
    await schedule('CRAWL', '--cron', '0 5 * * *', '--parameters', '{"top": 20, "force": true}');
    expect((await schedule('CRAWL', '--pause')).text).toMatch(
      /^ {2}by an operator; missed ONCE, overlap QUEUE_ONE, parameters \{"top":20,"force":true\}$/m,
    );
    expect((await schedule('CRAWL', '--parameters', '{"market": "DE"}')).text).toMatch(
      /, parameters \{"market":"DE"\}$/m,
    );
    expect((await schedule('CRAWL', '--parameters', '{}')).text).toMatch(/overlap QUEUE_ONE$/m);
    await expect(schedule('CRAWL', '--parameters', '{"topp": 2}')).rejects.toThrow(/Did you mean "top"/);
    await expect(schedule('CRAWL', '--parameters', '[1]')).rejects.toMatchObject({
      message: `--parameters is "[1]"; a JSON object is expected, e.g. '{"top": 20}'.`,
    });
  });

  it('takes its zone, what becomes of missed instants and of overlaps, and leaves what is not named', async () => {
    const schedule = await openFolder();
    const words = ['--zone', 'Europe/Berlin', '--missed', 'ALL', '--overlap', 'SKIP', '--jitter', '60'];
    const { text } = await schedule('REFRESH', '--cron', '0 5 * * *', ...words);
    expect(text).toMatch(
      /^REFRESH {2}"0 5 \* \* \*" Europe\/Berlin, up to 60 s later\n {2}by an operator; missed ALL, overlap SKIP\n {2}next /,
    );
    // Five o'clock in Berlin is three or four in UTC.
    expect(text).toMatch(/next \d{4}-\d\d-\d\dT0[34]:00:00\.000Z/);
    expect((await schedule('REFRESH', '--missed', 'skip')).text).toMatch(
      /Europe\/Berlin, up to 60 s later\n.*; missed SKIP, overlap SKIP$/m,
    );
  });

  it.each([
    ['--zone', 'Europe/Berlim', /Europe\/Berlim/],
    ['--missed', 'TWICE', /"TWICE".*ONCE, SKIP/],
    ['--overlap', 'ALWAYS', /"ALWAYS".*SKIP.*QUEUE_ONE/],
  ])('refuses %s %s', async (option, value, message) => {
    const schedule = await openFolder();
    await expect(schedule('REFRESH', '--cron', '0 5 * * *', option, value)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(message),
    });
    expect((await schedule()).text).toContain('No schedule.');
  });

  it('says of a schedule that was reset, and is not in the configuration, that it does not run', async () => {
    const schedule = await openFolder();
    await schedule('REFRESH', '--cron', '0 5 * * *');
    const { text } = await schedule('REFRESH', '--reset');
    expect(text).toMatch(
      /^REFRESH {2}"0 5 \* \* \*" UTC, paused\n {2}the configuration does not ask for it;/,
    );
  });
});
