// The demo page: the strip, the switches, the article, and what stands where.
import { call } from './api.js';
import { renderAppeal, renderMoneyless } from './appeal.js';
import { openCheckout } from './checkout.js';
import { announce, busy, fieldError, h, setError } from './dom.js';
import { record } from './events.js';
import { openPanel, thanks } from './panel.js';
import { renderReminder } from './reminder.js';
import { languages, textsFor } from './texts.js';

// The one thing that is kept on the device: the day on which to ask again.
const REMIND_DATE = 'donations.remind-date';
const CURRENCIES = ['USD', 'EUR', 'GBP'];
const COUNTRIES = ['US', 'GB', 'DE', 'FR', 'NL', 'LV', 'LT', 'PL', 'GE', 'AM', 'IL', 'CA', 'RU', 'BY'];
const byId = (id) => document.getElementById(id);

const query = new URLSearchParams(location.search);
const pick = (name, allowed, otherwise) => (allowed.includes(query.get(name)) ? query.get(name) : otherwise);
const settings = {
  locale: pick('locale', Object.keys(languages), navigator.language.startsWith('ru') ? 'ru' : 'en'),
  placement: pick('placement', ['BANNER', 'ARTICLE_END'], 'ARTICLE_END'),
  country: pick('country', COUNTRIES, ''),
  currency: pick('currency', CURRENCIES, ''),
};
let texts = textsFor(settings.locale);
let optionsRead;
let openGift;

const paymentOptions = () => {
  optionsRead ??= call('GET', 'paymentOptions').catch((error) => {
    optionsRead = undefined;
    throw error;
  });
  return optionsRead;
};

// `2027-01-24`, as the reader chose it; null where there is none.
const remindDate = () => {
  const [year, month, day] = (localStorage.getItem(REMIND_DATE) ?? '').split('-').map(Number);
  return day ? { year, month, day } : null;
};
const toDate = ({ year, month, day }) => new Date(Date.UTC(year, month - 1, day));

// From a preview link; in the fragment, so that no server's log has it.
const previewToken = new URLSearchParams(location.hash.slice(1)).get('preview') ?? undefined;

const renderSwitches = () => {
  const select = (name, label, choices) => {
    const node = h('select', { id: name, onchange: () => { settings[name] = node.value; render(); byId(name).focus(); } },
      Object.entries(choices).map(([value, text]) => h('option', { value }, text)));
    node.value = settings[name];
    return h('div', {}, h('label', { for: name }, label), node);
  };
  const names = new Intl.DisplayNames(texts.locale, { type: 'region' });
  byId('switches').replaceChildren(
    select('locale', texts.language, languages),
    select('placement', texts.placement, { ARTICLE_END: texts.articleEnd, BANNER: texts.banner }),
    select('country', texts.country, { '': texts.unknown, ...Object.fromEntries(COUNTRIES.map((code) => [code, names.of(code)])) }),
    select('currency', texts.currency, { '': texts.byCountry, ...Object.fromEntries(CURRENCIES.map((code) => [code, code])) }));
};

const renderArticle = () => {
  byId('paper').textContent = texts.paper;
  byId('article').replaceChildren(
    h('h1', {}, texts.article.title), h('p', { class: 'byline' }, texts.article.byline), ...texts.article.body.map((p) => h('p', {}, p)));
};

const renderStrip = async () => {
  const { stripeJsUri, stripeMode } = await paymentOptions();
  const simulated = stripeMode === 'STRIPE_MODE_SIMULATOR';
  const simulator = new URL(stripeJsUri).origin;
  const clock = h('span', { class: 'clock' });
  const advance = h('button', { type: 'button', class: 'link', onclick: () => busy(advance, texts.wait, async () => {
    const answer = await (await fetch(`${simulator}/_simulator/clock/advance`, { method: 'POST', body: new URLSearchParams('months=1') })).json();
    clock.textContent = texts.strip.advanced(new Intl.DateTimeFormat(texts.locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(answer.now * 1000)));
    announce(clock.textContent);
    openGift?.follow();
  }) }, texts.strip.advance);
  byId('strip-title').textContent = { STRIPE_MODE_SIMULATOR: texts.strip.simulator, STRIPE_MODE_TEST: texts.strip.test }[stripeMode] ?? texts.strip.live;
  byId('strip-body').replaceChildren(
    h('p', {}, texts.strip.cards),
    h('ul', {}, texts.strip.kinds.map(([number, what]) => h('li', {}, h('code', {}, number), ` ${what}`))),
    simulated && h('p', {}, texts.strip.tools, ' ', h('a', { href: `${simulator}/`, target: '_blank', rel: 'noopener' }, texts.strip.simulatorPage), ' · ', advance, ' ', clock));
};

// Whoever looks at a preview is no reader.
const count = (view, type) => previewToken || record(view, type, settings.country);

const slot = () => byId(settings.placement === 'BANNER' ? 'banner-slot' : 'article-slot');

const renderAppealSlot = async (turned = false) => {
  const reminder = remindDate();
  const request = {
    placement: `PLACEMENT_${settings.placement}`, locale: settings.locale, country: settings.country, currency: settings.currency, section: 'world', previewToken,
    ...(reminder ? { remindDate: reminder } : {}),
  };
  if (reminder && toDate(reminder) > new Date()) {
    slot().replaceChildren(h('p', { class: 'note' },
      texts.later(new Intl.DateTimeFormat(texts.locale, { dateStyle: 'long', timeZone: 'UTC' }).format(toDate(reminder))), ' ',
      h('button', { type: 'button', class: 'link', onclick: () => { localStorage.removeItem(REMIND_DATE); renderAppealSlot(); } }, texts.showNow)));
    return;
  }
  const place = slot();
  let answer;
  try {
    answer = await call('POST', 'appeals:select', { body: request });
  } catch (error) {
    place.replaceChildren(h('p', { class: 'note', role: 'alert' }, error.text(texts)));
    return;
  }
  // A preview shows itself where its campaign has something to say.
  if (!answer.appeal && previewToken && !turned) {
    settings.placement = settings.placement === 'BANNER' ? 'ARTICLE_END' : 'BANNER';
    byId('placement').value = settings.placement;
    await renderAppealSlot(true);
    return;
  }
  if (!answer.appeal) {
    place.replaceChildren(h('p', { class: 'note' }, texts.noAppeal));
    return;
  }
  const view = answer.appeal;
  const onLater = () => {
    count(view, 'REMIND');
    const { year, month, day } = view.reminderOptions[0].remindDate;
    localStorage.setItem(REMIND_DATE, `${year}-${month}-${day}`);
    renderAppealSlot();
    announce(place.textContent);
  };
  count(view, 'VIEW');
  if (view.kind === 'KIND_NO_MONEY') {
    const onShare = async () => {
      count(view, 'CLICK');
      told.textContent = await navigator.clipboard.writeText(`${location.origin}/`).then(() => texts.shared, () => texts.shareFailed);
    };
    const told = h('p', { class: 'small', role: 'status' });
    const moneyless = renderMoneyless(view, texts, { onShare, onLater });
    moneyless.node.append(told);
    place.replaceChildren(...[previewToken && h('p', { class: 'note' }, texts.preview), moneyless.node].filter(Boolean));
    return;
  }
  const appeal = renderAppeal(view, texts, {
    onChoose: (choice, button) => busy(button, texts.wait, () => {
      count(view, 'CLICK');
      return checkout(place, view, appeal, choice);
    }),
    onLater,
  });
  place.replaceChildren(...[previewToken && h('p', { class: 'note' }, texts.preview), appeal.node].filter(Boolean));
  // Without the options the appeal stands as well; the reminder on the device is always there.
  const options = await paymentOptions().catch(() => ({}));
  if (options.mailReminders) appeal.node.append(renderReminder(view, texts, settings.country));
};

const checkout = async (place, view, appeal, choice) => {
  const problem = h('p', { class: 'error', role: 'alert' });
  appeal.form.querySelector(':scope > .error')?.remove();
  let opened;
  const back = () => {
    opened.close();
    opened.node.replaceWith(appeal.form);
    appeal.form.querySelector('[name=tier]:checked').focus();
  };
  try {
    const options = await paymentOptions();
    opened = await openCheckout({
      view, choice, options, texts,
      onBack: back,
      onAmountError: async (text, reason) => {
        back();
        if (reason === 'PRICE_CHANGED') {
          await renderAppealSlot();
          place.prepend(h('p', { class: 'error', role: 'alert' }, text));
        } else {
          appeal.failAmount(text);
        }
      },
      onDone: (answer) => {
        opened.close();
        showGift(answer, options, place);
      },
    });
  } catch (error) {
    problem.textContent = error.text?.(texts) ?? texts.scriptFailed;
    appeal.form.append(problem);
    return;
  }
  appeal.form.replaceWith(opened.node);
  opened.mount();
  count(view, 'CHECKOUT_STARTED');
  opened.node.scrollIntoView({ block: 'nearest' });
};

const showGift = (answer, options, place) => {
  const gift = byId('gift');
  const head = answer.manageCode && thanks(answer, texts);
  openGift = openPanel({ pledge: answer.pledge, accessToken: answer.accessToken, options, texts, level: head ? 'h3' : 'h2' });
  place?.replaceChildren();
  gift.replaceChildren(...[head, openGift.node].filter(Boolean));
  gift.hidden = false;
  const heading = head ? head.querySelector('h2') : openGift.heading;
  heading.focus();
  gift.scrollIntoView({ block: 'start' });
  openGift.follow();
};

const renderManage = () => {
  const error = fieldError('code-error');
  const input = h('input', { id: 'code', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', maxlength: 64, oninput: () => setError(input, error) });
  const button = h('button', { type: 'submit', class: 'quiet' }, texts.open);
  const fail = (text) => {
    setError(input, error, text);
    input.focus();
  };
  const submit = (event) => {
    event.preventDefault();
    if (!input.value.trim()) {
      fail(texts.codeNeeded);
      return;
    }
    busy(button, texts.wait, async () => {
      try {
        const answer = await call('POST', 'manageCodes:exchange', { body: { manageCode: input.value } });
        const options = await paymentOptions();
        input.value = '';
        showGift(answer, options);
      } catch (failure) {
        if (!('unknown' in failure)) throw failure;
        fail(failure.violation('manage_code') ? texts.codeNeeded : failure.reason === 'TOKEN_INVALID' ? texts.codeUnknown : failure.text(texts));
      }
    });
  };
  byId('manage').replaceChildren(
    h('h2', { id: 'manage-title' }, texts.manageTitle), h('p', {}, texts.manageText),
    h('form', { novalidate: true, onsubmit: submit, autocomplete: 'off' }, h('label', { for: 'code' }, texts.manageCode), h('div', { class: 'row' }, input, button), error));
};

const render = () => {
  texts = textsFor(settings.locale);
  document.documentElement.lang = texts.locale;
  document.title = texts.paper;
  const search = new URLSearchParams(Object.entries(settings).filter(([, value]) => value)).toString();
  history.replaceState(null, '', `?${search}`);
  byId('banner-slot').replaceChildren();
  byId('article-slot').replaceChildren();
  byId('gift').hidden = true;
  byId('gift').replaceChildren();
  openGift = undefined;
  renderSwitches();
  renderArticle();
  renderManage();
  renderStrip().catch((error) => announce(error.text?.(texts) ?? String(error)));
  return renderAppealSlot();
};

byId('strip').open = matchMedia('(min-width: 45rem)').matches;
render();
