// The appeal and the choice of an amount. Nothing of Stripe is loaded here.
import { fieldError, fromHtml, h, setError } from './dom.js';
import { compare, format, parse, symbol, toDecimal } from './money.js';

const INTERVALS = ['PLEDGE_INTERVAL_MONTHLY', 'PLEDGE_INTERVAL_ONE_TIME', 'PLEDGE_INTERVAL_ANNUAL'];

const section = (view, ...parts) => h('section', {
  class: `appeal ${view.placement === 'PLACEMENT_BANNER' ? 'banner' : ''}`, 'aria-labelledby': 'appeal-title', lang: view.locale,
  dir: view.textDirection === 'TEXT_DIRECTION_RIGHT_TO_LEFT' ? 'rtl' : 'ltr',
}, ...parts);

const words = (view, texts) => h('div', { class: 'words' },
  h('h2', { id: 'appeal-title' }, view.title),
  view.imageUri && h('img', { src: view.imageUri, alt: view.imageAltText ?? '' }),
  fromHtml(view.bodyHtml),
  view.progress && progress(view.progress, texts));

const progress = ({ amount, goalAmount, supporterCount, goalSupporterCount, reachedPercent = 0 }, texts) => h('div', { class: 'progress' },
  h('progress', { id: 'progress', max: 100, value: Math.min(100, reachedPercent) }),
  h('label', { for: 'progress' }, amount
    ? texts.progressMoney(format(amount, texts.locale), format(goalAmount, texts.locale))
    : texts.progressPeople(supporterCount.toLocaleString(texts.locale), goalSupporterCount.toLocaleString(texts.locale))));

// For readers whom giving could harm: no form, no amount, nothing of Stripe.
export const renderMoneyless = (view, texts, { onShare, onLater }) => ({
  node: section(view, words(view, texts), h('div', { class: 'actions' },
    h('button', { type: 'button', class: 'primary', onclick: onShare }, view.callToAction),
    h('button', { type: 'button', class: 'link', onclick: onLater }, view.reminderLabel))),
});

export const renderAppeal = (view, texts, { onChoose, onLater }) => {
  const locale = texts.locale;
  const intervals = INTERVALS.filter((interval) => view.tiers.some((tier) => tier.interval === interval));
  const controls = view.tiers.map((tier, index) => tierCard(tier, index, texts, () => select(tier)));
  const of = (interval) => controls.filter((control) => control.tier.interval === interval);
  let chosen;

  const button = h('button', { type: 'submit', class: 'primary' });
  const smallest = of('PLEDGE_INTERVAL_MONTHLY').filter((c) => !c.tier.freeAmount).sort((a, b) => compare(a.tier.price, b.tier.price))[0];
  const fallback = smallest && h('p', { class: 'fallback' },
    h('button', { type: 'button', class: 'link', onclick: () => { select(smallest.tier); smallest.radio.focus(); } },
      texts.orMonthly(format(smallest.tier.price, locale))),
    smallest.tier.impact && ` ${smallest.tier.impact}`);

  // Told, never chosen for the reader: the fee's fixed part weighs on small monthly gifts.
  const hint = h('p', { class: 'small hint' });
  const annualHint = ({ annualEquivalent, freeAmount }) => (annualEquivalent && !freeAmount ? texts.annually(
    format(annualEquivalent.amount, locale), format(annualEquivalent.expectedNetAnnual, locale), format(annualEquivalent.expectedNetMonthly, locale)) : '');

  const tabs = intervals.map((interval) => h('input', {
    type: 'radio', name: 'interval', id: interval, value: interval, onchange: () => select(preselected(interval)),
  }));
  const groups = intervals.map((interval) => h('div', { class: 'tiers', 'data-interval': interval }, of(interval).map((c) => c.node)));
  const preselected = (interval) => (of(interval).find((c) => c.tier.preselected) ?? of(interval)[0]).tier;

  const label = () => {
    const control = controls.find((c) => c.tier === chosen);
    const amount = control.amount();
    return amount ? `${view.callToAction} · ${format(amount, locale)}${texts.per[chosen.interval]}` : view.callToAction;
  };

  function select(tier) {
    chosen = tier;
    for (const tab of tabs) tab.checked = tab.value === tier.interval;
    for (const group of groups) group.hidden = group.dataset.interval !== tier.interval;
    for (const control of controls) {
      control.radio.checked = control.tier === tier;
      if (control.tier !== tier) control.clear();
    }
    if (fallback) fallback.hidden = tier.interval === 'PLEDGE_INTERVAL_MONTHLY';
    hint.textContent = annualHint(tier);
    button.textContent = label();
  }

  const submit = (event) => {
    event.preventDefault();
    const control = controls.find((c) => c.tier === chosen);
    const problem = control.problem();
    if (problem) {
      control.fail(problem);
      return;
    }
    onChoose({ tier: chosen, amount: control.amount() }, button);
  };

  const form = h('form', { class: 'choose', novalidate: true, autocomplete: 'off', onsubmit: submit },
    h('fieldset', { class: 'intervals' },
      h('legend', {}, texts.howOften),
      tabs.map((tab) => h('div', {}, tab, h('label', { for: tab.id }, texts.intervals[tab.value])))),
    h('fieldset', {}, h('legend', {}, texts.howMuch), groups),
    hint, fallback,
    h('div', { class: 'actions' },
      button,
      h('button', { type: 'button', class: 'link', onclick: onLater }, view.reminderLabel)),
    h('p', { class: 'small' }, texts.quick));

  select(preselected(intervals[0]));
  return {
    form,
    // What the server said about the amount, at its field.
    failAmount: (text) => controls.find((c) => c.tier === chosen).fail(text),
    node: section(view, words(view, texts), form),
  };
};

const tierCard = (tier, index, texts, select) => {
  const locale = texts.locale;
  const { currencyCode } = tier.price;
  const ids = { radio: `tier-${index}`, more: `tier-${index}-more`, amount: `amount-${index}`, error: `amount-${index}-error` };
  const radio = h('input', { type: 'radio', name: 'tier', id: ids.radio, value: tier.tier, 'aria-describedby': ids.more, onchange: () => select() });
  const error = fieldError(ids.error);
  const input = tier.freeAmount && h('input', {
    id: ids.amount, inputmode: 'decimal', maxlength: 12, value: toDecimal(tier.price), autocomplete: 'off',
    onfocus: () => { if (!radio.checked) select(); },
    oninput: () => { setError(input, error); select(); },
  });
  const range = tier.freeAmount && texts.range(format(tier.minAmount, locale), format(tier.maxAmount, locale));

  const amount = () => (input ? parse(input.value, currencyCode) : tier.price);
  const problem = () => {
    if (!input) return '';
    const typed = amount();
    if (!typed) return texts.amountUnclear(format(tier.price, locale));
    if (compare(typed, tier.minAmount) < 0) return texts.amountSmall(format(tier.minAmount, locale));
    if (compare(typed, tier.maxAmount) > 0) return texts.amountLarge(format(tier.maxAmount, locale));
    return '';
  };

  return {
    tier, radio, amount, problem,
    clear: () => setError(input, error),
    fail: (text) => {
      setError(input, error, text);
      (input || radio).focus();
    },
    node: h('div', { class: `tier ${tier.freeAmount ? 'free' : ''}` },
      radio,
      h('label', { for: ids.radio, class: 'tier-head' },
        h('span', { class: 'tier-label' }, tier.label),
        !tier.freeAmount && h('span', { class: 'tier-price' }, format(tier.price, locale), h('small', {}, texts.per[tier.interval]))),
      h('div', { id: ids.more, class: 'more' },
        tier.recommended && h('p', { class: 'mark' }, texts.recommended),
        tier.impact && h('p', {}, tier.impact),
        tier.benefits?.length > 0 && h('ul', {}, tier.benefits.map((benefit) => h('li', {}, benefit)))),
      input && h('div', { class: 'suggestions', role: 'group', 'aria-label': texts.suggested }, (tier.suggestedAmounts ?? []).map((suggested) => h('button', {
        type: 'button', class: 'quiet', onclick: () => { input.value = toDecimal(suggested); setError(input, error); select(); },
      }, format(suggested, locale)))),
      input && h('div', { class: 'amount' },
        h('label', { for: ids.amount }, `${texts.yourAmount} (${range})`),
        h('span', { class: 'money' }, h('span', { 'aria-hidden': 'true' }, symbol(currencyCode, locale)), input, h('span', { 'aria-hidden': 'true' }, texts.per[tier.interval]))),
      error),
  };
};
