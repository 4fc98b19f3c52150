import { type Auftrag, type Kopf, type Party, behoerdenkennungOfAgs } from '@ozg-hub/xdomea';
import type { XdomeaSettings } from './xdomea-settings.ts';

/** What messages say as the version of the sending system. */
const PRODUCT_VERSION = '0.1';

/** What every message of an exchange says about itself. */
export interface MessageContext {
  /** ProzessID of the exchange. */
  readonly prozessId: string;
  readonly tenant: string;
  readonly settings: XdomeaSettings;
  readonly createdAt: Date;
}

/** Head of a message between Fachverfahren and DMS. */
export function auftragOf(context: MessageContext): Auftrag {
  const { receiptWanted, creator } = context.settings;
  return { ...kopfOf(context), receiptWanted, ...(creator ? { creator } : {}) };
}

export function kopfOf({ prozessId, createdAt, settings, tenant }: MessageContext): Kopf {
  return {
    prozessId,
    createdAt,
    sender: partyOf(settings.sender),
    receiver: partyOf(settings.receiver),
    sendingSystem: { instanzId: `ozg-hub/${tenant}`, produktname: 'ozg-hub', version: PRODUCT_VERSION },
    ...(settings.receivingSystem ? { receivingSystem: { instanzId: settings.receivingSystem } } : {}),
  };
}

function partyOf({ name, organisationseinheit, ags, agsListVersion }: XdomeaSettings['sender']): Party {
  return {
    institution: { name },
    ...(organisationseinheit ? { organisationseinheit } : {}),
    ...(ags ? { behoerdenkennung: behoerdenkennungOfAgs(ags, agsListVersion) } : {}),
  };
}
