// Connect-ES with generated code, over gRPC (HTTP/2) and gRPC-Web (HTTP/1.1): what web pages and new Node services use.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { AppealService } from '../gen/donations/v1/appeal_service_pb.js';
import { Placement } from '../gen/donations/v1/appeal_pb.js';
import { CampaignService } from '../gen/donations/v1/campaign_service_pb.js';
import { LedgerService } from '../gen/donations/v1/ledger_service_pb.js';
import { PaymentService } from '../gen/donations/v1/payment_service_pb.js';
import { Payment_State } from '../gen/donations/v1/payment_pb.js';
import { PledgeService } from '../gen/donations/v1/pledge_service_pb.js';
import { Pledge_State } from '../gen/donations/v1/pledge_pb.js';
import { BadRequestSchema, ErrorInfoSchema, LocalizedMessageSchema } from '../gen/google/rpc/error_details_pb.js';
import { bigAmount, confirmationToken, grpcAddress, httpAddress, newRequestId, tokens } from '../lib/server.js';

const as = (token) => ({ headers: { Authorization: `Bearer ${token}` }, timeoutMs: 20_000 });

const failure = async (call) => {
  try {
    await call;
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new Error('The call succeeded, and should not have');
};

const doors = {
  gRPC: () => createGrpcTransport({ baseUrl: grpcAddress }),
  'gRPC-Web': () => createGrpcWebTransport({ baseUrl: httpAddress, httpVersion: '1.1' }),
};

for (const [door, open] of Object.entries(doors)) {
  const transport = open();
  const appeals = createClient(AppealService, transport);
  const pledges = createClient(PledgeService, transport);

  const pledgeRequest = async (card) => {
    const { appeal } = await appeals.selectAppeal({ placement: Placement.ARTICLE_END, locale: 'en', currency: 'USD' });
    const tier = appeal.tiers.find((t) => !t.freeAmount);
    const options = await appeals.getPaymentOptions({});
    const consents = options.consentTexts.filter((t) => t.required && t.locale === 'en').map((t) => ({ purpose: t.purpose, textVersion: t.textVersion, granted: true }));
    return {
      requestId: newRequestId(), allowDuplicate: true, campaign: appeal.campaign, tier: tier.tier, amount: tier.price,
      paymentSource: { case: 'confirmationToken', value: await confirmationToken(options, card) },
      returnUrl: 'https://paper.example/thanks', consents,
    };
  };

  test(`${door}: a pledge, its payment and the error of another donor`, async () => {
    const made = await pledges.createPledge(await pledgeRequest());
    assert.ok([Pledge_State.ACTIVE, Pledge_State.PAID].includes(made.pledge.state));
    const payments = createClient(PaymentService, transport);
    const own = await payments.listPayments({ pledge: made.pledge.name }, as(made.accessToken));
    assert.deepEqual(own.payments.map((p) => [p.state, p.amount.units]), [[Payment_State.SUCCEEDED, made.pledge.amount.units]]);

    const other = await pledges.createPledge(await pledgeRequest());
    const error = await failure(pledges.getPledge({ name: made.pledge.name }, as(other.accessToken)));
    assert.deepEqual([error.code, error.findDetails(ErrorInfoSchema)[0].reason], [Code.PermissionDenied, 'PERMISSION_DENIED']);
  });

  test(`${door}: a decline is told in the donor's words`, async () => {
    const error = await failure(pledges.createPledge({ ...(await pledgeRequest('4000000000009995')), locale: 'ru' }));
    assert.equal(error.code, Code.FailedPrecondition);
    assert.equal(error.findDetails(ErrorInfoSchema)[0].reason, 'CARD_DECLINED');
    assert.equal(error.findDetails(LocalizedMessageSchema)[0].locale, 'ru');
  });

  test(`${door}: every wrong field is named at once`, async () => {
    const campaigns = createClient(CampaignService, transport);
    const error = await failure(campaigns.createCampaign({ campaignId: '!', campaign: {} }, as(tokens.editor)));
    assert.equal(error.findDetails(ErrorInfoSchema).length, 1);
    assert.deepEqual(error.findDetails(BadRequestSchema)[0].fieldViolations.map((v) => v.field), ['campaign.display_name', 'campaign.default_locale']);
  });

  test(`${door}: amounts above 2^53 are exact`, async () => {
    const ledger = createClient(LedgerService, transport);
    const { balances } = await ledger.getTrialBalance({}, as(tokens.finance));
    assert.deepEqual(balances.filter((b) => b.debit.currencyCode === 'JPY').map((b) => b.debit.units + b.credit.units), [bigAmount, bigAmount]);
  });
}
