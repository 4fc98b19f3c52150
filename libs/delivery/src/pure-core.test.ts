import { describe, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import { type DeliveryState, deliveryStates } from '@ozg-hub/submission';
import { propertyRun } from '@ozg-hub/testing/database';
import fc from 'fast-check';
import { type Breaker, type OpenTime, closedBreaker, mayTry, nextBreaker, openClock, withClosed } from './breaker.ts';
import { budgetExhausted, retryDelayMs } from './retry-schedule.ts';
import { type DeliveryEvent, mayReleaseLane, transition } from './transition.ts';

/**
 * The pure core against models of it, written down a second time in another way. 100,000 steps by default, shared out by the
 * numbers below; `HUB_PROPERTY_STEPS` and `HUB_PROPERTY_SEED` say otherwise.
 */
const { steps, seed } = propertyRun();
const LONGEST_WALK = 200;

/** A walk is a list of numbers; each says which step comes next and how it is made. */
class Step {
  #number: number;

  constructor(number: number) {
    this.#number = number % 2_147_483_646;
  }

  below(limit: number): number {
    this.#number = (((this.#number + 1) * 48_271) % 2_147_483_647) - 1;
    return this.#number % limit;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

/** Walks this share of the steps, each walk through a world of its own. */
function walk<World>(share: number, begin: () => World, take: (world: World, step: Step) => void): void {
  const numbers = fc.array(fc.noBias(fc.nat()), { minLength: 1, maxLength: LONGEST_WALK, size: 'max' });
  const numRuns = Math.ceil((steps * share) / (LONGEST_WALK / 2));
  const property = fc.property(numbers, (walked) => {
    const world = begin();
    for (const number of walked) take(world, new Step(number));
  });
  fc.assert(property, { numRuns, seed });
}

function same(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)} instead of ${String(expected)}`);
}

const WAITING = ['AWAITING_RECEIPT', 'AWAITING_RESULT'] as const;
const EFFECTIVE = [...WAITING, 'DELIVERED', 'CONFIRMED'] as const;
const OVER = ['CONFIRMED', 'DELIVERED', 'CANCELLED', 'SUPERSEDED'] as const;
const REASONS = [undefined, ' ', 'restored from a backup'] as const;
const VERDICTS = [undefined, 'EFFECTIVE', 'NOT_EFFECTIVE', 'UNKNOWN'] as const;

type Row = readonly [from: readonly DeliveryState[], to: DeliveryState];
const except = (...states: readonly DeliveryState[]) => deliveryStates.filter((state) => !states.includes(state));
const late = (...states: readonly DeliveryState[]): Row[] => states.map((state) => [[state], state]);
const fixed: Readonly<Record<string, readonly Row[]>> = {
  claimed: [[['QUEUED', 'RETRY_WAIT'], 'IN_FLIGHT']],
  released: [[['IN_FLIGHT'], 'QUEUED']],
  transientFailure: [[['IN_FLIGHT'], 'RETRY_WAIT']],
  permanentFailure: [[['IN_FLIGHT'], 'PARKED']],
  budgetExhausted: [[['IN_FLIGHT', 'IN_DOUBT'], 'PARKED']],
  doubt: [[['IN_FLIGHT'], 'IN_DOUBT']],
  leaseLost: [[['IN_FLIGHT'], 'IN_DOUBT']],
  probeNotEffective: [[['IN_DOUBT'], 'RETRY_WAIT']],
  probeUnknown: [[['IN_DOUBT'], 'IN_DOUBT']],
  receipt: [
    ...late(...OVER, 'REJECTED', 'AWAITING_RESULT'),
    [except(...OVER, 'REJECTED', 'AWAITING_RESULT'), 'AWAITING_RESULT'],
  ],
  result: [...late(...OVER, 'REJECTED'), [except(...OVER, 'REJECTED'), 'CONFIRMED']],
  rejected: [...late(...OVER, 'REJECTED'), [except(...OVER, 'REJECTED'), 'REJECTED']],
  supersede: [[[...EFFECTIVE], 'SUPERSEDED']],
};

function anyEvent(step: Step): DeliveryEvent {
  const type = step.pick([
    ...Object.keys(fixed),
    'claimed',
    'succeeded',
    'probeEffective',
    'replay',
    'settled',
    'cancel',
  ]);
  switch (type) {
    case 'succeeded':
    case 'probeEffective':
      return { type, to: step.pick(EFFECTIVE) };
    case 'replay':
      return { type, reason: step.pick(REASONS), probed: step.pick(VERDICTS) };
    case 'settled':
    case 'cancel':
      return { type, reason: step.pick(REASONS) };
    default:
      return { type } as DeliveryEvent;
  }
}

/** The table once more, as rows; undefined where the event is refused. */
function expectedNext(state: DeliveryState, event: DeliveryEvent): DeliveryState | undefined {
  const reason = 'reason' in event && event.reason?.trim() ? event.reason : undefined;
  const unsure = (['IN_DOUBT', ...WAITING] as DeliveryState[]).includes(state);
  switch (event.type) {
    case 'succeeded':
      return state === 'IN_FLIGHT' ? event.to : undefined;
    case 'probeEffective':
      return state === 'IN_DOUBT' ? event.to : undefined;
    case 'replay':
      if (['RETRY_WAIT', 'PARKED', 'REJECTED'].includes(state)) return 'QUEUED';
      return unsure && reason && event.probed && event.probed !== 'EFFECTIVE' ? 'QUEUED' : undefined;
    case 'settled':
      return reason && (unsure || ['PARKED', 'REJECTED'].includes(state)) ? 'CONFIRMED' : undefined;
    case 'cancel':
      if (['QUEUED', 'RETRY_WAIT', 'PARKED', 'REJECTED'].includes(state)) return 'CANCELLED';
      return unsure && reason ? 'CANCELLED' : undefined;
    default:
      return fixed[event.type]!.find(([from]) => from.includes(state))?.[1];
  }
}

function attempt(state: DeliveryState, event: DeliveryEvent): DeliveryState | undefined {
  try {
    return transition(state, event);
  } catch (error) {
    if (!isHubError(error)) throw error;
    return undefined;
  }
}

describe('the pure core', () => {
  test('moves a delivery as the table says, refuses everything else, and never forgets that it took effect', () => {
    walk(
      0.25,
      () => ({ state: 'QUEUED' as DeliveryState, effective: false }),
      (delivery, step) => {
        const event = anyEvent(step);
        const next = attempt(delivery.state, event);
        same(next, expectedNext(delivery.state, event), `${delivery.state} ${event.type}`);
        if (next === undefined || next === delivery.state) return;
        const sentAgain = ['QUEUED', 'RETRY_WAIT', 'IN_FLIGHT', 'PARKED'].includes(next);
        if (delivery.effective && sentAgain)
          same(event.type, 'replay', `${delivery.state} may go out again only by a person`);
        delivery.effective =
          (EFFECTIVE as readonly DeliveryState[]).includes(next) ||
          (delivery.effective && !sentAgain && next !== 'REJECTED');
        delivery.state = next;
      },
    );
  });

  test('a target opens, is tried by one and closes as its history says; its open time counts, the other does not', () => {
    const seen = new Set<string>();
    walk(
      0.45,
      () => new Target(),
      (target, step) => {
        target.take(step);
        seen.add(target.breaker.state);
      },
    );
    expect([...seen].toSorted()).toEqual(['CLOSED', 'HALF_OPEN', 'OPEN']);
  });

  test('a delivery that always fails is tried by the table, later where the target says so, and parks after 72 hours', () => {
    walk(
      0.1,
      () => new Failing(),
      (failing, step) => failing.take(step),
    );
  });

  test('a lane keeps its order, and nobody waits in it for somebody who is gone', () => {
    const seen = new Set<string>();
    walk(
      0.2,
      () => new Lanes(),
      (lanes, step) => {
        lanes.take(step);
        for (const { state, held } of lanes.all) seen.add(held ? 'held' : state);
      },
    );
    expect([...seen]).toEqual(expect.arrayContaining([...deliveryStates, 'held']));
  });
});

const SECOND = 1_000;
const HOUR = 3_600_000;
const TRIAL_MS = 60 * SECOND;

/** A target told by its history: outcomes since the last success, openings since then, and each stretch of open time. */
class Target {
  breaker: Breaker = closedBreaker;
  #time: OpenTime = { closedMs: 0 };
  #now = 1_700_000_000_000;
  #paused = false;
  #failures = 0;
  #openings = 0;
  /** Until when nothing may be sent; undefined where it is closed like a circuit. */
  #barredUntil: number | undefined;
  #trial = false;
  #openMs = openClock(this.#time, this.#now);

  take(step: Step): void {
    const what = step.pick([
      'wait',
      'wait',
      'success',
      'failure',
      'failure',
      'failure',
      'failure',
      'trial',
      'pause',
      'resume',
    ]);
    if (what === 'wait') this.#wait(step.pick([1, SECOND, 16 * SECOND, 61 * SECOND, 11 * 60 * SECOND, 5 * HOUR]));
    else if (what === 'pause' || what === 'resume') this.#paused = what === 'pause';
    else if (what === 'success') this.#success();
    else if (what === 'failure') this.#failure();
    else this.#tryOne();
    this.#time = withClosed(this.#time, this.#paused || this.breaker.state !== 'CLOSED', this.#now);
    this.#check();
  }

  #wait(milliseconds: number): void {
    if (!this.#paused && this.#barredUntil === undefined) this.#openMs += milliseconds;
    this.#now += milliseconds;
  }

  #success(): void {
    this.breaker = nextBreaker(this.breaker, { type: 'success' }, this.#now);
    this.#failures = 0;
    this.#openings = 0;
    this.#barredUntil = undefined;
    this.#trial = false;
  }

  /** A late one, of a delivery sent before it opened, changes nothing while it is open. */
  #failure(): void {
    this.breaker = nextBreaker(this.breaker, { type: 'failure' }, this.#now);
    if (this.#barredUntil !== undefined && !this.#trial) return;
    this.#failures += 1;
    if (this.#failures < 5 && !this.#trial) return;
    this.#openings += 1;
    this.#barredUntil = this.#now + Math.min(15 * SECOND * 2 ** (this.#openings - 1), 600 * SECOND);
    this.#trial = false;
  }

  #tryOne(): void {
    const may = this.#barredUntil === undefined || this.#barredUntil <= this.#now;
    same(mayTry(this.breaker, this.#now), may, 'a delivery may go');
    this.breaker = nextBreaker(this.breaker, { type: 'trial', lostAfterMs: TRIAL_MS }, this.#now);
    if (this.#barredUntil === undefined || !may) return;
    this.#barredUntil = this.#now + TRIAL_MS;
    this.#trial = true;
    same(mayTry(this.breaker, this.#now), false, 'a second one may go beside the one that tries');
  }

  #check(): void {
    const state = this.#barredUntil === undefined ? 'CLOSED' : this.#trial ? 'HALF_OPEN' : 'OPEN';
    same(this.breaker.state, state, 'breaker');
    same(this.breaker.until, this.#barredUntil, 'breaker until');
    same(openClock(this.#time, this.#now), this.#openMs, 'open time');
  }
}

/** A delivery that fails whenever it is tried, at a target that is closed now and then. */
class Failing {
  #time: OpenTime = { closedMs: 0 };
  #now = 1_700_000_000_000;
  #failures = 0;
  #mark: number | undefined;
  #openSinceFirst = 0;
  #closed = false;

  take(step: Step): void {
    if (step.below(4) === 0) this.#closed = !this.#closed;
    this.#time = withClosed(this.#time, this.#closed, this.#now);
    const after = step.pick([undefined, undefined, 1, 90, 7_200, 10 ** 9]);
    const waitMs = this.#fail(after, step.below(1_000) / 1_000);
    this.#now += waitMs;
    if (!this.#closed && this.#mark !== undefined) this.#openSinceFirst += waitMs;
  }

  /** The claim that comes too early would be another's fault: the next try comes exactly when it is due. */
  #fail(retryAfterSeconds: number | undefined, random: number): number {
    this.#mark ??= openClock(this.#time, this.#now);
    const used = openClock(this.#time, this.#now) - this.#mark;
    same(used, this.#openSinceFirst, 'budget used');
    same(budgetExhausted(used), this.#openSinceFirst >= 72 * HOUR, 'parks');
    if (budgetExhausted(used)) {
      this.#failures = 0;
      this.#mark = undefined;
      this.#openSinceFirst = 0;
      return 1;
    }
    this.#failures += 1;
    const waitMs = retryDelayMs(this.#failures, random, retryAfterSeconds);
    const byTable = [0, 0, 10, 60, 300, 1_800, 7_200, 21_600][this.#failures - 1] ?? 43_200;
    const asked = retryAfterSeconds === undefined ? undefined : Math.min(retryAfterSeconds, 86_400);
    const [least, most] = asked === undefined ? [byTable * 0.9, byTable * 1.1] : [asked, asked * 1.1];
    if (waitMs < Math.floor(least * SECOND) || waitMs > Math.ceil(most * SECOND)) {
      throw new Error(`waits ${waitMs} ms after ${this.#failures} failures, Retry-After ${retryAfterSeconds}`);
    }
    return waitMs;
  }
}

interface InLane {
  readonly lane: number;
  readonly awaitsResult: boolean;
  state: DeliveryState;
  /** It was seen waiting for one before it, and is not looked at again until its lane is released. */
  held: boolean;
}

/** Deliveries of three cases in their order, claimed as the engine does. */
class Lanes {
  readonly all: InLane[] = [];
  #skipsParked: boolean | undefined;

  take(step: Step): void {
    this.#skipsParked ??= step.below(2) === 1;
    const what = step.pick(['queue', 'claim', 'claim', 'claim', 'event', 'event']);
    if (what === 'queue') {
      if (isOver(this.all[0]?.state)) this.all.shift();
      if (this.all.length < 12)
        this.all.push({ lane: step.below(3), awaitsResult: step.below(3) === 0, state: 'QUEUED', held: false });
    } else if (this.all.length > 0) {
      const chosen = this.all[step.below(this.all.length)]!;
      if (what === 'claim') this.#claim(chosen);
      else for (let tries = 0; tries < 4 && !this.#happen(chosen, anyEvent(step)); tries += 1);
    }
    for (const each of this.all) {
      if (each.held && isDue(each)) same(this.#before(each) !== undefined, true, 'it waits for somebody');
    }
  }

  /** The first before it that it has to wait for: everything whose receipt is not there yet, parked ones by the setting. */
  #before(delivery: InLane): InLane | undefined {
    const passed = (state: DeliveryState) =>
      isOver(state) ||
      (this.#skipsParked && (state === 'PARKED' || state === 'REJECTED')) ||
      (!delivery.awaitsResult && state === 'AWAITING_RESULT');
    const first = this.all.find((each) => each === delivery || (each.lane === delivery.lane && !passed(each.state)));
    return first === delivery ? undefined : first;
  }

  #claim(delivery: InLane): void {
    if (!isDue(delivery) || delivery.held) return;
    if (this.#before(delivery)) delivery.held = true;
    else this.#happen(delivery, { type: 'claimed' });
  }

  /** False where the event is not possible. */
  #happen(delivery: InLane, event: DeliveryEvent): boolean {
    if (event.type === 'claimed' && this.#before(delivery)) return false;
    const from = delivery.state;
    const to = attempt(from, event);
    if (to === undefined) return false;
    delivery.state = to;
    // Sent again, it keeps its place.
    if (to === 'SUPERSEDED')
      this.all.splice(this.all.indexOf(delivery), 0, { ...delivery, state: 'QUEUED', held: false });
    if (!mayReleaseLane(from, to)) return true;
    for (const each of this.all) if (each.lane === delivery.lane) each.held = false;
    return true;
  }
}

function isDue({ state }: InLane): boolean {
  return state === 'QUEUED' || state === 'RETRY_WAIT';
}

function isOver(state: DeliveryState | undefined): boolean {
  return (OVER as readonly (DeliveryState | undefined)[]).includes(state);
}
