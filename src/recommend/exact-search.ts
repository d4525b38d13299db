// The nearest vectors by looking at all of them, or at the listed ones. Exact, and quick enough up to some hundred thousand rows.

export interface Neighbor {
  readonly label: number;
  /** 1 - cosine, 0..2. */
  readonly distance: number;
}

export interface ExactRequest {
  /** [n x dim], unit vectors row by row. */
  readonly vectors: Float32Array;
  readonly dim: number;
  /** Unit vector. */
  readonly query: ArrayLike<number>;
  readonly k: number;
  /** Rows to look at; all unless stated. */
  readonly labels?: Iterable<number>;
  /** One weight per dimension: both sides are weighted and scaled to length 1 again. */
  readonly weights?: ArrayLike<number>;
}

/** The k nearest, by distance, then label. */
export function searchExact(request: ExactRequest): Neighbor[] {
  const { vectors, dim, k } = request;
  if (k <= 0) return [];
  const measure = request.weights ? weightedDistance(request, request.weights) : plainDistance(request);
  const best: Neighbor[] = [];
  const visit = (label: number) => {
    const distance = measure(label);
    const worst = best[best.length - 1];
    if (best.length === k && worst && !isNearer(distance, label, worst)) return;
    insert(best, { label, distance }, k);
  };
  if (request.labels) for (const label of request.labels) visit(label);
  else for (let label = 0; label < vectors.length / dim; label++) visit(label);
  return best;
}

function plainDistance({ vectors, dim, query }: ExactRequest): (label: number) => number {
  const q = Float64Array.from(query);
  return (label) => {
    let dot = 0;
    for (let i = 0, at = label * dim; i < dim; i++, at++) dot += (q[i] as number) * (vectors[at] as number);
    return 1 - dot;
  };
}

function weightedDistance(
  { vectors, dim, query }: ExactRequest,
  weights: ArrayLike<number>,
): (label: number) => number {
  const q = Float64Array.from(query, (value, i) => value * (weights[i] ?? 1));
  const length = Math.hypot(...q);
  return (label) => {
    let dot = 0;
    let square = 0;
    for (let i = 0, at = label * dim; i < dim; i++, at++) {
      const value = (vectors[at] as number) * (weights[i] as number);
      dot += (q[i] as number) * value;
      square += value * value;
    }
    return length > 0 && square > 0 ? 1 - dot / (length * Math.sqrt(square)) : 1;
  };
}

function insert(best: Neighbor[], neighbor: Neighbor, k: number): void {
  let low = 0;
  let high = best.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = best[middle];
    if (other && isNearer(neighbor.distance, neighbor.label, other)) high = middle;
    else low = middle + 1;
  }
  best.splice(low, 0, neighbor);
  if (best.length > k) best.pop();
}

function isNearer(distance: number, label: number, other: Neighbor): boolean {
  return distance < other.distance || (distance === other.distance && label < other.label);
}
