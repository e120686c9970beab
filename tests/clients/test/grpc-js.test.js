// grpc-js over HTTP/2 with the protos read at run time: what a Node service of the organisation would use.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import { bigAmount, confirmationToken, grpcAddress, newRequestId, tokens } from '../lib/server.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const services = readdirSync(`${root}protos/donations/v1`).filter((f) => f.endsWith('_service.proto')).map((f) => `donations/v1/${f}`);
const definition = protoLoader.loadSync([...services, 'google/rpc/status.proto', 'google/rpc/error_details.proto'], {
  includeDirs: [`${root}protos`, `${root}artifacts/googleapis`], keepCase: true, longs: String, enums: String, defaults: true, oneofs: true,
});
const { donations } = grpc.loadPackageDefinition(definition);
const clients = [];

const client = (service) => {
  const made = new donations.v1[service](new URL(grpcAddress).host, grpc.credentials.createInsecure());
  clients.push(made);
  return (method, request, token) => {
    const metadata = new grpc.Metadata();
    if (token) metadata.set('authorization', `Bearer ${token}`);
    return new Promise((resolve, reject) => made[method](request, metadata, { deadline: Date.now() + 20_000 }, (error, answer) => (error ? reject(error) : resolve(answer))));
  };
};

// google.rpc.Status and its details, out of the trailer.
const richError = (error) => {
  const decode = (type, bytes) => definition[type].deserialize(bytes);
  const status = decode('google.rpc.Status', error.metadata.get('grpc-status-details-bin')[0]);
  return { ...status, details: status.details.map((any) => ({ type: any.type_url, ...decode(any.type_url.split('/')[1], any.value) })) };
};

const failure = async (call) => {
  try {
    await call;
  } catch (error) {
    return richError(error);
  }
  throw new Error('The call succeeded, and should not have');
};

let campaigns, appeals, pledges, payments, ledger;
before(() => {
  campaigns = client('CampaignService');
  appeals = client('AppealService');
  pledges = client('PledgeService');
  payments = client('PaymentService');
  ledger = client('LedgerService');
});
after(() => clients.forEach((c) => c.close()));

const copy = { locale: 'en', title: 'From Node', body: 'Written in JavaScript.', call_to_action: 'Give', reminder_label: 'Later' };

test('from a campaign to a payment', async () => {
  const draft = await campaigns('CreateCampaign', { campaign: { display_name: 'Node', default_locale: 'en', priority: 900 }, campaign_id: 'by-grpc-js' }, tokens.editor);
  assert.equal(draft.state, 'STATE_DRAFT');
  const tier = await campaigns('CreateTier', {
    parent: draft.name, tier_id: 'five',
    tier: { interval: 'PLEDGE_INTERVAL_MONTHLY', prices: [{ currency_code: 'USD', units: '5' }], copies: [{ locale: 'en', label: 'Friend', impact: 'An hour' }] },
  }, tokens.editor);
  await campaigns('CreateAppeal', { parent: draft.name, appeal_id: 'main', appeal: { placement: 'PLACEMENT_BANNER', weight: 1, copies: [copy] } }, tokens.editor);
  assert.equal((await campaigns('PublishCampaign', { name: draft.name }, tokens.editor)).state, 'STATE_ACTIVE');

  const { appeal } = await appeals('SelectAppeal', { placement: 'PLACEMENT_BANNER', locale: 'en-GB', currency: 'USD' });
  assert.equal(appeal.campaign, draft.name);
  assert.equal(appeal.tiers[0].tier, tier.name);
  assert.equal(appeal.tiers[0].price.units, '5');

  const options = await appeals('GetPaymentOptions', {});
  const terms = options.consent_texts.find((t) => t.required);
  const request = {
    request_id: newRequestId(), allow_duplicate: true, campaign: appeal.campaign, tier: tier.name, amount: appeal.tiers[0].price,
    confirmation_token: await confirmationToken({ stripeJsUri: options.stripe_js_uri, publishableKey: options.publishable_key }),
    return_url: 'https://paper.example/thanks',
    consents: [{ purpose: terms.purpose, text_version: terms.text_version, granted: true }],
  };
  const made = await pledges('CreatePledge', request);
  assert.equal(made.pledge.state, 'STATE_ACTIVE');
  assert.deepEqual(await pledges('CreatePledge', request), made, 'the same request_id answers the same');

  const own = await payments('ListPayments', { pledge: made.pledge.name }, made.access_token);
  assert.deepEqual(own.payments.map((p) => [p.state, p.amount.currency_code, p.amount.units]), [['STATE_SUCCEEDED', 'USD', '5']]);
  const listed = await pledges('ListPledges', { parent: 'donors/-', campaign: draft.name }, tokens.support);
  assert.deepEqual(listed.pledges.map((p) => p.name), [made.pledge.name]);
});

test('a rich error arrives with every detail', async () => {
  const status = await failure(pledges('CreatePledge', { request_id: newRequestId(), allow_duplicate: true, campaign: 'nonsense' }));
  assert.equal(status.code, grpc.status.INVALID_ARGUMENT);
  const [info, bad] = status.details;
  assert.deepEqual([info.type, info.reason, info.domain], ['type.googleapis.com/google.rpc.ErrorInfo', 'FIELD_INVALID', 'donations']);
  assert.deepEqual(bad.field_violations.map((v) => v.field), ['tier', 'amount']);
});

test('amounts above 2^53 keep their last digit', async () => {
  const { balances } = await ledger('GetTrialBalance', {}, tokens.finance);
  assert.deepEqual(balances.filter((b) => b.debit.currency_code === 'JPY').map((b) => BigInt(b.debit.units) + BigInt(b.credit.units)), [bigAmount, bigAmount]);
});
