import type { Extraction } from '@ozg-hub/xml';
import type { AddressRules, LegalRules, NaturalRules, PersonRules } from './profile.ts';
import { optional, present, required } from './rule-extraction.ts';

/** `{ natuerlich?, juristisch? }`, of which the profile means one. */
export function personFields({ natuerlich, juristisch }: PersonRules): Record<string, Extraction> {
  return present({
    natuerlich: natuerlich && { at: natuerlich.at, optional: true, fields: naturalFields(natuerlich.fields) },
    juristisch: juristisch && { at: juristisch.at, optional: true, fields: legalFields(juristisch.fields) },
  });
}

export function addressExtraction({ at = '.', ...parts }: AddressRules): Extraction {
  const fields = Object.entries(parts).map(([name, rule]) => [name, optional(rule)] as const);
  return { at, optional: true, fields: present(Object.fromEntries(fields)) };
}

function naturalFields({ familienname, geburtsdatum, anschrift, ...texts }: NaturalRules): Record<string, Extraction> {
  return present({
    ...Object.fromEntries(Object.entries(texts).map(([name, rule]) => [name, optional(rule)])),
    familienname: required(familienname),
    geburtsdatum: optional(geburtsdatum, 'date'),
    anschrift: anschrift && addressExtraction(anschrift),
  });
}

function legalFields({ name, anschrift, vertreter, ...texts }: LegalRules): Record<string, Extraction> {
  return present({
    ...Object.fromEntries(Object.entries(texts).map(([field, rule]) => [field, optional(rule)])),
    name: required(name),
    anschrift: anschrift && addressExtraction(anschrift),
    vertreter: vertreter && { at: vertreter.at, optional: true, fields: naturalFields(vertreter.fields) },
  });
}
