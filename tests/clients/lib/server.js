// Where the server under test is, and what its caller may do. The C# test `ClientTests` starts one and sets these.
import { randomUUID } from 'node:crypto';

const need = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: these clients run from tests/Donations.ContractTests`);
  return value;
};

export const grpcAddress = need('DONATIONS_GRPC'); // http://host:port, h2c
export const httpAddress = need('DONATIONS_HTTP'); // http://host:port, HTTP/1.1
export const tokens = { editor: need('DONATIONS_EDITOR_TOKEN'), support: need('DONATIONS_SUPPORT_TOKEN'), finance: need('DONATIONS_FINANCE_TOKEN') };

// Posted to the books in JPY, which has no minor unit, by the test that starts the server: 2^53 + 1.
export const bigAmount = 9007199254740993n;

export const newRequestId = () => randomUUID();

// What Stripe's form gives a page for a card, made with the publishable key as a browser does.
export async function confirmationToken({ stripeJsUri, publishableKey }, number = '4242424242424242') {
  const body = new URLSearchParams({
    'payment_method_data[type]': 'card',
    'payment_method_data[card][number]': number,
    'payment_method_data[card][exp_month]': '12',
    'payment_method_data[card][exp_year]': '2034',
    'payment_method_data[card][cvc]': '123',
    return_url: 'https://paper.example/thanks',
  });
  const response = await fetch(new URL('/v1/confirmation_tokens', stripeJsUri), { method: 'POST', headers: { Authorization: `Bearer ${publishableKey}` }, body });
  const token = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(token));
  return token.id;
}
