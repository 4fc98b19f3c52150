import { Controller, Get, Headers, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Access, Caller, Operation, type OperationDescription, type Principal, traceOf } from '@ozg-hub/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AcceptApplication } from './accept-application.ts';
import { type SubmissionStatus, SubmissionStatuses } from './submission-status.ts';

const handOver: OperationDescription = {
  summary: 'Hands over an application with its files.',
  description:
    'multipart/form-data with the part "application" first, then "identity-proof" where the applicant signed in by the ' +
    'identity service, then the files; or application/xml alone. 202 is answered after the commit.',
  consumes: ['multipart/form-data', 'application/xml'],
  status: 202,
  errors: [
    'HUB_INTAKE_CONTENT_DIFFERS',
    'HUB_XML_INVALID',
    'HUB_INTAKE_FILE_TYPE',
    'HUB_DIRECTORY_UNKNOWN_UNIT',
    'HUB_INTAKE_IDENTITY_REQUIRED',
    'HUB_INTAKE_LEVEL_TOO_LOW',
  ],
};

/** What civento calls. */
@Controller('civento/v1/applications')
export class ApplicationsController {
  constructor(
    @Inject(AcceptApplication) private readonly intake: AcceptApplication,
    @Inject(SubmissionStatuses) private readonly statuses: SubmissionStatuses,
  ) {}

  @Post()
  @Access('submit')
  @Operation(handOver)
  async accept(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Caller() caller: Principal,
    @Headers('idempotency-key') headerKey: string | undefined,
    @Query('source') source: string = 'civento',
  ): Promise<void> {
    const { raw: body } = request;
    const trace = traceOf(request);
    const contentType = request.headers['content-type'] ?? '';
    const { id, created } = await this.intake.accept({ contentType, body, source, headerKey, caller, trace });
    const location = `/civento/v1/applications/${id}`;
    await reply
      .code(created ? 202 : 200)
      .header('location', location)
      .send({ id, created, location });
  }

  @Get(':id')
  @Access('submit', 'read')
  @Operation({ summary: 'Where the application is: its state and every delivery.', errors: ['HUB_SUBMISSION_UNKNOWN'] })
  status(@Param('id') id: string, @Caller() caller: Principal): Promise<SubmissionStatus> {
    return this.statuses.get(id, caller.tenants);
  }
}
