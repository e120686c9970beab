// What readers do with an appeal, counted without a trace of who they are.
import { callAgain } from './api.js';

const counted = (view) => view.appeal !== undefined && view.appeal !== '';

// Errors are nobody's business here: a count that is lost must not cost a reader anything.
export const record = (view, type, country) => {
  if (!counted(view)) return;
  const event = { type: `TYPE_${type}`, campaign: view.campaign, appeal: view.appeal, placement: view.placement, country, currency: view.currency, experimentGroup: view.attribution?.experimentGroup };
  callAgain('POST', 'appealEvents:record', { body: { batchId: crypto.randomUUID(), events: [event] } }).catch(() => {});
};
