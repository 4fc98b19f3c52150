import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { Operation, Public, sendPage } from '@ozg-hub/runtime';
import type { FastifyReply } from 'fastify';
import { returnPage, unknownPage } from './return-page.ts';
import { Returns } from './returns.ts';

/** Where payment services send the browser back to. The address proves nothing, it only makes the hub ask. */
@Controller('epay21/v1/return')
export class ReturnController {
  constructor(@Inject(Returns) private readonly returns: Returns) {}

  @Get(':token')
  @Public()
  @Operation({ summary: 'The page that a citizen comes back to after paying.' })
  async page(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const returned = await this.returns.of(token);
    await sendPage(reply, returned ? returnPage(returned) : unknownPage(), { status: returned ? 200 : 404 });
  }
}
