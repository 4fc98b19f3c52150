import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Anlage } from '@ozg-hub/civento';
import { type ApplicationSpec, buildApplication } from './application-xml.ts';
import { type MultipartBody, type MultipartPart, multipartBody } from './multipart.ts';

/** A file with its content, for a multipart part of its own. */
export interface ApplicationFile {
  readonly part: string;
  readonly role: Anlage['role'];
  readonly fileName: string;
  readonly title?: string;
  readonly mediaType: string;
  /** A function gives the same bytes at each call: it is read for the hash and again for each sending. */
  readonly content: Uint8Array | (() => Readable);
}

/** An application as it goes over the wire. */
export interface ApplicationRequest {
  readonly xml: string;
  /** The application first, then the files. */
  readonly parts: readonly MultipartPart[];
  /** A fresh body at each call. */
  body(): MultipartBody;
}

/** Announces the files with size and SHA-256 in the application and makes one request of both. */
export async function applicationRequest(
  spec: ApplicationSpec,
  files: readonly ApplicationFile[],
): Promise<ApplicationRequest> {
  const announced: Anlage[] = [];
  for (const { content, ...file } of files) announced.push({ ...file, ...(await measure(content)) });
  const xml = buildApplication({ ...spec, anlagen: [...announced, ...(spec.anlagen ?? [])] });
  const parts: MultipartPart[] = [
    { name: 'application', contentType: 'application/xml', content: xml },
    ...files.map(({ part, fileName, mediaType, content }) => ({
      name: part,
      fileName,
      contentType: mediaType,
      content,
    })),
  ];
  return { xml, parts, body: () => multipartBody(parts) };
}

async function measure(content: Uint8Array | (() => Readable)): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  const chunks = content instanceof Uint8Array ? [content] : (content() as AsyncIterable<Uint8Array>);
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}
