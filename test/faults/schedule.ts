import type { Random } from './random.ts';
import { type Fault, places } from './scene.ts';

/** Faults that strike together: those of one lane one after the other. */
export interface Round {
  readonly name: string;
  readonly lanes: readonly (readonly Fault[])[];
}

/**
 * All faults in rounds, the same for the same random numbers. Each place has a lane; its faults are spread evenly over the
 * rounds. What strikes alone has a round of its own.
 */
export function schedule(faults: readonly Fault[], rounds: number, random: Random): Round[] {
  const lanes = places
    .filter((place) => place !== 'all')
    .map((place) => random.shuffled(faults.filter((fault) => fault.place === place)));
  const together = Array.from({ length: rounds }, (_, round) =>
    lanes
      .map((lane) =>
        lane.slice(Math.ceil((lane.length * round) / rounds), Math.ceil((lane.length * (round + 1)) / rounds)),
      )
      .filter((lane) => lane.length > 0),
  );
  const alone = faults.filter(({ place }) => place === 'all').map((fault) => [[fault]]);
  return random
    .shuffled([...together, ...alone].filter((round) => round.length > 0))
    .map((round) => ({ name: round.map((lane) => lane.map(({ kind }) => kind).join(', ')).join(' | '), lanes: round }));
}
