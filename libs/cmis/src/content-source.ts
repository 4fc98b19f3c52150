import type { Readable } from 'node:stream';

/** Content to be sent. */
export interface ContentSource {
  /**
   * Opens the bytes. Called anew where a request that the repository refused is repeated (session ended).
   * An error of the stream ends the request before it is whole and is thrown as it is.
   */
  readonly open: () => Readable | Promise<Readable>;
  /** Bytes; sent as Content-Length and checked. Unknown: the request is chunked. */
  readonly length?: number;
  /** E.g. `application/pdf`. */
  readonly mediaType: string;
  /** Stored as `cmis:contentStreamFileName`; what the DMS shows is the object's name. */
  readonly fileName: string;
}

/** Content being received. Read it to its end or destroy it: it holds a connection. */
export interface ContentStream {
  /** Fails with HUB_CMIS_INTERRUPTED or HUB_CMIS_TIMEOUT where the answer is cut. */
  readonly stream: Readable;
  /** Bytes, where the repository says so. */
  readonly length: number | undefined;
  readonly mediaType: string | undefined;
  readonly fileName: string | undefined;
}
