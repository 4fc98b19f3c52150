import {
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
  collectDefaultMetrics,
} from 'prom-client';
import { observabilityErrors } from './errors.ts';
import { isForbiddenKey, redactText } from './redaction.ts';

/** One value for each declared label name; `{}` where there is none. */
export type Labels<Label extends string> = Readonly<Record<Label, string | number>>;

export interface Counter<Label extends string> {
  /** Adds `by` (default 1, never negative). */
  inc(labels: Labels<Label>, by?: number): void;
}

export interface Gauge<Label extends string> {
  set(labels: Labels<Label>, value: number): void;
  /** Adds `by` (default 1); negative to subtract. */
  inc(labels: Labels<Label>, by?: number): void;
  /** Forgets every series, so that a collector writes only those that still exist. */
  reset(): void;
}

export interface Histogram<Label extends string> {
  observe(labels: Labels<Label>, value: number): void;
  /** Starts a clock; calling the result observes the seconds since. */
  time(labels: Labels<Label>): () => void;
}

export interface MetricsOptions {
  /** Memory, CPU, garbage collection and event-loop lag of the process (`process_…`, `nodejs_…`). Default false. */
  readonly process?: boolean;
  /** Milliseconds that the source of a gauge may take before {@link Metrics.render} goes on without. Default 3,000. */
  readonly collectTimeoutMs?: number;
}

type Kind = 'counter' | 'gauge' | 'histogram';

interface Declared {
  readonly kind: Kind;
  readonly labels: readonly string[];
  readonly metric: unknown;
}

const NAME = /^[a-z][a-z0-9_]{2,99}$/;

/** Upper bounds in seconds: from an answer within a thread to a slow counterparty. */
const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * The metrics of one process in a registry of their own; two hubs in one process do not share any.
 *
 * Declaring a metric again with the same kind and labels gives the same metric, so that several parts may count into
 * it. Labels hold closed, few values (tenant, Leistung, state, code), never ids and never personal data.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #declared = new Map<string, Declared>();
  readonly #collectFailures = this.counter('hub_metric_collect_failures_total', 'Gauges that could not be refreshed.', [
    'metric',
  ]);

  readonly #collectTimeoutMs: number;
  /** Sources that have not answered yet; they are not asked again meanwhile. */
  readonly #asked = new Map<string, Promise<void>>();

  constructor(options: MetricsOptions = {}) {
    this.#collectTimeoutMs = options.collectTimeoutMs ?? 3_000;
    if (options.process) collectDefaultMetrics({ register: this.#registry });
  }

  /** `Content-Type` of what {@link render} gives. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** @throws HUB_METRIC_INVALID for a bad name, a personal label or a different declaration of the same name */
  counter<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return this.#declare('counter', name, labelNames, () => {
      const counter = new PromCounter({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
      return { inc: (labels: Labels<Label>, by = 1) => counter.inc(clean(labels), by) };
    });
  }

  /**
   * @param collect called before each {@link render}; sets the gauge from its source, e.g. a count in the database.
   * Where it fails or takes too long, the gauge keeps its values and `hub_metric_collect_failures_total` counts.
   * @throws HUB_METRIC_INVALID
   */
  gauge<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
    collect?: (gauge: Gauge<Label>) => void | Promise<void>,
  ): Gauge<Label> {
    return this.#declare('gauge', name, labelNames, () => {
      const gauge: PromGauge<Label> = new PromGauge({
        name,
        help,
        labelNames: [...labelNames],
        registers: [this.#registry],
        ...(collect ? { collect: () => this.#collect(name, () => collect(own)) } : {}),
      });
      const own: Gauge<Label> = {
        set: (labels, value) => gauge.set(clean(labels), value),
        inc: (labels, by = 1) => gauge.inc(clean(labels), by),
        reset: () => gauge.reset(),
      };
      return own;
    });
  }

  /**
   * @param buckets upper bounds, ascending. Default: seconds from 2 ms to 60 s.
   * @throws HUB_METRIC_INVALID
   */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
    buckets: readonly number[] = SECONDS,
  ): Histogram<Label> {
    return this.#declare('histogram', name, labelNames, () => {
      const histogram = new PromHistogram({
        name,
        help,
        labelNames: [...labelNames],
        buckets: [...buckets],
        registers: [this.#registry],
      });
      return {
        observe: (labels: Labels<Label>, value: number) => histogram.observe(clean(labels), value),
        time: (labels: Labels<Label>) => {
          const stop = histogram.startTimer(clean(labels));
          return () => void stop();
        },
      };
    });
  }

  /** All metrics in Prometheus' text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  /** A source that cannot be asked must not hide the other metrics; it is counted instead. */
  async #collect(metric: string, collect: () => void | Promise<void>): Promise<void> {
    const asked = this.#asked.get(metric) ?? this.#ask(metric, collect);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('The source does not answer.')), this.#collectTimeoutMs);
    });
    try {
      await Promise.race([asked, timeout]);
    } catch {
      this.#collectFailures.inc({ metric });
    } finally {
      clearTimeout(timer);
    }
  }

  #ask(metric: string, collect: () => void | Promise<void>): Promise<void> {
    const asked = Promise.resolve()
      .then(collect)
      .finally(() => this.#asked.delete(metric));
    // Whoever waits counts the failure; after the time limit nobody does.
    asked.catch(() => undefined);
    this.#asked.set(metric, asked);
    return asked;
  }

  #declare<Metric>(kind: Kind, name: string, labels: readonly string[], create: () => Metric): Metric {
    const known = this.#declared.get(name);
    if (known) {
      if (known.kind === kind && known.labels.join() === labels.join()) return known.metric as Metric;
      throw observabilityErrors.HUB_METRIC_INVALID({ detail: `Metric ${name} is declared twice, differently.` });
    }
    if (!NAME.test(name)) throw observabilityErrors.HUB_METRIC_INVALID({ detail: `Metric name ${name} is not valid.` });
    const personal = labels.find(isForbiddenKey);
    if (personal) {
      throw observabilityErrors.HUB_METRIC_INVALID({ detail: `Metric ${name}: label ${personal} is not allowed.` });
    }
    const metric = create();
    this.#declared.set(name, { kind, labels, metric });
    return metric;
  }
}

function clean<Label extends string>(labels: Labels<Label>): Record<Label, string | number> {
  const entries = Object.entries<string | number>(labels);
  return Object.fromEntries(
    entries.map(([label, value]) => [label, typeof value === 'string' ? redactText(value) : value]),
  ) as Record<Label, string | number>;
}
