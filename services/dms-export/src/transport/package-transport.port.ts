import type { Writable } from 'node:stream';
import type { DeliveryWork } from '@ozg-hub/delivery';

/** What travels to a DMS in one exchange: one file. */
export interface Parcel {
  /** Name under which the DMS finds it, e.g. `<ProzessID>_FVDaten.SGOAblegen.0605.zip`. */
  readonly name: string;
  readonly mediaType: 'application/zip' | 'application/xml';
  /**
   * Says which bytes these are: parcels of one exchange with one key are the same, byte for byte, in whichever process
   * they are written. So an interrupted transfer may go on where it stopped.
   */
  readonly contentKey: string;
  /** Writes the file and ends the stream; may be called again. */
  write(to: Writable, signal: AbortSignal): Promise<Written>;
}

export type Written = { readonly bytes: number; readonly sha256: string };

/** `effective`: the DMS has the parcel. `not-effective`: it does not, and it may be sent. Else a person decides. */
export type TransportVerdict = 'effective' | 'not-effective' | { readonly unknown: string };

/**
 * A way of parcels to one kind of DMS. What has an effect there is a step of the delivery; after a crash or a lost
 * answer `probe` tells whether it came about. A half-written parcel is never visible to the DMS.
 */
export interface PackageTransport {
  /**
   * Hands the parcel over, going on where an earlier try of the exchange stopped.
   * @param compose makes the parcel; called only where it is not stored or transferred yet
   */
  handOver(work: DeliveryWork, compose: () => Promise<Parcel>): Promise<void>;
  /** Causes no effect. Throws where the DMS cannot be asked. */
  probe(work: DeliveryWork): Promise<TransportVerdict>;
}
