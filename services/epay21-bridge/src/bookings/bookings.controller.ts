import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { isHubError } from '@ozg-hub/core';
import { Access, Caller, Operation, type Principal, actorOf, validate } from '@ozg-hub/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type BookingAnswer, Bookings } from './bookings.ts';
import { readBookingAnswers } from '../files/booking-answers.ts';

const answer = z.strictObject({
  paymentId: z.uuid(),
  eventId: z.uuid().describe('of the payment.settled or payment.reversed that is answered'),
  outcome: z.enum(['ACCEPTED', 'REJECTED']),
  document: z.string().trim().min(1).max(100).optional().describe('number of the posting in the finance system'),
  code: z
    .string()
    .regex(/^[A-Z0-9_.-]{1,60}$/)
    .optional()
    .describe('why it was rejected'),
});
const answers = z.union([answer, z.array(answer).min(1).max(1000)]);
const result = z.object({
  taken: z.int(),
  refused: z.array(z.object({ paymentId: z.string(), eventId: z.string(), code: z.string() })),
});

/** What finance systems without Kafka call. */
@Controller('epay21/v1/bookings')
export class BookingsController {
  constructor(@Inject(Bookings) private readonly bookings: Bookings) {}

  @Post()
  @HttpCode(200)
  @Access('book')
  @Operation({
    summary: 'Says what became of postings, one or up to 1000; the same answer twice changes nothing.',
    body: answers,
    answers: result,
    errors: ['HUB_EPAY_PAYMENT_UNKNOWN', 'HUB_EPAY_BOOKING_UNKNOWN'],
  })
  async book(@Body() body: unknown, @Caller() caller: Principal): Promise<z.infer<typeof result>> {
    const given = validate(answers, body);
    return await this.#take(Array.isArray(given) ? given : [given], caller, 'http');
  }

  @Post('csv')
  @HttpCode(200)
  @Access('book', 'operate')
  @Operation({
    summary: 'The same as a file: paymentId;eventId;outcome;document;code',
    consumes: ['text/csv'],
    answers: result,
    errors: ['HUB_EPAY_BOOKING_FILE'],
  })
  async bookFile(@Req() request: FastifyRequest, @Caller() caller: Principal): Promise<z.infer<typeof result>> {
    return await this.#take(await readBookingAnswers(request.raw), caller, 'file');
  }

  /** Each by itself: one that is wrong does not hold up the others. */
  async #take(given: readonly BookingAnswer[], caller: Principal, way: 'http' | 'file') {
    const refused: z.infer<typeof result>['refused'] = [];
    const origin = { way, actor: actorOf(caller).actor, tenants: caller.tenants };
    for (const one of given) {
      try {
        await this.bookings.take(one, origin);
      } catch (error) {
        if (!isHubError(error) || error.class !== 'never') throw error;
        if (given.length === 1) throw error;
        refused.push({ paymentId: one.paymentId, eventId: one.eventId, code: error.code });
      }
    }
    return { taken: given.length - refused.length, refused };
  }
}
