// Stripe's command line tool against the simulator: every trigger it knows, fixtures, and plain calls.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { client, secretKey, simulator } from '../lib/simulator.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const program = join(createRequire(import.meta.url).resolve('@stripe/cli-linux-x64/package.json'), '../bin/stripe');
const home = mkdtempSync(join(tmpdir(), 'stripe-cli-'));
after(() => rmSync(home, { recursive: true, force: true }));
const stripe = client();

// Runs the tool with a home of its own and no proxy; answers its exit code and all it said.
const cli = (...args) =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, STRIPE_CLI_TELEMETRY_OPTOUT: '1' };
    const named = args[1] === '--help' ? [] : ['--api-base', simulator.origin, '--api-key', secretKey];
    execFile(program, [...args, ...named], { env, timeout: 60_000 }, (error, out, err) => resolve({ code: error ? error.code ?? 1 : 0, text: out + err }));
  });

// The events of README's table of what does not work; * stands for anything.
const excused = () => {
  const readme = readFileSync(join(root, 'src/Donations.StripeSimulator/README.md'), 'utf8');
  const section = readme.slice(readme.indexOf('\n## The Stripe CLI')).split('\n## ')[1];
  const cells = section.split('\n').filter((line) => line.startsWith('| ')).map((line) => line.split('|')[1]);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1])).filter((name) => !name.startsWith('stripe '));
};
const matches = (pattern, event) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(event);

// What a trigger brings about where that is not the event it is called after.
const brings = {
  'charge.refund.updated': 'refund.updated',
  'payout.updated': 'payout.created',
  'subscription.payment_failed': 'invoice.payment_failed',
  'subscription.payment_succeeded': 'invoice.payment_succeeded',
  'subscription_schedule.aborted': 'subscription_schedule.canceled',
};

const newest = async () => (await stripe.events.list({ limit: 1 })).data[0]?.id;

// The tool says that it succeeded, and the event is there; test clocks and schedules take a moment.
const works = async (event) => {
  const before = await newest();
  const { code, text } = await cli('trigger', event);
  if (code !== 0) return text;
  const type = brings[event] ?? event;
  for (let i = 0; i < 20; i++) {
    const { data } = await stripe.events.list({ type, limit: 1, ...(before ? { ending_before: before } : {}) });
    if (data.length > 0) return null;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return `${text}\nno ${type} came of it`;
};

test('each trigger works, or is in the table of what does not', async (t) => {
  const { text } = await cli('trigger', '--help');
  const known = text.slice(text.indexOf('Supported events:')).split('\n\n')[0].split('\n').slice(1).map((line) => line.trim()).filter(Boolean);
  assert.ok(known.length > 100, `only ${known.length} triggers were read from the help`);
  const table = excused();
  assert.deepEqual(table.filter((pattern) => !known.some((event) => matches(pattern, event))), [], 'the table names what is no trigger');
  await stripe.customers.create({});
  const wrong = [];
  let worked = 0;
  for (const event of known) {
    const listed = table.some((pattern) => matches(pattern, event));
    const failure = await works(event);
    if (failure === null) worked++;
    if (listed === (failure === null)) wrong.push(listed ? `${event} works` : `${event} does not work: ${failure}`);
  }
  assert.deepEqual(wrong, []);
  t.diagnostic(`${worked} of ${known.length} triggers work`);
});

test('fixtures of one\'s own', async () => {
  const { code, text } = await cli('fixtures', join(root, 'tests/clients/fixtures/gift.json'));
  assert.equal(code, 0, text);
  const [customer] = (await stripe.customers.list({ email: 'fixture@example.org' })).data;
  assert.equal((await stripe.invoices.list({ customer: customer.id })).data[0].amount_paid, 4200);
});

test('resources are listed, made and read', async () => {
  const made = await cli('post', '/v1/customers', '-d', 'email=cli@example.org');
  assert.equal(made.code, 0, made.text);
  const [customer] = (await stripe.customers.list({ email: 'cli@example.org' })).data;
  assert.match((await cli('get', `/v1/customers/${customer.id}`)).text, /cli@example\.org/);
  assert.match((await cli('customers', 'list', '--limit', '1')).text, new RegExp(customer.id));
});
