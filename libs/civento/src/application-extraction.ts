import { vertrauensniveaus } from '@ozg-hub/submission';
import type { Extraction, XmlJob } from '@ozg-hub/xml';
import { anlageRoles, arten, paymentStates } from './application.ts';
import { fachdatenExtraction } from './fachdaten-extraction.ts';
import { personFields } from './person-extraction.ts';
import type { MappingProfile } from './profile.ts';
import { oneOf, optional, present, required } from './rule-extraction.ts';

/** What a profile asks of the XML pool; the job's document and size limit are the caller's. */
export type ApplicationJob = Pick<XmlJob, 'schema' | 'extract' | 'canonical' | 'namespaces'>;

/**
 * The job that reads an application by a profile: its value goes to `toApplication`, its canonical hash (without inline
 * contents) to `contentHash`. To be made once per profile and kept: the pool recognises the extraction by identity.
 */
export function applicationExtraction(profile: MappingProfile): ApplicationJob {
  const { application, applicant, anlagen, identity, replyChannel, payment, root } = profile;
  const extract: Extraction = {
    at: `/${root}`,
    fields: present({
      organisationseinheit: required(application.organisationseinheit),
      prozessschluessel: required(application.prozessschluessel),
      leika: optional(application.leika),
      vorgang: optional(application.vorgang),
      art: optional(application.art, 'trimmed', oneOf(arten)),
      laufendeNummer: optional(application.laufendeNummer, 'integer'),
      hauptvorgang: optional(application.hauptvorgang),
      submittedAt: optional(application.submittedAt, 'dateTime'),
      applicant: { at: applicant.at, fields: personFields(applicant.person) },
      fachdaten: profile.fachdaten && fachdatenExtraction(profile.fachdaten),
      anlagen: anlagen && { each: anlagen.each, item: { fields: anlageFields(anlagen) } },
      identity: identity && { at: identity.at, optional: true, fields: identityFields(identity) },
      replyChannel: replyChannel && {
        at: replyChannel.at,
        optional: true,
        fields: present({ kind: required(replyChannel.kind), address: optional(replyChannel.address) }),
      },
      payment: payment && { at: payment.at, optional: true, fields: paymentFields(payment) },
    }),
  };
  const omit = anlagen?.inline === undefined ? [] : [`/${root}/${anlagen.each}/${anlagen.inline}`];
  return {
    ...(profile.schema !== undefined && { schema: profile.schema }),
    extract,
    canonical: { omit },
    namespaces: profile.namespaces,
  };
}

function anlageFields(rules: NonNullable<MappingProfile['anlagen']>): Record<string, Extraction> {
  return present({
    part: required(rules.part),
    role: required(rules.role, 'trimmed', oneOf(anlageRoles)),
    fileName: required(rules.fileName),
    title: optional(rules.title),
    mediaType: optional(rules.mediaType),
    size: optional(rules.size, 'integer'),
    sha256: optional(rules.sha256),
    inline: rules.inline === undefined ? undefined : { xpath: rules.inline, optional: true },
  });
}

function identityFields(rules: NonNullable<MappingProfile['identity']>): Record<string, Extraction> {
  const { attributes } = rules;
  return present({
    source: required(rules.source),
    vertrauensniveau: optional(rules.vertrauensniveau, 'trimmed', oneOf(vertrauensniveaus)),
    attributes: attributes && {
      each: attributes.each,
      item: { fields: { name: required(attributes.name), value: required(attributes.value, 'string') } },
    },
    proof: optional(rules.proof),
  });
}

function paymentFields(rules: NonNullable<MappingProfile['payment']>): Record<string, Extraction> {
  return present({
    reference: required(rules.reference),
    amount: required(rules.amount, 'amount'),
    state: required(rules.state, 'trimmed', oneOf(paymentStates)),
  });
}
