import { describe, expect, test } from '@jest/globals';
import { xdomeaRules, xdomeaRulesOf } from './xdomea-rules.ts';

describe('which message tells of what', () => {
  test('is what most DMS take, where a blueprint says nothing', () => {
    expect(xdomeaRulesOf({})).toEqual({
      erstantrag: '0605',
      nachreichung: '0605',
      korrektur: '0605',
      protokoll: '0607',
      abschluss: '0624',
    });
    expect(xdomeaRulesOf({ xdomea: xdomeaRules.parse({ korrektur: '0601' }) }).korrektur).toBe('0601');
  });

  test.each([{ erstantrag: 604 }, { erstantrag: '0607' }, { korrektur: '601' }])(
    '%j is refused, with the choices',
    (given) => {
      const [issue] = xdomeaRules.safeParse(given).error!.issues;
      expect(issue!.message).toMatch(/^must be one of '0605', .*in quotes$/);
    },
  );

  test('a misspelt event is refused', () => {
    expect(xdomeaRules.safeParse({ nachreichungen: '0605' }).success).toBe(false);
  });
});
