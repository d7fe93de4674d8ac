/** The page: listens to the server, keeps the inbox, and shows it. Everything else is in the modules beside it. */
import { formatAddress, isMailbox, spellOut } from './format.js';
import { addressOf, createInbox } from './inbox.js';
import { copyButton, magicItem, messageItem, phoneItem, refreshTimes } from './view.js';

const ANNOUNCE_AFTER_MS = 50;
const TIMES_EVERY_MS = 10_000;
const RECONNECT_MS_MIN = 1000;
const RECONNECT_MS_MAX = 15_000;
/** The server says something every 15 s. One that says nothing for so long hangs, and its connection tells nothing of it. */
const SILENCE_MS_MAX = 35_000;
/** How close to the end counts as reading the newest. */
const NEAR_END_PX = 120;

const byId = (id) => document.getElementById(id);
const inbox = createInbox();
const wide = matchMedia('(min-width: 720px)');
let current;

function announce(text) {
  // The same words twice are only read twice if they went away in between.
  byId('announcer').textContent = '';
  setTimeout(() => {
    byId('announcer').textContent = text;
  }, ANNOUNCE_AFTER_MS);
}

function isShown(address) {
  const isOpen = address === current && (wide.matches || document.body.dataset.view === 'thread');
  return isOpen && document.visibilityState === 'visible';
}

function showPhones() {
  const list = byId('phones');
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.address : undefined;
  const phones = inbox.phones();
  list.replaceChildren(...phones.map((phone) => phoneItem(phone, phone.address === current)));
  for (const link of list.querySelectorAll('a')) if (link.dataset.address === focused) link.focus();
  byId('no-phones').hidden = phones.length > 0;
  refreshTimes(list);
  const unread = inbox.unreadCount();
  document.title = `${unread > 0 ? `(${unread}) ` : ''}Handset · Otpost`;
}

function showThread() {
  const phone = current === undefined ? undefined : inbox.phone(current);
  byId('empty').hidden = inbox.phones().length > 0;
  byId('thread').hidden = phone === undefined;
  if (!phone) return;
  byId('title').textContent = formatAddress(phone.address);
  byId('messages').replaceChildren(...phone.messages.map((message) => messageItem(message, announce)));
  showCount(phone);
  refreshTimes(byId('messages'));
  scrollToEnd();
}

function showCount(phone) {
  const count = phone.messages.length;
  const kind = isMailbox(phone.address) ? 'Mailbox' : 'Phone';
  byId('subtitle').textContent = `${kind} · ${count} ${count === 1 ? 'message' : 'messages'}`;
}

function scrollToEnd() {
  const list = byId('messages');
  list.scrollTop = list.scrollHeight;
  byId('newer').hidden = true;
}

function isNearEnd() {
  const list = byId('messages');
  return list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
}

/** Adds one message to the open thread without disturbing what is read, selected or focused. */
function appendToThread(message) {
  const list = byId('messages');
  const isAtEnd = isNearEnd();
  const item = messageItem(message, announce);
  item.classList.add('is-new');
  list.append(item);
  const phone = inbox.phone(current);
  while (list.children.length > phone.messages.length) list.firstElementChild.remove();
  showCount(phone);
  refreshTimes(item);
  if (isAtEnd) scrollToEnd();
  else byId('newer').hidden = false;
}

function open(address) {
  current = address;
  if (isShown(address)) inbox.markRead(address);
  showPhones();
  showThread();
}

/** The address in the URL decides; without one, a wide window shows the newest phone, a narrow one the list. */
function followUrl() {
  const address = addressInUrl();
  const isKnown = inbox.phone(address) !== undefined;
  const before = document.body.dataset.view;
  document.body.dataset.view = isKnown ? 'thread' : 'list';
  open(isKnown ? address : (current ?? inbox.phones()[0]?.address));
  // In a narrow window what had the focus has just been hidden.
  if (wide.matches || before === document.body.dataset.view) return;
  if (isKnown) byId('conversation').focus();
  else byId('phones').querySelector('[aria-current]')?.focus();
}

function addressInUrl() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
}

function receive(message) {
  const address = addressOf(message);
  const isRead = isShown(address);
  if (!inbox.add(message, !isRead)) return;
  const { channel, to, from, code } = message;
  const kind = channel === 'voice' ? 'Call' : channel === 'email' ? 'E-mail' : 'Text';
  announce(`${kind} from ${from} to ${formatAddress(to)}.${code ? ` Code ${spellOut(code)}.` : ''}`);
  if (current === undefined) return open(address);
  showPhones();
  if (address === current) appendToThread(message);
}

async function catchUp() {
  const reply = await fetch('handset/messages', { headers: { accept: 'application/json' } });
  if (!reply.ok) throw new Error(`messages: ${reply.status}`);
  const { messages } = await reply.json();
  const isFirst = inbox.phones().length === 0;
  let isChanged = false;
  for (const message of messages.toReversed())
    isChanged = inbox.add(message, !isFirst && !isShown(addressOf(message))) || isChanged;
  if (isChanged || isFirst) followUrl();
}

function setLink(state, words) {
  const link = byId('link');
  if (link.dataset.state === state) return;
  link.dataset.state = state;
  link.textContent = words;
}

let source;
let retryMs = RECONNECT_MS_MIN;
let retry;
let silence;

/** Opens the stream first and asks for the list then, so that nothing falls in between. */
function connect() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource('handset/events');
  hear();
  source.addEventListener('beat', hear);
  source.addEventListener('open', () => {
    hear();
    catchUp().then(() => {
      retryMs = RECONNECT_MS_MIN;
      setLink('live', 'Live');
    }, reconnectLater);
  });
  source.addEventListener('message', (event) => {
    hear();
    receive(JSON.parse(event.data));
  });
  source.addEventListener('error', reconnectLater);
}

function hear() {
  clearTimeout(silence);
  silence = setTimeout(reconnectLater, SILENCE_MS_MAX);
}

/** The browser's own reconnecting gives up on an error reply, for instance while a proxy waits for the server. */
function reconnectLater() {
  source.close();
  clearTimeout(silence);
  setLink('lost', 'Offline, reconnecting…');
  clearTimeout(retry);
  retry = setTimeout(connect, retryMs);
  retryMs = Math.min(retryMs * 2, RECONNECT_MS_MAX);
}

function reconnectNow() {
  if (byId('link').dataset.state === 'lost' && document.visibilityState === 'visible') connect();
}

async function showMagicNumbers() {
  const reply = await fetch('handset/magic-numbers');
  if (!reply.ok) return;
  const { magicNumbers } = await reply.json();
  byId('magic-list').replaceChildren(...magicNumbers.map((row) => magicItem(row, announce)));
  byId('magic').hidden = magicNumbers.length === 0;
}

byId('curl').textContent = [
  `curl ${new URL('otp/v1/verifications', location.href).href} \\`,
  '  -H "Authorization: Bearer $SECRET" \\',
  '  -H "Content-Type: application/json" \\',
  `  -d '{"to": "+14155550123"}'`,
].join('\n');
copyButton(byId('copy-curl'), () => byId('curl').textContent, 'Copy the command', announce);

byId('newer').addEventListener('click', () => {
  scrollToEnd();
  byId('conversation').focus();
});
byId('messages').addEventListener('scroll', () => {
  if (isNearEnd()) byId('newer').hidden = true;
});
byId('skip').addEventListener('click', (event) => {
  event.preventDefault();
  byId('conversation').focus();
});
byId('phones').addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const links = [...byId('phones').querySelectorAll('a')];
  const next = step && links[links.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
byId('magic').addEventListener('toggle', () => {
  if (byId('magic').open) byId('magic').scrollIntoView({ block: 'start' });
});
addEventListener('hashchange', followUrl);
addEventListener('online', reconnectNow);
document.addEventListener('visibilitychange', () => {
  if (current !== undefined && isShown(current)) {
    inbox.markRead(current);
    showPhones();
  }
  reconnectNow();
});
setInterval(() => refreshTimes(document), TIMES_EVERY_MS);

connect();
showMagicNumbers().catch(() => {
  // The reference is left out; the connection's state says what is wrong.
});
