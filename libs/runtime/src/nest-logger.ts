import type { LoggerService } from '@nestjs/common';
import type { Logger } from '@ozg-hub/core';

/** Nest's own lines in the hub's log; its chatter about modules and routes only at debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown): void {
    this.logger.debug({}, String(message));
  }

  error(message: unknown): void {
    this.logger.error({}, String(message));
  }

  warn(message: unknown): void {
    this.logger.warn({}, String(message));
  }

  debug(message: unknown): void {
    this.logger.debug({}, String(message));
  }
}
