import { describe, expect, test } from '@jest/globals';
import { HubError } from '@ozg-hub/core';
import { Health } from './health.ts';

const definition = { class: 'later', status: 503, title: 'Away.', action: 'Wait.' } as const;

describe('readiness', () => {
  test('is the worst of all checks, and degraded is still ready', async () => {
    const health = new Health();
    health.register('store', () => Promise.resolve('up'));
    expect((await health.ready()).state).toBe('up');
    const remove = health.register('bus', () => Promise.resolve('degraded'));
    expect((await health.ready()).state).toBe('degraded');
    health.register('vault', () => Promise.resolve('down'));
    expect((await health.ready()).state).toBe('down');
    health.register('vault', () => Promise.resolve('up'));
    remove();
    expect(await health.ready()).toEqual({ state: 'up', checks: { store: { state: 'up' }, vault: { state: 'up' } } });
  });

  test('says why with a code and nothing that leaks', async () => {
    const health = new Health();
    health.register('store', () => Promise.reject(new HubError('HUB_STORE_UNREACHABLE', definition)));
    health.register('dms', () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432 user=hub')));
    health.register('sync', () => {
      throw new Error('10.0.0.7');
    });
    const report = await health.ready();
    expect(report.checks).toMatchObject({
      store: { state: 'down', code: 'HUB_STORE_UNREACHABLE' },
      dms: { state: 'down', code: 'FAILED' },
      sync: { state: 'down', code: 'FAILED' },
    });
    expect(JSON.stringify(report)).not.toContain('10.0.0.7');
  });

  test('is answered in bounded time, and a hanging check is not started again', async () => {
    const health = new Health();
    let started = 0;
    let answer: (state: 'up') => void = () => undefined;
    const hanging = () => {
      started += 1;
      return new Promise<'up'>((resolve) => (answer = resolve));
    };
    health.register('dms', hanging, { timeoutMs: 5 });
    expect((await health.ready()).checks).toEqual({ dms: { state: 'down', code: 'TIMEOUT' } });
    const second = health.ready();
    answer('up');
    expect((await second).state).toBe('up');
    expect(started).toBe(1);
  });

  test('does not end with what the process can do without, also where it hangs', async () => {
    const health = new Health();
    health.register('behind', () => Promise.resolve({ state: 'degraded', code: 'BEHIND' }), { essential: false });
    health.register('bus', () => Promise.reject(new Error('10.0.0.7')), { essential: false });
    health.register('slow', () => new Promise(() => undefined), { essential: false, timeoutMs: 1 });
    expect(await health.ready()).toEqual({
      state: 'degraded',
      checks: {
        behind: { state: 'degraded', code: 'BEHIND' },
        bus: { state: 'degraded', code: 'FAILED' },
        slow: { state: 'degraded', code: 'TIMEOUT' },
      },
    });
  });

  test('ends with stopping, liveness does not', async () => {
    const health = new Health();
    health.stop();
    expect((await health.ready()).state).toBe('down');
    expect(health.live().state).toBe('up');
  });
});

describe('liveness', () => {
  test('ends when only a restart helps, and names the first reason', async () => {
    const health = new Health();
    expect(health.live()).toEqual({ state: 'up', checks: {} });
    health.fail('HUB_BUS_CONSUMER_CRASHED');
    health.fail('LATER');
    expect(health.live().checks).toEqual({ process: { state: 'down', code: 'HUB_BUS_CONSUMER_CRASHED' } });
    expect((await health.ready()).state).toBe('down');
  });
});
