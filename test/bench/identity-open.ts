import { randomUUID } from 'node:crypto';
import { type IdentityGround, onIdentityGround } from './identity-ground.ts';
import { memory } from './processes.ts';
import { progress } from './progress.ts';
import { table } from './report.ts';

const OPEN = 10_000;
const REFUSED = 500;
const STEP = 2_500;
const BROWSERS = 8;
/** Of the hub. */
const MOST_BYTES = 400_000_000;
const ACCOUNT = { provider: 'bundid', person: 'erika', method: 'Elster' } as const;

interface State {
  readonly name: string;
  readonly attempts: number;
  readonly interactions: number;
  /** Bytes of the tables with their indexes. */
  readonly bytes: number;
  readonly rss: number;
  readonly perSecond: number | undefined;
}

/** Ten thousand browsers that went to the provider and did not come back, and those who come then. */
export async function benchOpenLogins(): Promise<string[]> {
  return await onIdentityGround({ HUB_IDENTITY_OPEN_LOGINS: String(OPEN) }, async (ground) => {
    const { service, hub, store } = ground;
    await service.signIn(purpose(), ACCOUNT);
    const states = [await look(ground, 'after one login')];
    for (let open = 0; open < OPEN; open += STEP) {
      // The last one is kept for below.
      const count = open + STEP === OPEN ? STEP - 1 : STEP;
      const began = performance.now();
      const answers = await begin(ground, count);
      const perSecond = (1000 * count) / (performance.now() - began);
      if (!answers.every(({ isBegun }) => isBegun)) throw new Error('a login was refused before the bound');
      states.push(await look(ground, `${(open + count).toLocaleString('en')} open`, perSecond));
    }
    const last = await service.begin(purpose(), ACCOUNT.provider);
    const answers = await begin(ground, REFUSED);
    states.push(await look(ground, `${REFUSED} more`));
    const refused = answers.filter(({ isBusy }) => isBusy).length;
    const { vertrauensniveau } = await service.finish(last, ACCOUNT);
    await store.query('UPDATE login_attempt SET expires_at = now()');
    await store.query("UPDATE oidc_state SET expires_at = now() WHERE model = 'Interaction'");
    await service.signIn(purpose(), ACCOUNT);
    const { peak } = await memory(hub.pid);
    const isKept =
      peak <= MOST_BYTES &&
      refused === REFUSED &&
      states.every(({ attempts, interactions }) => attempts <= OPEN && interactions <= OPEN);
    if (!isKept) process.exitCode = 1;
    return [
      `${OPEN.toLocaleString('en')} logins that are begun and left (HUB_IDENTITY_OPEN_LOGINS), ${BROWSERS} browsers at a time; then ${REFUSED} more:`,
      '',
      ...table(
        ['', 'login attempts', 'interactions', 'tables, MB', 'RSS of the hub, MB', 'begun/s'],
        states.map(({ name, attempts, interactions, bytes, rss, perSecond }) => [
          name,
          String(attempts),
          String(interactions),
          (bytes / 1e6).toFixed(1),
          (rss / 1e6).toFixed(0),
          perSecond?.toFixed(0) ?? '',
        ]),
      ),
      '',
      `Of the ${REFUSED} more, ${refused} were refused as temporarily_unavailable (HUB_IDENTITY_BUSY). One that was begun before came to its`,
      `end (${vertrauensniveau}); when the others were over, the next one signed in. Peak of the hub (VmHWM) ${(peak / 1e6).toFixed(0)} MB; the`,
      `bound is ${MOST_BYTES / 1e6} MB and ${OPEN.toLocaleString('en')} rows of each: ${isKept ? 'kept.' : 'BROKEN.'}`,
    ];
  });
}

interface Answer {
  readonly isBegun: boolean;
  /** The online service is told, or the browser. */
  readonly isBusy: boolean;
}

async function begin({ service }: IdentityGround, count: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const browser = async () => {
    while (next < count) {
      next += 1;
      if (next % 500 === 0) progress(`${next} of ${count} logins begun`);
      const { page } = await service.begin(purpose(), ACCOUNT.provider);
      const isTold = page.url.searchParams.get('error') === 'temporarily_unavailable';
      answers.push({ isBegun: page.status === 200, isBusy: isTold || page.status === 503 });
    }
  };
  await Promise.all(Array.from({ length: BROWSERS }, browser));
  return answers;
}

async function look({ hub, store }: IdentityGround, name: string, perSecond?: number): Promise<State> {
  const [row] = await store.query<{ attempts: number; interactions: number; bytes: number }>(
    `SELECT (SELECT count(*) FROM login_attempt WHERE taken_at IS NULL AND expires_at > now()) AS attempts,
      (SELECT count(*) FROM oidc_state WHERE model = 'Interaction' AND expires_at > now()) AS interactions,
      pg_total_relation_size('login_attempt') + pg_total_relation_size('oidc_state') AS bytes`,
  );
  const { now } = await memory(hub.pid);
  return { name, ...row!, rss: now, perSecond };
}

/** A Leistung for citizens only, so that nobody has to choose. */
function purpose() {
  return { tenant: 'musterstadt', leistung: '99999005012000', application: `BENCH-${randomUUID()}` };
}
