// What tracks that somebody listened to count as seeds.

export interface ListenedTrack {
  readonly id: string;
  /** 1 unless stated. */
  readonly plays?: number | null | undefined;
  /** Since the last play; 0 unless stated. */
  readonly daysAgo?: number | null | undefined;
}

/** Interests that a listening history is told apart into at most. */
export const MAX_INTERESTS = 5;
const HALF_LIFE_DAYS = 180;

/** log2(1 + plays), half of it after 180 days, a quarter after 360. */
export function weighListened({ plays, daysAgo }: ListenedTrack): number {
  return Math.log2(1 + (plays ?? 1)) * 0.5 ** ((daysAgo ?? 0) / HALF_LIFE_DAYS);
}
