// Makes src/Donations.Server/Campaigns/locales.json from the CLDR data that Node carries: how amounts are written, which way text
// runs and what countries are called, in the locales that appeals may want. The server runs without ICU's data (60 MB), and needs
// only this. Run it again with a newer Node; the file is committed.
//
//     node scripts/make-locale-data.mjs > src/Donations.Server/Campaigns/locales.json
const LOCALES = ['ar', 'az', 'be', 'bg', 'cs', 'da', 'de', 'el', 'en', 'en-GB', 'es', 'et', 'fa', 'fi', 'fr', 'he', 'hi', 'hr', 'hu', 'hy', 'id', 'it', 'ja', 'ka', 'kk', 'ko',
  'ky', 'lt', 'lv', 'ms', 'nb', 'nl', 'pl', 'pt', 'pt-PT', 'ro', 'ru', 'sk', 'sl', 'sr', 'sv', 'tg', 'th', 'tr', 'uk', 'uz', 'vi', 'zh', 'zh-Hant'];
// The currencies of the limits table, and the countries of ISO 3166-1 with XK.
const CURRENCIES = 'AED AUD BGN BRL CAD CHF CZK DKK EUR GBP HKD HUF JPY MXN MYR NOK NZD PLN RON SEK SGD THB USD'.split(' ');
const NO_COUNTRIES = ['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UN', 'XA', 'XB', 'ZZ'];
const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i));
const english = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
// Codes that were withdrawn have the name of what came after them; the canonical form shows it.
const COUNTRIES = letters.flatMap((a) => letters.map((b) => a + b)).filter((code) => english.of(code) && !NO_COUNTRIES.includes(code) && new Intl.Locale(`und-${code}`).region === code);

const describe = (locale) => {
  // Latin digits everywhere: clients put numbers into texts of their own.
  const parts = (currency) => new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'symbol', numberingSystem: 'latn', useGrouping: 'always', minimumFractionDigits: 2 }).formatToParts(1234567.5);
  const usual = parts('USD');
  const of = (type) => usual.find((p) => p.type === type)?.value ?? '';
  const at = (type) => usual.findIndex((p) => p.type === type);
  const after = at('currency') > at('integer');
  const between = after ? usual.slice(at('fraction') + 1, at('currency')) : usual.slice(at('currency') + 1, at('integer'));
  const symbols = {};
  for (const currency of CURRENCIES) {
    const symbol = parts(currency).find((p) => p.type === 'currency').value;
    if (symbol !== currency) symbols[currency] = symbol;
  }
  const names = new Intl.DisplayNames([locale], { type: 'region', fallback: 'none' });
  const info = new Intl.Locale(locale).getTextInfo?.() ?? new Intl.Locale(locale).textInfo;
  return {
    decimal: of('decimal'), group: of('group'), symbolAfter: after, space: between.map((p) => p.value).join('').replace(/[\u200e\u200f\u061c]/g, ''),
    rightToLeft: info.direction === 'rtl', symbols,
    countries: Object.fromEntries(COUNTRIES.map((code) => [code, names.of(code)]).filter(([, name]) => name)),
  };
};

const all = Object.fromEntries(LOCALES.map((locale) => [locale, describe(locale)]));
process.stdout.write(`{\n${Object.entries(all).map(([locale, data]) => `${JSON.stringify(locale)}: ${JSON.stringify(data)}`).join(',\n')}\n}\n`);
