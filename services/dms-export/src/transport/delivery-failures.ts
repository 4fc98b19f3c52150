import { isHubError } from '@ozg-hub/core';
import { DeliveryFailure, type DeliveryWork, type FailureClass } from '@ozg-hub/delivery';
import type { PackageTransport, Parcel, TransportVerdict } from './package-transport.port.ts';

/** Of these the engine knows more to do than try again: pause the target, or wait as long as it asks. */
const CLASSES: Readonly<Record<string, FailureClass>> = {
  HUB_DMS_CREDENTIALS: 'AUTH',
  HUB_DMS_SFTP_HOST_KEY: 'AUTH',
  HUB_DMS_BUSY: 'RATE_LIMITED',
};

/** Tells the engine what a transport knows of a failure. */
export class SortedFailures implements PackageTransport {
  constructor(private readonly transport: PackageTransport) {}

  async handOver(work: DeliveryWork, compose: () => Promise<Parcel>): Promise<void> {
    await sorted(() => this.transport.handOver(work, compose));
  }

  async probe(work: DeliveryWork): Promise<TransportVerdict> {
    return await sorted(() => this.transport.probe(work));
  }
}

async function sorted<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const failure = isHubError(error) ? CLASSES[error.code] : undefined;
    if (!failure || !isHubError(error)) throw error;
    const { code, message, retryAfterSeconds } = error;
    const detail = { code, detail: message, excerpt: message, cause: error };
    throw new DeliveryFailure(failure, { ...detail, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
  }
}
