// One chart as a component, drawn by Chart.js in the page's colours, with its figures as a table for who cannot see it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from './html.js';
import { Scroll } from './scroll.js';

/**
 * @typedef {{ head: string[], rows: any[][] }} Figures
 *
 * @param {{ title: string, type: string, data: any, options?: any, height?: number, figures?: Figures,
 *   onPick?: (index: number, dataset: number) => void }} props figures: what the table holds, where it is more than the chart's own
 */
export function ChartView({ title, type, data, options = {}, height = 220, figures, onPick }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const key = JSON.stringify([type, data, options]);
  useEffect(() => {
    if (!canvas.current) return undefined;
    const ink = resolveColor(canvas.current, '--quiet');
    const rule = resolveColor(canvas.current, '--rule');
    const scale = {
      ticks: { color: ink, maxRotation: 0, autoSkip: true },
      grid: { color: rule },
      title: { color: ink },
    };
    const given = options.scales ?? {};
    const legend = { display: data.datasets.length > 1, labels: { color: ink, boxWidth: 12 } };
    // @ts-expect-error Chart.js is a plain script of the page.
    const chart = new Chart(canvas.current, {
      type,
      data: structuredClone(data),
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        ...options,
        onClick: onPick
          ? (/** @type {any} */ _event, /** @type {any[]} */ hit) =>
              hit[0] && onPick(hit[0].index, hit[0].datasetIndex)
          : undefined,
        plugins: { ...options.plugins, legend: { ...legend, ...options.plugins?.legend } },
        scales: type === 'doughnut' ? {} : { x: merge(scale, given.x), y: merge(scale, given.y) },
      },
    });
    return () => chart.destroy();
  }, [key]);
  return html`<figure>
    <figcaption>${title}</figcaption>
    <div class="canvas" style=${`height:${height}px`}><canvas ref=${canvas} role="img" aria-label=${title}></canvas></div>
    <${Unfold} title=${title} figures=${figures ?? toFigures(data)} />
  </figure>`;
}

/** The figures as a table, made once it is asked for: some have hundreds of rows. @param {{ title: string, figures: Figures }} props */
function Unfold({ title, figures: { head, rows } }) {
  const [isOpen, setOpen] = useState(false);
  return html`<details onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}>
    <summary>Figures</summary>
    ${
      isOpen &&
      html`<${Scroll} label=${title}><table>
        <thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
        <tbody>${rows.map(([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((value) => html`<td>${value}</td>`)}</tr>`)}</tbody>
      </table><//>`
    }
  </details>`;
}

/** What a chart of labels or of points draws, as rows. @param {any} data @returns {Figures} */
function toFigures({ labels, datasets }) {
  if (!labels) {
    const points = datasets.flatMap((/** @type {any} */ set) => set.data);
    return { head: ['x', 'y'], rows: points.map((/** @type {any} */ { x, y }) => [toText(x), toText(y)]) };
  }
  return {
    head: [
      '',
      ...datasets.map(
        (/** @type {any} */ { label }, /** @type {number} */ at) => label ?? (at ? '' : 'value'),
      ),
    ],
    rows: labels.map((/** @type {unknown} */ label, /** @type {number} */ at) => [
      String(label),
      ...datasets.map((/** @type {any} */ { data }) => toText(data[at])),
    ]),
  };
}

/** @param {number | null | undefined} value */
const toText = (value) =>
  value === null || value === undefined ? '–' : Number(value.toPrecision(6)).toLocaleString('en');

/** @param {any} base @param {any} over */
function merge(base, over = {}) {
  return {
    ...base,
    ...over,
    ticks: { ...base.ticks, ...over.ticks },
    title: { ...base.title, ...over.title },
  };
}

/** A colour of the style sheet as the canvas takes it: for the scheme, light or dark, that the reader has. @param {HTMLElement} near @param {string} name */
function resolveColor(near, name) {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  near.after(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
