import type { IncomingMessage } from 'node:http';
import type { FakeCmisStore } from './fake-cmis-store.ts';

/** What both bindings' readers get. */
export interface FakeRequest {
  readonly message: IncomingMessage;
  readonly url: URL;
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  readonly user: string;
  readonly store: FakeCmisStore;
  /**
   * To be called when it is known what is asked for, around what it does; faults are injected here.
   * @param operation named as in the browser binding: `createFolder`, `setContent`, `object` …
   */
  readonly around: (operation: string, name: string | undefined, run: () => Promise<FakeReply>) => Promise<FakeReply>;
}

export interface FakeReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A file to be streamed instead. */
  readonly file?: string;
}

/** HTTP statuses of the exceptions (CMIS 1.1 §3.2.4.1, §5.2.10.1). */
export const fakeStatuses: Readonly<Record<string, number>> = {
  invalidArgument: 400,
  filterNotValid: 400,
  permissionDenied: 403,
  streamNotSupported: 403,
  objectNotFound: 404,
  notSupported: 405,
  constraint: 409,
  nameConstraintViolation: 409,
  contentAlreadyExists: 409,
  updateConflict: 409,
  versioning: 409,
  runtime: 500,
  storage: 500,
};

export async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
