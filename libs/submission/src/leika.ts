/**
 * The canonical 14 digits of a LeiKa key as senders write it: dotted (`99.050.012.104.000`), with blanks, or plain.
 * Undefined where it is not 14 digits after that.
 */
export function normaliseLeikaKey(written: string): string | undefined {
  const digits = written.replace(/[\s.]/gu, '');
  return /^\d{14}$/.test(digits) ? digits : undefined;
}
