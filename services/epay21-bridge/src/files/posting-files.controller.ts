import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { formatDecimal } from '@ozg-hub/money';
import {
  Access,
  Caller,
  Operation,
  type Principal,
  actorOf,
  requireTenant,
  validate,
  visibleTenants,
} from '@ozg-hub/runtime';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { PostingFile } from './posting-file.ts';
import { PostingFiles } from './posting-files.ts';

const day = z.iso.date();
const instant = z.iso.datetime();
const filter = z.object({
  tenant: z.string().max(40).optional(),
  target: z.string().max(40).optional(),
  profile: z.string().max(40).optional(),
  day: day.optional(),
  state: z.enum(['WRITTEN', 'HANDED_OVER']).optional(),
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
});
const closing = z.strictObject({
  tenant: z.string().max(40),
  day: day.describe('business day in Germany'),
  target: z.string().max(40).optional(),
  profile: z.string().max(40).optional(),
  early: z.boolean().optional().describe('also of today; what comes later of it stands in the next file'),
});
const file = z.object({
  id: z.uuid(),
  tenant: z.string(),
  target: z.string(),
  profile: z.string(),
  number: z.int(),
  businessDay: day,
  part: z.int(),
  name: z.string(),
  size: z.int(),
  sha256: z.string(),
  postings: z.int(),
  gross: z.string(),
  fee: z.string(),
  reversed: z.string(),
  net: z.string(),
  state: z.string(),
  tries: z.int(),
  code: z.string().optional(),
  reissues: z.int(),
  createdAt: instant,
  handedOverAt: instant.optional(),
});
const files = z.object({ files: z.array(file) });

/** Files for finance systems that read no events. */
@Controller('epay21-bridge/ops/v1/files')
export class PostingFilesController {
  constructor(@Inject(PostingFiles) private readonly files: PostingFiles) {}

  @Get()
  @Access('read')
  @Operation({ summary: 'Files of postings, newest first, without their contents.', query: filter, answers: files })
  async listFiles(@Query() query: unknown, @Caller() caller: Principal): Promise<z.input<typeof files>> {
    const { tenant, day: businessDay, ...rest } = validate(filter, query);
    const found = await this.files.list({ ...rest, businessDay, tenants: visibleTenants(caller, tenant) });
    return { files: found.map(viewOf) };
  }

  @Post('close')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Closes a day now: writes and hands over what stands in no file yet. Nothing new makes no file.',
    body: closing,
    answers: files,
    errors: ['HUB_EPAY_FILE_DAY_OPEN', 'HUB_EPAY_FILE_NO_TARGET'],
  })
  async closeDay(@Body() body: unknown, @Caller() caller: Principal): Promise<z.input<typeof files>> {
    const { tenant, day: businessDay, ...which } = validate(closing, body);
    requireTenant(caller, tenant);
    return { files: (await this.files.close(tenant, businessDay, which)).map(viewOf) };
  }

  @Get(':id/content')
  @Access('operate')
  @Operation({ summary: 'The bytes of a file as they were first written.', errors: ['HUB_EPAY_FILE_UNKNOWN'] })
  async fileContent(@Param('id') id: string, @Res() reply: FastifyReply, @Caller() caller: Principal): Promise<void> {
    const { file: found, content } = await this.files.content(validate(z.uuid(), id));
    requireTenant(caller, found.tenant);
    await reply
      .type(found.mediaType)
      .header('content-disposition', `attachment; filename="${found.name}"`)
      .send(content);
  }

  @Post(':id/reissue')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Hands a file over again: the same bytes under the same name.',
    answers: file,
    errors: ['HUB_EPAY_FILE_UNKNOWN'],
  })
  async reissueFile(@Param('id') id: string, @Caller() caller: Principal): Promise<z.input<typeof file>> {
    const valid = validate(z.uuid(), id);
    requireTenant(caller, (await this.files.find(valid)).tenant);
    return viewOf(await this.files.reissue(valid, actorOf(caller).actor));
  }
}

function viewOf({ totals, createdAt, handedOverAt, mediaType: _type, nextTryAt: _next, ...rest }: PostingFile) {
  return {
    ...rest,
    postings: totals.postings,
    gross: formatDecimal(totals.gross),
    fee: formatDecimal(totals.fee),
    reversed: formatDecimal(totals.reversed),
    net: formatDecimal(totals.net),
    createdAt: createdAt.toISOString(),
    handedOverAt: handedOverAt?.toISOString(),
  };
}
