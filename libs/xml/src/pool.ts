import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SchemaCatalogue } from './catalogue.ts';
import { xmlErrors } from './errors.ts';
import type { XmlJob, XmlResult } from './job.ts';
import { type Answer, type Plan, READY, type Task } from './wire.ts';

const MIB = 1024 * 1024;
const MAX_BYTES = 16 * MIB;
/** A document up to this size is handed to a worker while it still reads another, so that it need not wait for this thread. */
const AHEAD_BYTES = 128 * 1024;
/** A worker that has not come up by then is replaced, and its document fails as one that takes too long. */
const START_MS = 30_000;

export interface XmlPoolOptions {
  /** Threads; at least 1. */
  readonly workers: number;
  readonly schemas: SchemaCatalogue;
  /** Bytes of documents that may wait; beyond that HUB_XML_BUSY. Default 64 MiB. */
  readonly queueBytes?: number;
  /** Milliseconds for one document, schema compilation included; then the worker is replaced. Default 10,000. */
  readonly timeoutMs?: number;
  /** A worker whose WebAssembly memory has grown beyond this is replaced after its document. Default 256. */
  readonly memoryLimitMiB?: number;
}

export interface XmlPoolStats {
  readonly workers: number;
  readonly busy: number;
  readonly queued: number;
  readonly queuedBytes: number;
  /** Documents read or refused since the start. */
  readonly done: number;
  /** Workers replaced because of a timeout, a crash or the memory limit. */
  readonly replaced: number;
  /** Largest WebAssembly memory any worker reported, in bytes. */
  readonly heapBytes: number;
}

export interface XmlPool {
  /**
   * Reads one document: safe parse, then what the job asks for, in this order: schema, extraction, canonical hash.
   * @throws HubError HUB_XML_*; those about the document carry places, at most 50
   */
  run(job: XmlJob): Promise<XmlResult>;
  stats(): XmlPoolStats;
  /** Finishes what was accepted, then ends the threads. */
  close(): Promise<void>;
}

/** @throws HUB_XML_NOT_BUILT where libs/xml/dist is missing: workers run the built file, in tests too. */
export function createXmlPool(options: XmlPoolOptions): XmlPool {
  const entry = new URL('../dist/xml.worker.js', import.meta.url);
  if (!existsSync(fileURLToPath(entry))) throw xmlErrors.HUB_XML_NOT_BUILT();
  return new Pool(entry, options);
}

interface Waiting {
  readonly task: Task;
  readonly resolve: (result: XmlResult) => void;
  readonly reject: (error: Error) => void;
}

interface Seat {
  /** None after a failure: the next document starts one, so that a worker that cannot start does not loop. */
  worker?: Worker | undefined;
  /** The worker has come up. */
  ready?: boolean;
  job?: Waiting | undefined;
  /** Handed over as well; a copy, since another worker must read it where this one fails at the job before. */
  next?: Waiting | undefined;
  timer?: NodeJS.Timeout | undefined;
}

class Pool implements XmlPool {
  readonly #entry: URL;
  readonly #schemas: SchemaCatalogue;
  readonly #queueBytes: number;
  readonly #timeoutMs: number;
  readonly #memoryLimit: number;
  readonly #seats: Seat[];
  readonly #queue: Waiting[] = [];
  readonly #extractions = new WeakMap<object, string>();
  #queuedBytes = 0;
  #done = 0;
  #replaced = 0;
  #heapBytes = 0;
  #closing = false;
  #drained: (() => void) | undefined;

  constructor(entry: URL, options: XmlPoolOptions) {
    this.#entry = entry;
    this.#schemas = options.schemas;
    this.#queueBytes = options.queueBytes ?? 64 * MIB;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#memoryLimit = (options.memoryLimitMiB ?? 256) * MIB;
    this.#seats = Array.from({ length: Math.max(1, options.workers) }, () => this.#seat());
  }

  run(job: XmlJob): Promise<XmlResult> {
    if (this.#closing) return Promise.reject(xmlErrors.HUB_XML_CLOSED());
    const { document, maxBytes = MAX_BYTES } = job;
    if (document.length > maxBytes) return Promise.reject(xmlErrors.HUB_XML_TOO_LARGE());
    const idle = this.#seats.find((seat) => seat.job === undefined);
    if (idle === undefined && this.#queuedBytes + document.length > this.#queueBytes) {
      return Promise.reject(xmlErrors.HUB_XML_BUSY({ retryAfterSeconds: 1 }));
    }
    return new Promise((resolve, reject) => {
      const waiting = { task: { document, maxBytes, plan: this.#plan(job) }, resolve, reject };
      if (idle !== undefined) return this.#start(idle, waiting);
      this.#queue.push(waiting);
      this.#queuedBytes += document.length;
      this.#handAhead();
    });
  }

  stats(): XmlPoolStats {
    return {
      workers: this.#seats.length,
      busy: this.#seats.filter(({ job }) => job !== undefined).length,
      queued: this.#queue.length + this.#seats.filter(({ next }) => next !== undefined).length,
      queuedBytes: this.#queuedBytes,
      done: this.#done,
      replaced: this.#replaced,
      heapBytes: this.#heapBytes,
    };
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#seats.some(({ job }) => job !== undefined)) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    await Promise.all(this.#seats.map(({ worker }) => ended(worker)));
  }

  /** The part of a job that the worker compiles, as text; that of the extraction, which is long, is made once. */
  #plan({ schema, extract, canonical, namespaces }: XmlJob): string {
    const short = JSON.stringify({ schema, canonical, namespaces } satisfies Plan);
    if (extract === undefined) return short;
    let long = this.#extractions.get(extract);
    if (long === undefined) this.#extractions.set(extract, (long = JSON.stringify({ extract } satisfies Plan)));
    return `${short}\n${long}`;
  }

  #seat(): Seat {
    const seat: Seat = {};
    this.#hire(seat).unref();
    return seat;
  }

  #hire(seat: Seat): Worker {
    const worker = new Worker(this.#entry, { workerData: this.#schemas, execArgv: [] });
    worker.on('message', (said: Answer | typeof READY) =>
      said === READY ? this.#ready(seat) : this.#answered(seat, said),
    );
    worker.on('error', (cause) => this.#failed(seat, xmlErrors.HUB_XML_CRASHED({ cause })));
    worker.on('exit', () => this.#failed(seat, xmlErrors.HUB_XML_CRASHED()));
    seat.worker = worker;
    seat.ready = false;
    return worker;
  }

  #start(seat: Seat, waiting: Waiting): void {
    const worker = seat.worker ?? this.#hire(seat);
    worker.ref();
    this.#begin(seat, waiting);
    const { document } = waiting.task;
    worker.postMessage(waiting.task, ownsItsBuffer(document) ? [document.buffer] : []);
  }

  #begin(seat: Seat, waiting: Waiting): void {
    seat.job = waiting;
    this.#time(seat);
  }

  /** The time of a document begins when its worker is there. */
  #ready(seat: Seat): void {
    seat.ready = true;
    if (seat.job !== undefined) this.#time(seat);
  }

  #time(seat: Seat): void {
    clearTimeout(seat.timer);
    const ms = seat.ready ? this.#timeoutMs : START_MS;
    seat.timer = setTimeout(() => this.#failed(seat, xmlErrors.HUB_XML_TIMEOUT()), ms);
  }

  #handAhead(): void {
    const seat = this.#seats.find(({ worker, job, next }) => worker && job && next === undefined);
    const task = this.#queue[0]?.task;
    if (!seat || !task || !ownsItsBuffer(task.document) || task.document.length > AHEAD_BYTES) return;
    seat.next = this.#queue.shift();
    seat.worker?.postMessage(task);
  }

  #answered(seat: Seat, answer: Answer): void {
    const { job } = seat;
    if (job === undefined) return;
    this.#heapBytes = Math.max(this.#heapBytes, answer.heapBytes);
    this.#leave(seat);
    if (answer.heapBytes > this.#memoryLimit) this.#dismiss(seat);
    const { failure } = answer;
    if (failure)
      job.reject(
        xmlErrors[failure.code]({ places: failure.places, ...(failure.detail && { detail: failure.detail }) }),
      );
    else job.resolve(resultOf(answer));
    this.#next(seat);
  }

  /** Only the seat's own document fails; the queue goes on with a new worker. */
  #failed(seat: Seat, error: Error): void {
    const { job } = seat;
    this.#leave(seat);
    this.#dismiss(seat);
    job?.reject(error);
    this.#next(seat);
  }

  #leave(seat: Seat): void {
    clearTimeout(seat.timer);
    if (seat.job !== undefined) this.#done += 1;
    seat.job = undefined;
    seat.timer = undefined;
    seat.worker?.unref();
  }

  #dismiss(seat: Seat): void {
    this.#replaced += 1;
    void ended(seat.worker);
    seat.worker = undefined;
  }

  #next(seat: Seat): void {
    const ahead = seat.next;
    const waiting = ahead ?? this.#queue.shift();
    seat.next = undefined;
    if (waiting === undefined) {
      if (this.#drained !== undefined && this.#seats.every(({ job }) => job === undefined)) this.#drained();
      return;
    }
    this.#queuedBytes -= waiting.task.document.length;
    if (ahead === undefined || seat.worker === undefined) this.#start(seat, waiting);
    else {
      seat.worker.ref();
      this.#begin(seat, waiting);
    }
    this.#handAhead();
  }
}

/** Whatever a worker reports while it ends concerns nobody any more. */
async function ended(worker: Worker | undefined): Promise<void> {
  worker?.removeAllListeners().on('error', () => undefined);
  await worker?.terminate();
}

/** A view into a larger buffer, such as Node's pool for small ones, is copied: others live in the same buffer. */
function ownsItsBuffer(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
}

function resultOf({ rootName, canonicalSha256, json }: Answer): XmlResult {
  return {
    rootName: rootName ?? { namespace: '', local: '' },
    ...(json !== undefined && { value: JSON.parse(json) as unknown }),
    ...(canonicalSha256 !== undefined && { canonicalSha256 }),
  };
}
