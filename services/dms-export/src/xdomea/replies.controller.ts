import { Controller, Headers, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import type { ReplyOutcome } from '@ozg-hub/delivery';
import { Access, Caller, Operation, type OperationDescription, type Principal, requireTenant } from '@ozg-hub/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PostedReplies, replyMediaTypes } from './posted-replies.ts';

const reply: OperationDescription = {
  summary: 'Takes a reply of a DMS: 0629 or 0630.',
  description:
    'The message as XML or its package as ZIP, 50 MiB at most. 200 is answered after the commit; the same reply again is "duplicate".',
  consumes: replyMediaTypes,
  answers: z.object({ outcome: z.enum(['applied', 'duplicate', 'late']) }),
  errors: ['HUB_DMS_REPLY_UNKNOWN', 'HUB_DMS_REPLY_NOT_EXPECTED', 'HUB_DMS_REPLY_PROCESSED_BEFORE', 'HUB_XML_INVALID'],
};

/** What a DMS calls that brings its replies. */
@Controller('dms-export/v1/replies')
export class RepliesController {
  constructor(@Inject(PostedReplies) private readonly replies: PostedReplies) {}

  @Post(':tenant/:target')
  @HttpCode(200)
  @Access('reply')
  @Operation(reply)
  async take(
    @Req() { raw: body }: FastifyRequest,
    @Param('tenant') tenant: string,
    @Param('target') target: string,
    @Headers('content-type') contentType: string = '',
    @Caller() caller: Principal,
  ): Promise<{ outcome: ReplyOutcome }> {
    requireTenant(caller, tenant);
    return { outcome: await this.replies.take({ tenant, target, contentType, body }) };
  }
}
