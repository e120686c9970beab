// Thank you with the two codes, and "Your gift": what a donor sees and does with the access token.
import { call, callAgain } from './api.js';
import { loadClient, openCardForm } from './card.js';
import { announce, busy, copyButton, fieldError, h, setError, wait } from './dom.js';
import { compare, format, parse, toDecimal } from './money.js';

const RUNNING = new Set(['STATE_ACTIVE', 'STATE_PAST_DUE', 'STATE_PAUSED']);
const OPEN = new Set(['STATE_PENDING', 'STATE_REQUIRES_ACTION']);
const price = (pledge, texts) => `${format(pledge.amount, texts.locale)}${texts.per[pledge.interval]}`;
const date = (timestamp, texts) => new Intl.DateTimeFormat(texts.locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(timestamp));

export const thanks = ({ pledge, manageCode }, texts) => {
  const open = OPEN.has(pledge.state);
  const code = (id, label, hint, value, copyLabel) => h('div', { class: 'code' },
    h('h3', { id }, label),
    h('p', {}, h('output', { 'aria-labelledby': id, class: 'value' }, value), ' ', copyButton(texts, copyLabel, value)),
    h('p', { class: 'small' }, hint));
  return h('div', { class: 'thanks' },
    h('h2', { id: 'gift-title', tabindex: '-1' }, open ? texts.pendingTitle : texts.thanks),
    h('p', {}, open ? texts.pendingText : texts.thanksText(price(pledge, texts))),
    h('div', { class: 'codes' },
      code('manage-code-label', texts.manageCode, texts.manageHint, manageCode, texts.copyCode),
      code('reference-label', texts.reference, texts.referenceHint, pledge.reference, texts.copyReference)));
};

// The panel; `refresh` reads the pledge and its payments again.
export const openPanel = ({ pledge, accessToken, options, texts, level = 'h3' }) => {
  const limits = options.amountLimits;
  const facts = h('dl', { class: 'facts' });
  const payments = h('div', {});
  const actions = h('div', { class: 'panel-actions' });
  const error = h('p', { class: 'error', role: 'alert' });
  const refreshButton = h('button', { type: 'button', class: 'quiet', onclick: () => run(refreshButton, async () => {}) }, texts.refresh);
  const heading = h(level, { id: level === 'h2' ? 'gift-title' : 'panel-title', tabindex: '-1' }, texts.yourPledge);

  const verb = (name, body = {}) => callAgain('POST', `${pledge.name}:${name}`, { token: accessToken, body });

  // Counts the reads, so that one that was overtaken shows nothing, and the follow-ups, so that the newest goes on alone.
  let reads = 0;
  let followed = 0;
  let shown;
  const refresh = async () => {
    const mine = ++reads;
    const [read, list] = await Promise.all([
      call('GET', pledge.name, { token: accessToken }),
      call('GET', 'payments', { token: accessToken, query: { pledge: pledge.name } }),
    ]);
    const seen = JSON.stringify([read, list]);
    if (mine !== reads || seen === shown) return;
    shown = seen;
    pledge = read;
    show(list.payments ?? []);
  };

  // A verb, then what became of the pledge; what went wrong is told in the panel or at the field.
  const run = (button, work, onFailure) => busy(button, texts.wait, async () => {
    error.textContent = '';
    try {
      await work();
      actions.replaceChildren();
      shown = undefined;
      await refresh();
      announce(texts.done);
    } catch (failure) {
      if (!('unknown' in failure)) throw failure;
      if (!onFailure?.(failure)) error.textContent = failure.text(texts);
    }
  });

  const show = (list) => {
    const fact = (term, value, id) => value && [h('dt', {}, term), h('dd', { id }, value)];
    const next = pledge.nextPaymentTime && date(pledge.nextPaymentTime, texts);
    facts.replaceChildren(...[
      fact(texts.state, texts.states[pledge.state] ?? pledge.state, 'pledge-state'),
      fact(texts.amount, price(pledge, texts), 'pledge-amount'),
      fact(texts.reference, pledge.reference),
      RUNNING.has(pledge.state) && pledge.state !== 'STATE_PAUSED' && fact(pledge.cancelAtPeriodEnd ? texts.ends : texts.next, next, 'pledge-next'),
      pledge.resumeTime && fact(texts.resumes, date(pledge.resumeTime, texts), 'pledge-resumes'),
      (pledge.failureReason || pledge.pauseReason === 'PAUSE_REASON_PAYMENT_METHOD') && fact(texts.why, texts.failures[pledge.failureReason] ?? texts.failures.declined, 'pledge-failure'),
    ].flat().filter(Boolean));
    payments.replaceChildren(h('h4', {}, texts.payments), list.length === 0 ? h('p', { class: 'small' }, texts.noPayments) : h('ul', { class: 'payments' }, list.map(payment)));
    // A form that is being filled in stays.
    if (!actions.querySelector('details[open]')) actions.replaceChildren(...forms());
  };

  const payment = (p) => h('li', {},
    h('span', {}, date(p.payTime ?? p.createTime, texts)),
    h('span', {}, `${texts.paymentStates[p.state] ?? ''}${p.refundedAmount ? `, ${texts.refunded(format(p.refundedAmount, texts.locale))}` : ''}`),
    h('strong', {}, format(p.amount, texts.locale)));

  const forms = () => {
    if (pledge.state === 'STATE_LAPSED') return [cardForm()];
    if (!RUNNING.has(pledge.state)) return [];
    const resume = h('button', { type: 'button', class: 'quiet', onclick: () => run(resume, () => verb('resume')) }, pledge.state === 'STATE_PAUSED' ? texts.resume : texts.keep);
    const askBank = h('button', { type: 'button', class: 'quiet', onclick: () => run(askBank, confirmWithBank) }, texts.bankAgain);
    return [
      pledge.state === 'STATE_PAST_DUE' && pledge.failureReason === 'authentication_failed' && askBank,
      cardForm(),
      !pledge.cancelAtPeriodEnd && changeForm(),
      (pledge.state === 'STATE_PAUSED' || pledge.cancelAtPeriodEnd) && resume,
      pledge.state !== 'STATE_PAUSED' && !pledge.cancelAtPeriodEnd && pauseForm(),
      cancelForm(),
    ].filter(Boolean);
  };

  const fold = (title, ...content) => h('details', {}, h('summary', {}, title), h('form', { novalidate: true, onsubmit: (e) => e.preventDefault() }, ...content));

  // The bank wants the overdue payment confirmed by its holder; asked twice, since the first answer says what to confirm.
  const confirm = () => verb('confirm', { requestId: crypto.randomUUID() });
  const confirmWithBank = async () => {
    const asked = await confirm();
    if (asked.action) await act(asked.action);
  };
  const act = async (action) => {
    announce(texts.bank);
    const stripe = await loadClient(options, texts);
    await stripe.handleNextAction({ clientSecret: action.clientSecret });
    const confirmed = await confirm();
    // A new card may be wanted twice: once to be kept, once for what is overdue.
    if (confirmed.action) {
      await stripe.handleNextAction({ clientSecret: confirmed.action.clientSecret });
      await confirm();
    }
  };

  const cardForm = () => {
    const place = h('div', { class: 'card-form' });
    const save = h('button', { type: 'submit', class: 'quiet', hidden: true }, texts.useCard);
    const form = fold(pledge.state === 'STATE_LAPSED' ? texts.giveOn : texts.anotherCard, place, save);
    let card;
    form.addEventListener('toggle', async () => {
      if (!form.open || card) return;
      card = await openCardForm(place, pledge, options, texts);
      save.hidden = false;
    });
    save.addEventListener('click', () => run(save, async () => {
      const made = await card.token();
      if (made.error) {
        error.textContent = made.error;
        return;
      }
      const updated = await verb('updatePaymentMethod', { requestId: crypto.randomUUID(), confirmationToken: made.token, returnUrl: `${location.origin}/` });
      card.close();
      card = undefined;
      if (updated.action) await act(updated.action);
    }));
    return form;
  };

  const changeForm = () => {
    const currency = pledge.amount.currencyCode;
    const limit = limits.find((l) => l.interval === pledge.interval && l.minAmount.currencyCode === currency);
    const input = h('input', { id: 'new-amount', inputmode: 'decimal', maxlength: 12, value: toDecimal(pledge.amount), oninput: () => setError(input, wrong) });
    const wrong = fieldError('new-amount-error');
    // One id for one new amount: pressed again after an unknown outcome it must be the same call.
    let request;
    const save = h('button', { type: 'submit', class: 'quiet', onclick: () => {
      const amount = parse(input.value, currency);
      const problem = !amount ? texts.amountUnclear(format(pledge.amount, texts.locale))
        : limit && compare(amount, limit.minAmount) < 0 ? texts.amountSmall(format(limit.minAmount, texts.locale))
          : limit && compare(amount, limit.maxAmount) > 0 ? texts.amountLarge(format(limit.maxAmount, texts.locale)) : '';
      setError(input, wrong, problem);
      if (problem) {
        input.focus();
        return;
      }
      if (!request || compare(request.amount, amount) !== 0) request = { requestId: crypto.randomUUID(), amount };
      run(save, () => verb('changeAmount', request), (failure) => {
        if (!failure.unknown) request = undefined;
        setError(input, wrong, failure.violation('amount'));
        return Boolean(failure.violation('amount'));
      });
    } }, texts.save);
    return fold(texts.changeAmount, h('label', { for: 'new-amount' }, `${texts.newAmount}, ${currency}`), input, wrong, save, h('p', { class: 'small' }, texts.fromNext));
  };

  const pauseForm = () => {
    const months = h('select', { id: 'pause-months' }, Object.entries(texts.pauseMonths).map(([n, label]) => h('option', { value: n }, label)));
    const pause = h('button', { type: 'submit', class: 'quiet', onclick: () => run(pause, () => {
      const resume = new Date();
      resume.setUTCDate(1);
      resume.setUTCMonth(resume.getUTCMonth() + Number(months.value));
      return verb('pause', months.value === '0' ? {} : { resumeTime: resume.toISOString() });
    }) }, texts.pause);
    return fold(texts.pause, h('label', { for: 'pause-months' }, texts.pauseFor), months, pause);
  };

  const cancelForm = () => {
    const end = h('input', { type: 'radio', name: 'when', id: 'cancel-end', checked: !pledge.cancelAtPeriodEnd, disabled: pledge.cancelAtPeriodEnd });
    const now = h('input', { type: 'radio', name: 'when', id: 'cancel-now', checked: Boolean(pledge.cancelAtPeriodEnd) });
    const why = h('select', { id: 'cancel-why' }, Object.entries(texts.cancelReasons).map(([value, label]) => h('option', { value }, label)));
    const stop = h('button', { type: 'submit', class: 'quiet danger', onclick: () => run(stop, () => verb('cancel', { atPeriodEnd: end.checked, reason: why.value })) }, texts.cancelConfirm);
    return fold(texts.cancel,
      h('fieldset', { class: 'plain' }, h('legend', {}, texts.cancelWhen),
        h('div', { class: 'check' }, end, h('label', { for: 'cancel-end' }, texts.cancelEnd)),
        h('div', { class: 'check' }, now, h('label', { for: 'cancel-now' }, texts.cancelNow))),
      h('label', { for: 'cancel-why' }, texts.cancelWhy), why, stop);
  };

  show([]);
  return {
    heading,
    refresh,
    node: h('div', { class: 'panel' }, h('div', { class: 'panel-head' }, heading, refreshButton), facts, error, payments, actions),
    // The payment's webhook may come a moment later than the answer, and on a busy machine a good deal later: look for two
    // minutes, ever less often, until the panel is gone or somebody asks anew.
    follow: async () => {
      const mine = ++followed;
      for (const pause of [0, 1000, 2000, 3000, 5000, 8000, 13000, 21000, 34000, 34000]) {
        await wait(pause);
        if (mine !== followed || !heading.isConnected) return;
        await refresh().catch((failure) => { error.textContent = failure.text?.(texts) ?? String(failure); });
      }
    },
  };
};
