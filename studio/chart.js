// One chart as a component, drawn by Chart.js in the page's colours, with its figures as a table for who cannot see it.
import { useEffect, useRef } from 'preact/hooks';
import { html } from './html.js';

const PALETTE = [
  '#0f766e',
  '#d97706',
  '#4f46e5',
  '#be185d',
  '#4d7c0f',
  '#0369a1',
  '#9333ea',
  '#b91c1c',
  '#57534e',
  '#0891b2',
];

/** Colour of the nth series. @param {number} at */
export const colorOf = (at) => PALETTE[at % PALETTE.length];

/**
 * @param {{ title: string, type: string, data: any, options?: any, height?: number, onPick?: (index: number, dataset: number) => void }} props
 */
export function ChartView({ title, type, data, options = {}, height = 220, onPick }) {
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
        plugins: {
          legend: { display: data.datasets.length > 1, labels: { color: ink, boxWidth: 12 } },
          ...options.plugins,
        },
        scales: type === 'doughnut' ? {} : { x: merge(scale, given.x), y: merge(scale, given.y) },
      },
    });
    return () => chart.destroy();
  }, [key]);
  return html`<figure>
    <figcaption>${title}</figcaption>
    <div class="canvas" style=${`height:${height}px`}><canvas ref=${canvas} role="img" aria-label=${title}></canvas></div>
  </figure>`;
}

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
