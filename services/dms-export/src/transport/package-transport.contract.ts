import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SampleFault, TransportGround } from './sample-dms-folder.ts';
import { SampleExchange } from '../sample-exchange.ts';
import { SampleParcel } from './sample-parcel.ts';

/**
 * What every way of packages promises: effect once, never half, and honesty about what is not known.
 * @param faults that the ground can cause
 */
export function packageTransportContract(
  name: string,
  faults: readonly SampleFault[],
  makeGround: () => Promise<TransportGround>,
): void {
  const testOf = (fault: SampleFault) => (faults.includes(fault) ? test : () => undefined);

  describe(`packages by ${name}`, () => {
    let ground: TransportGround;
    let exchange: SampleExchange;
    let parcel: SampleParcel;
    beforeEach(async () => {
      ground = await makeGround();
      exchange = new SampleExchange();
      parcel = new SampleParcel();
    });
    afterEach(() => ground.end());

    const handOver = (options: Parameters<SampleExchange['work']>[0] = {}, of = parcel) =>
      ground.transport().handOver(exchange.work(options), async () => of);
    const probe = (fence = 2) => ground.transport().probe(exchange.work({ fence }));
    const names = async () => (await ground.visible()).map((file) => file.name).filter((file) => file.endsWith('.zip'));
    const expectWhole = async () => {
      const sha256 = createHash('sha256').update(parcel.content).digest('hex');
      const seen = (await ground.visible()).filter((file) => file.name.endsWith('.zip'));
      expect(seen).toEqual([{ name: parcel.name, sha256 }]);
    };

    test('a package arrives whole, under its name, and the probe says so', async () => {
      expect(await probe()).toBe('not-effective');
      await handOver();
      await expectWhole();
      expect(await probe()).toBe('effective');
    });

    test('what was handed over is not handed over again, though the DMS took it away', async () => {
      await handOver();
      await ground.takeAway();
      await handOver({ fence: 2 });
      expect(await names()).toEqual([]);
      expect(await probe()).toBe('effective');
    });

    test('a package whose writer breaks off is never visible, and the next try brings it', async () => {
      await expect(handOver({}, new SampleParcel(3_000_000, 2_500_000))).rejects.toThrow('the source broke');
      expect(await ground.visible()).toEqual([]);
      await handOver({ fence: 2 });
      await expectWhole();
    });

    test('a process that dies before the effect: not effective, and the next one brings it', async () => {
      await expect(handOver({ dieBefore: ground.effectiveStep })).rejects.toThrow('died');
      if (ground.probes) expect(await probe()).toBe('not-effective');
      await handOver({ fence: 2 });
      await expectWhole();
    });

    test('a process that dies after the effect: effective, and nothing is handed over again', async () => {
      await expect(handOver({ dieAfter: ground.effectiveStep })).rejects.toThrow('died');
      await expectWhole();
      if (!ground.probes) {
        expect(await probe()).toEqual({ unknown: 'HUB_DMS_OUTCOME_UNKNOWN' });
        return;
      }
      expect(await probe()).toBe('effective');
    });

    testOf('lost-answer')('an answer that is lost after the effect: in doubt, and the probe tells', async () => {
      ground.loseAnswer!();
      await expect(handOver()).rejects.toMatchObject({ code: 'HUB_DMS_OUTCOME_UNKNOWN', class: 'ask' });
      await expectWhole();
      expect(await probe()).toEqual(ground.probes ? 'effective' : { unknown: 'HUB_DMS_OUTCOME_UNKNOWN' });
    });

    testOf('broken-transfer')(
      'a connection that breaks in the middle of the package: nothing visible, and the next try brings it',
      async () => {
        // More than what the operating system keeps of a request on its way.
        parcel = new SampleParcel(24_000_000);
        ground.breakTransfer!(2_000_000);
        await expect(handOver()).rejects.toMatchObject({ class: 'later' });
        expect(await ground.visible()).toEqual([]);
        await handOver({ fence: 2 });
        await expectWhole();
      },
    );

    testOf('full')('a full disk: nothing visible, and the package arrives when there is room', async () => {
      ground.fill!(true);
      await expect(handOver()).rejects.toMatchObject({ class: 'later' });
      expect(await ground.visible()).toEqual([]);
      ground.fill!(false);
      await handOver({ fence: 2 });
      await expectWhole();
    });
  });
}
