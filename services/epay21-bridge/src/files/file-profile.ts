import { z } from 'zod';
import { dropPlace } from './drop-settings.ts';
import { postingFields, templateProblems, totalFields } from './posting-fields.ts';

/** Text with `{{field}}` in it. */
const template = (fields: readonly string[], most = 200) =>
  z
    .string()
    .max(most)
    .superRefine((written, context) => {
      for (const message of templateProblems(written, fields)) context.addIssue({ code: 'custom', message });
    });

const nameFields = ['tenant', 'target', 'profile', 'day', 'number'] as const;

const fileName = template(nameFields)
  .min(1)
  .refine((name) => name.includes('{{number}}'), { error: 'must have {{number}}: no two files have one name' })
  .refine((name) => /^\w[\w.-]*$/.test(name.replaceAll(/\{\{[a-z]+\}\}/g, '0')), {
    error: 'may have letters, digits, dots, hyphens and underscores, and none of .-_ at its beginning but _',
  });

/** What all profiles have. */
const everyProfile = {
  /** Names the files' numbering, for good: files of one id are numbered from 1 without a gap. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: 'must be lower-case letters, digits and hyphens' }),
  into: dropPlace,
  /** First business day of which files are made; left out: all that there is. */
  from: z.iso.date().optional(),
  /** Time in Germany at which the day before is closed, `00:30` or later. */
  closeAt: z
    .string()
    .regex(/^(?:00:[3-5]\d|0[1-9]:[0-5]\d|1\d:[0-5]\d|2[0-3]:[0-5]\d)$/, { error: 'must be 00:30 to 23:59' })
    .default('00:30'),
  /** Makes a file also for a day without postings. */
  emptyDays: z.boolean().default(false),
};

/** What becomes of characters that the encoding lacks: the file is refused, or they become the nearest letters. */
const characters = z.enum(['refuse', 'transliterate']).default('refuse');

const cellLength = {
  /** A longer text is an error that names line and column, unless `cut` says otherwise. */
  maxLength: z.int().min(1).max(4000).optional(),
  /** Cuts a longer text. Not for what must arrive whole, as the Kassenzeichen. */
  cut: z.boolean().default(false),
};

const cell = <const Fields extends readonly [string, ...string[]]>(fields: Fields) => [
  z.strictObject({ field: z.enum(fields), ...cellLength }),
  /** The same in each line; taken as it is. */
  z.strictObject({ text: z.string().max(1000) }),
  z.strictObject({ template: template(fields), ...cellLength }),
];

const column = z.union(
  cell(postingFields).map((kind) => kind.extend({ header: z.string().max(200).default('') })),
  { error: 'needs one of field, text and template; known fields are ' + postingFields.join(', ') },
);
const totalsLine = z
  .array(z.union(cell(totalFields), { error: 'needs one of field, text and template' }))
  .min(1)
  .max(200);

const csvProfile = z.strictObject({
  profile: z.literal('csv'),
  ...everyProfile,
  fileName: fileName.default('{{tenant}}-{{day}}-{{number}}.csv'),
  /** A line for each item, or for each payment: its sums, its first item's booking keys. */
  linePer: z.enum(['item', 'payment']).default('item'),
  columns: z.array(column).min(1).max(200),
  /** Whether a line with the headers of the columns comes first. */
  headers: z.boolean().default(true),
  /** Lines before the headers, and after the last posting. */
  headerLines: z.array(totalsLine).max(20).default([]),
  trailerLines: z.array(totalsLine).max(20).default([]),
  delimiter: z.enum([';', ',', '\t', '|']).default(';'),
  quote: z.enum(['"', "'"]).default('"'),
  /** Quotes every cell, or those that need it. */
  quoted: z.enum(['all', 'needed']).default('needed'),
  encoding: z.enum(['utf-8', 'windows-1252', 'iso-8859-15']).default('utf-8'),
  /** Begins a UTF-8 file with a byte order mark. */
  byteOrderMark: z.boolean().default(false),
  characters,
  lineEnd: z.enum(['crlf', 'lf']).default('crlf'),
  /** Days; moments have the time behind it. */
  dates: z.enum(['dd.MM.yyyy', 'yyyy-MM-dd', 'yyyyMMdd']).default('dd.MM.yyyy'),
  decimal: z.enum(['comma', 'point']).default('comma'),
  /** How an amount that went back is told: with a minus, or by the field `sign` alone. */
  reversals: z.enum(['minus', 'sign']).default('minus'),
  /** What the field `sign` holds. */
  signs: z
    .strictObject({ settled: z.string().max(10).default('H'), reversed: z.string().max(10).default('S') })
    .default({ settled: 'H', reversed: 'S' }),
  /**
   * What becomes of a cell that a spreadsheet would run, since it begins with = + - @, tab or CR: an apostrophe or a blank
   * is put before it, the file is refused, or nothing. Amounts and constant texts are exempt.
   */
  guard: z.enum(['quote', 'space', 'refuse', 'off']).default('quote'),
});
export type CsvProfile = z.infer<typeof csvProfile>;
export type CsvColumn = CsvProfile['columns'][number];

const konto = z.string().regex(/^\d{1,9}$/, { error: 'must be an account: digits in quotes' });

/** DATEV-Format, Buchungsstapel: header version 700, category 21, format version 13. Amounts in EUR. */
const datevProfile = z.strictObject({
  profile: z.literal('datev'),
  ...everyProfile,
  fileName: fileName
    .refine((name) => name.startsWith('EXTF_'), { error: 'must begin with EXTF_' })
    .default('EXTF_Buchungsstapel_{{day}}_{{number}}.csv'),
  berater: z.int().min(1001).max(9_999_999),
  mandant: z.int().min(1).max(99_999),
  /** Begin of each Wirtschaftsjahr, `MM-dd`. */
  wirtschaftsjahrBeginn: z
    .string()
    .regex(/^(?:0[1-9]|1[0-2])-01$/, { error: 'must be the first of a month, e.g. 01-01' })
    .default('01-01'),
  sachkontenlaenge: z.int().min(4).max(8).default(4),
  /** Key of the Sachkontenrahmen, e.g. `03`. */
  sachkontenrahmen: z
    .string()
    .regex(/^\d{2,4}$/)
    .optional(),
  bezeichnung: template(['tenant', 'businessDay', 'fileNumber'], 60).default('ePayment {{businessDay}}'),
  diktatkuerzel: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  /** Whether postings are locked when they are read there. */
  festschreibung: z.boolean().default(false),
  konten: z.strictObject({
    /** What the payment service owes: debited by what is paid, credited by what goes back. */
    zahlungsdienst: konto,
    /** Credited where an item names no Sachkonto; left out: such an item is an error. */
    erloese: konto.optional(),
    /** Debited by the fee of the payment service; left out: fees are not posted. */
    entgelte: konto.optional(),
  }),
  /** BU-Schlüssel by tax rate, e.g. `'19.00': '3'`; what an item names itself wins. */
  steuerschluessel: z
    .record(z.string().regex(/^\d{1,3}\.\d{2}$/), z.string().regex(/^\d{1,4}$/, { error: 'must be 1 to 4 digits' }))
    .default({}),
  /** 36 characters of `A-Z a-z 0-9 $ & % * + - / _`; blanks are left out. */
  belegfeld1: template(postingFields).default('{{kassenzeichen}}'),
  /** As {@link belegfeld1}, 12 characters. */
  belegfeld2: template(postingFields).default(''),
  /** 60 characters; what is more is cut. */
  buchungstext: template(postingFields).default('{{booking.buchungstext}} {{item.description}}'),
  /** 36 characters each. */
  kost1: template(postingFields).default('{{booking.kostenstelle}}'),
  kost2: template(postingFields).default('{{booking.kostentraeger}}'),
  /** Of Windows-1252. */
  characters,
});
export type DatevProfile = z.infer<typeof datevProfile>;

/** An advice of expected booking, camt.054.001.08: entries are PDNG until the bank's own statement shows them. */
const camt054Profile = z.strictObject({
  profile: z.literal('camt054'),
  ...everyProfile,
  fileName: fileName.default('{{tenant}}-{{day}}-{{number}}.xml'),
  /** IBAN of the municipality's account, without blanks. */
  iban: z.string().regex(/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/, { error: 'must be an IBAN without blanks' }),
});
export type Camt054Profile = z.infer<typeof camt054Profile>;

/** How and where postings are written as files. */
export const fileProfile = z.discriminatedUnion('profile', [csvProfile, datevProfile, camt054Profile]);
export type FileProfile = z.infer<typeof fileProfile>;
