// A reminder by mail, beside the one on the device. The address goes to the server, which seals it, and is kept nowhere here.
import { callAgain } from './api.js';
import { busy, fieldError, h, setError } from './dom.js';

const SCHEDULES = { once: { oneOff: {} }, often: { recurring: { everyMonths: 3 } } };

export const renderReminder = (view, texts, country) => {
  const words = texts.reminder;
  const emailError = fieldError('reminder-email-error');
  const email = h('input', { type: 'email', id: 'reminder-email', autocomplete: 'email', maxlength: 254, oninput: () => setError(email, emailError) });
  const choices = Object.keys(SCHEDULES).map((value, index) => h('input', { type: 'radio', name: 'reminder-when', id: `reminder-${value}`, value, checked: index === 0 }));
  const error = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { type: 'submit', class: 'quiet' }, words.ask);

  const failEmail = () => {
    setError(email, emailError, words.emailInvalid);
    email.focus();
  };

  const submit = (event) => {
    event.preventDefault();
    error.textContent = '';
    if (!(email.value.trim() && email.checkValidity())) {
      failEmail();
      return;
    }
    const schedule = choices.find((choice) => choice.checked).value;
    busy(button, texts.wait, async () => {
      try {
        const made = await callAgain('POST', 'reminders', {
          body: { reminder: { campaign: view.campaign, ...SCHEDULES[schedule] }, email: email.value.trim(), locale: texts.locale, country },
        });
        const { year, month, day } = made.remindDate;
        const date = new Intl.DateTimeFormat(texts.locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(Date.UTC(year, month - 1, day)));
        const told = h('p', { class: 'reminder-made', tabindex: '-1' }, words[`${schedule}Made`](date), ' ', words.promise);
        form.replaceWith(told);
        told.focus();
      } catch (failure) {
        if (!('unknown' in failure)) throw failure;
        if (failure.violation('email')) failEmail();
        else error.textContent = failure.text(texts);
      }
    });
  };

  const form = h('form', { novalidate: true, onsubmit: submit },
    h('fieldset', { class: 'plain' },
      h('legend', {}, words.when),
      choices.map((choice) => h('div', { class: 'check' }, choice, h('label', { for: choice.id }, words[choice.value])))),
    h('label', { for: email.id }, texts.email), email, emailError,
    h('p', { class: 'small' }, words.promise),
    error, button);
  return h('details', { class: 'reminder' }, h('summary', {}, words.title), form);
};
