import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, type Scene, hold } from './scene.ts';
import { type Service, services } from './separate-hub.ts';

const HIT_MS = 40_000;

const killAt = (point: string): Fault => ({
  kind: `kill -9 at ${point}`,
  place: 'process',
  async strike({ hub }) {
    const before = hub.hitsOf(point);
    hub.arm(point);
    await hub.untilHit(point, before, HIT_MS);
    return hub.hitsOf(point) - before;
  },
});

const onlyLong = (fault: Fault): Fault => ({ ...fault, onlyLong: true });

const killed = (service: Service): Fault => ({
  kind: `kill -9 of ${service} at a random moment`,
  place: 'process',
  async strike({ hub, random }) {
    await random.pick(hub.of(service)).kill();
    return 1;
  },
});

/** A process stands still for longer than a lease, and than Kafka waits for a member; then it goes on where it stood. */
async function sleep({ leaseMs, signal }: Scene, wake: () => unknown): Promise<void> {
  try {
    await pause(leaseMs * 1.5, undefined, { signal });
  } finally {
    await wake();
  }
}

/** Where it holds a lease, so that others take over what it was about to do, or did. */
const asleepAt = (point: string): Fault => ({
  kind: `SIGSTOP at ${point} past the lease`,
  place: 'process',
  async strike(scene) {
    const { hub } = scene;
    const member = await hub.stoppedAt(point, HIT_MS);
    if (!member) return 0;
    await sleep(scene, () => hub.continued(point, member));
    return 1;
  },
});

const asleep: Fault = {
  kind: 'SIGSTOP of civento-intake past its session',
  place: 'process',
  onlyLong: true,
  async strike(scene) {
    const member = scene.random.pick(scene.hub.of('civento-intake'));
    member.freeze(true);
    await sleep(scene, () => member.freeze(false));
    return 1;
  },
};

/** Instances come and go faster than the group can settle. */
const rebalanceStorm: Fault = {
  kind: 'Kafka: rebalance storm',
  place: 'process',
  async strike({ hub, random, signal }) {
    let joined = 0;
    for (let round = 0; round < 2; round += 1) {
      signal.throwIfAborted();
      await Promise.all(services.map((service) => random.pick(hub.of(service)).kill()));
      joined += services.length;
      // Not ready yet: the next ones are killed while these join.
      await pause(random.between(500, 3_000), undefined, { signal });
    }
    return joined;
  },
};

const rollingRestart: Fault = {
  kind: 'rolling restart',
  place: 'process',
  onlyLong: true,
  async strike({ hub }) {
    let ended = 0;
    for (const member of hub.members) {
      if ((await member.renew()).code === 0) ended += 1;
      await hub.ready();
    }
    return ended;
  },
};

const SHIFT_MS = 60 * 60_000;

const clock = (direction: 'forward' | 'back'): Fault => ({
  kind: `clock of the hub an hour ${direction}`,
  place: 'process',
  async strike(scene) {
    const { hub } = scene;
    hub.clock.shift(direction === 'forward' ? SHIFT_MS : -SHIFT_MS);
    try {
      return await hold(scene, () => hub.clock.seen());
    } finally {
      hub.clock.shift(0);
    }
  },
});

const burst: Fault = {
  kind: 'burst of ten times the rate',
  place: 'process',
  async strike({ clients, holdMs }: Scene) {
    const before = clients.requests;
    await clients.burst(10, holdMs);
    return clients.requests - before;
  },
};

/** What happens to the processes of the hub. */
export const processFaults: readonly Fault[] = [
  ...[
    'outbox.published',
    'bus.handled',
    'delivery.after-claim',
    'delivery.after-step:hand-over',
    'delivery.before-result',
    'delivery.after-result',
    'dms-export.reply-stored',
  ].map((point) => killAt(point)),
  // In the short form these are windows of the hub in one process.
  ...['intake.before-commit', 'intake.after-commit', 'dms-export.handed-over'].map((point) => onlyLong(killAt(point))),
  ...services.map(killed),
  asleepAt('delivery.before-step:hand-over'),
  onlyLong(asleepAt('delivery.after-step:hand-over')),
  asleep,
  rebalanceStorm,
  rollingRestart,
  clock('forward'),
  clock('back'),
  burst,
];
