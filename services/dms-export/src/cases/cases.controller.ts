import {
  Body,
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
  createParamDecorator,
} from '@nestjs/common';
import {
  Access,
  Caller,
  Operation,
  type OperationDescription,
  type Principal,
  actorOf,
  validate,
} from '@ozg-hub/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CaseOrders, type Order } from './case-orders.ts';
import { protocolEntry } from './protocol-entry.ts';

const caseId = z.string().trim().min(1).max(200);
const orderId = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/)
  .describe('an order of the same id to the same case is queued once; the same as the header Idempotency-Key');
const reopened = z.boolean().describe('the closing was lifted in the DMS; needed once the case is closed');
const order = z.strictObject({ orderId: orderId.optional() });
const entry = order.extend({
  text: protocolEntry.shape.text.describe('kept encrypted, and erased with the application'),
  bearbeiter: protocolEntry.shape.bearbeiter.optional(),
  at: protocolEntry.shape.at.optional(),
  reopened: reopened.optional(),
});
const close = order.extend({ reopened: reopened.optional() });
const handover = order.extend({ target: z.string().max(80).optional().describe('default: the DMS of the case') });
const link = z.strictObject({
  objectId: z.string().trim().min(1).max(200).describe('id of the Vorgang in the DMS'),
  aktenzeichen: z.string().trim().min(1).max(200).optional(),
});
const search = z.object({ vorgang: caseId.describe('case id of the source, or id of a submission') });

const ordering = (summary: string, body: z.ZodType): OperationDescription => ({
  summary,
  body,
  status: 202,
  errors: [
    'HUB_DMS_CASE_NOT_FOUND',
    'HUB_DMS_CASE_AMBIGUOUS',
    'HUB_DMS_CASE_TARGET',
    'HUB_DMS_CASE_CLOSED',
    'HUB_DMS_ORDER_NOT_FOR_DMS',
    'HUB_DMS_ORDER_DIFFERS',
  ],
});

/** What an order's request says, not validated yet. */
interface OrderRequest {
  readonly id: string;
  readonly body: unknown;
  /** Header Idempotency-Key. */
  readonly key: unknown;
}

const Ordered = createParamDecorator((_: unknown, context: ExecutionContext): OrderRequest => {
  const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { id: string } }>>();
  return { id: request.params.id, body: request.body, key: request.headers['idempotency-key'] };
});

/** Cases in DMS, and what is told to the DMS about them. `id`: of a submission of the case, or the case id of the source. */
@Controller('dms-export/ops/v1/cases')
export class CasesController {
  constructor(@Inject(CaseOrders) private readonly orders: CaseOrders) {}

  @Get()
  @Access('read')
  @Operation({ summary: 'Cases with this id, of every municipality that the key may see.', query: search })
  async listCases(@Query() query: unknown, @Caller() caller: Principal) {
    return { cases: await this.orders.matching(validate(search, query).vorgang, actorOf(caller)) };
  }

  @Get(':id')
  @Access('read')
  @Operation({ summary: 'What the hub knows of a case in its DMS.', errors: ['HUB_DMS_CASE_NOT_FOUND'] })
  getCase(@Param('id') id: string, @Caller() caller: Principal) {
    return this.orders.get(validate(caseId, id), actorOf(caller));
  }

  @Post(':id/entries')
  @Access('operate')
  @Operation(ordering('Writes a line into the protocol of the Vorgang (0607).', entry))
  async addEntry(
    @Ordered() request: OrderRequest,
    @Caller() caller: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { text, bearbeiter, at, ...given } = validate(entry, request.body);
    const wanted = { ...given, event: 'protokoll', entry: { text, bearbeiter, at } } as const;
    await this.#order(request, wanted, caller, reply);
  }

  @Post(':id/close')
  @Access('operate')
  @Operation(ordering('Closes the Vorgang, zu den Akten (0624), after all that waits in the case.', close))
  async closeCase(
    @Ordered() request: OrderRequest,
    @Caller() caller: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.#order(request, { ...validate(close, request.body), event: 'abschluss' }, caller, reply);
  }

  @Post(':id/handover')
  @Access('operate')
  @Operation(ordering('Hands the whole case over as one Vorgang with all documents (0401).', handover))
  async handOverCase(
    @Ordered() request: OrderRequest,
    @Caller() caller: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.#order(request, { ...validate(handover, request.body), event: 'abgabe' }, caller, reply);
  }

  @Post(':id/link')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Says which Vorgang of the DMS the case is; what waits for that can be replayed then.',
    body: link,
    errors: ['HUB_DMS_CASE_NOT_FOUND'],
  })
  linkCase(@Param('id') id: string, @Body() body: unknown, @Caller() caller: Principal) {
    return this.orders.link(validate(caseId, id), validate(link, body), actorOf(caller));
  }

  async #order({ id, key }: OrderRequest, given: Order, caller: Principal, reply: FastifyReply): Promise<void> {
    const named = given.orderId ?? (key === undefined ? undefined : validate(orderId, key));
    const { delivery, created } = await this.orders.order(
      validate(caseId, id),
      { ...given, orderId: named },
      actorOf(caller),
    );
    const location = `/dms-export/ops/v1/deliveries/${delivery.id}`;
    await reply
      .code(202)
      .header('location', location)
      .send({ delivery: delivery.id, state: delivery.state, created, location });
  }
}
