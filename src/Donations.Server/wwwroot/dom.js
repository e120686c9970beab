// Small helpers around the DOM. Text enters the page as text nodes, but for the appeal's own words (fromHtml).

export const h = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value' || name === 'checked') node[name] = value;
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat(2).filter((child) => child !== undefined && child !== null && child !== false));
  return node;
};

// HTML that the server has cut down to a closed list of tags; nothing in it runs or loads.
export const fromHtml = (html) => [...new DOMParser().parseFromString(html, 'text/html').body.childNodes];

export const announce = (text) => {
  const status = document.getElementById('status');
  status.textContent = '';
  // Emptied first, so that the same sentence is read out again.
  requestAnimationFrame(() => { status.textContent = text; });
};

// One run at a time; the button says so, keeps the focus, and takes no second press.
export const busy = async (button, label, work) => {
  if (button.getAttribute('aria-busy') === 'true') return;
  const before = [...button.childNodes];
  button.setAttribute('aria-busy', 'true');
  button.setAttribute('aria-disabled', 'true');
  button.replaceChildren(label);
  announce(label);
  try {
    await work();
  } finally {
    button.removeAttribute('aria-busy');
    button.removeAttribute('aria-disabled');
    if (button.textContent === label) button.replaceChildren(...before);
  }
};

// A place for what is wrong with one field; empty while nothing is.
export const fieldError = (id) => h('p', { id, class: 'field-error', role: 'alert' });

export const setError = (field, place, text) => {
  place.textContent = text ?? '';
  if (!field) return;
  if (text) {
    field.setAttribute('aria-invalid', 'true');
    field.setAttribute('aria-describedby', place.id);
  } else {
    field.removeAttribute('aria-invalid');
    field.removeAttribute('aria-describedby');
  }
};

export const copyButton = (texts, label, value) => {
  const button = h('button', {
    type: 'button',
    class: 'quiet',
    'aria-label': label,
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(value);
        button.textContent = texts.copied;
      } catch {
        button.textContent = texts.copyFailed;
      }
      announce(button.textContent);
      setTimeout(() => { button.textContent = texts.copy; }, 2000);
    },
  }, texts.copy);
  return button;
};

export const wait = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
