import { describe, expect, test } from '@jest/globals';
import { newId, newSpan, silentLogger } from '@ozg-hub/core';
import { type Store, type Tx, storeErrors } from '@ozg-hub/store';
import type { SubmissionVault, Vault } from '@ozg-hub/vault';
import { Acceptances, type Candidate } from './acceptance.ts';
import type { StoredSubmission } from './submission.repository.ts';

/** A database in memory that can be told to fail, and counts what was discarded. */
class Bench {
  readonly rows = new Map<string, StoredSubmission>();
  readonly groups: number[] = [];
  readonly discarded: string[] = [];
  /** Runs before the rows of a group are stored. */
  before: (group: readonly StoredSubmission[]) => Promise<void> | void = () => undefined;
  /** Runs after they are. */
  after: () => Promise<void> | void = () => undefined;
  discardFails = false;

  readonly store = {
    tx: async (work: (tx: Tx) => Promise<unknown>) => {
      const fresh: StoredSubmission[] = [];
      const query = async (text: string, params: readonly unknown[]) => {
        if (!text.includes('INTO submission ')) return [];
        const group = JSON.parse(params[0] as string) as StoredSubmission[];
        this.groups.push(group.length);
        await this.before(group);
        fresh.push(...group.filter(({ id, vorgang }) => !this.rows.has(id) && !this.#byVorgang(vorgang)));
        return fresh.map(({ id }) => ({ id }));
      };
      const result = await work({ query, afterCommit: noop, notify: noop } as unknown as Tx);
      for (const submission of fresh) this.rows.set(submission.id, submission);
      await this.after();
      return result;
    },
    query: async (text: string, params: readonly unknown[]) => {
      if (text.includes('= ANY'))
        return (params[0] as string[]).filter((id) => this.rows.has(id)).map((id) => ({ id }));
      const found = this.#byVorgang(params[4] as string);
      return found ? [{ id: found.id, contentHash: found.contentHash }] : [];
    },
  } as unknown as Store;

  acceptances(deadlineMs = 5_000): Acceptances {
    const vault = { store: async () => undefined } as unknown as Vault;
    const failpoint = () => undefined;
    return new Acceptances({ store: this.store, vault, source: '/test', deadlineMs, failpoint, logger: silentLogger });
  }

  candidate(vorgang: string, contentHash = 'a'.repeat(64)): Candidate {
    const id = newId();
    const discard = async () => {
      this.discarded.push(id);
      if (this.discardFails) throw new Error('read-only file system');
    };
    return {
      documents: [],
      trace: newSpan(),
      vault: { submissionId: id, discard } as unknown as SubmissionVault,
      submission: {
        id,
        tenant: 'musterstadt',
        leistung: '99999002101000',
        blueprint: 'hund-anmelden@1',
        directoryVersion: 'sha256-1',
        source: 'civento',
        organisationseinheit: '00.00.MUS.01000002',
        prozessschluessel: 'AnmeldungHund',
        vorgang,
        hauptvorgang: undefined,
        art: 'ERSTANTRAG',
        laufendeNummer: 1,
        headerKey: undefined,
        proofId: undefined,
        contentHash,
        envelopeRef: newId(),
        expects: ['dms'],
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        keyId: '0123456789ab',
        acceptedAt: new Date(),
        retainUntil: undefined,
      },
    };
  }

  #byVorgang(vorgang: string | undefined): StoredSubmission | undefined {
    return [...this.rows.values()].find((row) => row.vorgang === vorgang);
  }
}

const noop = () => undefined;

/** A promise to be resolved by hand. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

const settled = (promises: readonly Promise<unknown>[]) => Promise.allSettled(promises);
const reasons = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? 'stored' : (result.reason as { code: string }).code));

describe('applications that arrive together', () => {
  test('share transactions', async () => {
    const bench = new Bench();
    const acceptances = bench.acceptances();
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, n) => acceptances.store(bench.candidate(`V-${n}`))),
    );
    expect(outcomes.every(({ created }) => created)).toBe(true);
    expect(bench.rows.size).toBe(100);
    expect(bench.groups.length).toBeLessThan(10);
    expect(bench.discarded).toEqual([]);
  });

  test('fail alone: a poisoned one does not fail its neighbours', async () => {
    const bench = new Bench();
    bench.before = (group) => {
      if (group.some(({ vorgang }) => vorgang === 'V-2')) throw storeErrors.HUB_STORE_STATEMENT();
    };
    const candidates = [0, 1, 2, 3].map((n) => bench.candidate(`V-${n}`));
    const acceptances = bench.acceptances();
    const results = await settled(candidates.map((candidate) => acceptances.store(candidate)));
    expect(reasons(results)).toEqual(['stored', 'stored', 'HUB_STORE_STATEMENT', 'stored']);
    expect(bench.discarded).toEqual([candidates[2]!.submission.id]);
  });

  test('wait alone: one that waits for a lock does not fail its neighbours', async () => {
    const bench = new Bench();
    bench.before = (group) => {
      if (group.some(({ vorgang }) => vorgang === 'V-0')) throw storeErrors.HUB_STORE_BUSY();
    };
    const acceptances = bench.acceptances();
    const results = await settled([0, 1].map((n) => acceptances.store(bench.candidate(`V-${n}`))));
    expect(reasons(results)).toEqual(['HUB_STORE_BUSY', 'stored']);
  });

  test('are not tried one by one where the database is gone', async () => {
    const bench = new Bench();
    bench.before = () => {
      throw storeErrors.HUB_STORE_UNREACHABLE();
    };
    const acceptances = bench.acceptances();
    const results = await settled([0, 1, 2].map((n) => acceptances.store(bench.candidate(`V-${n}`))));
    expect(reasons(results)).toEqual(Array.from({ length: 3 }, () => 'HUB_STORE_UNREACHABLE'));
    expect(bench.groups).toEqual([3]);
    expect(bench.discarded).toHaveLength(3);
  });

  test('under the same key are one, whichever comes first', async () => {
    const bench = new Bench();
    const acceptances = bench.acceptances();
    const first = await acceptances.store(bench.candidate('V-1'));
    expect(await acceptances.store(bench.candidate('V-1'))).toEqual({ id: first.id, created: false });
    await expect(acceptances.store(bench.candidate('V-1', 'b'.repeat(64)))).rejects.toMatchObject({
      code: 'HUB_INTAKE_CONTENT_DIFFERS',
    });
    expect(bench.discarded).toHaveLength(2);
  });
});

describe('files', () => {
  test('that cannot be removed change no answer and stop nothing', async () => {
    const bench = new Bench();
    bench.discardFails = true;
    const acceptances = bench.acceptances();
    const first = await acceptances.store(bench.candidate('V-1'));
    expect(await acceptances.store(bench.candidate('V-1'))).toEqual({ id: first.id, created: false });
    bench.before = () => {
      throw storeErrors.HUB_STORE_FULL();
    };
    await expect(acceptances.store(bench.candidate('V-2'))).rejects.toMatchObject({ code: 'HUB_STORE_FULL' });
    bench.before = () => undefined;
    expect(await acceptances.store(bench.candidate('V-2'))).toMatchObject({ created: true });
  });
});

describe('the deadline', () => {
  test('answers 503 without touching the files of a commit that comes later', async () => {
    const bench = new Bench();
    const disk = gate();
    bench.after = () => disk.opened;
    const acceptances = bench.acceptances(250);
    const candidate = bench.candidate('V-1');
    await expect(acceptances.store(candidate)).rejects.toMatchObject({ code: 'HUB_INTAKE_BUSY', status: 503 });
    disk.open();
    const again = await bench.acceptances().store(bench.candidate('V-1'));
    expect(again).toEqual({ id: candidate.submission.id, created: false });
    expect(bench.discarded).not.toContain(candidate.submission.id);
  });

  test('drops those that are still waiting for their turn: nothing of them is stored', async () => {
    const bench = new Bench();
    const disk = gate();
    bench.before = () => disk.opened;
    const acceptances = bench.acceptances(250);
    const candidates = Array.from({ length: 200 }, (_, n) => bench.candidate(`V-${n}`));
    const results = await settled(candidates.map((candidate) => acceptances.store(candidate)));
    expect(new Set(reasons(results))).toEqual(new Set(['HUB_INTAKE_BUSY']));
    const begun = bench.groups.reduce((sum, size) => sum + size, 0);
    disk.open();
    while (bench.discarded.length < 200 - begun) await new Promise(setImmediate);
    const stored = candidates.filter(({ submission }) => bench.rows.has(submission.id));
    expect(begun).toBeLessThan(200);
    expect(stored).toHaveLength(begun);
    expect(bench.discarded).toHaveLength(200 - stored.length);
    expect(bench.discarded.filter((id) => bench.rows.has(id))).toEqual([]);
  });
});

describe('a connection lost during COMMIT', () => {
  const losing = (bench: Bench, times: number, tookEffect: boolean) => {
    let left = times;
    const lose = () => {
      if (left-- > 0) throw storeErrors.HUB_STORE_COMMIT_UNKNOWN();
    };
    if (tookEffect) bench.after = lose;
    else bench.before = lose;
  };

  test.each([true, false])(
    'is settled by the same rows once more; the first one took effect: %s',
    async (tookEffect) => {
      const bench = new Bench();
      losing(bench, 1, tookEffect);
      const candidate = bench.candidate('V-1');
      expect(await bench.acceptances().store(candidate)).toEqual({ id: candidate.submission.id, created: true });
      expect(bench.discarded).toEqual([]);
    },
  );

  test('twice leaves it unknown and every file in place; the repetition gets the same id', async () => {
    const bench = new Bench();
    losing(bench, 2, true);
    const acceptances = bench.acceptances();
    const candidate = bench.candidate('V-1');
    await expect(acceptances.store(candidate)).rejects.toMatchObject({
      code: 'HUB_INTAKE_OUTCOME_UNKNOWN',
      status: 503,
    });
    expect(bench.discarded).toEqual([]);
    expect(await acceptances.store(bench.candidate('V-1'))).toEqual({ id: candidate.submission.id, created: false });
  });
});
