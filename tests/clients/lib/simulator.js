// Where the Stripe simulator under test is. The C# test `OfficialClientTests` starts one as a process of its own and sets this.
import Stripe from 'stripe';

const base = process.env.STRIPE_SIMULATOR;
if (!base) throw new Error('STRIPE_SIMULATOR is not set: these clients run from tests/Donations.Tests');

export const simulator = new URL(base);
export const secretKey = 'sk_test_simulator';

export const client = (more = {}) =>
  new Stripe(secretKey, { host: simulator.hostname, port: simulator.port, protocol: 'http', maxNetworkRetries: 0, telemetry: false, ...more });

// The simulator's own endpoints and pages, with forms as a browser sends them.
export const post = (path, form = {}) => fetch(new URL(path, simulator), { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });

export const advance = async (seconds) => {
  const response = await post('/_simulator/clock/advance', { seconds: String(seconds) });
  if (!response.ok) throw new Error(await response.text());
};
