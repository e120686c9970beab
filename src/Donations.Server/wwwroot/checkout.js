// The payment: Stripe's own form, one CreatePledge per attempt, 3-D Secure, ConfirmPledge.
import { callAgain } from './api.js';
import { announce, busy, fieldError, h, setError } from './dom.js';
import { add, cover, format, minorUnits } from './money.js';

const DONE = new Set(['STATE_ACTIVE', 'STATE_PAID']);
const OVER = new Set(['STATE_FAILED', 'STATE_EXPIRED', 'STATE_CANCELLED']);
let script;

// Loaded when a reader has chosen an amount, and not before: whoever only reads is not seen by Stripe.
export const loadStripe = (uri) => {
  script ??= new Promise((resolve, reject) => {
    const node = h('script', { src: uri });
    node.addEventListener('load', () => resolve(window.Stripe));
    node.addEventListener('error', () => {
      script = undefined;
      node.remove();
      reject(new Error('script'));
    });
    document.head.append(node);
  });
  return script;
};

const consentText = (options, purpose, locale) => {
  const all = options.consentTexts.filter((text) => text.purpose === purpose);
  return all.find((text) => text.locale === locale) ?? all.find((text) => text.locale === 'en') ?? all[0];
};

// Opens the form for one choice. Answers with its node; calls onDone with the pledge and its codes.
export const openCheckout = async ({ view, choice, options, texts, onBack, onAmountError, onDone }) => {
  const locale = texts.locale;
  const Stripe = await loadStripe(options.stripeJsUri);
  const stripe = Stripe(options.publishableKey, { locale });
  const { tier, amount } = choice;
  const elements = stripe.elements({
    mode: tier.interval === 'PLEDGE_INTERVAL_ONE_TIME' ? 'payment' : 'subscription',
    amount: minorUnits(amount),
    currency: amount.currencyCode.toLowerCase(),
    paymentMethodTypes: ['card'],
    appearance: { theme: 'stripe' },
  });
  const returnUrl = `${location.origin}/`;
  // What is charged: the gift, and what covers its fee where the reader wants that. The hint changes nothing by itself.
  const rate = options.feeRates?.find((r) => r.interval === tier.interval && r.fixedAmount.currencyCode === amount.currencyCode);
  const fee = tier.freeAmount ? rate && cover(amount, rate) : tier.feeCoverAmount;
  const coverBox = fee && h('input', { type: 'checkbox', id: 'cover', onchange: () => { elements.update({ amount: minorUnits(charged()) }); tellPrice(); } });
  const charged = () => (coverBox?.checked ? add(amount, fee) : amount);
  const price = () => `${format(charged(), locale)}${texts.per[tier.interval]}`;
  const tellPrice = () => {
    button.textContent = texts.give(price());
    chosen.textContent = texts.youGive(price());
    announce(chosen.textContent);
  };
  const chosen = h('strong', {}, texts.youGive(price()));

  const terms = consentText(options, 'PURPOSE_TERMS', view.locale);
  const mail = consentText(options, 'PURPOSE_SERVICE_MAIL', view.locale);
  const termsBox = h('input', { type: 'checkbox', id: 'terms', onchange: () => setError(termsBox, termsError) });
  const termsError = fieldError('terms-error');
  const mailBox = h('input', { type: 'checkbox', id: 'mail', onchange: () => { emailRow.hidden = !mailBox.checked; if (mailBox.checked) email.focus(); } });
  const email = h('input', { type: 'email', id: 'email', autocomplete: 'email', maxlength: 254, oninput: () => setError(email, emailError) });
  const emailError = fieldError('email-error');
  const emailRow = h('div', { class: 'field', hidden: true }, h('label', { for: 'email' }, texts.email), email, emailError);
  const error = h('p', { class: 'error', role: 'alert' });
  const card = h('div', { class: 'card-form' });
  const button = h('button', { type: 'submit', class: 'primary' }, texts.give(price()));
  const inputs = h('fieldset', { class: 'plain' },
    h('legend', {}, texts.pay),
    card,
    coverBox && h('div', { class: 'check' }, coverBox, h('label', { for: 'cover' }, texts.cover(format(fee, locale), format(amount, locale)))),
    h('div', { class: 'check' }, mailBox, h('label', { for: 'mail' }, mail.text)),
    emailRow,
    h('div', { class: 'check' }, termsBox, h('label', { for: 'terms' }, texts.agree)),
    termsError,
    h('details', { class: 'terms' }, h('summary', {}, texts.termsTitle), terms.text.split(/\n{2,}/).map((p) => h('p', {}, p))));
  const back = h('button', { type: 'button', class: 'link', onclick: onBack }, texts.change);

  // One press of the button until its outcome is known: the request id, the body, and what became of it.
  let attempt;

  const problem = () => {
    setError(termsBox, termsError);
    setError(email, emailError);
    if (mailBox.checked && !(email.value.trim() && email.checkValidity())) {
      setError(email, emailError, texts.emailInvalid);
      return email;
    }
    if (!termsBox.checked) {
      setError(termsBox, termsError, texts.termsNeeded);
      return termsBox;
    }
    return null;
  };

  const fail = (text) => {
    error.textContent = text;
    error.scrollIntoView({ block: 'nearest' });
  };

  // Nothing may change while the outcome of an attempt is open.
  const hold = (held, label) => {
    inputs.disabled = held;
    back.hidden = held;
    button.replaceChildren(label);
  };

  const start = async () => {
    const wrong = problem();
    if (wrong) {
      wrong.focus();
      return null;
    }
    const submitted = await elements.submit();
    if (submitted.error) {
      fail(submitted.error.message);
      return null;
    }
    const made = await stripe.createConfirmationToken({ elements, params: { return_url: returnUrl } });
    if (made.error) {
      fail(made.error.message);
      return null;
    }
    return {
      requestId: crypto.randomUUID(),
      campaign: view.campaign,
      tier: tier.tier,
      amount: charged(),
      ...(coverBox?.checked ? { feeCoverAmount: fee } : {}),
      confirmationToken: made.confirmationToken.id,
      returnUrl,
      locale: view.locale,
      attribution: view.attribution,
      consents: [
        { purpose: terms.purpose, textVersion: terms.textVersion, granted: true },
        { purpose: mail.purpose, textVersion: mail.textVersion, granted: mailBox.checked },
      ],
      ...(mailBox.checked ? { email: email.value.trim() } : {}),
    };
  };

  const authenticate = async () => {
    const { answer } = attempt;
    announce(texts.bank);
    const result = await stripe.handleNextAction({ clientSecret: answer.action.clientSecret });
    attempt.confirmId = crypto.randomUUID();
    attempt.bankError = result.error?.message;
  };

  const confirm = async () => {
    const { answer } = attempt;
    const confirmed = await callAgain('POST', `${answer.pledge.name}:confirm`, { token: answer.accessToken, body: { requestId: attempt.confirmId } });
    attempt.confirmId = undefined;
    attempt.answer = { ...answer, ...confirmed, action: confirmed.action };
  };

  // Goes on from wherever the attempt is; true when the pledge stands.
  const advance = async () => {
    if (!attempt.answer) attempt.answer = await callAgain('POST', 'pledges', { body: attempt.body });
    if (attempt.confirmId) await confirm();
    if (attempt.answer.action?.type === 'TYPE_AUTHENTICATE') {
      await authenticate();
      await confirm();
    }
    const { pledge } = attempt.answer;
    if (OVER.has(pledge.state)) {
      const text = attempt.bankError ?? texts.notTaken;
      attempt = undefined;
      hold(false, texts.give(price()));
      fail(text);
    } else if (DONE.has(pledge.state) || !attempt.answer.action) {
      onDone(attempt.answer);
    } else {
      hold(true, texts.bankAgain);
      fail(texts.bankOpen);
    }
  };

  const show = (failure) => {
    // With a pledge made, only its confirmation is missing: never a second one. A decline is the end of it.
    if (failure.unknown || (attempt.answer && failure.reason !== 'CARD_DECLINED')) {
      hold(true, texts.tryAgain);
      fail(failure.text(texts));
      return;
    }
    // The same card gave minutes ago: the reader says whether this is meant. Nothing was sent, so the same attempt goes on.
    if (failure.reason === 'ALREADY_PLEDGED') {
      attempt.body.allowDuplicate = true;
      hold(true, texts.giveAgain);
      back.hidden = false;
      fail(texts.reasons.ALREADY_PLEDGED);
      return;
    }
    attempt = undefined;
    hold(false, texts.give(price()));
    const wrongAmount = failure.violation('amount');
    if (wrongAmount || failure.reason === 'PRICE_CHANGED') {
      onAmountError(failure.reason === 'PRICE_CHANGED' ? failure.text(texts) : wrongAmount, failure.reason);
      return;
    }
    if (failure.violation('email')) setError(email, emailError, failure.violation('email'));
    else if (failure.violation('consents')) setError(termsBox, termsError, texts.termsNeeded);
    else fail(failure.text(texts));
  };

  const submit = (event) => {
    event.preventDefault();
    busy(button, texts.wait, async () => {
      error.textContent = '';
      if (!attempt) {
        const body = await start();
        if (!body) return;
        attempt = { body };
      }
      try {
        await advance();
      } catch (failure) {
        if (!('unknown' in failure)) throw failure;
        show(failure);
      }
    });
  };

  const node = h('form', { class: 'checkout', novalidate: true, onsubmit: submit },
    h('p', { class: 'chosen' }, chosen, ' ', back),
    inputs, error,
    h('div', { class: 'actions' }, button),
    h('p', { class: 'small' }, texts.byStripe));
  const element = elements.create('payment');
  return {
    node,
    mount: () => {
      element.mount(card);
      announce(texts.pay);
    },
    close: () => element.destroy(),
  };
};
