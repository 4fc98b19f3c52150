import type { ErrorPlace } from '@ozg-hub/core';
import type { ControlTotals } from './posting.ts';

/** Files are numbered by tenant, finance target and profile. */
export interface Series {
  readonly tenant: string;
  readonly target: string;
  readonly profile: string;
}

/** A file of postings, without its bytes. */
export interface PostingFile extends Series {
  readonly id: string;
  readonly number: number;
  /** `2026-11-20` */
  readonly businessDay: string;
  /** 1 for the first file of the day; later ones have what came too late for it. */
  readonly part: number;
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: string;
  readonly totals: ControlTotals;
  readonly state: 'WRITTEN' | 'HANDED_OVER';
  readonly tries: number;
  /** Why it could not be handed over the last time. */
  readonly code: string | undefined;
  readonly nextTryAt: Date | undefined;
  readonly reissues: number;
  readonly createdAt: Date;
  readonly handedOverAt: Date | undefined;
}

export interface NewPostingFile
  extends Series, Pick<PostingFile, 'id' | 'number' | 'businessDay' | 'part' | 'name' | 'mediaType' | 'sha256'> {
  readonly content: Buffer;
  readonly currency: string;
  readonly totals: ControlTotals;
  readonly createdAt: Date;
  readonly eventIds: readonly string[];
}

/** A day whose postings could not be written. */
export interface PostingFileProblem extends Series {
  readonly businessDay: string;
  readonly code: string;
  readonly places: readonly ErrorPlace[];
  readonly at: Date;
}

export interface PostingFileFilter {
  /** Left out: all. */
  readonly tenants?: readonly string[] | undefined;
  readonly target?: string | undefined;
  readonly profile?: string | undefined;
  readonly businessDay?: string | undefined;
  readonly state?: PostingFile['state'] | undefined;
  /** Id of a file: those that are older than it. */
  readonly after?: string | undefined;
  /** Default 100. */
  readonly limit?: number | undefined;
}
