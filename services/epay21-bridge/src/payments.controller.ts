import { Body, Controller, Get, Headers, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { feeItems, purposeTemplate } from '@ozg-hub/directory';
import { Access, Caller, Operation, type Principal, traceOf, validate } from '@ozg-hub/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { epayErrors } from './errors.ts';
import { paymentView, viewOf } from './payment-view.ts';
import { Payments } from './payments.ts';
import { fileNameOf } from './receipt/quittung.ts';
import { Receipts } from './receipt/receipts.ts';

const decimal = z.string().regex(/^\d{1,6}(\.\d{2})?$/, "is decimal text, e.g. '12.50'");

const request = z.strictObject({
  tenant: z.string().max(40),
  blueprint: z.string().max(90).optional().describe('its fee is asked for unless items are given'),
  items: feeItems.optional(),
  total: decimal.optional().describe('checked against the sum of the items'),
  currency: z.literal('EUR').default('EUR'),
  kassenzeichen: z.string().max(27).optional().describe('default: the next one of the municipality'),
  purpose: purposeTemplate.optional(),
  description: z.string().trim().min(1).max(250).optional(),
  vorgang: z.string().trim().min(1).max(200).optional(),
  timeoutMinutes: z.int().min(5).max(1440).optional(),
  serviceUrl: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional()
    .describe('where the citizen goes on after paying'),
});

/** What online services call. */
@Controller('epay21/v1')
export class PaymentsController {
  constructor(
    @Inject(Payments) private readonly payments: Payments,
    @Inject(Receipts) private readonly receipts: Receipts,
  ) {}

  @Post('payments')
  @Access('submit')
  @Operation({
    summary: 'Asks for a fee. Send the citizen to payPageUrl.',
    description:
      'Header Idempotency-Key is required. 201: the payment service has taken it. 202: it is stored and being placed; ask again.',
    body: request,
    answers: paymentView,
    status: 201,
    errors: ['HUB_EPAY_KEY_REQUIRED', 'HUB_EPAY_CONTENT_DIFFERS', 'HUB_EPAY_NO_TARGET', 'HUB_EPAY_AMOUNT'],
  })
  async ask(
    @Body() body: unknown,
    @Req() incoming: FastifyRequest,
    @Res() reply: FastifyReply,
    @Caller() caller: Principal,
    @Headers('idempotency-key') headerKey: string | undefined,
  ): Promise<void> {
    const asked = validate(request, body);
    const { payment, created } = await this.payments.ask(asked, { caller, headerKey, trace: traceOf(incoming) });
    const isPlaced = payment.state !== 'CREATED' && payment.state !== 'UNKNOWN';
    await reply
      .code(isPlaced ? (created ? 201 : 200) : 202)
      .header('location', `/epay21/v1/payments/${payment.id}`)
      .send(viewOf(payment));
  }

  @Get('payments/:id')
  @Access('submit', 'read')
  @Operation({ summary: 'Where a payment is.', answers: paymentView, errors: ['HUB_EPAY_PAYMENT_UNKNOWN'] })
  async payment(@Param('id') id: string, @Caller() caller: Principal) {
    return viewOf(await this.payments.get(validate(z.uuid(), id), caller.tenants));
  }

  @Get('payments/:id/receipt')
  @Access('submit', 'read')
  @Operation({
    summary: 'The Quittung of a payment as PDF/A, once it is paid.',
    errors: ['HUB_EPAY_PAYMENT_UNKNOWN', 'HUB_EPAY_NOT_PAID'],
  })
  async receipt(@Param('id') id: string, @Res() reply: FastifyReply, @Caller() caller: Principal): Promise<void> {
    const payment = await this.payments.get(validate(z.uuid(), id), caller.tenants);
    const pdf = await this.receipts.render(payment);
    if (!pdf) throw epayErrors.HUB_EPAY_NOT_PAID();
    await reply
      .type('application/pdf')
      .header('content-disposition', `attachment; filename="${fileNameOf(payment)}"`)
      .send(pdf);
  }

  @Get('submissions/:id/payment')
  @Access('submit', 'read')
  @Operation({
    summary: 'The payment that was asked for an application, a moment after it was accepted.',
    answers: paymentView,
    errors: ['HUB_EPAY_PAYMENT_UNKNOWN'],
  })
  async ofSubmission(@Param('id') id: string, @Caller() caller: Principal) {
    return viewOf(await this.payments.ofSubmission(validate(z.uuid(), id), caller.tenants));
  }
}
