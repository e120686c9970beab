// The API as JSON, on this page's own origin.
import { wait } from './dom.js';

const TRIES = 3;
// google.rpc.Code: the call may have worked although its answer did not arrive.
const UNKNOWN_OUTCOME = new Set([1, 2, 4, 13, 14]);

export class ApiError extends Error {
  constructor(status) {
    super(status.message ?? '');
    const detail = (type) => (status.details ?? []).find((d) => d['@type'] === `type.googleapis.com/google.rpc.${type}`);
    this.code = status.code ?? 2;
    this.reason = detail('ErrorInfo')?.reason ?? '';
    this.localized = detail('LocalizedMessage')?.message ?? '';
    this.violations = detail('BadRequest')?.fieldViolations ?? [];
    this.retrySeconds = Number.parseFloat(detail('RetryInfo')?.retryDelay ?? '1');
    this.unknown = UNKNOWN_OUTCOME.has(this.code);
  }

  // What a reader is told: the server's own sentence, else ours for the reason, else what the server said to developers.
  text(texts) {
    return this.localized || texts.reasons[this.reason] || (this.unknown ? texts.reasons.unknown : this.message) || texts.reasons.unknown;
  }

  // The first violation of a field or of one of its parts.
  violation(field) {
    return this.violations.find((v) => v.field === field || v.field.startsWith(`${field}.`) || v.field.startsWith(`${field}[`))?.description;
  }
}

export const call = async (method, path, { body, token, query } = {}) => {
  const search = query ? `?${new URLSearchParams(query)}` : '';
  let response;
  let answer;
  try {
    response = await fetch(`/v1/${path}${search}`, {
      method,
      credentials: 'omit',
      cache: 'no-store',
      headers: {
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      body: body && JSON.stringify(body),
    });
    answer = await response.json();
  } catch {
    throw new ApiError({ code: 14 });
  }
  if (!response.ok) throw new ApiError(answer);
  return answer;
};

// The same bytes again where the outcome is unknown: the request id makes that safe.
export const callAgain = async (method, path, options) => {
  for (let tries = 1; ; tries++) {
    try {
      return await call(method, path, options);
    } catch (error) {
      if (!error.unknown || tries === TRIES) throw error;
      await wait(1000 * Math.min(error.retrySeconds || 1, 5));
    }
  }
};
