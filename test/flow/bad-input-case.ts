import { expect } from '@jest/globals';
import { type ApplicationSpec, buildApplication, multipartBody } from '@ozg-hub/testing';
import { MARKER, dog } from './applications.ts';
import type { Answer, RunningHub } from './running-hub.ts';

/** One entry of `errors` in a problem answer. */
interface Place {
  readonly line?: unknown;
  readonly path?: unknown;
  readonly field?: unknown;
  readonly message?: unknown;
}

/** One kind of bad input and what its sender is told. */
export interface Case {
  readonly what: string;
  readonly send: (hub: RunningHub) => Promise<Answer>;
  readonly status: number;
  readonly code: string;
  /** All places of the answer, in order; left out: none. */
  readonly places?: readonly Place[];
}

export const MIB = 1024 * 1024;
export const NAMESPACE = 'urn:ozg-hub:civento:antrag:1.0';

export const xml = (spec: Partial<ApplicationSpec> = {}) => buildApplication(dog({ vorgang: 'V-bad', ...spec }));
export const pushXml = (hub: RunningHub, text: string | Uint8Array, headers = {}) => hub.push(text, { headers });

export const pdf = Buffer.from(`%PDF-1.7\n${MARKER}\n`);
export const part = (name: string, content: string | Uint8Array) => ({ name, fileName: `${MARKER}.pdf`, content });
export const application = (spec: Partial<ApplicationSpec> = {}) => ({ name: 'application', content: xml(spec) });
export const pushParts = (hub: RunningHub, ...parts: Parameters<typeof multipartBody>[0][number][]) =>
  hub.push(multipartBody(parts));
export const announced = (name: string, more: object = {}) =>
  ({ part: name, role: 'Anlage', fileName: `${MARKER}.pdf`, ...more }) as const;

export const line = (number: number): Place => ({ line: number, message: expect.any(String) });
export const field = (name: string): Place => ({ field: name, message: expect.any(String) });
