/**
 * Makes the page's elements. Whatever came from outside goes in as text, never as markup: there is no innerHTML here,
 * and the server's content security policy would refuse it.
 */
import {
  formatAddress,
  formatClock,
  formatFull,
  formatRelative,
  isMailbox,
  spellOut,
  toPreview,
} from './format.js';

const SVG = 'http://www.w3.org/2000/svg';
const COPIED_MS = 1800;

/** @param {Record<string, string>} attributes @param {(Node | string)[]} children */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

function timeOf(message, format) {
  const date = new Date(message.receivedAt);
  return element('time', { datetime: message.receivedAt, title: formatFull(date), 'data-format': format });
}

/** Brings every relative time inside `root` up to date. */
export function refreshTimes(root, now = new Date()) {
  for (const time of root.querySelectorAll('time[data-format]')) {
    const date = new Date(time.dateTime);
    const words = formatRelative(date, now);
    time.textContent = time.dataset.format === 'clock' ? `${formatClock(date)} · ${words}` : words;
  }
}

/** Turns a button into one that copies `text` and says so. */
export function copyButton(button, text, label, announce) {
  const words = element('span', {}, 'Copy');
  const shape = button.appendChild(element('span', { class: 'shape' }, icon('copy')));
  button.append(words);
  button.setAttribute('aria-label', label);
  let reset;
  button.addEventListener('click', async () => {
    const isCopied = await copy(text());
    words.textContent = isCopied ? 'Copied' : 'Not allowed';
    shape.replaceChildren(icon(isCopied ? 'done' : 'copy'));
    button.classList.toggle('is-done', isCopied);
    announce(isCopied ? 'Copied' : 'Copying is not allowed here: select the text instead');
    clearTimeout(reset);
    reset = setTimeout(() => {
      words.textContent = 'Copy';
      shape.replaceChildren(icon('copy'));
      button.classList.remove('is-done');
    }, COPIED_MS);
  });
  return button;
}

/** Over plain HTTP from another machine there is no clipboard API; the old command still works there. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = element('textarea', { class: 'unseen', readonly: '' });
    field.value = text;
    const focused = document.activeElement;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand('copy');
    field.remove();
    focused?.focus();
    return isCopied;
  }
}

export function phoneItem(phone, isOpen) {
  const latest = phone.messages.at(-1);
  const name = element('span', { class: 'phone-name' }, formatAddress(phone.address));
  const preview = element('span', { class: 'preview' }, ...previewOf(latest));
  const link = element(
    'a',
    { href: `#${encodeURIComponent(phone.address)}`, class: 'phone', 'data-address': phone.address },
    element('span', { class: 'avatar' }, icon(isMailbox(phone.address) ? 'email' : 'phone')),
    element('span', { class: 'phone-line' }, name, timeOf(latest, 'relative')),
    element('span', { class: 'phone-line' }, preview, ...(phone.unread > 0 ? [badge(phone.unread)] : [])),
  );
  if (isOpen) link.setAttribute('aria-current', 'true');
  return element('li', {}, link);
}

function badge(unread) {
  return element('span', { class: 'badge' }, String(unread), element('span', { class: 'unseen' }, ' unread'));
}

function previewOf(message) {
  const text = toPreview(message);
  return message.channel === 'voice' ? [icon('voice'), `Call: ${text}`] : [text];
}

const KINDS = {
  sms: { label: 'Text', build: (message) => [bodyOf(message)] },
  voice: {
    build: (message) => [
      element('p', { class: 'kind' }, icon('voice'), 'Incoming call'),
      element('blockquote', { class: 'spoken' }, bodyOf(message)),
    ],
  },
  email: {
    build: (message) => [
      element('p', { class: 'kind' }, icon('email'), 'E-mail'),
      element('h3', { class: 'subject' }, message.subject ?? 'No subject'),
      bodyOf(message),
    ],
  },
};

export function messageItem(message, announce) {
  const kind = KINDS[message.channel] ?? KINDS.sms;
  const bubble = element('div', { class: `bubble ${message.channel}` }, ...kind.build(message));
  if (message.code) bubble.append(codeRow(message.code, announce));
  const meta = element(
    'p',
    { class: 'meta' },
    element('span', { class: 'from' }, message.from),
    ...(kind.label ? [element('span', {}, kind.label)] : []),
    timeOf(message, 'clock'),
  );
  return element('li', { class: 'message' }, meta, bubble);
}

/** The text, with the first appearance of the code marked. */
function bodyOf(message) {
  const { body, code } = message;
  const at = code ? body.indexOf(code) : -1;
  const parts =
    at < 0 ? [body] : [body.slice(0, at), element('strong', {}, code), body.slice(at + code.length)];
  return element('p', { class: 'body', dir: 'auto' }, ...parts);
}

function codeRow(code, announce) {
  const button = element('button', { type: 'button', class: 'button' });
  return element(
    'div',
    { class: 'code-row' },
    element('span', { class: 'code' }, code),
    copyButton(button, () => code, `Copy code ${spellOut(code)}`, announce),
  );
}

export function magicItem({ name, phone, email, behaviour }, announce) {
  const row = (address) =>
    element(
      'p',
      { class: 'magic-address' },
      element('code', {}, address),
      copyButton(
        element('button', { type: 'button', class: 'button small' }),
        () => address,
        `Copy ${address}`,
        announce,
      ),
    );
  return element(
    'li',
    {},
    element('h3', {}, name.replaceAll('-', ' ')),
    element('p', { class: 'quiet' }, behaviour),
    row(phone),
    row(email),
  );
}
