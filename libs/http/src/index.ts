export { type AgentOptions, type TlsOptions, basicAuthorization, createAgent } from './agent.ts';
export { Exchange, type ExchangeOn, type ExchangeRequest, type ExchangeTimeouts } from './exchange.ts';
export type { ExchangeErrors } from './exchange-errors.ts';
export { type LimitedBytes, type LimitedText, readBytes, readText } from './limited-body.ts';
export { type RequestBody, textBody, writtenBody } from './request-body.ts';
export { retryAfterSeconds } from './retry-after.ts';
