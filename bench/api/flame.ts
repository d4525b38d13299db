// A CPU profile of V8 as a flame graph: node bench/api/flame.ts FILE.cpuprofile OUT.svg [TITLE]. Width is time on the processor, a frame
// stands on its caller; frames below 0.3 % are left out. Profiles come from NODE_OPTIONS="--cpu-prof" npm start.
import { readFileSync, writeFileSync } from 'node:fs';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

interface Frame {
  readonly name: string;
  us: number;
  readonly callees: Map<string, Frame>;
}

const [input = '', output = '', title = 'CPU'] = process.argv.slice(2);
const WIDTH = 1_200;
const ROW = 17;
const LEAST_SHARE = 0.003;
const IDLE = new Set(['(idle)', '(program)', '(root)']);

const root = readFrames(input);
const rows: string[] = [];
const depth = draw(root, 0, 0, rows);
const height = (depth + 2) * ROW + 10;
writeFileSync(
  output,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">
<text x="4" y="14" font-size="13">${toXml(title)}</text>
<g transform="translate(0 ${ROW + 6})">
${rows.join('\n')}
</g>
</svg>
`,
);
console.log(`${output}: ${(root.us / 1e6).toFixed(1)} s on the processor`);

/** Merges the profile's nodes by name of function along each stack, idle time left out. */
function readFrames(path: string): Frame {
  const profile = JSON.parse(readFileSync(path, 'utf8')) as {
    nodes: ProfileNode[];
    samples: number[];
    timeDeltas: number[];
  };
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const self = new Map<number, number>();
  profile.samples.forEach((id, at) => {
    self.set(id, (self.get(id) ?? 0) + (profile.timeDeltas[at] ?? 0));
  });
  const top: Frame = { name: 'all', us: 0, callees: new Map() };
  const walk = (id: number, into: Frame): number => {
    const node = nodes.get(id);
    if (!node) return 0;
    const name = nameOf(node);
    if (IDLE.has(name)) return (node.children ?? []).reduce((sum, child) => sum + walk(child, into), 0);
    const frame = into.callees.get(name) ?? { name, us: 0, callees: new Map() };
    into.callees.set(name, frame);
    const us = (node.children ?? []).reduce((sum, child) => sum + walk(child, frame), self.get(id) ?? 0);
    frame.us += us;
    return us;
  };
  top.us = walk(profile.nodes[0]?.id ?? 0, top);
  return top;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url.split('/').slice(-2).join('/');
  return `${functionName || '(anonymous)'}${file ? ` ${file}:${lineNumber + 1}` : ''}`;
}

/** Draws the callees of a frame from `x` on; returns how many rows they take. */
function draw(frame: Frame, x: number, level: number, into: string[]): number {
  let at = x;
  let deepest = level;
  for (const callee of [...frame.callees.values()].sort((a, b) => b.us - a.us)) {
    const width = (callee.us / root.us) * WIDTH;
    if (callee.us / root.us < LEAST_SHARE) continue;
    const share = `${((callee.us / root.us) * 100).toFixed(1)} %`;
    const text = callee.name.slice(0, Math.max(0, Math.floor(width / 6.8)));
    into.push(
      `<g><title>${toXml(callee.name)}, ${share}</title><rect x="${at.toFixed(1)}" y="${level * ROW}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colorOf(callee.name)}"/><text x="${(at + 2).toFixed(1)}" y="${level * ROW + 12}">${toXml(text)}</text></g>`,
    );
    deepest = Math.max(deepest, draw(callee, at, level + 1, into));
    at += width;
  }
  return Math.max(deepest, level);
}

/** Our own code, GraphQL's, and the rest. */
function colorOf(name: string): string {
  if (/(store|serving|catalog|schema|http)\//.test(name)) return '#f4a261';
  return /execution|graphql|dataloader/.test(name) ? '#8ecae6' : '#dddddd';
}

function toXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
