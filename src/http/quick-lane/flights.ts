// One execution for all who ask the same at the same time. Until it is under way each caller waits for a place of his own, so that nobody
// waits behind another's share; the first who has one executes for all.
import type { AdmissionGate } from '../limits/admission.ts';
import type { OperationSize } from '../limits/cost.ts';

/** One of those who ask. */
export interface Asker {
  readonly caller: string | null;
  /** Aborts when he leaves. */
  readonly signal: AbortSignal;
}

/** What is done for them. */
export interface Errand<R> {
  /** Once somebody has a place, which is given back when it is over. It is stopped when nobody waits for it any more. */
  readonly execute: (stop: AbortController) => Promise<R>;
  /** Afterwards, and where nobody has had a place. */
  readonly end: () => void;
}

export interface Flights<R> {
  /**
   * What the execution under this key finds that is under way, or of another one. It goes on for those who stay when the one who began leaves.
   *
   * @param begin called where there is none
   * @throws GraphQLError OVERLOADED as the gate does; the signal's reason
   */
  join(
    key: string,
    size: Pick<OperationSize, 'cost' | 'scans'>,
    asker: Asker,
    begin: () => Errand<R>,
  ): Promise<R>;
}

interface Flight<R> {
  readonly errand: Errand<R>;
  readonly stop: AbortController;
  readonly seats: Map<string | null, Seat<R>>;
  /** Under way since one of the seats has had a place. */
  execution: Promise<R> | null;
}

/** Those of one caller: they wait for one place, from when the first of them asked, and whoever asks later is refused with him. */
interface Seat<R> {
  askers: number;
  /** Ends the wait for a place: they have left, or another seat has one. */
  readonly enough: AbortController;
  readonly outcome: Promise<R>;
}

export function createFlights<R>(gate: Pick<AdmissionGate, 'enter'>): Flights<R> {
  const flights = new Map<string, Flight<R>>();

  const forget = (key: string, flight: Flight<R>) => {
    if (flights.get(key) === flight) flights.delete(key);
  };
  const leave = (key: string, flight: Flight<R>, caller: string | null) => {
    flight.seats.delete(caller);
    if (flight.seats.size > 0) return;
    forget(key, flight);
    flight.stop.abort();
    if (!flight.execution) flight.errand.end();
  };
  const depart = (key: string, flight: Flight<R>, givePlaceBack: () => void): Promise<R> => {
    const execution = flight.errand.execute(flight.stop).finally(() => {
      givePlaceBack();
      forget(key, flight);
      flight.errand.end();
    });
    flight.execution = execution;
    for (const { enough } of flight.seats.values()) enough.abort();
    return execution;
  };

  const takeSeat = (
    key: string,
    flight: Flight<R>,
    size: Parameters<typeof gate.enter>[0],
    caller: string | null,
  ): Seat<R> => {
    const enough = new AbortController();
    const wait = async (): Promise<R> => {
      if (flight.execution) return flight.execution;
      try {
        const givePlaceBack = await gate.enter(size, enough.signal, caller, flight);
        if (!flight.execution) return depart(key, flight, givePlaceBack);
        // Two had a place in the same turn.
        givePlaceBack();
      } catch (error) {
        if (!flight.execution) {
          if (flight.seats.get(caller) === seat) leave(key, flight, caller);
          throw error;
        }
      }
      return flight.execution;
    };
    const seat: Seat<R> = { askers: 0, enough, outcome: wait() };
    flight.seats.set(caller, seat);
    return seat;
  };

  return {
    join: async (key, size, { caller, signal }, begin) => {
      signal.throwIfAborted();
      let flight = flights.get(key);
      if (!flight) {
        flight = { errand: begin(), stop: new AbortController(), seats: new Map(), execution: null };
        flights.set(key, flight);
      }
      const joined = flight;
      const seat = joined.seats.get(caller) ?? takeSeat(key, joined, size, caller);
      seat.askers += 1;
      const onLeft = () => {
        seat.askers -= 1;
        if (seat.askers > 0 || joined.seats.get(caller) !== seat) return;
        seat.enough.abort(signal.reason);
        leave(key, joined, caller);
      };
      signal.addEventListener('abort', onLeft, { once: true });
      try {
        return await seat.outcome;
      } finally {
        signal.removeEventListener('abort', onLeft);
      }
    },
  };
}
