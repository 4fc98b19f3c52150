import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from './access-guard.ts';
import { HUB_PARTS, type HubParts } from './hub-parts.ts';
import { openApi } from './openapi.ts';
import { Operation } from './operation.ts';

/** What a data centre's probes and collectors ask. */
@Controller()
@Public()
export class HealthController {
  constructor(@Inject(HUB_PARTS) private readonly parts: HubParts) {}

  @Get('health/live')
  @Operation({ summary: 'The process runs.' })
  async live(@Res() reply: FastifyReply): Promise<void> {
    const report = this.parts.platform.health.live();
    await reply.code(report.state === 'down' ? 503 : 200).send(report);
  }

  @Get('health/ready')
  @Operation({ summary: 'The process can take work: database and keys are there.' })
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const report = await this.parts.platform.health.ready();
    await reply.code(report.state === 'down' ? 503 : 200).send(report);
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @Operation({ summary: 'Metrics in Prometheus text format.' })
  metrics(): Promise<string> {
    return this.parts.platform.metrics.render();
  }

  @Get('openapi.json')
  @Operation({ summary: 'This description.' })
  description(): object {
    return openApi(this.parts.routes ?? [], this.parts.version);
  }
}
