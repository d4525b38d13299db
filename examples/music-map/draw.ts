// Draws the map of the music of a running server as an SVG: node examples/music-map/draw.ts > map.svg
import { pathToFileURL } from 'node:url';
import { ask, SERVER_URL } from '../ask.ts';

const MAP = `query MusicMap {
  musicMap(sample: 4000) {
    points { x y cluster }
    clusters { id label size x y }
    axes { label share }
  }
  tracks(first: 100, where: { hasAudioFeatures: true }) { nodes { name artists { name } mapPosition { x y cluster { id } } } }
}`;

export interface MusicMapAnswer {
  musicMap: {
    points: { x: number; y: number; cluster: number }[];
    clusters: { id: number; label: string; size: number; x: number; y: number }[];
    axes: { label: string; share: number }[];
  };
  tracks: {
    nodes: {
      name: string;
      artists: { name: string }[];
      mapPosition: { x: number; y: number; cluster: { id: number } };
    }[];
  };
}

export function askMusicMap(url: string): Promise<MusicMapAnswer> {
  return ask(url, MAP);
}

const WIDTH = 1_200;
const HEIGHT = 860;
const MARGIN = { left: 60, right: 270, top: 96, bottom: 70 };
/** Told apart by people who see colors differently, and on white and black alike. */
const COLORS = [
  '#4477aa',
  '#ee6677',
  '#228833',
  '#ccbb44',
  '#66ccee',
  '#aa3377',
  '#ee8866',
  '#44bb99',
  '#99aa33',
  '#7755bb',
  '#cc6699',
  '#777777',
];
const NAMED = 22;

/** The map as one SVG text: regions by color, the best-known tracks by name. */
export function drawMusicMap({ musicMap, tracks }: MusicMapAnswer): string {
  const { points, clusters, axes } = musicMap;
  const place = fitScale(points);
  const [across, up] = axes;
  const dots = clusters.map(({ id }) => {
    const path = points
      .filter((point) => point.cluster === id && isInside(place(point)))
      .map((point) => `M${place(point).join(' ')}h0`)
      .join('');
    return `<path d="${path}" stroke="${colorOf(id)}" stroke-width="4.4" stroke-linecap="round" stroke-opacity=".5"/>`;
  });
  const total = clusters.reduce((sum, { size }) => sum + size, 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, 'Helvetica Neue', Arial, sans-serif" fill="none">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fcfbf8"/>`,
    text(MARGIN.left, 44, 'A map of the music', 'font-size="28" font-weight="600" fill="#222"'),
    text(
      MARGIN.left,
      70,
      `${total.toLocaleString('en-US')} tracks by what they sound like; ${points.length.toLocaleString('en-US')} of them shown, near ones alike`,
      'font-size="14" fill="#666"',
    ),
    ...dots,
    ...nameRegions(clusters, place),
    ...nameTracks(
      tracks.nodes,
      place,
      clusters.map((cluster) => boxOf(cluster.label, place(cluster))),
    ),
    ...drawAxis(across, WIDTH - MARGIN.right, false),
    ...drawAxis(up, HEIGHT - MARGIN.bottom, true),
    ...drawLegend(clusters, total),
    '</svg>',
    '',
  ].join('\n');
}

type Place = (point: { x: number; y: number }) => [number, number];

/** The middle 98 % of the points fill the frame; what is beyond it is left out. */
function fitScale(points: readonly { x: number; y: number }[]): Place {
  const range = (values: number[]) => {
    values.sort((a, b) => a - b);
    const at = (share: number) => values[Math.floor(share * (values.length - 1))] ?? 0;
    return [at(0.01), at(0.99)] as const;
  };
  const [x0, x1] = range(points.map(({ x }) => x));
  const [y0, y1] = range(points.map(({ y }) => y));
  const scale = (value: number, from: number, to: number) => (value - from) / (to - from || 1);
  return ({ x, y }) => [
    Math.round(MARGIN.left + 12 + scale(x, x0, x1) * (WIDTH - MARGIN.left - MARGIN.right - 24)),
    Math.round(HEIGHT - MARGIN.bottom - 12 - scale(y, y0, y1) * (HEIGHT - MARGIN.top - MARGIN.bottom - 24)),
  ];
}

function isInside([x, y]: readonly [number, number]): boolean {
  return x >= MARGIN.left && x <= WIDTH - MARGIN.right && y >= MARGIN.top && y <= HEIGHT - MARGIN.bottom;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly y: number;
  /** Half its height. */
  readonly half: number;
}

/** The room that a region's name takes. */
function boxOf(label: string, [x, y]: readonly [number, number]): Box {
  const width = 13.5 * label.length;
  return { left: x - width / 2, right: x + width / 2, y: y - 8, half: 15 };
}

/** Names of regions at their middles, large and pale. */
function nameRegions(clusters: MusicMapAnswer['musicMap']['clusters'], place: Place): string[] {
  return clusters.map(({ id, label, x, y }) => {
    const [left, top] = place({ x, y });
    const style = `text-anchor="middle" font-size="25" font-weight="700" fill="${colorOf(id)}" fill-opacity=".9" stroke="#fcfbf8" stroke-width="6" stroke-opacity=".8" paint-order="stroke" stroke-linejoin="round"`;
    return text(left, top, label, style);
  });
}

/** The names of the best-known tracks for which there is room, best known first. */
function nameTracks(
  tracks: MusicMapAnswer['tracks']['nodes'],
  place: Place,
  regions: readonly Box[],
): string[] {
  const taken: Box[] = [...regions];
  const named: string[] = [];
  for (const { name, artists, mapPosition } of tracks) {
    if (named.length === NAMED) break;
    const [x, y] = place(mapPosition);
    const label = shorten(`${name.replace(/ [-([].*/, '')} – ${artists[0]?.name ?? ''}`, 34);
    const width = 6.1 * label.length + 12;
    const isLeft = x + width > WIDTH - MARGIN.right;
    const box = { left: isLeft ? x - width : x, right: isLeft ? x : x + width, y, half: 7.5 };
    const isFree = taken.every(
      (other) =>
        Math.abs(other.y - y) > other.half + box.half || other.right < box.left || other.left > box.right,
    );
    if (!isFree || !isInside([x, y]) || box.left < MARGIN.left) continue;
    taken.push(box);
    const at = isLeft ? `x="${x - 8}" text-anchor="end"` : `x="${x + 8}"`;
    const style =
      'font-size="11.5" fill="#1a1a1a" stroke="#fcfbf8" stroke-width="3.2" paint-order="stroke" stroke-linejoin="round"';
    named.push(
      `<circle cx="${x}" cy="${y}" r="4" fill="${colorOf(mapPosition.cluster.id)}" stroke="#222" stroke-width="1.2"/>` +
        `<text ${at} y="${y + 4}" ${style}>${escapeXml(label)}</text>`,
    );
  }
  return named;
}

function drawAxis(axis: { label: string; share: number } | undefined, end: number, isUp: boolean): string[] {
  if (!axis) return [];
  const y = HEIGHT - MARGIN.bottom + 10;
  const x = MARGIN.left - 10;
  const line = isUp
    ? `M${x} ${end}V${MARGIN.top + 4}l-4 8m4 -8l4 8`
    : `M${MARGIN.left} ${y}H${end - 4}l-8 -4m8 4l-8 4`;
  const label = `${axis.label.replaceAll('-', '−')}  (${(100 * axis.share).toFixed(0)} % of the variance)`;
  const style = 'font-size="12.5" fill="#666"';
  return [
    `<path d="${line}" stroke="#999"/>`,
    isUp
      ? `<text transform="translate(${x - 12} ${HEIGHT - MARGIN.bottom}) rotate(-90)" ${style}>${escapeXml(label)}</text>`
      : text(MARGIN.left, y + 24, label, style),
  ];
}

function drawLegend(clusters: MusicMapAnswer['musicMap']['clusters'], total: number): string[] {
  const left = WIDTH - MARGIN.right + 36;
  return clusters.flatMap(({ id, label, size }, at) => {
    const y = MARGIN.top + 30 + at * 46;
    return [
      `<circle cx="${left}" cy="${y - 5}" r="8" fill="${colorOf(id)}"/>`,
      text(left + 20, y, label, 'font-size="14" fill="#222"'),
      text(
        left + 20,
        y + 17,
        `${size.toLocaleString('en-US')} tracks, ${((100 * size) / total).toFixed(0)} %`,
        'font-size="12" fill="#777"',
      ),
    ];
  });
}

function colorOf(cluster: number): string {
  return COLORS[cluster % COLORS.length] ?? '#777777';
}

function text(x: number, y: number, content: string, style: string): string {
  return `<text x="${x}" y="${y}" ${style}>${escapeXml(content)}</text>`;
}

function shorten(content: string, most: number): string {
  return content.length > most ? `${content.slice(0, most - 1).trimEnd()}…` : content;
}

function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(drawMusicMap(await askMusicMap(SERVER_URL)));
}
