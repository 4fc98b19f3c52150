import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

/** Milliseconds of the requests of this process, summed up. */
export interface HttpTime {
  requests: number;
  /** From the last byte of a request, handed to the system, to the head of its answer: the server at work. */
  waited: number;
}

/** Adds up what node:http asks of others from now on; the function that it gives reads it. */
export function watchHttp(): () => HttpTime {
  const time: HttpTime = { requests: 0, waited: 0 };
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { request: ClientRequest };
    let sent: number | undefined;
    request.once('finish', () => (sent = performance.now()));
    request.once('response', () => {
      time.requests += 1;
      if (sent !== undefined) time.waited += performance.now() - sent;
    });
  });
  return () => ({ ...time });
}
