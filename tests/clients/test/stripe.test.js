// Stripe's own package against the simulator: what an integration does in the life of a donation.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import Stripe from 'stripe';
import { advance, client, post, simulator } from '../lib/simulator.js';

const stripe = client();
const day = 86400;

const rejected = async (kind, call) => {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
    return error;
  }
  throw new Error('The call succeeded, and should not have');
};

const pay = (card, more = {}) =>
  stripe.paymentIntents.create({ amount: 1500, currency: 'usd', payment_method: card, confirm: true, automatic_payment_methods: { enabled: true, allow_redirects: 'never' }, ...more });

const monthly = async (amount = 500) =>
  stripe.prices.create({ currency: 'usd', unit_amount: amount, recurring: { interval: 'month' }, product_data: { name: 'Membership' } });

const subscribe = async (card = 'pm_card_visa') => {
  const customer = await stripe.customers.create({ email: 'reader@example.org' });
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: (await monthly()).id }],
    payment_behavior: 'default_incomplete',
    payment_settings: { save_default_payment_method: 'on_subscription' },
    expand: ['latest_invoice.confirmation_secret', 'latest_invoice.payments'],
  });
  assert.equal(subscription.status, 'incomplete');
  assert.match(subscription.latest_invoice.confirmation_secret.client_secret, /^pi_.*_secret_/);
  await stripe.paymentIntents.confirm(subscription.latest_invoice.payments.data[0].payment.payment_intent, { payment_method: card, return_url: 'https://paper.example/' });
  return stripe.subscriptions.retrieve(subscription.id);
};

test('the package and the simulator speak the same version', async () => {
  const customer = await stripe.customers.create({});
  assert.equal(customer.lastResponse.apiVersion, '2026-10-28.endive');
  assert.match(customer.lastResponse.requestId, /^req_/);
});

test('customers: metadata, unset fields, deletion', async () => {
  const made = await stripe.customers.create({ email: 'a@example.org', name: 'A', metadata: { one: '1', two: '2' } });
  const changed = await stripe.customers.update(made.id, { name: '', metadata: { one: '', three: '3' } });
  assert.deepEqual([changed.name, { ...changed.metadata }], [null, { two: '2', three: '3' }]);
  assert.equal((await stripe.customers.del(made.id)).deleted, true);
  assert.equal((await stripe.customers.retrieve(made.id)).deleted, true);
});

test('a payment that its holder authenticates, and one that is not let through', async () => {
  for (const [outcome, status] of [['complete', 'succeeded'], ['fail', 'requires_payment_method']]) {
    const intent = await pay('pm_card_authenticationRequired');
    assert.deepEqual([intent.status, intent.next_action.type], ['requires_action', 'use_stripe_sdk']);
    await post(`/_simulator/3ds/${intent.id}`, { client_secret: intent.client_secret, outcome, framed: 'true' });
    assert.equal((await stripe.paymentIntents.retrieve(intent.id)).status, status);
  }
});

test('a subscription begins incomplete, renews, changes with proration and ends', async () => {
  const subscription = await subscribe();
  assert.equal(subscription.status, 'active');
  const item = subscription.items.data[0];
  const preview = await stripe.invoices.createPreview({ subscription: subscription.id, subscription_details: { items: [{ id: item.id, quantity: 2 }], proration_behavior: 'always_invoice' } });
  const doubled = await stripe.subscriptions.update(subscription.id, { items: [{ id: item.id, quantity: 2 }], proration_behavior: 'always_invoice', expand: ['latest_invoice'] });
  // A second may pass between the two.
  assert.ok(Math.abs(preview.total - doubled.latest_invoice.total) <= 1);
  assert.ok(doubled.latest_invoice.lines.data.every((line) => line.parent.subscription_item_details.proration));
  await advance(32 * day);
  const invoices = await stripe.invoices.list({ subscription: subscription.id });
  assert.deepEqual([invoices.data[0].billing_reason, invoices.data[0].amount_paid], ['subscription_cycle', 1000]);
  assert.equal((await stripe.events.list({ type: 'invoice.upcoming', limit: 1 })).data[0].data.object.parent.subscription_details.subscription, subscription.id);
  assert.equal((await stripe.subscriptions.cancel(subscription.id)).status, 'canceled');
});

test('a subscription whose first payment is challenged', async () => {
  const subscription = await subscribe('pm_card_authenticationRequired');
  assert.equal(subscription.status, 'incomplete');
  const [intent] = (await stripe.paymentIntents.list({ customer: subscription.customer })).data;
  await post(`/_simulator/3ds/${intent.id}`, { client_secret: intent.client_secret, outcome: 'complete', framed: 'true' });
  assert.equal((await stripe.subscriptions.retrieve(subscription.id)).status, 'active');
});

test('a schedule changes the amount at the end of the period', async () => {
  const subscription = await subscribe();
  const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
  const [phase] = schedule.phases;
  const price = await monthly(900);
  await stripe.subscriptionSchedules.update(schedule.id, {
    end_behavior: 'release',
    phases: [
      { start_date: phase.start_date, end_date: phase.end_date, items: [{ price: phase.items[0].price, quantity: 1 }] },
      { items: [{ price: price.id, quantity: 1 }] },
    ],
  });
  await advance(32 * day);
  assert.equal((await stripe.subscriptions.retrieve(subscription.id)).items.data[0].price.id, price.id);
  assert.equal((await stripe.invoices.list({ subscription: subscription.id })).data[0].amount_paid, 900);
});

test('refunds, in part and beyond what is left', async () => {
  const intent = await pay('pm_card_visa');
  const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 500, reason: 'requested_by_customer' });
  assert.equal(refund.status, 'succeeded');
  const charge = await stripe.charges.retrieve(intent.latest_charge, { expand: ['refunds', 'balance_transaction'] });
  assert.deepEqual([charge.amount_refunded, charge.refunds.data[0].id, charge.refunded], [500, refund.id, false]);
  await rejected(Stripe.errors.StripeInvalidRequestError, stripe.refunds.create({ payment_intent: intent.id, amount: 1001 }));
});

test('a dispute is won with evidence and another lost without', async () => {
  for (const [evidence, status] of [[{ uncategorized_text: 'winning_evidence' }, 'won'], [null, 'lost']]) {
    const intent = await pay('pm_card_createDispute');
    await advance(1);
    const [dispute] = (await stripe.disputes.list({ payment_intent: intent.id })).data;
    assert.equal(dispute.status, 'needs_response');
    if (evidence) await stripe.disputes.update(dispute.id, { evidence, submit: true });
    else await stripe.disputes.close(dispute.id);
    await advance(1);
    assert.equal((await stripe.disputes.retrieve(dispute.id)).status, status);
  }
});

test('Checkout, from the session over its page to the payment', async () => {
  const session = await stripe.checkout.sessions.create({
    mode: 'payment', submit_type: 'donate', client_reference_id: 'gift-1', success_url: 'https://paper.example/thanks?s={CHECKOUT_SESSION_ID}',
    line_items: [{ price_data: { currency: 'usd', unit_amount: 2500, product_data: { name: 'Gift' } }, quantity: 1 }],
  });
  assert.deepEqual([session.status, session.payment_status, session.ui_mode], ['open', 'unpaid', 'hosted_page']);
  const paid = await post(session.url, { do: 'card', number: '4242424242424242', expiry: '12 / 34', cvc: '123', name: 'A Reader', email: 'reader@example.org' });
  assert.equal(paid.headers.get('location'), `https://paper.example/thanks?s=${session.id}`);
  const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['line_items', 'payment_intent'] });
  assert.deepEqual([done.status, done.payment_status, done.line_items.data[0].amount_total, done.payment_intent.status], ['complete', 'paid', 2500, 'succeeded']);
});

test('a manual invoice of items, with credit and a card', async () => {
  const customer = await stripe.customers.create({ payment_method: 'pm_card_visa', invoice_settings: { default_payment_method: 'pm_card_visa' } });
  for (const amount of [3000, -1000]) await stripe.invoiceItems.create({ customer: customer.id, amount, currency: 'usd' });
  const invoice = await stripe.invoices.create({ customer: customer.id, pending_invoice_items_behavior: 'include' });
  assert.equal((await stripe.invoices.finalizeInvoice(invoice.id)).amount_due, 2000);
  assert.equal((await stripe.invoices.pay(invoice.id)).status, 'paid');
});

test('webhooks are signed as the package checks it', async () => {
  const received = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ body: Buffer.concat(chunks), signature: request.headers['stripe-signature'] });
    response.writeHead(200).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = await stripe.webhookEndpoints.create({ url: `http://127.0.0.1:${server.address().port}/`, enabled_events: ['product.created'] });
  try {
    const product = await stripe.products.create({ name: 'Tote bag' });
    await advance(1);
    assert.equal(received.length, 1);
    const [{ body, signature }] = received;
    const event = stripe.webhooks.constructEvent(body, signature, endpoint.secret);
    assert.deepEqual([event.type, event.data.object.id, event.api_version], ['product.created', product.id, '2026-10-28.endive']);
    await rejected(Stripe.errors.StripeSignatureVerificationError, (async () => stripe.webhooks.constructEvent(body, signature, 'whsec_other'))());
    await rejected(Stripe.errors.StripeSignatureVerificationError, (async () => stripe.webhooks.constructEvent(body.toString().replace('Tote', 'Boat'), signature, endpoint.secret))());
    assert.equal((await stripe.events.retrieve(event.id)).pending_webhooks, 0);
  } finally {
    await stripe.webhookEndpoints.del(endpoint.id);
    await new Promise((resolve) => server.close(resolve));
  }
});

test('lists page by themselves, forwards and by dates', async () => {
  const customer = await stripe.customers.create({});
  const made = [];
  for (let i = 0; i < 7; i++) made.unshift((await stripe.setupIntents.create({ customer: customer.id, usage: 'off_session' })).id);
  const seen = [];
  for await (const intent of stripe.setupIntents.list({ customer: customer.id, limit: 3 })) seen.push(intent.id);
  assert.deepEqual(seen, made);
  const all = await stripe.setupIntents.list({ customer: customer.id, created: { gt: 0 }, limit: 2 }).autoPagingToArray({ limit: 5 });
  assert.deepEqual(all.map((intent) => intent.id), made.slice(0, 5));
});

test('the same idempotency key gives the same answer, and no other call', async () => {
  const key = `gift-${Date.now()}`;
  const first = await stripe.customers.create({ email: 'once@example.org' }, { idempotencyKey: key });
  const second = await stripe.customers.create({ email: 'once@example.org' }, { idempotencyKey: key });
  assert.equal(second.id, first.id);
  assert.equal(second.lastResponse.headers['idempotent-replayed'], 'true');
  await rejected(Stripe.errors.StripeIdempotencyError, stripe.customers.create({ email: 'twice@example.org' }, { idempotencyKey: key }));
});

test('a lost answer is asked for again under the same key', async () => {
  await post('/_simulator/faults', { kind: 'lost_response', method: 'POST', path: '/v1/customers' });
  const made = await client({ maxNetworkRetries: 2 }).customers.create({ email: 'lost@example.org' });
  const { data } = await stripe.customers.list({ email: 'lost@example.org' });
  assert.deepEqual(data.map((c) => c.id), [made.id]);
});

test('every kind of error has its class', async () => {
  const { StripeAuthenticationError, StripeCardError, StripeConnectionError, StripeInvalidRequestError, StripeRateLimitError, StripeAPIError } = Stripe.errors;
  const declined = await rejected(StripeCardError, pay('pm_card_visa_chargeDeclinedInsufficientFunds'));
  assert.deepEqual([declined.code, declined.decline_code, declined.payment_intent.status, declined.statusCode], ['card_declined', 'insufficient_funds', 'requires_payment_method', 402]);
  const unknown = await rejected(StripeInvalidRequestError, stripe.customers.create({ nickname: 'x' }));
  assert.deepEqual([unknown.code, unknown.param], ['parameter_unknown', 'nickname']);
  assert.equal((await rejected(StripeInvalidRequestError, stripe.invoices.retrieve('in_none'))).code, 'resource_missing');
  await rejected(StripeAuthenticationError, new Stripe('sk_test_other', { host: simulator.hostname, port: simulator.port, protocol: 'http', telemetry: false }).balance.retrieve());
  await post('/_simulator/faults', { kind: 'rate_limit', path: '/v1/balance' });
  await rejected(StripeRateLimitError, stripe.balance.retrieve());
  await post('/_simulator/faults', { kind: 'stored_500', path: '/v1/balance', effect: 'false' });
  await rejected(StripeAPIError, stripe.balance.retrieve());
  await rejected(StripeConnectionError, client({ port: 9 }).balance.retrieve());
});

test('the books: payouts explain the balance', async () => {
  const intent = await pay('pm_card_bypassPending');
  await advance(2 * day);
  const charge = await stripe.charges.retrieve(intent.latest_charge, { expand: ['balance_transaction'] });
  assert.equal(charge.balance_transaction.net, charge.amount - charge.balance_transaction.fee);
  const [payout] = (await stripe.payouts.list({ limit: 1 })).data;
  let sum = 0;
  for await (const transaction of stripe.balanceTransactions.list({ payout: payout.id, limit: 100 })) if (transaction.type !== 'payout') sum += transaction.net;
  assert.equal(sum, payout.amount);
});
