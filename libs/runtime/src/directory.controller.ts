import { Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import type { DirectoryState, ReloadOutcome } from '@ozg-hub/directory';
import { z } from 'zod';
import { Access, HubWide } from './access-guard.ts';
import { HUB_PARTS, type HubParts } from './hub-parts.ts';
import { Operation } from './operation.ts';

const errors = z.array(
  z.object({ file: z.string().optional(), line: z.int().optional(), path: z.string().optional(), message: z.string() }),
);
const state = z.object({
  version: z.string(),
  since: z.iso.datetime(),
  refused: z.object({ at: z.iso.datetime(), code: z.string(), detail: z.string(), errors }).optional(),
});
const outcome = z.object({ outcome: z.enum(['changed', 'unchanged', 'refused']), version: z.string(), errors });

/** The directory of this process. */
@Controller('hub/ops/v1/directory')
@HubWide()
export class DirectoryController {
  constructor(@Inject(HUB_PARTS) private readonly parts: HubParts) {}

  @Get()
  @Access('read')
  @Operation({ summary: 'Which version is in use since when, and a change that was refused.', answers: state })
  directoryState(): DirectoryState {
    return this.parts.platform.directoryWatch.state;
  }

  @Post('reload')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Takes a changed folder into use, and tells the other processes; one with errors is refused.',
    answers: outcome,
    errors: ['HUB_DIRECTORY_UNREADABLE'],
  })
  reloadDirectory(): Promise<ReloadOutcome> {
    return this.parts.platform.directoryWatch.reload();
  }
}
