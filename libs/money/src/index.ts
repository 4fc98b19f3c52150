export { type DecimalJson, DecimalNumber, readDecimalJson, writeDecimalJson } from './decimal-json.ts';
export { moneyErrors } from './errors.ts';
export {
  type Money,
  add,
  exponentOf,
  formatDecimal,
  isSame,
  money,
  multiply,
  negate,
  parseDecimal,
  subtract,
  sum,
} from './money.ts';
export { type LineAmounts, lineOfGross, rateInHundredths } from './tax.ts';
