import { describe, expect, test } from '@jest/globals';
import { Metrics } from './metrics.ts';

describe('metrics', () => {
  test('are counted into the same metric by everyone who declares it alike', async () => {
    const metrics = new Metrics();
    const accepted = () => metrics.counter('hub_submissions_accepted_total', 'Accepted.', ['tenant', 'leistung']);
    accepted().inc({ tenant: 'fulda', leistung: '99107006022000' });
    accepted().inc({ tenant: 'fulda', leistung: '99107006022000' }, 2);
    expect(await metrics.render()).toContain(
      'hub_submissions_accepted_total{tenant="fulda",leistung="99107006022000"} 3',
    );
  });

  test('of two instances are apart', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    one.counter('hub_things_total', 'Things.').inc({});
    other.counter('hub_things_total', 'Things.');
    expect(await one.render()).toContain('hub_things_total 1');
    expect(await other.render()).toContain('hub_things_total 0');
  });

  test('are refused when a name is declared differently, badly or with a personal label', () => {
    const metrics = new Metrics();
    metrics.counter('hub_things_total', 'Things.', ['tenant']);
    const invalid = expect.objectContaining({ code: 'HUB_METRIC_INVALID' });
    expect(() => metrics.counter('hub_things_total', 'Things.', ['state'])).toThrow(invalid);
    expect(() => metrics.gauge('hub_things_total', 'Things.', ['tenant'])).toThrow(invalid);
    expect(() => metrics.counter('Hub-Things', 'Things.')).toThrow(invalid);
    expect(() => metrics.counter('hub_people_total', 'People.', ['applicantName'])).toThrow(invalid);
  });

  test('never show personal data in a label', async () => {
    const metrics = new Metrics();
    metrics.counter('hub_things_total', 'Things.', ['target']).inc({ target: 'zoe@example.org' });
    expect(await metrics.render()).not.toContain('zoe');
  });

  test('come in bounded time, and a source that hangs is not asked again', async () => {
    const metrics = new Metrics({ collectTimeoutMs: 5 });
    let asked = 0;
    metrics.gauge('hub_lag', 'Lag.', [], () => ((asked += 1), new Promise<void>(() => undefined)));
    metrics.gauge('hub_open', 'Open.', [], (gauge) => gauge.set({}, 3));
    await metrics.render();
    expect(await metrics.render()).toContain('hub_open 3');
    expect(asked).toBe(1);
    expect(await metrics.render()).toMatch(/hub_metric_collect_failures_total\{metric="hub_lag"\} [23]/);
  });

  test('of a gauge are collected when read, and a failing source hides nothing else', async () => {
    const metrics = new Metrics();
    let open = 1;
    metrics.gauge('hub_deliveries_open', 'Open deliveries.', ['state'], (gauge) => {
      gauge.reset();
      gauge.set({ state: 'PARKED' }, open);
    });
    metrics.gauge('hub_lag', 'Lag.', [], () => Promise.reject(new Error('unreachable')));
    expect(await metrics.render()).toContain('hub_deliveries_open{state="PARKED"} 1');
    open = 5;
    const text = await metrics.render();
    expect(text).toContain('hub_deliveries_open{state="PARKED"} 5');
    expect(text).toMatch(/hub_metric_collect_failures_total\{metric="hub_lag"\} [12]/);
  });

  test('of durations fall into buckets of seconds', async () => {
    const metrics = new Metrics();
    const seconds = metrics.histogram('hub_http_seconds', 'Answer time.', ['route']);
    seconds.observe({ route: '/v1' }, 0.3);
    seconds.time({ route: '/v1' })();
    const text = await metrics.render();
    expect(text).toContain('hub_http_seconds_bucket{le="0.25",route="/v1"} 1');
    expect(text).toContain('hub_http_seconds_count{route="/v1"} 2');
  });

  test('of the process include the event-loop lag, on request only', async () => {
    expect(await new Metrics({ process: true }).render()).toContain('nodejs_eventloop_lag_seconds');
    expect(await new Metrics().render()).not.toContain('nodejs_');
  });
});
