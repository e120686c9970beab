// google.type.Money as the API sends it (units as a string, nanos), counted in billionths of a unit: exact, never a float.

const NANOS = 1_000_000_000n;
// Stripe counts these with two decimals, although they have none.
const STRIPE_DECIMALS = { ISK: 2, UGX: 2 };

export const toNanos = (money) => BigInt(money.units ?? 0) * NANOS + BigInt(money.nanos ?? 0);

export const ofNanos = (nanos, currencyCode) => ({
  currencyCode,
  units: String(nanos / NANOS),
  ...(nanos % NANOS ? { nanos: Number(nanos % NANOS) } : {}),
});

export const compare = (a, b) => {
  const difference = toNanos(a) - toNanos(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

export const toDecimal = (money) => {
  const nanos = toNanos(money);
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = String(size % NANOS).padStart(9, '0').replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${size / NANOS}${fraction ? `.${fraction}` : ''}`;
};

const decimals = (currency) => new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;

// Intl takes a decimal string as it is, so nothing is rounded on the way.
export const format = (money, locale) => new Intl.NumberFormat(locale, {
  style: 'currency',
  currency: money.currencyCode,
  trailingZeroDisplay: 'stripIfInteger',
}).format(toDecimal(money));

export const symbol = (currency, locale) => new Intl.NumberFormat(locale, { style: 'currency', currency })
  .formatToParts(0).find((part) => part.type === 'currency').value;

// What a reader typed, with a comma or a point; null where it is no amount of this currency.
export const parse = (text, currency) => {
  const match = /^(\d{1,9})(?:[.,](\d{1,3}))?$/.exec(text.replace(/[\s\u00a0\u202f]/g, ''));
  if (!match || (match[2] ?? '').length > decimals(currency)) return null;
  return ofNanos(BigInt(match[1]) * NANOS + BigInt((match[2] ?? '').padEnd(9, '0')), currency);
};

// Whole minor units, as Stripe's Elements want them.
export const minorUnits = (money) =>
  Number(toNanos(money) / 10n ** BigInt(9 - (STRIPE_DECIMALS[money.currencyCode] ?? decimals(money.currencyCode))));

export const add = (a, b) => ofNanos(toNanos(a) + toNanos(b), a.currencyCode);

// The least addition with which the whole of a gift arrives, as FeeRate says: the fee is taken on the addition too.
export const cover = (gift, rate) => {
  const step = 10n ** BigInt(9 - decimals(gift.currencyCode));
  const keep = 1_000_000n - BigInt(rate.sharePpm ?? 0);
  const charged = ((toNanos(gift) + toNanos(rate.fixedAmount)) * 1_000_000n + keep - 1n) / keep;
  return ofNanos(((charged + step - 1n) / step) * step - toNanos(gift), gift.currencyCode);
};
