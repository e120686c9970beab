// A stand-in for Stripe.js: the calls that a donation form makes, against the simulator this script came from.
(() => {
  'use strict';
  const script = document.currentScript;
  const base = new URL('/', script ? script.src : location.href).href;
  let sequence = 0;

  const flatten = (value, prefix, into) => {
    if (value === undefined || value === null) return into;
    if (typeof value === 'object') {
      for (const [key, child] of Object.entries(value)) flatten(child, prefix ? `${prefix}[${key}]` : key, into);
    } else {
      into.append(prefix, String(value));
    }
    return into;
  };

  const call = async (key, method, path, params) => {
    const body = flatten(params || {}, '', new URLSearchParams());
    const url = new URL(path, base);
    if (method === 'GET') url.search = body.toString();
    let response;
    try {
      response = await fetch(url, {
        method,
        headers: { Authorization: `Bearer ${key}` },
        body: method === 'GET' ? undefined : body,
      });
    } catch (error) {
      return { error: { type: 'api_connection_error', message: String(error) } };
    }
    const json = await response.json();
    return response.ok ? { object: json } : { error: json.error };
  };

  class Element {
    constructor(elements, type, options) {
      this.elements = elements;
      this.type = type;
      this.options = options || {};
      this.handlers = {};
      this.ready = new Promise((resolve) => { this.isReady = resolve; });
      this.pending = new Map();
      this.listen = (message) => this.receive(message);
    }

    mount(target) {
      const node = typeof target === 'string' ? document.querySelector(target) : target;
      if (!node) throw new Error(`The selector you specified (${target}) applies to no DOM elements that are currently on the page.`);
      this.frame = document.createElement('iframe');
      this.frame.title = 'Secure payment input frame';
      this.frame.name = `__privateStripeFrame${++sequence}`;
      this.frame.src = new URL('/_simulator/elements/card', base).href;
      this.frame.style.cssText = 'border:0;width:100%;height:230px;display:block;background:transparent;color-scheme:auto';
      window.addEventListener('message', this.listen);
      node.replaceChildren(this.frame);
      return this;
    }

    unmount() {
      window.removeEventListener('message', this.listen);
      if (this.frame) this.frame.remove();
      this.frame = undefined;
      return this;
    }

    destroy() {
      this.unmount();
      this.elements.forget(this);
      return this;
    }

    update() { return this; }

    focus() { if (this.frame) this.frame.focus(); return this; }

    blur() { return this; }

    collapse() { return this; }

    on(name, handler) {
      (this.handlers[name] = this.handlers[name] || []).push(handler);
      return this;
    }

    once(name, handler) {
      const wrapped = (value) => { this.off(name, wrapped); handler(value); };
      return this.on(name, wrapped);
    }

    off(name, handler) {
      this.handlers[name] = (this.handlers[name] || []).filter((h) => handler && h !== handler);
      return this;
    }

    emit(name, value) {
      for (const handler of [...(this.handlers[name] || [])]) handler(value);
    }

    receive({ source, data }) {
      if (!this.frame || source !== this.frame.contentWindow || !data || typeof data !== 'object') return;
      if (data.type === 'simulator:ready') {
        this.isReady();
        this.emit('ready', { elementType: this.type });
      } else if (data.type === 'simulator:height') {
        this.frame.style.height = `${data.height}px`;
      } else if (data.type === 'simulator:change') {
        this.emit('change', { elementType: this.type, collapsed: false, empty: data.empty, complete: data.complete, value: { type: 'card' } });
      } else if (data.type === 'simulator:answer' && this.pending.has(data.id)) {
        this.pending.get(data.id)(data.result);
        this.pending.delete(data.id);
      }
    }

    // The card never leaves its frame: the page asks the frame to act with it.
    async ask(action, payload) {
      if (!this.frame) throw new Error('The Element is not mounted. Please make sure the payment Element is mounted.');
      await this.ready;
      const id = ++sequence;
      return new Promise((resolve) => {
        this.pending.set(id, resolve);
        this.frame.contentWindow.postMessage({ type: 'simulator:ask', id, action, payload }, base);
      });
    }
  }

  class Elements {
    constructor(key, options) {
      this.key = key;
      this.options = { ...options };
      this.list = [];
    }

    create(type, options) {
      if (type !== 'payment' && type !== 'card') throw new Error(`The simulator has no ${type} Element.`);
      const element = new Element(this, type, options);
      this.list.push(element);
      return element;
    }

    getElement(type) { return this.list.find((element) => element.type === type) || null; }

    update(options) { Object.assign(this.options, options); }

    forget(element) { this.list = this.list.filter((other) => other !== element); }

    async fetchUpdates() { return {}; }

    get payment() {
      if (!this.list[0]) throw new Error('Create and mount a payment Element first.');
      return this.list[0];
    }

    async submit() {
      const error = await this.payment.ask('validate', {});
      return error ? { error } : { selectedPaymentMethod: 'card' };
    }

    get futureUsage() {
      if (this.options.setupFutureUsage) return this.options.setupFutureUsage;
      return this.options.mode === 'subscription' || this.options.mode === 'setup' ? 'off_session' : undefined;
    }
  }

  // The challenge in a frame over the page; resolves when the holder has answered it.
  const challenge = (url) => new Promise((resolve) => {
    const shade = document.createElement('div');
    shade.setAttribute('role', 'dialog');
    shade.setAttribute('aria-modal', 'true');
    shade.setAttribute('aria-label', '3-D Secure');
    shade.style.cssText = 'position:fixed;inset:0;background:rgba(0,0,0,.5);display:flex;align-items:center;justify-content:center;z-index:2147483647';
    const frame = document.createElement('iframe');
    frame.title = '3-D Secure challenge';
    frame.name = 'stripe-challenge-frame';
    frame.src = url;
    frame.style.cssText = 'border:0;width:400px;max-width:95vw;height:420px;background:#fff;border-radius:8px';
    shade.append(frame);
    const done = ({ source, data }) => {
      if (source !== frame.contentWindow || !data || data.type !== 'simulator:3ds') return;
      window.removeEventListener('message', done);
      shade.remove();
      resolve();
    };
    window.addEventListener('message', done);
    document.body.append(shade);
  });

  const intentOf = (clientSecret) => {
    const id = String(clientSecret).split('_secret_')[0];
    return id.startsWith('seti_')
      ? { id, path: `v1/setup_intents/${id}`, name: 'setupIntent', lastError: 'last_setup_error' }
      : { id, path: `v1/payment_intents/${id}`, name: 'paymentIntent', lastError: 'last_payment_error' };
  };

  const stripe = (key, options) => {
    if (typeof key !== 'string' || !key.startsWith('pk_')) throw new Error('Please call Stripe() with your publishable key. You used an empty string or another kind of key.');

    const retrieve = async (clientSecret) => {
      const { path, name } = intentOf(clientSecret);
      const { object, error } = await call(key, 'GET', path, { client_secret: clientSecret });
      return error ? { error } : { [name]: object };
    };

    const handleNextAction = async ({ clientSecret }) => {
      const { name, lastError } = intentOf(clientSecret);
      const first = await retrieve(clientSecret);
      if (first.error) return first;
      const action = first[name].next_action;
      if (!action) {
        return first[name].status === 'requires_payment_method' && first[name][lastError]
          ? { error: { ...first[name][lastError], [name === 'paymentIntent' ? 'payment_intent' : 'setup_intent']: first[name] } }
          : first;
      }
      const url = action.type === 'use_stripe_sdk' ? action.use_stripe_sdk.stripe_js : action.redirect_to_url.url;
      await challenge(url);
      const last = await retrieve(clientSecret);
      if (last.error) return last;
      return last[name].status === 'requires_payment_method'
        ? { error: { ...last[name][lastError], [name === 'paymentIntent' ? 'payment_intent' : 'setup_intent']: last[name] } }
        : last;
    };

    const confirm = async ({ elements, clientSecret, confirmParams, redirect }) => {
      const secret = clientSecret || (elements && elements.options.clientSecret);
      const { path, name } = intentOf(secret);
      const { payment_method_data: data, ...rest } = confirmParams || {};
      const params = { ...rest, client_secret: secret, use_stripe_sdk: true };
      const answer = elements
        ? await elements.payment.ask('confirm', { key, path, params, billing: data && data.billing_details })
        : await call(key, 'POST', `${path}/confirm`, params);
      if (answer.error) return { error: answer.error };
      const result = answer.object.status === 'requires_action' ? await handleNextAction({ clientSecret: secret }) : { [name]: answer.object };
      if (result.error || redirect === 'if_required') return result;
      const back = new URL(confirmParams.return_url);
      const prefix = name === 'paymentIntent' ? 'payment_intent' : 'setup_intent';
      back.searchParams.set(prefix, result[name].id);
      back.searchParams.set(`${prefix}_client_secret`, secret);
      back.searchParams.set('redirect_status', 'succeeded');
      location.href = back.href;
      return new Promise(() => {});
    };

    return {
      elements: (elementsOptions) => new Elements(key, elementsOptions),
      createConfirmationToken: async ({ elements, params }) => {
        const error = await elements.payment.ask('validate', {});
        if (error) return { error };
        const { payment_method_data: data, ...rest } = params || {};
        const answer = await elements.payment.ask('token', {
          key,
          params: { setup_future_usage: elements.futureUsage, ...rest },
          billing: data && data.billing_details,
        });
        return answer.error ? { error: answer.error } : { confirmationToken: answer.object };
      },
      handleNextAction,
      handleCardAction: (clientSecret) => handleNextAction({ clientSecret }),
      confirmPayment: confirm,
      confirmSetup: confirm,
      retrievePaymentIntent: retrieve,
      retrieveSetupIntent: retrieve,
      registerAppInfo: () => {},
      _registerWrapper: () => {},
      _simulator: { base, options },
    };
  };

  stripe.version = 3;
  window.Stripe = stripe;
})();
