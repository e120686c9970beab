// Stripe's card form for a card that replaces another, with nothing charged by itself.
import { loadStripe } from './checkout.js';

export const loadClient = async (options, texts) => {
  const Stripe = await loadStripe(options.stripeJsUri);
  return Stripe(options.publishableKey, { locale: texts.locale });
};

export const openCardForm = async (place, pledge, options, texts) => {
  const stripe = await loadClient(options, texts);
  const elements = stripe.elements({ mode: 'setup', currency: pledge.amount.currencyCode.toLowerCase(), paymentMethodTypes: ['card'], appearance: { theme: 'stripe' } });
  const element = elements.create('payment');
  element.mount(place);
  return {
    // Used once: a second try makes a second token.
    token: async () => {
      const submitted = await elements.submit();
      if (submitted.error) return { error: submitted.error.message };
      const made = await stripe.createConfirmationToken({ elements, params: { return_url: `${location.origin}/` } });
      return made.error ? { error: made.error.message } : { token: made.confirmationToken.id };
    },
    close: () => element.destroy(),
  };
};
