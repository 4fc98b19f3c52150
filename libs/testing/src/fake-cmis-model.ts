import type { FakeType } from './fake-cmis-catalogue.ts';

export type FakeValue = string | number | boolean | Date;
export type FakeProperties = ReadonlyMap<string, readonly FakeValue[]>;

/** An exception of the standard, by its name in the browser binding. */
export class FakeCmisException extends Error {
  constructor(
    readonly exception: string,
    message: string,
  ) {
    super(message);
  }
}

export interface FakeContent {
  readonly file: string;
  readonly length: number;
  readonly sha256: string;
  readonly mediaType: string;
  readonly fileName: string;
}

export interface FakeAce {
  readonly principal: string;
  readonly permissions: readonly string[];
}

export interface FakeObject {
  readonly id: string;
  readonly type: FakeType;
  parentId: string | undefined;
  secondary: readonly FakeType[];
  properties: Map<string, readonly FakeValue[]>;
  content: FakeContent | undefined;
  aces: readonly FakeAce[];
  readonly series: FakeSeries | undefined;
}

/** Versions of one document, oldest first. */
export interface FakeSeries {
  readonly id: string;
  readonly versions: FakeObject[];
  workingCopy: FakeObject | undefined;
  checkedOutBy: string | undefined;
}

/** One change, on disk before it is answered; one line of `ledger.jsonl`. */
export interface FakeCmisLedgerLine {
  readonly at: string;
  readonly operation: string;
  readonly objectId: string;
  readonly typeId: string;
  readonly path: string;
  readonly properties: Readonly<Record<string, readonly FakeValue[]>>;
  readonly sha256?: string;
  readonly length?: number;
}

export interface NewFakeObject {
  readonly parentId: string;
  readonly properties: FakeProperties;
  readonly content?: FakeContent | undefined;
  readonly versioningState?: string | undefined;
  readonly user: string;
}
