/** What the page knows: messages by phone, which one is open, what is unread. No DOM. */

/** As on the server: the page outlives the server's restarts, so it needs a bound of its own. */
const PHONES_MAX = 200;
const MESSAGES_PER_PHONE_MAX = 50;

/** The phone or mailbox that a message belongs to: mailboxes are the same in any case. */
export function addressOf(message) {
  return message.to.toLowerCase();
}

export function createInbox() {
  /** By address; the phone that heard last comes first. */
  let phones = [];
  const seen = new Set();

  /** True if the message was not known yet. Messages come oldest first. */
  function add(message, isUnread) {
    if (seen.has(message.id)) return false;
    seen.add(message.id);
    const known = phones.find((phone) => phone.address === addressOf(message));
    const phone = known ?? { address: addressOf(message), messages: [], unread: 0 };
    phone.messages.push(message);
    if (isUnread) phone.unread += 1;
    for (const dropped of phone.messages.splice(0, phone.messages.length - MESSAGES_PER_PHONE_MAX))
      seen.delete(dropped.id);
    phones = [phone, ...phones.filter((other) => other !== phone)];
    for (const quietest of phones.splice(PHONES_MAX)) for (const { id } of quietest.messages) seen.delete(id);
    return true;
  }

  return {
    add,
    phones: () => phones,
    phone: (address) => phones.find((phone) => phone.address === address),
    markRead(address) {
      const phone = phones.find((one) => one.address === address);
      if (phone) phone.unread = 0;
    },
    unreadCount: () => phones.reduce((sum, phone) => sum + phone.unread, 0),
  };
}
