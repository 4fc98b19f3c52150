const PART = /\{yy\}|\{yyyy\}|\{number:(\d+)\}|\{check(:luhn)?\}/g;

/** Which numbers a pattern counts: anew each year where it shows the year. */
export function seriesOf(pattern: string, day: string): string {
  const ofTheYear = /\{yy(?:yy)?\}/.test(pattern);
  return `${pattern}/${ofTheYear ? day.slice(0, 4) : 'all'}`;
}

/**
 * The Kassenzeichen of a number; see `kassenzeichenPattern` of libs/directory.
 * @param day `YYYY-MM-DD` in Germany
 * @returns undefined where the number has more digits than the pattern
 */
export function kassenzeichen(pattern: string, day: string, number: number): string | undefined {
  let fits = true;
  let made = '';
  let from = 0;
  for (const match of pattern.matchAll(PART)) {
    const [part, digits, luhn] = match;
    made += pattern.slice(from, match.index);
    from = match.index + part.length;
    if (digits !== undefined) {
      fits &&= String(number).length <= Number(digits);
      made += String(number).padStart(Number(digits), '0');
    } else if (part === '{yyyy}') made += day.slice(0, 4);
    else if (part === '{yy}') made += day.slice(2, 4);
    else made += luhn ? luhnDigit(made) : mod11And10(made);
  }
  return fits ? made + pattern.slice(from) : undefined;
}

/** ISO 7064, MOD 11,10, over the digits of the text: finds every wrong digit and nearly every swap. */
function mod11And10(text: string): string {
  let product = 10;
  for (const digit of digitsOf(text)) {
    const sum = (digit + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return String((11 - product) % 10);
}

function luhnDigit(text: string): string {
  const sum = digitsOf(text)
    .toReversed()
    .reduce((total, digit, index) => {
      const doubled = index % 2 === 0 ? digit * 2 : digit;
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return String((10 - (sum % 10)) % 10);
}

function digitsOf(text: string): number[] {
  return [...text.replaceAll(/\D/g, '')].map(Number);
}
